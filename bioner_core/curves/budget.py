"""The budget of one curve: how many sentences must be annotated to reach a share of full performance."""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from typing import Literal

import numpy as np

from bioner_core.curves.crossing import GOAL_TOLERANCE, MonotoneCurves, round_sentences
from bioner_core.curves.curve import Curve
from bioner_core.curves.draws import SamplingNoise
from bioner_core.curves.exclusion import UNANSWERABLE, LeftOut, find_obstacle
from bioner_core.curves.fitting import compute_smooth_full, fit_curve, list_points
from bioner_core.curves.interval import Interval, compute_interval

Status = Literal["reached", "not_reached", "no_full", "no_data", "no_test", "no_training", "no_f1"]
PlanMethod = Literal["averaged", "isotonic"]
Basis = Literal["measured", "to_full", "borrowed"]
EVERY = "every"  # the entity name of the row that all types must reach
_MIN_CHANCE = 0.5  # of reaching the goal at all; with less there is no plan
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
    target_f1: float | None  # the goal of n_first and n_stable, in [0, 1]
    n_first: int | None = None  # smallest size whose mean F1 reaches the target (the paper's rule)
    n_stable: int | None = None  # smallest size from which the mean never falls below it again
    n_plan: int | None = None  # where the smoothed curve reaches the target: enough in one case of two
    n_low: int | None = None  # 90 % interval of n_plan; None where nothing tells how F1 varies
    n_high: int | None = None  # enough with 95 % probability, or n_max
    n_high_beyond: bool | None = None  # with more than 5 % probability even n_max is not enough
    n_max: int | None = None  # largest size that may be the answer: full data where that is known
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
    basis: Basis | None = None
    """What n_plan lies between: trained sizes, the last size and full data, or the last size and the full
    data without pretraining, where a source has none of its own."""
    chance_reached: float | None = None  # that the goal is reached by n_max, in [0, 1]
    chance_best: float | None = None  # that no other source needs fewer sentences, in [0, 1]
    plan_full_f1: float | None = None  # full F1 on the smoothed curve, which the goal of n_plan is a share of
    interval: Interval | None = field(default=None, repr=False, compare=False)
    support: int | None = field(default=None, compare=False)  # test mentions
    decided_by: str | None = None  # in the row of every type: the type that needs most
    left_out: tuple[LeftOut, ...] = ()  # in the row of every type: types that do not decide

    def record(self) -> dict[str, object]:
        """Return the JSON row; only rows of every type have ``decided_by`` and ``left_out``."""
        hidden = _HIDDEN | ({"decided_by", "left_out"} if self.entity != EVERY else set())
        record = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in hidden}
        if "left_out" not in record:
            return record
        reasons = {left_out.entity: left_out.reason for left_out in self.left_out}
        return {**record, "left_out": [*reasons], "left_out_reasons": reasons}

    @property
    def has_answer(self) -> bool:
        """Say whether the goal could be compared with the curve, reached or not."""
        return self.status in ("reached", "not_reached")

    @property
    def plan_goal_f1(self) -> float | None:
        """Return the F1 that n_plan reaches on the smoothed curve, in [0, 1]."""
        if self.fraction is None or self.plan_full_f1 is None:
            return self.target_f1
        return self.fraction * self.plan_full_f1

    @property
    def gap(self) -> tuple[int, int] | None:
        """Return the trained sizes around n_plan where they are more than 10 % of it apart; else None."""
        if not self.n_plan or self.n_below is None or self.n_above is None:
            return None
        is_wide = self.n_above - self.n_below > _LARGE_GAP * self.n_plan
        return (self.n_below, self.n_above) if is_wide else None


def add_interval(budget: Budget, interval: Interval | None) -> Budget:
    """Add an interval to a row, extended so that it contains n_plan.

    Where more than half of the draws never reach the goal, there is no plan.
    """
    if interval is None:
        return budget
    has_plan = interval.chance_reached >= _MIN_CHANCE
    n_plan = (interval.median if budget.n_plan is None else budget.n_plan) if has_plan else None
    low = interval.low if interval.low is None or n_plan is None else min(interval.low, n_plan)
    return replace(
        budget,
        n_plan=n_plan,
        n_low=low,
        n_high=max(interval.high, n_plan or 0),
        n_high_beyond=interval.is_beyond,
        chance_reached=interval.chance_reached,
        n_sure=interval.n_sure,
        interval_of=interval.covers,
        interval=interval,
    )


