"""The source that most likely needs fewest sentences, and what choosing it saves.

The source with the smallest plan owes some of it to luck, so its own saving is too large on average. Here the
choice is made anew in each draw, and its saving is read in the next draw, which that luck did not choose (as
in sample splitting; Andrews, Kitagawa and McCloskey 2024, Inference on winners).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from bioner_core.curves.budget import Budget
from bioner_core.curves.crossing import ROUNDING
from bioner_core.curves.families import Floats
from bioner_core.curves.interval import Interval, compute_difference_interval
from bioner_core.curves.points import NONE

BEST = "best"  # a name for the best source, whichever it is


@dataclass(frozen=True, kw_only=True)
class BestSource:
    """The best source of one target, type, model and method; ``none`` competes, too."""

    source: str
    chances: Mapping[str, float] = field(default_factory=dict)
    """Source → share of the draws in which it needs fewest, in [0, 1]; empty where nothing was sampled."""
    saved: int | None = None  # sentences that the choice saves in half of the draws; None where unknown
    saved_low: int | None = None  # 90 % interval of ``saved``; an end is None where unknown or unbounded
    saved_high: int | None = None


def find_best_source(rows: Sequence[Budget]) -> BestSource:
    """Find the best source among the rows of one target, type, model and method.

    Of those with a plan it is the one with the highest chance of needing fewest sentences over the paired
    draws. A draw in which several need as few counts for ``none``, or else for the smallest plan. Where an
    interval is missing, it is the one with the smallest plan.

    :param rows: of all sources, at least one.
    """
    ordered = sorted(rows, key=rank_by_plan)
    sampled = [(row, row.interval) for row in ordered if row.interval is not None]
    if len(sampled) < sum(row.has_answer for row in rows) or not sampled:
        return BestSource(source=ordered[0].source)
    crossings = np.stack([interval.crossings for _, interval in sampled])  # (sources, draws)
    fewest = crossings.min(axis=0)
    choices = _break_ties(crossings == fewest, [row.source for row, _ in sampled])
    wins = np.bincount(choices[np.isfinite(fewest)], minlength=len(sampled))
    chances = {row.source: float(n / len(fewest)) for (row, _), n in zip(sampled, wins, strict=True)}
    best = BestSource(
        source=min(ordered, key=lambda row: _rank(row, chances.get(row.source))).source, chances=chances
    )
    # Where no pretraining misses the goal, a saving is only a bound, and stays that of the row.
    none = next((i for row, i in sampled if row.source == NONE and row.n_plan is not None), None)
    return best if none is None or best.source == NONE else _add_saving(best, crossings, choices, none)


def add_chances(rows: Sequence[Budget]) -> list[Budget]:
    """Add to each row the chance that its source needs fewest sentences.

    The best source's saving becomes that of the choice, where it is known: see the top of this module.

    :param rows: of all sources, for any targets, types, models and methods.
    """
    best = {case: find_best_source(members) for case, members in _group_by_case(rows).items()}
    return [_add_chance(row, best[_build_case(row)]) for row in rows]


def _group_by_case(rows: Sequence[Budget]) -> dict[tuple[str, str, str, str], list[Budget]]:
    groups: dict[tuple[str, str, str, str], list[Budget]] = defaultdict(list)
    for row in rows:
        groups[_build_case(row)].append(row)
    return groups


def _build_case(row: Budget) -> tuple[str, str, str, str]:
    return row.target, row.entity, row.model, row.method


def _add_chance(row: Budget, best: BestSource) -> Budget:
    row = replace(row, chance_best=best.chances.get(row.source))
    if row.source != best.source or best.saved is None:
        return row
    return replace(
        row,
        saved_plan=best.saved,
        saved_plan_is_bound=False,
        saved_low=best.saved_low,
        saved_high=best.saved_high,
    )


def select_best(rows: Sequence[Budget]) -> Budget:
    """Return the row of the best source among rows of one target, type, model and method.

    :param rows: as ``add_chances`` returns them, at least one.
    """
    return min(rows, key=lambda row: _rank(row, row.chance_best))


def list_best(rows: Sequence[Budget]) -> list[Budget]:
    """Return the row of the best source of each target, type, model and method, in the order of the rows."""
    best = {case: select_best(members) for case, members in _group_by_case(rows).items()}
    return [row for row in rows if row is best[_build_case(row)]]


def _rank(row: Budget, chance: float | None) -> tuple[bool, float, tuple[float, float, float, bool]]:
    """Return the sort key of a row: those with a plan first, then the highest chance to need fewest."""
    return row.n_plan is None, -(chance or 0), rank_by_plan(row)


def rank_by_plan(row: Budget) -> tuple[float, float, float, bool]:
    """Return the sort key of a row: fewest sentences, then the first crossing, then the best F1."""
    plan, first = (float("inf") if n is None else n for n in (row.n_plan, row.n_first))
    return plan, first, -(row.best_f1 or 0), row.source != NONE


def _break_ties(is_fewest: NDArray[np.bool_], sources: Sequence[str]) -> NDArray[np.int64]:
    """Return the source that counts as best in each draw, (draws,): ``none`` in a tie, else the first."""
    first: NDArray[np.int64] = is_fewest.argmax(axis=0)
    if NONE not in sources:
        return first
    none = sources.index(NONE)
    return np.where(is_fewest[none], none, first)


def _add_saving(
    best: BestSource, crossings: Floats, choices: NDArray[np.int64], none: Interval
) -> BestSource:
    """Add what a choice saves, read in the draw after the one that it was made in."""
    later = crossings[np.roll(choices, 1), np.arange(len(choices))]
    low, high = compute_difference_interval(none, replace(none, crossings=later))
    with np.errstate(invalid="ignore"):
        saved = none.crossings - later  # nan where neither reaches the goal
    median = float(np.quantile(np.nan_to_num(saved, nan=0.0, posinf=np.inf, neginf=-np.inf), 0.5))
    n = None if not np.isfinite(median) else ROUNDING * round(median / ROUNDING)
    return replace(best, saved=n, saved_low=low, saved_high=high)
