"""What a report tells of: one answer of one run, and all that it rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from bioner_core.corpus.description import About
from bioner_core.costs.cost import Cost
from bioner_core.costs.rates import Rates
from bioner_core.curves.budget import EVERY, Budget, every_type
from bioner_core.curves.curve import Curve
from bioner_core.curves.points import AVERAGES, NONE
from bioner_core.curves.sources import parts
from bioner_core.errors import BionerError
from bioner_core.forecast.forecast import Forecast
from bioner_core.study.provenance import now
from bioner_core.study.run import Run
from bioner_core.study.run_corpora import corpora_of


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One answer: the chosen row, those of the other sources, their curves, the run they come from."""

    run: Run
    row: Budget  # the answer
    rows: tuple[Budget, ...]  # of all sources for the same target, entity, model and method
    types: tuple[Budget, ...] = ()  # where the answer is for every type: the row of each, same source
    curves: tuple[Curve, ...]  # drawn together: of the row's entity, or of the type that decides
    cost: Cost | None = None
    rates: Rates | None = None  # that the cost was told at
    forecast: Forecast | None = None
    at: str = field(default_factory=now)  # UTC, ISO 8601

    def __post_init__(self) -> None:
        """Refuse an answer without its own row or curve."""
        if self.row not in self.rows or not any(c.source == self.row.source for c in self.curves):
            raise BionerError("a report needs the row that it tells of among the rows, and its curve.")

    @property
    def curve(self) -> Curve:
        """Return the curve of the answer; for every type that of the type that decides."""
        return next(curve for curve in self.curves if curve.source == self.row.source)

    @property
    def unpretrained(self) -> Curve | None:
        """Return the curve without pretraining, which sets the goal."""
        return next((curve for curve in self.curves if curve.source == NONE), None)

    @cached_property
    def about(self) -> Mapping[str, About]:
        """Return what the run knows of its corpora."""
        return corpora_of(self.run)

    @property
    def corpora(self) -> tuple[str, ...]:
        """Return the names of the corpora that the answer used: the target, then its sources."""
        known = {name: name for name in self.about}
        names = [self.row.target]
        for source in (row.source for row in self.rows):
            names += [source] if source in known else parts(source)
        return tuple(dict.fromkeys(names))


def choose(
    found: Sequence[Curve],
    rows: Sequence[Budget],
    *,
    run: Run,
    target: str | None = None,
    entity: str | None = None,
    source: str | None = None,
    model: str | None = None,
) -> Subject:
    """Return the answer that the words choose; what is the only one of its kind need not be named.

    Without a type the answer is for every type, or for the only one; without a source from the one that
    needs least.

    :param found: all curves of the run.
    :param rows: their budgets, one for each type.
    :raises BionerError: there is no such answer, or several.
    """
    if not rows:
        raise BionerError(
            f"run {run.name}: no curve of two or more sizes yet, so there is nothing to report."
        )
    target = _only("target", target, [row.target for row in rows], run=run)
    rows = [row for row in rows if row.target == target]
    model = _only("model", model, [f"{row.model}, {row.method}" for row in rows], run=run)
    rows = [row for row in rows if f"{row.model}, {row.method}" == model]
    found_types = {row.entity for row in rows}
    types = sorted(found_types - set(AVERAGES))
    usual = None if not types else types[0] if len(types) == 1 else EVERY
    entity = _only("entity", entity or usual, [*found_types, *([EVERY] if types else [])], run=run)
    asked = every_type(rows) if entity == EVERY else [row for row in rows if row.entity == entity]
    asked = sorted(asked, key=by_need)
    source = _only("source", source or asked[0].source, [row.source for row in asked], run=run)
    row = next(row for row in asked if row.source == source)
    drawn = row.decided_by or row.entity
    keys = {(r.target, r.model, r.method, drawn, r.source) for r in asked}
    return Subject(
        run=run,
        row=row,
        rows=tuple(asked),
        types=_types(rows, source) if entity == EVERY else (),
        curves=tuple(c for c in found if (c.target, c.model, c.method, c.entity, c.source) in keys),
    )


def _types(rows: Sequence[Budget], source: str) -> tuple[Budget, ...]:
    return tuple(row for row in rows if row.source == source and row.entity not in AVERAGES)


def by_need(row: Budget) -> tuple[float, float, float, bool]:
    """Order rows by the number to plan on, then the first crossing, then how near they came."""
    plan, first = (float("inf") if n is None else n for n in (row.n_plan, row.n_first))
    return plan, first, -(row.best_f1 or 0), row.source != NONE


def _only(what: str, wanted: str | None, there: Sequence[str], *, run: Run) -> str:
    """Return the value wanted, or the only one there is."""
    names = sorted(set(there))
    if wanted is None and len(names) == 1:
        return names[0]
    if wanted is not None and what == "model":  # named with or without its method
        fitting = [name for name in names if wanted in (name, name.rsplit(", ", 1)[0])]
        wanted = fitting[0] if len(fitting) == 1 else wanted
    if wanted in names:
        return str(wanted)
    told = "a report tells of one" if wanted is None else f"no {what} {wanted!r}"
    raise BionerError(f"run {run.name}: {told}; name one by --{what}. There are: {'; '.join(names)}.")
