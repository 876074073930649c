"""One estimate for all types of a corpus, the goal that leads it, and the plans of Budget.

The pool sets the goal. Where nothing beyond the annotated sentences could be annotated, the question is that
of Budget, so the numbers are those of Budget. Where the pool is larger and the curve still rises like a
logarithm, 99 % of what the pool would reach grows with the pool: it says more about the pool than about the
corpus, so 95 % leads, unless somebody chose another goal.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bioner_core.answers.estimate import Estimate
from bioner_core.answers.goal_plans import compute_goal_plans
from bioner_core.curves.budget import EVERY, Budget
from bioner_core.curves.curve import Curve
from bioner_core.curves.draws import SamplingNoise
from bioner_core.curves.exclusion import LeftOut
from bioner_core.curves.points import AVERAGES
from bioner_core.errors import BionerError
from bioner_core.forecast.forecast import ForecastPoint, Need

MAX_RISE = 1.5  # by which twice the pool may multiply the sentences for a goal that still leads
LOWER_GOAL = 0.95  # leads where the default goal rises more
Plans = Mapping[str, Sequence[Budget]]  # by entity type or "every", a row for each share


def combine_types(
    estimates: Sequence[Estimate], left_out: Sequence[LeftOut] = (), *, is_goal_chosen: bool = False
) -> Estimate:
    """Combine the estimates of types: at each share the type that needs most decides.

    :param left_out: types that do not decide.
    :param is_goal_chosen: the goal is the user's and leads, not a default.
    :raises BionerError: there is no type.
    """
    if not estimates:
        raise BionerError("the corpus has no entity types, so there is nothing to estimate.")
    if len(estimates) == 1 and not left_out:
        return replace(estimates[0], lead=choose_lead(estimates[0], is_goal_chosen=is_goal_chosen))
    needs = tuple(
        combine_needs([estimate.find_need(need.fraction or 1.0) for estimate in estimates])
        for need in estimates[0].needs
    )
    doubled = [estimate.doubled for estimate in estimates if estimate.doubled]
    combined = replace(
        estimates[0],
        entity=EVERY,
        needs=needs,
        doubled=combine_needs(doubled) if doubled else None,
        forecast=None,
    )
    lead = choose_lead(combined, is_goal_chosen=is_goal_chosen)
    decisive = max(estimates, key=lambda estimate: _rank_need(estimate.find_need(lead)))
    supports = [estimate.support for estimate in estimates if estimate.support is not None]
    return replace(
        decisive,
        entity=EVERY,
        decided_by=decisive.entity,
        lead=lead,
        doubled=combined.doubled,
        needs=needs,
        next=_find_largest_gain([estimate.next for estimate in estimates]),
        rest=_find_largest_gain([estimate.rest for estimate in estimates]),
        support=min(supports, default=None),
        by_type=tuple(sorted(estimates, key=lambda estimate: -_rank_need(estimate.find_need(lead))[0])),
        left_out=tuple(left_out),
        forecast=None,
    )


def combine_trained(
    trained: Sequence[Estimate],
    left_out: Sequence[LeftOut],
    *,
    similar: Estimate,
    plans: "Plans",
    is_goal_chosen: bool = False,
) -> Estimate:
    """Combine the estimates from trained curves; where no type has one, similar curves are all there is.

    :param left_out: types with trained curves that do not decide.
    """
    if trained:
        return apply_plans(combine_types(trained, left_out, is_goal_chosen=is_goal_chosen), plans)
    if not left_out:
        return similar
    return replace(similar, support=max(of.support or 0 for of in left_out), left_out=tuple(left_out))


def choose_lead(estimate: Estimate, *, is_goal_chosen: bool) -> float:
    """Return the share that leads: the chosen one, or a default that does not mostly measure the pool."""
    return LOWER_GOAL if is_bound_to_pool(estimate) and not is_goal_chosen else estimate.fraction


def is_bound_to_pool(estimate: Estimate) -> bool:
    """Say whether the goal mostly measures the pool: it is ahead and moves with it."""
    pool, n, doubled = estimate.pool, estimate.n, estimate.doubled
    if estimate.fraction <= LOWER_GOAL or pool.n_all <= pool.n_train or doubled is None:
        return False
    return n is None or doubled.n is None or (n > pool.n_train and doubled.n > MAX_RISE * n)


def compute_plans(
    curves: Sequence[Curve], shares: Sequence[float], *, noise: SamplingNoise | None
) -> dict[str, tuple[Budget, ...]]:
    """Return what Budget answers for each type and for every type, without pretraining.

    :param curves: of one target, model and method.
    :returns: by entity, in the order of the shares; only entities that have an answer at each of them.
    """
    types = sorted({curve.entity for curve in curves if curve.entity not in AVERAGES})
    entities = types if len(types) == 1 else [EVERY, *types]
    plans = {
        entity: compute_goal_plans(curves, entity=entity, goals=shares, noise=noise) for entity in entities
    }
    return {
        entity: rows
        for entity, rows in plans.items()
        if len(rows) == len(shares) and all(row.has_answer for row in rows)
    }


def convert_plan(budget: Budget) -> Need:
    """Return a plan of Budget as the need of an estimate."""
    is_beyond = bool(budget.n_high_beyond) or budget.n_plan is None
    return Need(
        fraction=budget.fraction,
        n=budget.n_plan,
        low=budget.n_low if budget.n_low is not None else budget.n_plan,
        high=None if is_beyond else budget.n_high if budget.n_high is not None else budget.n_plan,
        is_beyond=is_beyond,
        probability=1.0 if budget.chance_reached is None else budget.chance_reached,
    )


def apply_plans(estimate: Estimate, plans: Plans) -> Estimate:
    """Take the numbers of Budget where its question is that of the estimate; else return the estimate."""
    rows = plans.get(estimate.entity)
    if rows is None or estimate.pool.n_all != estimate.pool.n_train:
        return estimate
    lead = next(row for row in rows if row.fraction == estimate.lead)
    return replace(
        estimate,
        needs=tuple(map(convert_plan, rows)),
        decided_by=lead.decided_by or "",
        by_type=tuple(apply_plans(of_type, plans) for of_type in estimate.by_type),
    )


def combine_needs(needs: Sequence[Need]) -> Need:
    """Return the need of all types at one share: the largest median and the largest ends."""
    highs = [need.high for need in needs]
    return replace(
        max(needs, key=_rank_need),
        low=max((need.low for need in needs if need.low is not None), default=None),
        high=None if None in highs else max(high or 0 for high in highs),
        is_beyond=None in highs,
        probability=min(need.probability for need in needs),
    )


def _find_largest_gain(gains: Sequence[ForecastPoint | None]) -> ForecastPoint | None:
    """Return the gain of the type that gains most, with the largest ends of all types."""
    available = [gain for gain in gains if gain is not None]
    if not available:
        return None
    largest = max(available, key=lambda gain: gain.f1)
    low, high = (max(getattr(gain, end) for gain in available) for end in ("low", "high"))
    return replace(largest, low=min(low, largest.f1), high=high)


def _rank_need(need: Need) -> tuple[float, float]:
    n, high = (float("inf") if end is None else end for end in (need.n, need.high))
    return n, high
