"""How much F1 varies from one model to another: over seeds, or about the smoothed curve."""

from collections.abc import Sequence

import numpy as np

from bioner_core.curves.crossing import build_size_grid, compute_spread_factor, smooth_curves
from bioner_core.curves.curve import Curve, SizePoint
from bioner_core.curves.families import Floats

MIN_DEGREES = 10  # degrees of freedom to pool from the seeds of a size and its neighbours
MIN_SCATTER_DEGREES = 6  # degrees of freedom of the scatter about a curve, to estimate a spread from
_FAMILY_PARAMETERS = 4
_STUDENT = 0.93  # t's 95 % quantile is 1 + 0.93 / (degrees of freedom) times the normal's, but for very few


def estimate_model_sd(points: Sequence[SizePoint], borrowed: float | None = None) -> float | None:
    """Return the sd of one model's F1 at very many sentences; None where nothing tells it.

    It is that over seeds, else the borrowed one, else that of the scatter about the smoothed curve.
    """
    sd = _pool_deviations(points)
    sd = borrowed if sd is None else sd
    return _estimate_scatter_sd(points) if sd is None else sd


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
    return _pool_deviations(
        [point for curve in curves for point in (*curve.sizes, *([curve.full] if curve.full else []))]
    )


def _pool_deviations(points: Sequence[SizePoint]) -> float | None:
    deviations = [_widen_deviations(point.scores) / compute_spread_factor(point.n) for point in points]
    pooled = np.concatenate(deviations) if deviations else np.empty(0)
    return float(np.sqrt(np.mean(pooled**2))) if len(pooled) else None
