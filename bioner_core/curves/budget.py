"""The answer: how many sentences must be annotated to reach a share of full performance."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from bioner_core.curves.crossing import TOUCH, Rising, rising, whole
from bioner_core.curves.curve import Curve, Planned, SizeKey, curves
from bioner_core.curves.interval import Chance, interval
from bioner_core.curves.points import CurvePoint
from bioner_core.curves.rows import EVERY as EVERY
from bioner_core.curves.rows import UNTOLD as UNTOLD
from bioner_core.curves.rows import Budget as Budget
from bioner_core.curves.rows import Saved as Saved
from bioner_core.curves.rows import Status, with_interval, with_savings
from bioner_core.curves.rows import every_type as every_type
from bioner_core.curves.rows import plan_saved as plan_saved
from bioner_core.errors import BionerError


def budgets(
    points: Iterable[CurvePoint],
    *,
    fraction: float = 0.99,
    goal_f1: float | None = None,
    planned: Mapping[SizeKey, Planned] | None = None,
    chance: Chance | None = None,
) -> list[Budget]:
    """Return a row for each curve of two or more sizes, in the order of ``curves``.

    :param fraction: of the F1 of ``none`` at full data, in (0, 1].
    :param goal_f1: an F1 in (0, 1] to reach instead; then no full model is needed.
    :param chance: what counts of the test part tell of chance; without it only seeds do.
    :raises BionerError: a goal out of range.
    """
    return curve_budgets(curves(points, planned), fraction=fraction, goal_f1=goal_f1, chance=chance)


def curve_budgets(
    found: Iterable[Curve],
    *,
    fraction: float = 0.99,
    goal_f1: float | None = None,
    chance: Chance | None = None,
) -> list[Budget]:
    """Return the rows of ``budgets`` for curves at hand; ``none`` must be among them to tell savings."""
    if goal_f1 is not None and not 0 < goal_f1 <= 1:
        raise BionerError(
            f"the goal is an F1 of {goal_f1:g}; it must be above 0 and at most 1, such as 0.80."
        )
    if not 0 < fraction <= 1:
        raise BionerError(f"the fraction is {fraction:g}; it must be above 0 and at most 1, such as 0.99.")
    asked = [curve for curve in found if curve.is_curve]
    return with_savings(
        [_budget(curve, fraction=fraction, goal_f1=goal_f1, chance=chance) for curve in asked]
    )


def _budget(curve: Curve, *, fraction: float, goal_f1: float | None, chance: Chance | None) -> Budget:
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
        status=_untold(curve, goal) or ("no_full" if goal is None else "no_data"),
    )
    sizes = curve.candidates
    if base.status in UNTOLD:  # there is no goal, and without a test mention no F1 either
        return replace(base, full_f1=None if base.status == "no_test" else full_f1, target_f1=None)
    if not sizes:
        return base
    best = max(sizes, key=lambda size: (size.f1, -size.n))
    known = replace(
        base,
        n_max=sizes[-1].n,
        n_seeds=min(size.n_seeds for size in sizes),
        best_f1=best.f1,
        best_n=best.n,
    )
    if goal is None:
        return known
    found = interval(curve, fraction=base.fraction, goal_f1=goal_f1, chance=chance)
    return with_interval(_with_numbers(known, curve, goal), found)


def _untold(curve: Curve, goal: float | None) -> Status | None:
    """Return why no number can be told of a type, however much is trained; None where one can."""
    if not curve.is_tested:
        return "no_test"
    if curve.yardstick and curve.yardstick.n_mentions == 0:
        return "no_training"
    return "no_f1" if goal == 0 else None


def _with_numbers(row: Budget, curve: Curve, goal: float) -> Budget:
    """Add the three numbers."""
    sizes, rises = curve.candidates, _rising(curve)
    means = [size.f1 for size in sizes]
    first = _from(means, goal)
    below = [i for i, f1 in enumerate(means) if f1 < goal - TOUCH]
    stable = below[-1] + 1 if below else 0
    steps = _from(rises.steps[0], goal)
    n_plan = None if first is None else _plan(rises, goal, [size.n for size in sizes])
    return replace(
        row,
        n_first=None if first is None else sizes[first].n,
        n_stable=sizes[stable].n if stable < len(sizes) else None,
        n_plan=n_plan,
        n_isotonic=None if steps is None else sizes[steps].n,
        plan_method="isotonic" if rises.smooth is None else "averaged",
        n_below=None if n_plan is None else max((s.n for s in sizes if s.n < n_plan), default=None),
        n_above=None if n_plan is None else min(s.n for s in sizes if s.n >= n_plan),
        share_of_train=n_plan / curve.train_size if n_plan is not None and curve.train_size else None,
        status="not_reached" if first is None else "reached",
    )


@lru_cache(maxsize=512)
def _rising(curve: Curve) -> Rising:
    """Return the curve smoothed; it does not depend on the goal."""
    points = (*curve.candidates, *curve.own_full)
    f1, n_seeds = np.array([[point.f1 for point in points]]), [point.n_seeds for point in points]
    return rising([point.n for point in points], f1, n_seeds, has_full=bool(curve.own_full))


def _plan(rises: Rising, goal: float, sizes: Sequence[int]) -> int | None:
    """Return the sentences to plan on; None beyond the largest size."""
    at = float(rises.reach([goal])[0])
    return None if np.isinf(at) else whole(at, sizes)


def _from(values: Iterable[float], goal: float) -> int | None:
    """Return the index of the first value that reaches the goal."""
    return next((i for i, value in enumerate(values) if value >= goal - TOUCH), None)
