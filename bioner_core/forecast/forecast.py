"""Forecasts: a curve continued beyond its last point, learned from curves of other corpora."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from bioner_core.curves.curve import Curve
from bioner_core.errors import BionerError
from bioner_core.forecast.conformal import widening
from bioner_core.forecast.draws import Draws, draw
from bioner_core.forecast.growth_laws import EXPERTS, Expert
from bioner_core.forecast.prior import believe, observed
from bioner_core.forecast.regression import NOTHING, Observed

POOL = 5000  # sentences that could be annotated, unless told
FRACTIONS = (0.90, 0.95, 0.99)
_SEED = 20200414  # of the draws: the same question gets the same answer
_INTERVAL = (0.05, 0.5, 0.95)
_ROUND = 10  # sentences that needs are rounded up to


@dataclass(frozen=True, kw_only=True)
class ForecastPoint:
    """F1 at a number of sentences, or what a step brings."""

    n: int  # sentences
    f1: float  # median, in [0, 1]
    low: float  # 90 % interval
    high: float


@dataclass(frozen=True, kw_only=True)
class Need:
    """Sentences that reach a goal. None where that takes more than the pool."""

    fraction: float | None  # of the F1 at the pool, in (0, 1]; None where the goal is an F1
    goal_f1: float | None = None  # an F1 in (0, 1] instead
    n: int | None  # median: an even chance
    low: int | None  # 90 % interval
    high: int | None  # 95 % sure
    is_beyond: bool  # the interval ends beyond the pool
    chance: float = 1.0  # that the pool reaches the goal


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """One curve continued."""

    target: str
    entity: str
    source: str
    model: str
    method: str
    n_observed: int  # largest size it rests on; 0 where nothing was observed
    pool: int  # sentences that could be annotated
    at: tuple[ForecastPoint, ...]
    full: ForecastPoint  # at the pool
    needs: tuple[Need, ...]
    method_used: str  # in words
    draws: Draws = field(repr=False, compare=False)

    def need(self, *, fraction: float | None = None, goal_f1: float | None = None) -> Need:
        """Return the sentences for a share of the F1 at the pool, or for an F1.

        :raises BionerError: neither or both are given, or out of range.
        """
        return need(self.draws, pool=self.pool, fraction=fraction, goal_f1=goal_f1)

    def point(self, n: int) -> ForecastPoint:
        """Return F1 at a number of sentences up to the pool."""
        return _point(self.draws, n)

    def records(self) -> list[dict[str, object]]:
        """Return a JSON row for each size asked for; a need is called after its share, ``n95``."""
        names = ("target", "entity", "source", "model", "method", "n_observed")
        needs: dict[str, object] = {}
        for one in self.needs:
            name = f"n{100 * (one.fraction or 0):.6g}"
            needs |= {name: one.n, f"{name}_low": one.low, f"{name}_high": one.high}
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
            for point in self.at
        ]


def forecast(
    curve: Curve,
    *,
    n_observed: int | None = None,
    at: Sequence[int] = (),
    pool: int | None = None,
    fractions: Sequence[float] = FRACTIONS,
    others: Sequence[Curve] = (),
    is_full_told: bool | None = None,
    laws: Sequence[Expert] = EXPERTS,
) -> Forecast:
    """Return a curve's continuation from its points of at most ``n_observed`` sentences.

    :param n_observed: take no point of more sentences into account; all points where not given.
    :param is_full_told: a curve without full data leads to about that of its target without pretraining;
        where not given, that is taken into account if all points are.
    :param at: sizes at which F1 is wanted.
    :param pool: all sentences that could be annotated; where not given ``POOL``, or what is observed if more.
    :param others: curves to learn from; those of the same target are left out.
    :param laws: what is averaged over; the back-test tries fewer.
    :raises BionerError: a size, pool or fraction out of range.
    """
    is_told = n_observed is None if is_full_told is None else is_full_told
    seen = observed(curve, n_observed=n_observed, is_full_told=is_told)
    learned = [other for other in others if other.target != curve.target]
    return _forecast(curve.key, seen, learned, at=at, pool=pool, fractions=fractions, weights=None, laws=laws)


def prior_forecast(
    others: Sequence[Curve],
    *,
    weights: Sequence[float] | None = None,
    at: Sequence[int] = (),
    pool: int | None = None,
    fractions: Sequence[float] = FRACTIONS,
    target: str = "",
    entity: str = "",
    source: str = "",
    model: str = "",
    method: str = "",
) -> Forecast:
    """Return what other curves say of a corpus of which nothing is trained yet.

    :param weights: how much each of ``others`` counts, such as its likeness; else alike.
    """
    key = (target, source, model, method, entity)
    return _forecast(key, NOTHING, others, at=at, pool=pool, fractions=fractions, weights=weights)


def gain(of: Forecast, n: int, step: int = 100) -> ForecastPoint:
    """Return what ``step`` sentences more than ``n`` bring: F1 gained, in [0, 1], with its interval."""
    gained = np.maximum(of.draws.at(n + step) - of.draws.at(n), 0.0)  # less only by rounding
    low, f1, high = np.quantile(gained, _INTERVAL)
    return ForecastPoint(n=n + step, f1=float(f1), low=float(low), high=float(high))


def need(draws: Draws, *, pool: int, fraction: float | None = None, goal_f1: float | None = None) -> Need:
    """Return the sentences for a share of the F1 at the pool, or for an F1."""
    given = [value for value in (fraction, goal_f1) if value is not None]
    if len(given) != 1 or not 0 < given[0] <= 1:
        found = " and ".join(f"{value:g}" for value in given) or "nothing"
        raise BionerError(f"the goal is {found}; ask for one fraction or F1 above 0 and at most 1.")
    goal = np.asarray(goal_f1) if fraction is None else fraction * draws.at(pool)
    n = draws.reaching(goal)
    n = np.where(n > pool, np.inf, n)
    low, middle, high = (_rounded(value, pool) for value in np.quantile(n, _INTERVAL, method="higher"))
    return Need(
        fraction=fraction,
        goal_f1=goal_f1,
        n=middle,
        low=low,
        high=high,
        is_beyond=high is None,
        chance=float(np.isfinite(n).mean()),
    )


def _rounded(n: float, pool: int) -> int | None:
    """Return sentences rounded up to tens, at most the pool; None beyond it."""
    return min(int(np.ceil(n / _ROUND - 1e-9)) * _ROUND, pool) if np.isfinite(n) else None


def _forecast(
    key: tuple[str, str, str, str, str],
    seen: Observed,
    others: Sequence[Curve],
    *,
    at: Sequence[int],
    pool: int | None,
    fractions: Sequence[float],
    weights: Sequence[float] | None,
    laws: Sequence[Expert] = EXPERTS,
) -> Forecast:
    pool = max(POOL, seen.last) if pool is None else pool
    _check(at, pool, seen.last)
    belief = believe(others, seen, weights=weights)
    widen = widening(tuple(others), seen.last, is_full_told=seen.is_full_told) if seen.last else 1.0
    drawn = draw(belief, last=seen.last, upto=max([pool, *at]), seed=_SEED, widen=widen, laws=laws)
    target, source, model, method, entity = key
    return Forecast(
        target=target,
        entity=entity,
        source=source,
        model=model,
        method=method,
        n_observed=seen.last,
        pool=pool,
        at=tuple(_point(drawn, n) for n in at),
        full=_point(drawn, pool),
        needs=tuple(need(drawn, pool=pool, fraction=fraction) for fraction in fractions),
        method_used=_words(others, seen, len(laws)),
        draws=drawn,
    )


def _check(at: Sequence[int], pool: int, last: int) -> None:
    if pool < max(last, 1):
        raise BionerError(
            f"the pool is {pool:,} sentences, yet {last:,} are observed. "
            "The pool is all sentences that could be annotated, those included that are."
        )
    if wrong := [n for n in at if n < 1]:
        raise BionerError(f"F1 is asked for at {wrong[0]} sentences; ask for 1 or more.")


def _point(draws: Draws, n: int) -> ForecastPoint:
    low, f1, high = np.quantile(draws.at(n), _INTERVAL)
    return ForecastPoint(n=n, f1=float(f1), low=float(low), high=float(high))


def _words(others: Sequence[Curve], own: Observed, n_laws: int) -> str:
    """Return what a forecast rests on."""
    n_targets = len({other.target for other in others})
    learned = (
        f"{len(others)} curves of {n_targets} other corpora" if others else "no other curves: a wide guess"
    )
    seen = f"{own.n_points} sizes of this one" if own.n_points else "nothing of this one"
    if own.is_full_told:
        seen += " and full data without pretraining"
    return f"average of {n_laws} growth laws; {learned}; {seen}"
