"""Confidence interval of a budget: a two-level bootstrap over test documents and seeds.

Each draw resamples the documents of the test part once for all models, so that an easy sample is easy for
full data and every size. The deviations of the seeds are resampled for every size; they are widened by
√(R / (R - 1)), since R seeds lie nearer to their mean than to the true one (Saeleva, Ataman and Lignos 2025).
One model per size takes its spread from the scatter about the smoothed curve.

The goal of a draw is a fraction of the full F1 on the smoothed curve without pretraining in the same draw. A
curve without full data of its own ends at that full F1, as if pretraining neither helped nor harmed with all
sentences.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import ceil, floor
from zlib import crc32

import numpy as np

from bioner_core.curves.crossing import (
    ROUNDING,
    MonotoneCurves,
    build_size_grid,
    compute_spread_factor,
    fit_monotone_curves,
    round_sentences,
    smooth_curves,
)
from bioner_core.curves.curve import Curve, SizePoint
from bioner_core.curves.families import Floats
from bioner_core.curves.points import NONE

N_DRAWS = 500
MIN_SCATTER_DEGREES = 6  # degrees of freedom of the scatter about a curve, to estimate a spread from
_FAMILY_PARAMETERS = 4
MODEL_ERROR = 0.12  # sd of ln n of a crossing, as no family is exact; more beyond the last size but one
BORROWED_WEIGHT = 3  # models that a borrowed full F1 counts for: it is smoothed over a curve of its own
MIN_DEGREES = 10  # degrees of freedom to pool from the seeds of a size and its neighbours
TAIL = 0.05  # share of the draws on either side of the interval
_STUDENT = 0.93  # t's 95 % quantile is 1 + 0.93 / (degrees of freedom) times the normal's, but for very few
_STREAM = 4  # of the random numbers, so that other parts of the program draw different ones

# Target, source, model, method, entity, sentences.
ShiftKey = tuple[str, str, str, str, str, int]


@dataclass(frozen=True, kw_only=True, eq=False)
class SamplingNoise:
    """Sampling noise of a run's curves beyond the scores of its seeds: the test part, and borrowed seeds."""

    shifts: Mapping[ShiftKey, Floats] = field(default_factory=dict)
    """Change of a size's mean F1 in each resampled test part, (draws,)."""
    units: Mapping[str, str] = field(default_factory=dict)  # target → "documents" or "sentences" resampled
    borrowed: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """Model, method → sd of F1 over seeds at very many sentences, estimated on other curves or studies."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Interval:
    """The 90 % interval of the number to plan on, and the smallest size that is surely enough."""

    crossings: Floats  # where each draw reaches the goal, inf where it never does by the last size, (draws,)
    sizes: tuple[int, ...]  # ascending; the last one is full data where that is known
    n_sure: int | None  # smallest size not inferior to the goal (95 %), tested from the largest size down
    covers: str  # what was resampled: "seeds and documents", "documents", "seeds" …

    @property
    def chance_reached(self) -> float:
        """Return the share of draws that reach the goal by the last size, in [0, 1]."""
        return float(np.isfinite(self.crossings).mean())

    @property
    def median(self) -> int | None:
        """Return the number that is enough in half of the draws; None where half never reach the goal."""
        return self._round_quantile(0.5)

    @property
    def low(self) -> int | None:
        """Return the lower end; None where 95 % of the draws never reach the goal."""
        return self._round_quantile(TAIL, down=True)

    @property
    def high(self) -> int:
        """Return the upper end; the last size where more than 5 % of the draws never reach the goal."""
        high = self._round_quantile(1 - TAIL)
        return self.sizes[-1] if high is None else high

    @property
    def is_beyond(self) -> bool:
        """Say whether more than 5 % of the draws never reach the goal by the last size."""
        return bool(np.isinf(np.quantile(self.crossings, 1 - TAIL, method="higher")))

    def _round_quantile(self, share: float, *, down: bool = False) -> int | None:
        n = float(np.quantile(self.crossings, share, method="lower" if down else "higher"))
        return None if np.isinf(n) else round_sentences(n, self.sizes, down=down)


def combine_intervals(intervals: Sequence[Interval | None]) -> Interval | None:
    """Return the interval of the maximum over several entity types; None where a type has no interval."""
    available = [interval for interval in intervals if interval is not None]
    if not available or len(available) < len(intervals):
        return None
    n_sure = [interval.n_sure for interval in available if interval.n_sure is not None]
    return Interval(
        crossings=np.max([interval.crossings for interval in available], axis=0),
        sizes=max((interval.sizes for interval in available), key=len),
        n_sure=max(n_sure) if len(n_sure) == len(available) else None,
        covers=min((interval.covers for interval in available), key=len),
    )


def compute_difference_interval(
    more: Interval | None, less: Interval | None
) -> tuple[int | None, int | None]:
    """Return the 90 % interval of the difference between two plans, paired by draw.

    An end is None where a plan may lie beyond its largest size; both are None where an interval is unknown.
    """
    if more is None or less is None:
        return None, None
    with np.errstate(invalid="ignore"):
        between = more.crossings - less.crossings  # nan where both are beyond: the difference is unknown
    unknown = np.isnan(between)
    low = float(np.quantile(np.where(unknown, -np.inf, between), TAIL, method="lower"))
    high = float(np.quantile(np.where(unknown, np.inf, between), 1 - TAIL, method="higher"))
    return (
        None if np.isinf(low) else ROUNDING * floor(low / ROUNDING),
        None if np.isinf(high) else ROUNDING * ceil(high / ROUNDING),
    )


def compute_interval(
    curve: Curve,
    *,
    fraction: float | None,
    goal_f1: float | None = None,
    noise: SamplingNoise | None = None,
    reference: Curve | None = None,
) -> Interval | None:
    """Return the interval of a curve's plan; None where nothing tells how F1 varies.

    :param fraction: of the smoothed full F1 of each draw; None where the goal is an F1.
    :param reference: the curve without pretraining, for a curve with a source.
    """
    draws = _draw_curve(curve, reference, noise or _NO_NOISE)
    if draws is None or (goal_f1 is None and draws.full is None):
        return None
    goals = np.full(N_DRAWS, goal_f1) if draws.full is None or goal_f1 is not None else draws.full
    goals = goals if goal_f1 is not None else (fraction or 1.0) * goals
    n_sizes = len(curve.settled_sizes)
    lowest = np.quantile(draws.f1[:, :n_sizes] - goals[:, None], TAIL, axis=0)  # one-sided lower bounds
    failed = np.flatnonzero(lowest < 0)
    first_sure = int(failed[-1]) + 1 if len(failed) else 0
    return Interval(
        crossings=draw_crossings(draws.monotone, goals, _start_stream(curve, "crossing")),
        sizes=draws.sizes,
        n_sure=draws.sizes[first_sure] if first_sure < n_sizes else None,
        covers=draws.covers,
    )


def draw_crossings(fitted: MonotoneCurves, goals: Floats, rng: np.random.Generator) -> Floats:
    """Return where each drawn curve reaches its goal, with the error of the families, (draws,)."""
    crossings = fitted.find_crossings(goals)
    if fitted.smooth is None:
        return crossings
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = np.maximum(np.log(np.minimum(crossings, fitted.n[-1]) / fitted.n[-2]), 0)
        shifted = crossings * np.exp(rng.normal(0, MODEL_ERROR, len(crossings)) * (1 + distance))
    return np.where(np.isinf(crossings), np.inf, np.minimum(shifted, fitted.n[-1]))


def _start_stream(curve: Curve, purpose: str) -> np.random.Generator:
    """Return random numbers that are the same for all types of a source."""
    return np.random.default_rng([_STREAM, crc32(curve.source.encode()), crc32(purpose.encode())])


@dataclass(frozen=True, eq=False)
class _CurveDraws:
    """Bootstrap draws of one curve; they do not depend on the goal."""

    sizes: tuple[int, ...]  # the last one is full data where that is known
    f1: Floats  # (draws, sizes)
    full: Floats | None  # full F1 without pretraining on its smoothed curve, (draws,); None where unknown
    monotone: MonotoneCurves
    covers: str


_NO_NOISE = SamplingNoise()


@lru_cache(maxsize=256)  # of some 0.7 MB each: 50 types from 5 sources
def _draw_curve(curve: Curve, reference: Curve | None, noise: SamplingNoise) -> _CurveDraws | None:
    """Return the bootstrap draws of a curve; None where nothing tells how F1 varies."""
    points = [*curve.settled_sizes, *curve.settled_full]
    if not curve.settled_sizes:
        return None
    shifts = _stack_shifts(curve, points, noise)
    seed_noise, seeds = _draw_model_noise(curve, points, noise)
    if shifts is None and seed_noise is None:
        return None
    f1 = np.array([point.f1 for point in points]) + np.zeros((N_DRAWS, 1))
    for change in (shifts, seed_noise):
        f1 = f1 if change is None else f1 + change
    f1 = np.clip(f1, 0, 1)
    n, weights = [point.n for point in points], [point.n_seeds for point in points]
    full = None if curve.source == NONE else _draw_full(curve, reference, noise)
    if full is not None and curve.full_reference and not curve.settled_full:
        f1 = np.column_stack([f1, full])
        n, weights = [*n, curve.full_reference.n], [*weights, BORROWED_WEIGHT * curve.full_reference.n_seeds]
    monotone = fit_monotone_curves(n, f1, weights, rng=_start_stream(curve, "family"))
    unit = noise.units.get(curve.target, "sentences") if shifts is not None else ""
    return _CurveDraws(
        sizes=tuple(n),
        f1=f1,
        full=monotone.top if curve.source == NONE and curve.settled_full else full,
        monotone=monotone,
        covers=" and ".join(filter(None, (seeds, unit))),
    )


def _draw_full(curve: Curve, reference: Curve | None, noise: SamplingNoise) -> Floats | None:
    """Return the full F1 without pretraining in each draw, (draws,); None where it is not trained."""
    draws = _draw_curve(reference, None, noise) if reference else None
    if draws is not None and draws.full is not None:
        return draws.full
    return None if curve.full_reference is None else np.full(N_DRAWS, curve.full_reference.f1)


def _stack_shifts(curve: Curve, points: Sequence[SizePoint], noise: SamplingNoise) -> Floats | None:
    """Return the change of F1 in each resampled test part, (draws, points); None where counts are missing."""
    shifts = []
    for point in points:
        key = (curve.target, curve.source, curve.model, curve.method, curve.entity, point.n)
        if key not in noise.shifts:
            return None
        shifts.append(noise.shifts[key])
    return np.stack(shifts, axis=1)


def _draw_model_noise(
    curve: Curve, points: Sequence[SizePoint], noise: SamplingNoise
) -> tuple[Floats | None, str]:
    """Return the change of F1 with other seeds, (draws, points), and its name; None where unknown."""
    rng = np.random.default_rng([_STREAM, crc32(curve.source.encode())])  # the same for all types
    scores, n = [point.scores for point in points], [point.n for point in points]
    if any(len(seed_scores) > 1 for seed_scores in scores):
        return draw_seed_noise(scores, n, draws=N_DRAWS, rng=rng), "seeds"
    sd, name = noise.borrowed.get((curve.model, curve.method)), "borrowed seeds"
    if sd is None:
        sd, name = _estimate_scatter_sd(points), "models"
    if sd is None:
        return None, ""
    n_seeds = np.array([point.n_seeds for point in points])
    return rng.normal(0, sd * compute_spread_factor(n) / np.sqrt(n_seeds), (N_DRAWS, len(n))), name


def _estimate_scatter_sd(points: Sequence[SizePoint]) -> float | None:
    """Return the sd of one model's F1 at very many sentences, by the scatter about the smoothed curve.

    It is widened by what Student's t adds for its degrees of freedom. None where these are too few.
    """
    trained = [point for point in points if point.n > 0]
    measured = np.array([not point.is_interpolated for point in trained])
    degrees = int(measured.sum()) - _FAMILY_PARAMETERS
    if degrees < MIN_SCATTER_DEGREES:
        return None
    n, f1 = np.array([point.n for point in trained]), np.array([point.f1 for point in trained])
    n_seeds = np.array([point.n_seeds for point in trained])
    smooth = smooth_curves(n, f1[None], n_seeds)[0]
    residuals = f1 - np.interp(np.log(n), np.log(build_size_grid(n)), smooth)
    standardized = residuals * np.sqrt(n_seeds) / compute_spread_factor(n)
    sd = np.sqrt(np.sum(standardized[measured] ** 2) / degrees)
    return float(sd * (1 + _STUDENT / degrees))


def draw_seed_noise(
    scores: Sequence[Sequence[float]], n: Sequence[float], *, draws: int, rng: np.random.Generator
) -> Floats | None:
    """Return the change of each size's mean F1 with other seeds, (draws, sizes); None for one seed.

    Deviations are resampled from those of the size and its nearest neighbours, each divided by the spread at
    its size, until they have ``MIN_DEGREES`` degrees of freedom, as the seeds of one size are too few. They
    are widened once more by what Student's t adds to the normal's 90 % for so many degrees.

    :param scores: F1 of each seed by size
    :param n: the sizes, ascending
    """
    spread = compute_spread_factor(n)
    deviations = [_widen_deviations(row) / factor for row, factor in zip(scores, spread, strict=True)]
    degrees = np.array([max(0, len(row) - 1) for row in deviations])
    if not degrees.sum():
        return None
    noise = []
    for i, row in enumerate(scores):
        nearest = np.argsort(np.abs(np.arange(len(degrees)) - i), kind="stable")
        n_pooled = int(np.searchsorted(np.cumsum(degrees[nearest]), min(MIN_DEGREES, degrees.sum()))) + 1
        pool = np.concatenate([deviations[near] for near in nearest[:n_pooled]])
        pool = pool * (1 + _STUDENT / degrees[nearest[:n_pooled]].sum())
        noise.append(rng.choice(pool, (draws, max(1, len(row)))).mean(axis=1) * spread[i])
    return np.stack(noise, axis=1)


def _widen_deviations(scores: Sequence[float]) -> Floats:
    """Return the deviations of seeds from their mean, as wide as those from the true mean."""
    if len(scores) < 2:
        return np.empty(0)
    f1 = np.asarray(scores)
    return np.asarray((f1 - f1.mean()) * np.sqrt(len(f1) / (len(f1) - 1)))


def estimate_seed_sd(curves: Sequence[Curve]) -> float | None:
    """Return the sd of F1 over seeds at very many sentences, pooled over all sizes; None where unknown."""
    deviations = [
        _widen_deviations(point.scores) / compute_spread_factor(point.n)
        for curve in curves
        for point in (*curve.sizes, *([curve.full] if curve.full else []))
    ]
    pooled = np.concatenate(deviations) if deviations else np.empty(0)
    return float(np.sqrt(np.mean(pooled**2))) if len(pooled) else None
