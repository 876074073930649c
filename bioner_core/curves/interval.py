"""What a budget could have been with other test documents and other seeds: a two-level bootstrap.

The test part's documents are drawn anew once for all models of a draw, so that what is easy in a sample is
easy for full data and every size alike; the seeds' deviations, widened by √(R / (R - 1)) since R of them lie
nearer to their mean than to the truth, are drawn anew for every size (Saeleva, Ataman and Lignos 2025).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import ceil, floor
from zlib import crc32

import numpy as np

from bioner_core.curves.crossing import ROUND, Floats, Rising, rising, spread_at, whole
from bioner_core.curves.curve import Curve, SizePoint
from bioner_core.curves.points import NONE

DRAWS = 500
ENOUGH = 10  # degrees of freedom among the seeds of a size and its neighbours, where there are so many
OUTSIDE = 0.05  # share of the draws on either side of the interval
_STUDENT = 0.93  # t's 95 % quantile is 1 + 0.93 / (degrees of freedom) times the normal's, but for very few
_SEEDS = 4  # what numbers are drawn for: the same ones must not be drawn twice

# Target, source, model, method, entity, sentences.
ShiftKey = tuple[str, str, str, str, str, int]


@dataclass(frozen=True, kw_only=True, eq=False)
class Chance:
    """What is known of chance in the curves of one run, beside the scores of its seeds."""

    shifts: Mapping[ShiftKey, Floats] = field(default_factory=dict)
    """By how much a size's mean F1 moves in each draw of the test part, (draws,)."""
    units: Mapping[str, str] = field(default_factory=dict)  # target → "documents" or "sentences" drawn
    borrowed: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """Model, method → sd of F1 over seeds at very many sentences, by other curves or studies."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Interval:
    """The 90 % interval of the number to plan on, and the size of which one can be sure."""

    reach: Floats  # where each draw reaches the goal, inf beyond the largest size, (draws,)
    sizes: tuple[int, ...]
    sure: int | None  # smallest size that is not inferior to the goal, tested from the largest down
    covers: str  # "seeds and documents", "documents", "seeds" …: what was drawn anew

    @property
    def low(self) -> int | None:
        """Return the lower end; None where it lies beyond the largest size."""
        low = float(np.quantile(self.reach, OUTSIDE, method="lower"))
        return None if np.isinf(low) else whole(low, self.sizes, down=True)

    @property
    def high(self) -> int | None:
        """Return the upper end; None where it lies beyond the largest size."""
        high = float(np.quantile(self.reach, 1 - OUTSIDE, method="higher"))
        return None if np.isinf(high) else whole(high, self.sizes)


def widest(intervals: Sequence[Interval | None]) -> Interval | None:
    """Return the interval of the largest number over several types; None where one type has none."""
    known = [interval for interval in intervals if interval is not None]
    if not known or len(known) < len(intervals):
        return None
    sure = [interval.sure for interval in known if interval.sure is not None]
    return Interval(
        reach=np.max([interval.reach for interval in known], axis=0),
        sizes=max((interval.sizes for interval in known), key=len),
        sure=max(sure) if len(sure) == len(known) else None,
        covers=min((interval.covers for interval in known), key=len),
    )


def difference(more: Interval | None, less: Interval | None) -> tuple[int | None, int | None]:
    """Return the 90 % interval of how many sentences more one takes than the other, draw by draw.

    An end is None where either may be beyond the largest size there, and both where an interval is unknown.
    """
    if more is None or less is None:
        return None, None
    with np.errstate(invalid="ignore"):
        between = more.reach - less.reach  # nan where both are beyond: it may be anything
    unknown = np.isnan(between)
    low = float(np.quantile(np.where(unknown, -np.inf, between), OUTSIDE, method="lower"))
    high = float(np.quantile(np.where(unknown, np.inf, between), 1 - OUTSIDE, method="higher"))
    return (
        None if np.isinf(low) else ROUND * floor(low / ROUND),
        None if np.isinf(high) else ROUND * ceil(high / ROUND),
    )


def interval(
    curve: Curve, *, fraction: float | None, goal_f1: float | None = None, chance: Chance | None = None
) -> Interval | None:
    """Return the interval of a curve's plan; None where nothing tells of chance.

    :param fraction: of the full F1 of each draw; None where the goal is an F1.
    """
    drawn = _drawn(curve, goal_f1 is None, chance or _NOTHING)
    if drawn is None:
        return None
    goals = np.full(DRAWS, goal_f1) if goal_f1 is not None else (fraction or 1.0) * drawn.full
    lowest = np.quantile(drawn.f1 - goals[:, None], OUTSIDE, axis=0)  # a one-sided bound of each size
    failed = np.flatnonzero(lowest < 0)
    sure = int(failed[-1]) + 1 if len(failed) else 0
    return Interval(
        reach=drawn.rising.reach(goals),
        sizes=drawn.sizes,
        sure=drawn.sizes[sure] if sure < len(drawn.sizes) else None,
        covers=drawn.covers,
    )


@dataclass(frozen=True, eq=False)
class _Drawn:
    """Draws of one curve; they do not depend on the goal."""

    sizes: tuple[int, ...]
    f1: Floats  # (draws, sizes)
    full: Floats  # (draws,); of no use where the goal is an F1
    rising: Rising
    covers: str


_NOTHING = Chance()


@lru_cache(maxsize=256)  # of some 0.7 MB each: 50 types from 5 sources
def _drawn(curve: Curve, needs_full: bool, chance: Chance) -> _Drawn | None:
    """Return the draws of a curve; None where neither seeds nor counts tell of chance."""
    own = [*curve.candidates, *curve.own_full]
    apart = needs_full and curve.source != NONE  # the yardstick of "none" is its own full model
    points = [*own, *([curve.yardstick] if apart and curve.yardstick else [])]
    n_sizes = len(curve.candidates)
    if not n_sizes or (needs_full and not curve.yardstick):
        return None
    shifts = _shifts(curve, points, chance)
    noise, seeds = _noise(curve, points, len(own), chance)
    if shifts is None and noise is None:
        return None
    f1 = np.array([point.f1 for point in points]) + np.zeros((DRAWS, 1))
    for moved in (shifts, noise):
        f1 = f1 if moved is None else f1 + moved
    f1 = np.clip(f1, 0, 1)
    n, weights = [point.n for point in points], [point.n_seeds for point in points]
    unit = chance.units.get(curve.target, "sentences") if shifts is not None else ""
    return _Drawn(
        sizes=tuple(n[:n_sizes]),
        f1=f1[:, :n_sizes],
        full=f1[:, -1],
        rising=rising(n[: len(own)], f1[:, : len(own)], weights[: len(own)], has_full=len(own) > n_sizes),
        covers=" and ".join(filter(None, (seeds, unit))),
    )


def _shifts(curve: Curve, points: Sequence[SizePoint], chance: Chance) -> Floats | None:
    """Return what other test documents would change, (draws, points); None where counts are missing."""
    found = []
    for point in points:
        source = NONE if point is curve.yardstick else curve.source
        key = (curve.target, source, curve.model, curve.method, curve.entity, point.n)
        if key not in chance.shifts:
            return None
        found.append(chance.shifts[key])
    return np.stack(found, axis=1)


def _noise(
    curve: Curve, points: Sequence[SizePoint], n_own: int, chance: Chance
) -> tuple[Floats | None, str]:
    """Return what other seeds would change, (draws, points), and the word for it; None where unknown.

    :param n_own: points of the curve itself; the yardstick behind them tells nothing of its seeds.
    """
    rng = np.random.default_rng([_SEEDS, crc32(curve.source.encode())])  # the same for all types
    scores, n = [point.scores for point in points], [point.n for point in points]
    if any(len(of) > 1 for of in scores[:n_own]):
        return seed_noise(scores, n, draws=DRAWS, rng=rng), "seeds"
    sd = chance.borrowed.get((curve.model, curve.method))
    if sd is None:
        return None, ""
    models = np.array([point.n_seeds for point in points])
    return rng.normal(0, sd * spread_at(n) / np.sqrt(models), (DRAWS, len(n))), "borrowed seeds"


def seed_noise(
    scores: Sequence[Sequence[float]], n: Sequence[float], *, draws: int, rng: np.random.Generator
) -> Floats | None:
    """Return by how much other seeds would move the mean of each size, (draws, sizes); None for one seed.

    Deviations are drawn from those of the size and its nearest neighbours, each taken by how much F1 varies
    at its size, until they have ``ENOUGH`` degrees of freedom: the few seeds of one size are too few to tell.
    They are widened once more by what Student's t adds to the normal's 90 % for so many degrees.

    :param scores: F1 of each seed by size
    :param n: the sizes, ascending
    """
    spread = spread_at(n)
    widened = [_widened(of) / at for of, at in zip(scores, spread, strict=True)]
    free = np.array([max(0, len(of) - 1) for of in widened])
    if not free.sum():
        return None
    noise = []
    for at, of in enumerate(scores):
        nearest = np.argsort(np.abs(np.arange(len(free)) - at), kind="stable")
        n_pooled = int(np.searchsorted(np.cumsum(free[nearest]), min(ENOUGH, free.sum()))) + 1
        pool = np.concatenate([widened[near] for near in nearest[:n_pooled]])
        pool = pool * (1 + _STUDENT / free[nearest[:n_pooled]].sum())
        noise.append(rng.choice(pool, (draws, max(1, len(of)))).mean(axis=1) * spread[at])
    return np.stack(noise, axis=1)


def _widened(scores: Sequence[float]) -> Floats:
    """Return the deviations of seeds from their mean, as wide as those from the truth."""
    if len(scores) < 2:
        return np.empty(0)
    of = np.asarray(scores)
    return np.asarray((of - of.mean()) * np.sqrt(len(of) / (len(of) - 1)))


def seed_spread(found: Sequence[Curve]) -> float | None:
    """Return the sd of F1 over seeds at very many sentences, by all sizes of curves; None where unknown."""
    deviations = [
        _widened(point.scores) / spread_at(point.n)
        for curve in found
        for point in (*curve.sizes, *([curve.full] if curve.full else []))
    ]
    together = np.concatenate(deviations) if deviations else np.empty(0)
    return float(np.sqrt(np.mean(together**2))) if len(together) else None
