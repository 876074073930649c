"""Forecasts: a learning curve extrapolated beyond its last point, with curves of other corpora as prior."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from bioner_core.curves.curve import Curve
from bioner_core.errors import BionerError
from bioner_core.forecast.conformal import compute_widening
from bioner_core.forecast.draws import Draws, draw_curves
from bioner_core.forecast.growth_laws import GROWTH_LAWS, Floats
from bioner_core.forecast.prior import learn_prior, select_observations
from bioner_core.forecast.regression import NO_OBSERVATIONS, Observations, condition_prior

DEFAULT_POOL = 5000  # sentences that could be annotated, by default
FRACTIONS = (0.90, 0.95, 0.99)
_SEED = 20200414  # of the draws, fixed so that forecasts are reproducible
_QUANTILES = (0.05, 0.5, 0.95)
_ROUND = 10  # sentences; needs are rounded up to its multiples


@dataclass(frozen=True, kw_only=True)
class ForecastPoint:
    """F1 at a number of sentences, or the gain of F1 up to there."""

    n: int  # sentences
    f1: float  # median, in [0, 1]
    low: float  # 90 % interval
    high: float


@dataclass(frozen=True, kw_only=True)
class Need:
    """Sentences needed to reach a goal; None where the pool is not enough."""

    fraction: float | None  # of the F1 at the pool, in (0, 1]; None where the goal is an F1
    goal_f1: float | None = None  # an F1 in (0, 1] instead
    n: int | None  # median
    low: int | None  # 90 % interval
    high: int | None  # enough with 95 % probability
    is_beyond: bool  # the interval ends beyond the pool
    probability: float = 1.0  # that the pool reaches the goal


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """The forecast of one curve."""

    target: str
    entity: str
    source: str
    model: str
    method: str
    n_observed: int  # largest observed size; 0 where nothing was observed
    pool: int  # sentences that could be annotated
    points: tuple[ForecastPoint, ...]  # at the requested sizes
    full: ForecastPoint  # at the pool
    needs: tuple[Need, ...]
    method_used: str  # for people
    draws: Draws = field(repr=False, compare=False)

    def compute_need(self, *, fraction: float | None = None, goal_f1: float | None = None) -> Need:
        """Return the sentences needed for a fraction of the F1 at the pool, or for an F1.

        :raises BionerError: neither or both are given, or out of range.
        """
        return compute_need(self.draws, pool=self.pool, fraction=fraction, goal_f1=goal_f1)

    def predict(self, n: int) -> ForecastPoint:
        """Return F1 at a number of sentences up to the pool."""
        return _summarize(self.draws.interpolate(n), n)

    def records(self) -> list[dict[str, object]]:
        """Return a JSON row for each requested size; ``n95`` is the need for 95 % of the F1 at the pool."""
        names = ("target", "entity", "source", "model", "method", "n_observed")
        needs: dict[str, object] = {}
        for need in self.needs:
            name = f"n{100 * (need.fraction or 0):.6g}"
            needs |= {name: need.n, f"{name}_low": need.low, f"{name}_high": need.high}
        return [
            {
                **{name: getattr(self, name) for name in names},
                "at": point.n,
                "f1": point.f1,
                "f1_low": point.low,
                "f1_high": point.high,
                "pool": self.pool,
                "full_f1": self.full.f1,
                "full_low": self.full.low,
                "full_high": self.full.high,
                **needs,
                "method_used": self.method_used,
            }
            for point in self.points
        ]


def forecast_curve(
    curve: Curve,
    *,
    n_observed: int | None = None,
    sizes: Sequence[int] = (),
    pool: int | None = None,
    fractions: Sequence[float] = FRACTIONS,
    others: Sequence[Curve] = (),
    has_full_reference: bool | None = None,
) -> Forecast:
    """Forecast a curve from its points of at most ``n_observed`` sentences.

    :param n_observed: ignore points of more sentences; by default all points are used.
    :param has_full_reference: use full data without pretraining as a point of a curve that lacks full data;
        by default if ``n_observed`` is not given.
    :param sizes: sizes to forecast.
    :param pool: all sentences that could be annotated; by default ``DEFAULT_POOL``, or the largest observed
        size if that is more.
    :param others: curves to learn from; those of the same target are left out.
    :raises BionerError: a size, pool or fraction out of range.
    """
    uses_reference = n_observed is None if has_full_reference is None else has_full_reference
    observations = select_observations(curve, n_observed=n_observed, has_full_reference=uses_reference)
    others = [other for other in others if other.target != curve.target]
    return _forecast_observed(curve.key, observations, others, sizes=sizes, pool=pool, fractions=fractions)


def forecast_from_prior(
    others: Sequence[Curve],
    *,
    weights: Sequence[float] | None = None,
    sizes: Sequence[int] = (),
    pool: int | None = None,
    fractions: Sequence[float] = FRACTIONS,
    target: str = "",
    entity: str = "",
    source: str = "",
    model: str = "",
    method: str = "",
) -> Forecast:
    """Forecast the curve of a corpus on which nothing is trained yet, from other curves alone.

    :param weights: of each of ``others``, such as its similarity to the corpus; equal by default.
    """
    key = (target, source, model, method, entity)
    return _forecast_observed(
        key, NO_OBSERVATIONS, others, sizes=sizes, pool=pool, fractions=fractions, weights=weights
    )


def compute_gain(forecast: Forecast, n: int, step: int = 100) -> ForecastPoint:
    """Return the gain of F1, in [0, 1], from ``n`` to ``n + step`` sentences with its interval."""
    draws = forecast.draws
    gains = np.maximum(draws.interpolate(n + step) - draws.interpolate(n), 0.0)  # negative only by rounding
    return _summarize(gains, n + step)


def compute_need(
    draws: Draws, *, pool: int, fraction: float | None = None, goal_f1: float | None = None
) -> Need:
    """Return the sentences needed for a fraction of the F1 at the pool, or for an F1."""
    goals = [value for value in (fraction, goal_f1) if value is not None]
    if len(goals) != 1 or not 0 < goals[0] <= 1:
        received = " and ".join(f"{value:g}" for value in goals) or "nothing"
        raise BionerError(f"the goal is {received}; ask for one fraction or F1 above 0 and at most 1.")
    goal = np.asarray(goal_f1) if fraction is None else fraction * draws.interpolate(pool)
    n = draws.find_crossings(goal)
    n = np.where(n > pool, np.inf, n)
    low, middle, high = (_round_need(value, pool) for value in np.quantile(n, _QUANTILES, method="higher"))
    return Need(
        fraction=fraction,
        goal_f1=goal_f1,
        n=middle,
        low=low,
        high=high,
        is_beyond=high is None,
        probability=float(np.isfinite(n).mean()),
    )


def _round_need(n: float, pool: int) -> int | None:
    """Round sentences up to tens, at most the pool; None beyond it."""
    return min(int(np.ceil(n / _ROUND - 1e-9)) * _ROUND, pool) if np.isfinite(n) else None


def _forecast_observed(
    key: tuple[str, str, str, str, str],
    observations: Observations,
    others: Sequence[Curve],
    *,
    sizes: Sequence[int],
    pool: int | None,
    fractions: Sequence[float],
    weights: Sequence[float] | None = None,
) -> Forecast:
    last, has_reference = observations.last, observations.has_full_reference
    pool = max(DEFAULT_POOL, last) if pool is None else pool
    _check_sizes(sizes, pool, last)
    target, source, model, method, entity = key
    prior = learn_prior(others, method=method, weights=weights)
    widening = 1.0
    if last:
        widening = compute_widening(tuple(others), last, method=method, has_full_reference=has_reference)
    draws = draw_curves(
        condition_prior(prior, observations),
        last=last,
        max_size=max([pool, *sizes]),
        seed=_SEED,
        widen=widening,
    )
    return Forecast(
        target=target,
        entity=entity,
        source=source,
        model=model,
        method=method,
        n_observed=last,
        pool=pool,
        points=tuple(_summarize(draws.interpolate(n), n) for n in sizes),
        full=_summarize(draws.interpolate(pool), pool),
        needs=tuple(compute_need(draws, pool=pool, fraction=fraction) for fraction in fractions),
        method_used=_describe_basis(others, observations),
        draws=draws,
    )


def _check_sizes(sizes: Sequence[int], pool: int, last: int) -> None:
    if pool < max(last, 1):
        raise BionerError(
            f"the pool is {pool:,} sentences, yet {last:,} are observed. "
            "The pool is all sentences that could be annotated, including those that are already."
        )
    if wrong := [n for n in sizes if n < 1]:
        raise BionerError(f"F1 is asked for at {wrong[0]} sentences; ask for 1 or more.")


def _summarize(f1_draws: Floats, n: int) -> ForecastPoint:
    """Return the median and the 90 % interval of F1, or of its gain, over draws."""
    low, f1, high = np.quantile(f1_draws, _QUANTILES)
    return ForecastPoint(n=n, f1=float(f1), low=float(low), high=float(high))


def _describe_basis(others: Sequence[Curve], observations: Observations) -> str:
    """Describe the data and laws that a forecast is based on."""
    n_targets = len({other.target for other in others})
    learned_from = (
        f"{len(others)} curves of {n_targets} other corpora" if others else "no other curves: a wide guess"
    )
    basis = f"{observations.n_points} sizes of this one" if observations.n_points else "nothing of this one"
    if observations.has_full_reference:
        basis += " and full data without pretraining"
    return f"average of {len(GROWTH_LAWS)} growth laws; {learned_from}; {basis}"