def compute_budget(
    curve: Curve,
    *,
    fraction: float,
    goal_f1: float | None,
    noise: SamplingNoise | None,
    reference: Curve | None = None,
) -> Budget:
    """Compute the budget of a curve, without what it saves against other sources.

    The plan is read off the smoothed curve, up to full data. Its goal is ``fraction`` of the full F1 on the
    smoothed curve; ``n_first`` and ``n_stable`` compare mean F1 with ``fraction`` of
    the mean full F1, as the paper does.

    :param fraction: of the full F1 of ``none``; unused where ``goal_f1`` is given.
    :param reference: the curve of ``none``, for a curve with a source.
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
        status=find_obstacle(curve, reference) or ("no_full" if goal is None else "no_data"),
    )
    sizes = curve.settled_sizes
    if base.status in UNANSWERABLE:  # there is no goal, and without a test mention no F1 either
        return replace(base, full_f1=None if base.status == "no_test" else full_f1, target_f1=None)
    if not sizes:
        return base
    best = max(sizes, key=lambda size: (size.f1, -size.n))
    fitted = fit_curve(curve, reference)
    trained = replace(
        base,
        n_max=int(fitted.n[-1]),
        n_seeds=min(size.n_seeds for size in sizes),
        best_f1=best.f1,
        best_n=best.n,
    )
    if goal is None:
        return trained
    smooth_full = None if full_f1 is None else compute_smooth_full(curve, reference)
    trained = replace(trained, plan_full_f1=smooth_full)
    planned = _add_plan(trained, curve, fitted, trained.plan_goal_f1 or goal)
    row = _add_sizes(planned, curve, goal)
    interval = compute_interval(
        curve, fraction=base.fraction, goal_f1=goal_f1, noise=noise, reference=reference
    )
    return _add_basis(add_interval(row, interval), curve)


def _add_sizes(budget: Budget, curve: Curve, goal: float) -> Budget:
    """Add n_first and n_stable: the trained sizes whose mean F1 reaches the goal."""
    sizes = curve.settled_sizes
    means = [size.f1 for size in sizes]
    first = _find_first(means, goal)
    below = [i for i, f1 in enumerate(means) if f1 < goal - GOAL_TOLERANCE]
    stable = below[-1] + 1 if below else 0
    return replace(
        budget,
        n_first=None if first is None else sizes[first].n,
        n_stable=sizes[stable].n if stable < len(sizes) else None,
        status="not_reached" if first is None else "reached",
    )


def _add_plan(budget: Budget, curve: Curve, fitted: MonotoneCurves, goal: float) -> Budget:
    """Add n_plan, and where the isotonic fit reaches the goal."""
    sizes = [int(n) for n in fitted.n]
    at, steps = float(fitted.find_crossings([goal])[0]), _find_first(fitted.steps[0], goal)
    return replace(
        budget,
        n_plan=None if np.isinf(at) else round_sentences(at, sizes),
        n_isotonic=None if steps is None else sizes[steps],
        plan_method="isotonic" if fitted.smooth is None else "averaged",
    )


def _add_basis(budget: Budget, curve: Curve) -> Budget:
    """Add what a plan lies between, and its share of the training part."""
    if budget.n_plan is None:
        return budget
    sizes = [size.n for size in curve.settled_sizes]
    has_full = len(list_points(curve)) > len(sizes)
    basis: Basis = "measured" if budget.n_plan <= sizes[-1] else "to_full" if has_full else "borrowed"
    return replace(
        budget,
        basis=basis,
        n_below=max((n for n in sizes if n < budget.n_plan), default=None),
        n_above=min((n for n in (*sizes, budget.n_max or 0) if n >= budget.n_plan), default=None),
        share_of_train=budget.n_plan / curve.train_size if curve.train_size else None,
    )


def _find_first(values: Iterable[float], goal: float) -> int | None:
    """Return the index of the first value that reaches the goal."""
    return next((i for i, value in enumerate(values) if value >= goal - GOAL_TOLERANCE), None)
