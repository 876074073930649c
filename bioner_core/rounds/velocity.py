"""How fast a team annotates by the tool's own times, and when it will have finished."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, inf

import numpy as np

from bioner_core.connections.tool import WorkTime
from bioner_core.costs.hours_and_money import Cost

MIN_DAYS = 5  # from the first to the last annotation; a shorter time says nothing about weeks
_N_DRAWS = 2_000
_SEED = 20261201  # of the draws, fixed so that dates are reproducible
_TAILS = (0.05, 0.95)
_WEEK = 7
_MAX_DAYS = 36_500  # a later end is none


@dataclass(frozen=True, kw_only=True)
class Velocity:
    """Sentences that a team annotates on a day, days off counted; low and high are a 90 % interval."""

    mean: float
    low: float
    high: float
    first: date
    last: date

    @property
    def n_days(self) -> int:
        """Return the days from the first to the last annotation, both counted."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True, kw_only=True)
class FinishDates:
    """When what is missing will be annotated."""

    earliest: date
    latest: date | None  # None where the number or the speed has no upper end
    velocity: Velocity | None  # None: at the rates of the team


def count_days(times: Iterable[WorkTime]) -> dict[str, int]:
    """Count annotated texts by day (UTC), in order."""
    return dict(sorted(Counter(time.at[:10] for time in times).items()))


def compute_velocity(days: Mapping[str, int], *, sentences_per_text: float) -> Velocity | None:
    """Return the speed of a team, its interval by drawing days with replacement.

    :param days: texts by day, ISO 8601; days without any may be missing.
    :returns: None where the first and the last day are less than ``MIN_DAYS`` apart.
    """
    if not days:
        return None
    first, last = date.fromisoformat(min(days)), date.fromisoformat(max(days))
    n_days = (last - first).days + 1
    if n_days < MIN_DAYS:
        return None
    texts_by_day = [days.get((first + timedelta(days=i)).isoformat(), 0) for i in range(n_days)]
    counts = sentences_per_text * np.asarray(texts_by_day, dtype=np.float64)  # (days,)
    draws = np.random.default_rng(_SEED).choice(counts, size=(_N_DRAWS, n_days)).mean(axis=1)
    low, high = np.quantile(draws, _TAILS)
    return Velocity(mean=float(counts.mean()), low=float(low), high=float(high), first=first, last=last)


def compute_finish(cost: Cost, velocity: Velocity | None, *, today: date) -> FinishDates:
    """Return when the sentences of a cost will be annotated.

    :param cost: from the number with an even chance to reach the goal to that with 95 %.
    :param velocity: None: at the hours a week of the cost.
    """
    if velocity is None:
        days = [hours / cost.team_hours_per_week * _WEEK for hours in (cost.hours_low, cost.hours_high)]
    else:
        days = [cost.n_low / velocity.high if velocity.high else 0.0, inf]
        days[1] = cost.n_high / velocity.low if velocity.low else inf
    has_end = not cost.is_bound and days[1] < _MAX_DAYS
    return FinishDates(
        earliest=today + timedelta(days=ceil(min(days[0], _MAX_DAYS))),
        latest=today + timedelta(days=ceil(days[1])) if has_end else None,
        velocity=velocity,
    )
