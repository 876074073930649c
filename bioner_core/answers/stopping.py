"""What a team has if it stops at some number of sentences: F1, its share of full F1, and what that costs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bioner_core.analysis.estimate_basis import References
from bioner_core.answers.combined_estimate import Plans, combine_types
from bioner_core.answers.estimate import FRACTION, Estimate, estimate_from_curves
from bioner_core.answers.pool import Pool
from bioner_core.costs.hours_and_money import Cost, compute_cost
from bioner_core.costs.rates import Rates
from bioner_core.curves.budget import EVERY, Budget
from bioner_core.curves.curve import Curve
from bioner_core.errors import BionerError
from bioner_core.forecast.forecast import Forecast, ForecastPoint

_TAILS = (0.05, 0.5, 0.95)


@dataclass(frozen=True, kw_only=True)
class StopPoint:
    """The outcome of stopping at ``n`` training sentences."""

    n: int
    pool: int  # sentences that set the goal
    entity: str  # whose F1 it is: of several types the one furthest from its full F1
    f1: ForecastPoint
    share: tuple[float, float, float]  # of the F1 at the pool: lower end, median, upper end
    fraction: float  # the goal that the chance is about
    chance: float | None  # that ``n`` sentences reach the goal for all types, in [0, 1]
    n_missing: int  # training sentences still to annotate
    cost: Cost | None  # of these and of missing test sentences; None where nothing is missing


def compute_stop_point(
    estimate: Estimate, n: int, rates: Rates, *, n_test: int, plans: Plans | None = None
) -> StopPoint:
    """Return what stopping at ``n`` sentences gives, also below what is annotated.

    :param n_test: sentences to test on that the plan needs.
    :param plans: of Budget, where its question is that of the estimate: the chance is then read off them.
    :raises BionerError: ``n`` is not between 1 and the pool.
    """
    pool = estimate.pool
    if not 1 <= n <= pool.n_all:
        raise BionerError(
            f"stop at {n:,} sentences: allowed are 1 to {pool.n_all:,}, all sentences that could be "
            "annotated. For more, set a larger pool."
        )
    forecasts = [of_type.forecast for of_type in estimate.types if of_type.forecast]
    shares = {forecast.entity: _compute_shares(forecast, n, pool.n_all) for forecast in forecasts}
    lowest = min(forecasts, key=lambda forecast: float(np.median(shares[forecast.entity])))
    low, middle, high = np.quantile(shares[lowest.entity], _TAILS)
    rows = (plans or {}).get(estimate.entity, ()) if pool.n_all == pool.n_train else ()
    row = next((row for row in rows if row.fraction == estimate.lead), None)
    chance = min(float((of_type >= estimate.lead).mean()) for of_type in shares.values())
    n_missing, test = max(0, n - pool.n_train), max(0, n_test - pool.n_test)
    return StopPoint(
        n=n,
        pool=pool.n_all,
        entity=lowest.entity if estimate.entity == EVERY else "",
        f1=lowest.predict(n),
        share=(float(low), float(middle), float(high)),
        fraction=estimate.lead,
        chance=chance if row is None else compute_chance(row, n),
        n_missing=n_missing,
        cost=compute_cost(n_missing, n_missing, rates, n_test=test) if n_missing + test else None,
    )


def compute_budget_stop(
    row: Budget,
    curves: Sequence[Curve],
    references: References,
    n: int,
    rates: Rates,
    *,
    digest: str | None = None,
) -> StopPoint | None:
    """Return what stopping at ``n`` sentences gives by a row of Budget, whose pool is full data.

    All ``n`` sentences are to be annotated, as for the row's plan. None where no curve has full data.

    :param curves: of the row's model and method, of its type or of all types, those without pretraining too.
    :param digest: of the target, whose curves in other runs teach nothing.
    :raises BionerError: ``n`` is not between 1 and full data.
    """
    fulls = [curve.full_reference.n for curve in curves if curve.full_reference]
    if not fulls:
        return None
    pool = Pool(n_train=max(fulls), n_test=0, n_all=max(fulls), is_specified=True)
    fraction = row.fraction or FRACTION
    estimates = estimate_from_curves(
        curves, references, pool, digest=digest or "", fraction=fraction, source=row.source
    )
    if not estimates:
        return None
    estimate = combine_types(estimates, is_goal_chosen=True)
    stop = compute_stop_point(estimate, n, rates, n_test=0, plans={estimate.entity: (row,)})
    return replace(stop, n_missing=n, cost=compute_cost(n, n, rates))


def compute_chance(budget: Budget, n: int) -> float | None:
    """Return the chance that ``n`` sentences reach a budget's goal, in [0, 1]; None without an interval."""
    return None if budget.interval is None else float((budget.interval.crossings <= n).mean())


def _compute_shares(forecast: Forecast, n: int, n_pool: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the share of the F1 at the pool that each drawn curve has at ``n`` sentences, (draws,)."""
    full = forecast.draws.interpolate(n_pool)
    return np.divide(forecast.draws.interpolate(n), full, out=np.ones_like(full), where=full > 0)
