"""How the sentences for a goal move with the pool: what is annotated, the pool, its half and its double."""

from collections.abc import Sequence
from dataclasses import dataclass

from bioner_core.answers.combined_estimate import Plans, combine_needs, convert_plan
from bioner_core.answers.estimate import Estimate
from bioner_core.curves.budget import Budget
from bioner_core.curves.curve import Curve
from bioner_core.forecast.forecast import Forecast, Need, compute_need


@dataclass(frozen=True, kw_only=True)
class PoolNeeds:
    """The sentences that reach shares of the F1 that one number of sentences would give."""

    n: int  # sentences that set the goal, all of them annotated
    is_annotated: bool  # they are annotated already: the question, and the numbers, of Budget
    is_chosen: bool  # the pool that the answer is about
    needs: tuple[Need, ...]  # by ascending share


def compute_pool_needs(estimate: Estimate, plans: Plans) -> tuple[PoolNeeds, ...]:
    """Return what is annotated, where its curve is trained, then half the pool, the pool and its double.

    Half a pool that is annotated already is left out. Where nothing is left to annotate, only that stands.
    """
    pool = estimate.pool
    rows = plans.get(estimate.entity, ())
    chosen = PoolNeeds(
        n=pool.n_all, is_annotated=pool.n_all == pool.n_train, is_chosen=True, needs=estimate.needs
    )
    if chosen.is_annotated:
        return (chosen,)
    needs = tuple(map(convert_plan, rows))
    annotated = [PoolNeeds(n=pool.n_train, is_annotated=True, is_chosen=False, needs=needs)] if rows else []
    half = [_compute_other_pool(estimate, pool.n_all // 2)] if pool.n_all // 2 > pool.n_train else []
    return (*annotated, *half, chosen, _compute_other_pool(estimate, 2 * pool.n_all))


def find_annotated(rows: Sequence[PoolNeeds]) -> PoolNeeds | None:
    """Return the row of what is annotated; None where the pool is that, or its curve is not trained."""
    return next((row for row in rows if row.is_annotated and not row.is_chosen), None)


def _compute_other_pool(estimate: Estimate, n: int) -> PoolNeeds:
    """Return the needs for another pool, from the same draws."""
    forecasts = [of_type.forecast for of_type in estimate.types if of_type.forecast]
    needs = tuple(
        combine_needs(
            [compute_need(forecast.draws, pool=n, fraction=need.fraction) for forecast in forecasts]
        )
        for need in estimate.needs
    )
    return PoolNeeds(n=n, is_annotated=False, is_chosen=False, needs=needs)


def build_pool_row(curve: Curve, forecast: Forecast, fraction: float) -> Budget:
    """Return a forecast as the row of its curve, for a chart: the goal is a share of the F1 at the pool.

    :param fraction: of that F1, in (0, 1].
    """
    need, goal = forecast.compute_need(fraction=fraction), fraction * forecast.full.f1
    return Budget(
        target=curve.target,
        entity=curve.entity,
        source=curve.source,
        model=curve.model,
        method=curve.method,
        fraction=fraction,
        full_f1=forecast.full.f1,
        target_f1=goal,
        plan_full_f1=forecast.full.f1,
        n_plan=need.n,
        n_low=need.low,
        n_high=forecast.pool if need.high is None else need.high,
        n_high_beyond=need.is_beyond,
        n_max=forecast.pool,
        status="not_reached" if need.n is None else "reached",
    )
