"""The row of one curve in the answer: its numbers, what it saves, and what every type needs together."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Literal

from bioner_core.curves.interval import Interval, difference, widest
from bioner_core.curves.points import AVERAGES, NONE

Status = Literal["reached", "not_reached", "no_full", "no_data", "no_test", "no_training", "no_f1"]
# Of types that no number can be told of: without a test or a training mention, or never found at full data.
UNTOLD: tuple[Status, ...] = ("no_test", "no_training", "no_f1")
PlanMethod = Literal["averaged", "isotonic"]
EVERY = "every"  # the entity name of the row that all types must reach
_LARGE_GAP = 0.10  # of the answer, between the sizes on either side of it
_HIDDEN = {"n_below", "n_above", "n_isotonic", "interval", "support"}


@dataclass(frozen=True, kw_only=True)
class Budget:
    """Sentences needed by one curve. None where unknown or not reached."""

    target: str
    entity: str
    source: str
    model: str
    method: str
    fraction: float | None  # of full_f1, in (0, 1]; None where the goal is an F1
    full_f1: float | None  # ``none`` at full data
    target_f1: float | None  # what is to be reached, in [0, 1]
    n_first: int | None = None  # smallest size whose mean F1 reaches the target (the paper's rule)
    n_stable: int | None = None  # smallest size from which the mean never falls below it again
    n_plan: int | None = None  # where the curve, smoothed by plan_method, reaches the target: an even chance
    n_low: int | None = None  # 90 % interval of n_plan; None where there is nothing to compute one from
    n_high: int | None = None  # 95 % sure; None where it lies beyond n_max, too
    n_high_beyond: bool | None = None  # the interval ends beyond n_max
    n_max: int | None = None  # largest size that may be the answer
    n_seeds: int | None = None  # fewest seeds behind a size
    status: Status  # "reached" where n_first is known; n_plan may still be beyond n_max
    best_f1: float | None = None  # highest mean F1 of a size
    best_n: int | None = None
    share_of_train: float | None = None  # n_plan of the whole training part
    saved_first: int | None = None  # sentences fewer than ``none`` by the same rule; may be negative
    saved_first_is_bound: bool = False  # "more than": ``none`` does not reach it up to its n_max
    saved_plan: int | None = None
    saved_plan_is_bound: bool = False
    n_sure: int | None = None  # smallest size that is not inferior to the goal (one-sided, 95 %)
    plan_method: PlanMethod | None = None  # "averaged" families; "isotonic" steps where sizes are few
    interval_of: str | None = None  # what was drawn anew: "seeds and documents", "sentences" …
    saved_low: int | None = None  # 90 % interval of saved_plan; None where it is unknown or without end
    saved_high: int | None = None
    n_below: int | None = None  # trained sizes on either side of n_plan
    n_above: int | None = None
    n_isotonic: int | None = None  # smallest size whose isotonic fit reaches the target
    interval: Interval | None = field(default=None, repr=False, compare=False)
    support: int | None = field(default=None, compare=False)  # test mentions
    decided_by: str | None = None  # in the row of every type: the one that needs most
    left_out: tuple[str, ...] = ()  # in the row of every type: those that no number can be told of

    def record(self) -> dict[str, object]:
        """Return the JSON row; ``decided_by`` and ``left_out`` only in rows of every type."""
        hidden = _HIDDEN | ({"decided_by", "left_out"} if self.entity != EVERY else set())
        found = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in hidden}
        return {**found, "left_out": list(self.left_out)} if "left_out" in found else found

    @property
    def is_told(self) -> bool:
        """Say whether the row has an answer: the goal is reached, or not up to the largest size."""
        return self.status in ("reached", "not_reached")

    @property
    def gap(self) -> tuple[int, int] | None:
        """Return the sizes the answer lies between, where they are more than 10 % of it apart."""
        if not self.n_plan or self.n_below is None or self.n_above is None:
            return None
        is_wide = self.n_above - self.n_below > _LARGE_GAP * self.n_plan
        return (self.n_below, self.n_above) if is_wide else None


def with_interval(row: Budget, found: Interval | None) -> Budget:
    """Return the row with its interval, which always holds the number to plan on."""
    if found is None:
        return row
    low, high = found.low, found.high
    if row.n_plan is not None:
        low = row.n_plan if low is None else min(low, row.n_plan)
        high = None if high is None else max(high, row.n_plan)
    return replace(
        row,
        n_low=low,
        n_high=high,
        n_high_beyond=high is None,
        n_sure=found.sure,
        interval_of=found.covers,
        interval=found,
    )


def every_type(rows: Iterable[Budget]) -> list[Budget]:
    """Return, for each target, source, model and method, what all of its types need together.

    Numbers are the largest over the types; the F1 fields are those of the type that decides, which is
    the one with the largest ``n_plan``, or the one furthest from its target where some do not reach it.
    Types that no number can be told of are left out; where there is no other, the row tells of one of them.
    A source that lacks a curve of a type has no row.
    """
    groups: dict[tuple[str, str, str], dict[str, list[Budget]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row.entity not in (*AVERAGES, EVERY):
            groups[row.target, row.model, row.method][row.source].append(row)
    found = []
    for by_source in groups.values():
        n_types = len({row.entity for own in by_source.values() for row in own})
        found += [_every(own) for own in by_source.values() if len(own) == n_types]
    return with_savings(found)


def with_savings(rows: Sequence[Budget]) -> list[Budget]:
    """Add what each row saves against the row of ``none`` by the same rule."""
    none = {(r.target, r.entity, r.model, r.method): r for r in rows if r.source == NONE}
    return [_with_saving(row, none.get((row.target, row.entity, row.model, row.method))) for row in rows]


def _with_saving(row: Budget, none: Budget | None) -> Budget:
    """Add savings by the first crossing and by the plan; plans of two methods are compared by the steps."""
    if none is None or row.source == NONE:
        return row
    first, first_is_bound = _saved(row.n_first, none.n_first, none.n_max)
    plan = plan_saved(row, none)
    return replace(
        row,
        saved_first=first,
        saved_first_is_bound=first_is_bound,
        saved_plan=plan.n,
        saved_plan_is_bound=plan.is_bound,
        saved_low=plan.low,
        saved_high=plan.high,
    )


@dataclass(frozen=True, kw_only=True)
class Saved:
    """Sentences that one plan takes fewer than another; None where that is unknown."""

    n: int | None
    is_bound: bool  # "more than": the other one does not reach the goal up to its n_max
    low: int | None  # 90 % interval; an end is None where it is unknown or without end
    high: int | None


def plan_saved(row: Budget, other: Budget) -> Saved:
    """Return what a row's plan saves against another's; plans of two methods are compared by the steps."""
    is_alike = row.plan_method == other.plan_method
    plans = (row.n_plan, other.n_plan) if is_alike else (row.n_isotonic, other.n_isotonic)
    n, is_bound = _saved(*plans, other.n_max) if row.n_plan is not None else (None, False)
    low, high = difference(other.interval, row.interval) if is_alike else (None, None)
    return Saved(n=n, is_bound=is_bound, low=low, high=high)


def _saved(n: int | None, n_none: int | None, n_none_max: int | None) -> tuple[int | None, bool]:
    """Return the saving and whether it is a bound; a bound below 0 says nothing."""
    if n is None:
        return None, False
    if n_none is not None:
        return n_none - n, False
    if n_none_max is None or n_none_max < n:
        return None, False
    return n_none_max - n, True


def _every(rows: Sequence[Budget]) -> Budget:
    """Return the row that all types must reach."""
    told = [row for row in rows if row.status not in UNTOLD]
    types = told or rows
    decides = max(types, key=_need)
    order: tuple[Status, ...] = ("no_full", "no_data", "not_reached", "reached")
    statuses = {row.status for row in told}
    methods = {row.plan_method for row in types}
    together = replace(
        decides,
        entity=EVERY,
        decided_by=decides.entity,
        left_out=tuple(
            sorted(row.entity for row in rows if row.status in UNTOLD and row.entity != decides.entity)
        ),
        status=next((status for status in order if status in statuses), decides.status),
        n_first=_largest([row.n_first for row in types]),
        n_stable=_largest([row.n_stable for row in types]),
        n_plan=_largest([row.n_plan for row in types]),
        n_isotonic=_largest([row.n_isotonic for row in types]),
        n_max=min((row.n_max for row in types if row.n_max is not None), default=None),
        plan_method=decides.plan_method if len(methods) == 1 else None,
        saved_first=None,
        saved_first_is_bound=False,
        saved_plan=None,
        saved_plan_is_bound=False,
        saved_low=None,
        saved_high=None,
        n_low=None,
        n_high=None,
        n_high_beyond=None,
        n_sure=None,
        interval_of=None,
        interval=None,
    )
    return with_interval(together, widest([row.interval for row in types]))


def _largest(numbers: Sequence[int | None]) -> int | None:
    """Return the largest number, None where one is None."""
    known = [number for number in numbers if number is not None]
    return max(known) if len(known) == len(numbers) else None


def _need(row: Budget) -> tuple[bool, float]:
    """Order types by need: those not reached by how far they stay below, the others by n_plan."""
    if row.n_plan is not None:
        return False, row.n_plan
    short = 1 - row.best_f1 / row.target_f1 if row.best_f1 is not None and row.target_f1 else 1.0
    return True, short
