"""The view that a run opens on: one that has an answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bioner_core.curves.budget import EVERY, Budget
from bioner_core.curves.budget_table import combine_types, compute_curve_budgets, find_row_exclusion
from bioner_core.curves.curve import Curve
from bioner_core.curves.draws import SamplingNoise
from bioner_core.curves.points import AVERAGES, NONE
from bioner_core.study.run import Run
from bioner_core.study.run_corpora import load_published_table

MAX_COMPARED = 40  # curves without pretraining, whose intervals take some seconds the first time


@dataclass(frozen=True, kw_only=True)
class FirstView:
    """A target and a type; the source is the best one."""

    target: str
    entity: str  # a type or "every"


def choose_first_view(run: Run, curves: Sequence[Curve], noise: SamplingNoise) -> FirstView | None:
    """Choose the target and the type to open a run on.

    A published run opens on the first cell of its printed table. Any other one opens on the target with the
    narrowest interval without pretraining: for every type (or the only one), or for the narrowest type where
    no target has an interval with two ends for every type.

    :param curves: of two or more sizes, in the order of the pages.
    :returns: None where there is no curve without pretraining, or too many to compare at once.
    """
    for cell in load_published_table(run, "table5"):
        if any((curve.target, curve.entity) == (cell["target"], cell["entity"]) for curve in curves):
            return FirstView(target=cell["target"], entity=cell["entity"])
    selected = _select_default_curves(curves)
    if len(selected) > MAX_COMPARED:
        return None
    rows = compute_curve_budgets(selected, noise=noise)
    deciding = [row for row in rows if find_row_exclusion(row) is None] or rows
    candidates = [*_combine_where_several(rows), *deciding]
    best = min(candidates, key=lambda row: _rank_width(row, rows), default=None)
    return FirstView(target=best.target, entity=best.entity) if best else None


def _select_default_curves(curves: Iterable[Curve]) -> list[Curve]:
    """Return the curves of single types without pretraining, of the model that a page shows first."""
    first_models: dict[str, tuple[str, str]] = {}
    for curve in curves:
        first_models.setdefault(curve.target, (curve.model, curve.method))
    return [
        curve
        for curve in curves
        if curve.source == NONE
        and curve.entity not in AVERAGES
        and (curve.model, curve.method) == first_models[curve.target]
    ]


def _combine_where_several(rows: Sequence[Budget]) -> list[Budget]:
    """Return the row of every type, for targets of several types."""
    n_types = {row.target: sum(other.target == row.target for other in rows) for row in rows}
    return [row for row in combine_types(rows) if n_types[row.target] > 1]


def _rank_width(row: Budget, rows: Sequence[Budget]) -> tuple[bool, bool, bool, float]:
    """Return a sort key: rows with a plan, with both ends, of all types, with the narrowest interval.

    :param rows: of single types.
    """
    has_others = row.entity != EVERY and sum(other.target == row.target for other in rows) > 1
    has_ends = bool(row.n_low and row.n_high and not row.n_high_beyond)
    width = row.n_high / row.n_low if row.n_high and row.n_low else float("inf")
    return row.n_plan is None, not has_ends, has_others, width
