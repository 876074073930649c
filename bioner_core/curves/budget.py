"""The budget of one curve: how many sentences must be annotated to reach a share of full performance."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from typing import Literal

import numpy as np

from bioner_core.curves.crossing import GOAL_TOLERANCE, MonotoneCurves, fit_monotone_curves, round_sentences
from bioner_core.curves.curve import Curve
from bioner_core.curves.interval import Interval, SamplingNoise, compute_interval

Status = Literal["reached", "not_reached", "no_full", "no_data", "no_test", "no_training", "no_f1"]
# No size is enough for such a type: it has no test mention, no training mention, or an F1 of 0 at full data.
UNANSWERABLE: tuple[Status, ...] = ("no_test", "no_training", "no_f1")
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
    target_f1: float | None  # the goal, in [0, 1]
    n_first: int | None = None  # smallest size whose mean F1 reaches the target (the paper's rule)
    n_stable: int | None = None  # smallest size from which the mean never falls below it again
    n_plan: int | None = None  # where the smoothed curve reaches the target: enough in one case of two
    n_low: int | None = None  # 90 % interval of n_plan; None where there is nothing to compute one from
    n_high: int | None = None  # enough with 95 % probability; None also where it lies beyond n_max
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
    plan_method: PlanMethod | None = None  # "averaged" families; "isotonic" steps for few sizes
    interval_of: str | None = None  # what was resampled: "seeds and documents", "sentences" …
    saved_low: int | None = None  # 90 % interval of saved_plan; None where unknown or unbounded
    saved_high: int | None = None
    n_below: int | None = None  # trained sizes on either side of n_plan
    n_above: int | None = None
    n_isotonic: int | None = None  # smallest size whose isotonic fit reaches the target
    interval: Interval | None = field(default=None, repr=False, compare=False)
    support: int | None = field(default=None, compare=False)  # test mentions
    decided_by: str | None = None  # in the row of every type: the type that needs most
    left_out: tuple[str, ...] = ()  # in the row of every type: types without an answer

    def record(self) -> dict[str, object]:
        """Return the JSON row; only rows of every type have ``decided_by`` and ``left_out``."""
        hidden = _HIDDEN | ({"decided_by", "left_out"} if self.entity != EVERY else set())
        record = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in hidden}
        return {**record, "left_out": list(self.left_out)} if "left_out" in record else record

    @property
    def has_answer(self) -> bool:
        """Say whether the goal could be compared with the curve, reached or not."""
        return self.status in ("reached", "not_reached")

    @property
    def gap(self) -> tuple[int, int] | None:
        """Return the trained sizes around n_plan where they are more than 10 % of it apart; else None."""
        if not self.n_plan or self.n_below is None or self.n_above is None:
            return None
        is_wide = self.n_above - self.n_below > _LARGE_GAP * self.n_plan
        return (self.n_below, self.n_above) if is_wide else None


def add_interval(budget: Budget, interval: Interval | None) -> Budget:
    """Add an interval to a row, extended so that it contains n_plan."""
    if interval is None:
        return budget
    low, high = interval.low, interval.high
    if budget.n_plan is not None:
        low = budget.n_plan if low is None else min(low, budget.n_plan)
        high = None if high is None else max(high, budget.n_plan)
    return replace(
        budget,
        n_low=low,
        n_high=high,
        n_high_beyond=high is None,
        n_sure=interval.n_sure,
        interval_of=interval.covers,
        interval=interval,
    )


def compute_budget(
    curve: Curve, *, fraction: float, goal_f1: float | None, noise: SamplingNoise | None
) -> Budget:
    """Compute the budget of a curve, without what it saves against other sources.

    :param fraction: of the F1 of ``none`` at full data; unused where ``goal_f1`` is given.
    """
    full_f1 = curve.full_f1
    goal = goal_f1 if goal_f1 is not None else None if full_f1 is None else fraction * full_f1
    base = Budget(
        target=curve.target,
        entity=curve.entity,
        source=curve.source,
        model=curve.model,
        method=curve.method,
        fraction=None if goal_f1 is not None else fraction,
        full_f1=full_f1,
        target_f1=goal,
        support=curve.support,
        status=_find_obstacle(curve, goal) or ("no_full" if goal is None else "no_data"),
    )
    sizes = curve.settled_sizes
    if base.status in UNANSWERABLE:  # there is no goal, and without a test mention no F1 either
        return replace(base, full_f1=None if base.status == "no_test" else full_f1, target_f1=None)
    if not sizes:
        return base
    best = max(sizes, key=lambda size: (size.f1, -size.n))
    trained = replace(
        base,
        n_max=sizes[-1].n,
        n_seeds=min(size.n_seeds for size in sizes),
        best_f1=best.f1,
        best_n=best.n,
    )
    if goal is None:
        return trained
    interval = compute_interval(curve, fraction=base.fraction, goal_f1=goal_f1, noise=noise)
    return add_interval(_add_numbers(trained, curve, goal), interval)


def _find_obstacle(curve: Curve, goal: float | None) -> Status | None:
    """Return why no training size can be an answer for a type; None where one can."""
    if not curve.is_tested:
        return "no_test"
    if curve.full_reference and curve.full_reference.n_mentions == 0:
        return "no_training"
    return "no_f1" if goal == 0 else None


def _add_numbers(budget: Budget, curve: Curve, goal: float) -> Budget:
    """Add n_first, n_stable, n_plan and the numbers derived from them."""
    sizes, fitted = curve.settled_sizes, _fit_monotone(curve)
    means = [size.f1 for size in sizes]
    first = _find_first(means, goal)
    below = [i for i, f1 in enumerate(means) if f1 < goal - GOAL_TOLERANCE]
    stable = below[-1] + 1 if below else 0
    steps = _find_first(fitted.steps[0], goal)
    n_plan = None if first is None else _find_plan(fitted, goal, [size.n for size in sizes])
    return replace(
        budget,
        n_first=None if first is None else sizes[first].n,
        n_stable=sizes[stable].n if stable < len(sizes) else None,
        n_plan=n_plan,
        n_isotonic=None if steps is None else sizes[steps].n,
        plan_method="isotonic" if fitted.smooth is None else "averaged",
        n_below=None if n_plan is None else max((s.n for s in sizes if s.n < n_plan), default=None),
        n_above=None if n_plan is None else min(s.n for s in sizes if s.n >= n_plan),
        share_of_train=n_plan / curve.train_size if n_plan is not None and curve.train_size else None,
        status="not_reached" if first is None else "reached",
    )


@lru_cache(maxsize=512)
def _fit_monotone(curve: Curve) -> MonotoneCurves:
    """Return the monotone fit of a curve; it does not depend on the goal."""
    points = (*curve.settled_sizes, *curve.settled_full)
    f1, n_seeds = np.array([[point.f1 for point in points]]), [point.n_seeds for point in points]
    return fit_monotone_curves([point.n for point in points], f1, n_seeds, has_full=bool(curve.settled_full))


def _find_plan(fitted: MonotoneCurves, goal: float, sizes: Sequence[int]) -> int | None:
    """Return where the fitted curve reaches the goal, in sentences; None beyond the largest size."""
    at = float(fitted.find_crossings([goal])[0])
    return None if np.isinf(at) else round_sentences(at, sizes)


def _find_first(values: Iterable[float], goal: float) -> int | None:
    """Return the index of the first value that reaches the goal."""
    return next((i for i, value in enumerate(values) if value >= goal - GOAL_TOLERANCE), None)
