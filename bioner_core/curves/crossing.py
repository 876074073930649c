"""Where a learning curve reaches a goal: on the smoothed curve, or on isotonic steps where sizes are few.

docs/method.md compares the rules on simulated curves (``benchmarks/crossings.py``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor

import numpy as np
from numpy.typing import ArrayLike

from bioner_core.curves.families import FAMILIES, Floats, evaluate_family, fit_family
from bioner_core.curves.misfit import (
    compute_slopes,
    draw_errors,
    interpolate_grid,
    make_monotone,
    predict_errors,
)

GOAL_TOLERANCE = 1e-9  # of F1: 0.8415 reaches 99 % of 0.85 whatever the binary rounding
MIN_SIZES = 4  # above 0, to fit families; fewer cannot distinguish them
ROUNDING = 10  # sentences; numbers between sizes are rounded to its multiples
_SPREAD_SIZE = 800  # sentences at which half of the variance over seeds is due to the small training set
_RESIDUAL_FLOOR = 0.0085  # F1: residuals below this do not distinguish families
_PUBLISHED_SD = 0.0084  # F1: median sd of one model of the published curves at very many sentences
_GRID_SIZE = 160  # sizes at which the smoothed curve is evaluated


def compute_spread_factor(n: ArrayLike) -> Floats:
    """Return the sd of one model's F1 at ``n`` sentences relative to very many sentences, the shape of ``n``.

    Residuals of the 34 published curves: 0.035 at 100–300 sentences, 0.021 at 400–800, 0.015 beyond 800.

    >>> compute_spread_factor([50, 800]).round(2).tolist()
    [4.12, 1.41]
    """
    return np.asarray(np.sqrt(1 + _SPREAD_SIZE / np.maximum(np.asarray(n, dtype=np.float64), 50)))


def build_size_grid(n: ArrayLike) -> Floats:
    """Return sizes from the smallest to the largest, evenly spaced on a log scale, (grid,)."""
    n = np.asarray(n, dtype=np.float64)
    return np.geomspace(n[0], n[-1], _GRID_SIZE)


def smooth_curves(
    n: ArrayLike, f1: ArrayLike, n_seeds: ArrayLike, *, rng: np.random.Generator | None = None
) -> Floats:
    """Return the average of the four families' best fits, weighted by their likelihood.

    A size weighs as its number of models over their variance, times the square root of the stretch of ln n
    that it stands for: no family fits exactly, and many sizes close together err alike. A family with
    weighted squared error L weighs (L + c)^(-k / 2), its likelihood where the noise is unknown; c is the
    error that noise alone brings, k lies between the number of sizes and of those that err independently.

    :param n: sizes above 0, ascending, ``MIN_SIZES`` or more, (sizes,)
    :param f1: in [0, 1], (curves, sizes)
    :param n_seeds: models per size, (sizes,)
    :param rng: draws one family for each curve, by its weight, instead of the average of all: then curves
        vary as much as the choice of a family is uncertain
    :returns: F1 at ``build_size_grid`` of the sizes, never falling, (curves, grid)
    """
    n, f1 = np.asarray(n, dtype=np.float64), np.asarray(f1, dtype=np.float64)
    stretches = _measure_stretches(n)
    weights = np.asarray(n_seeds) / compute_spread_factor(n) ** 2 * np.sqrt(stretches)
    fits = [fit_family(family, n, f1, weights) for family in FAMILIES]
    losses = np.stack([loss for _, loss in fits])  # (families, curves)
    n_independent = stretches.sum() ** 2 / (stretches**2).sum()  # Kish's effective number
    shares = (losses + _RESIDUAL_FLOOR**2) ** (-np.sqrt(len(n) * n_independent) / 2)
    shares = shares / shares.sum(axis=0)
    grid = build_size_grid(n)
    values = np.stack(
        [evaluate_family(family, params, grid) for family, (params, _) in zip(FAMILIES, fits, strict=True)]
    )
    if rng is None:
        return np.asarray(np.einsum("fc,fcg->cg", shares, values))
    chosen = (np.cumsum(shares, axis=0)[:-1] < rng.random(len(f1))).sum(axis=0)
    return np.asarray(values[chosen, np.arange(len(f1))])


def _measure_stretches(n: Floats) -> Floats:
    """Return the stretch of ln n that each size stands for, relative to their mean, (sizes,)."""
    gaps = np.diff(np.log(n))
    stretches = np.concatenate([gaps[:1], gaps[:-1] + gaps[1:], gaps[-1:]]) / 2
    return np.asarray(stretches / stretches.mean())


def find_crossings(n: ArrayLike, curves: Floats, goals: ArrayLike) -> Floats:
    """Return the sentences at which smoothed curves reach their goals, linear in log n; inf where never.

    :param n: the sizes passed to ``smooth_curves``
    :param curves: (curves, grid)
    :param goals: (curves,)
    :returns: (curves,), at least the smallest size
    """
    grid, goals = np.log(build_size_grid(n)), np.asarray(goals, dtype=np.float64) - GOAL_TOLERANCE
    is_reached = curves >= goals[:, None]
    at, rows = is_reached.argmax(axis=1), np.arange(len(curves))
    before = np.maximum(at - 1, 0)
    low, high = curves[rows, before], curves[rows, at]
    share = np.where(at > 0, (goals - low) / np.maximum(high - low, GOAL_TOLERANCE), 1.0)
    log_n = grid[before] + np.clip(share, 0, 1) * (grid[at] - grid[before])
    return np.where(is_reached.any(axis=1), np.exp(log_n), np.inf)


def fit_isotonic(values: Sequence[float], weights: Sequence[float]) -> list[float]:
    """Return the never-falling values nearest to ``values`` by weighted least squares.

    Pool adjacent violators (Barlow et al. 1972, Statistical inference under order restrictions).

    >>> fit_isotonic([1, 3, 2, 4], [1, 1, 1, 1])
    [1.0, 2.5, 2.5, 4.0]
    """
    blocks: list[tuple[float, float, int]] = []  # mean, weight, how many values
    for value, weight in zip(values, weights, strict=True):
        mean, total, n = float(value), float(weight), 1
        while blocks and blocks[-1][0] >= mean:
            before, its_weight, its_n = blocks.pop()
            mean = (before * its_weight + mean * total) / (its_weight + total)
            total, n = total + its_weight, n + its_n
        blocks.append((mean, total, n))
    return [mean for mean, _, n in blocks for _ in range(n)]


def fit_isotonic_rows(values: Floats, weights: ArrayLike) -> Floats:
    """Return ``fit_isotonic`` of each row, by its min-max formula: max over starts of min over ends of means.

    :param values: (curves, sizes)
    :param weights: (sizes,)
    """
    row_weights = np.asarray(weights, dtype=np.float64)
    sums = np.cumsum(np.pad(values * row_weights, ((0, 0), (1, 0))), axis=1)  # (curves, sizes + 1)
    totals = np.cumsum(np.pad(row_weights, (1, 0)))
    fitted = np.full_like(values, -np.inf)
    for start in range(values.shape[1]):
        means = (sums[:, start + 1 :] - sums[:, [start]]) / (totals[start + 1 :] - totals[start])
        lowest = np.minimum.accumulate(means[:, ::-1], axis=1)[:, ::-1]  # over the ends from each size on
        fitted[:, start:] = np.maximum(fitted[:, start:], lowest)
    return fitted


def find_step_crossings(n: ArrayLike, curves: Floats, goals: ArrayLike) -> Floats:
    """Return the smallest size at which each step curve reaches its goal; inf where none does.

    :param n: (sizes,)
    :param curves: never falling, (curves, sizes)
    :param goals: (curves,)
    """
    is_reached = curves >= np.asarray(goals)[:, None] - GOAL_TOLERANCE
    return np.where(
        is_reached.any(axis=1), np.asarray(n, dtype=np.float64)[is_reached.argmax(axis=1)], np.inf
    )


@dataclass(frozen=True, eq=False)
class MonotoneCurves:
    """Monotone fits of curves through the same sizes: none falls, so each crosses a goal once."""

    n: Floats  # (sizes,), ascending; 0 may be the first, full data the last
    steps: Floats  # isotonic fits, (curves, sizes)
    smooth: Floats | None  # at ``build_size_grid``, (curves, grid); None where there are too few sizes

    @property
    def top(self) -> Floats:
        """Return the fitted F1 at the largest size, in [0, 1], (curves,)."""
        return np.asarray((self.steps if self.smooth is None else self.smooth)[:, -1])

    def find_crossings(self, goals: ArrayLike) -> Floats:
        """Return the sentences at which each curve reaches its goal: 0 for zero-shot, inf if never."""
        goals = np.broadcast_to(np.asarray(goals, dtype=np.float64), len(self.steps))
        if self.smooth is None:
            return find_step_crossings(self.n, self.steps, goals)
        at = find_crossings(self.n[self.n > 0], self.smooth, goals)
        if self.n[0] > 0:
            return at
        return np.where(self.steps[:, 0] >= goals - GOAL_TOLERANCE, 0.0, at)


def fit_monotone_curves(
    n: ArrayLike,
    f1: Floats,
    n_seeds: ArrayLike,
    *,
    model_sd: float | None = None,
    rng: np.random.Generator | None = None,
) -> MonotoneCurves:
    """Fit monotone curves: smoothed ones from ``MIN_SIZES`` sizes on, else isotonic steps.

    :param n: (sizes,), ascending; the last may be full data
    :param f1: (curves, sizes), in [0, 1]
    :param n_seeds: (sizes,)
    :param model_sd: sd of one model's F1 at very many sentences; None: that of the published curves
    :param rng: draws a family for each curve as ``smooth_curves`` does, and its error; the curves are then
        draws of the same one
    """
    n, n_seeds = np.asarray(n, dtype=np.float64), np.asarray(n_seeds, dtype=np.float64)
    steps, trained = fit_isotonic_rows(f1, n_seeds), n > 0
    if trained.sum() < MIN_SIZES:
        return MonotoneCurves(n, steps, None)
    noise_sd = (model_sd or _PUBLISHED_SD) * compute_spread_factor(n) / np.sqrt(n_seeds)
    smooth = _smooth_with_errors(n[trained], f1[:, trained], n_seeds[trained], noise_sd[trained], rng)
    return MonotoneCurves(n, steps, smooth)


def _smooth_with_errors(
    n: Floats, f1: Floats, n_seeds: Floats, noise_sd: Floats, rng: np.random.Generator | None
) -> Floats:
    """Return the families' fits with their predicted or drawn error, never falling, (curves, grid)."""
    grid = build_size_grid(n)
    if rng is None:
        smooth = smooth_curves(n, f1, n_seeds)
        slopes, errors = compute_slopes(grid, smooth), np.zeros((1, len(grid)))
    else:
        slopes = compute_slopes(grid, smooth_curves(n, f1.mean(axis=0, keepdims=True), n_seeds))
        errors = draw_errors(grid, slopes, len(f1), rng)
        f1 = f1 - interpolate_grid(grid, errors, n)
        smooth = smooth_curves(n, f1, n_seeds, rng=rng)
    residuals = f1 - interpolate_grid(grid, smooth, n)
    errors = errors + predict_errors(grid, slopes, n, residuals, noise_sd)
    return np.clip(make_monotone(smooth + errors), 0, 1)


def round_sentences(n: float, sizes: Sequence[int], *, down: bool = False) -> int:
    """Round a number of sentences to tens within the sizes; a trained size stays as it is.

    >>> [round_sentences(n, [50, 800, 1595]) for n in (843.2, 800.0, 1599)]
    [850, 800, 1595]

    :param down: round down instead of up
    """
    for size in sizes:
        if abs(n - size) < 1e-6 * max(1, size):
            return size
    rounded = ROUNDING * (floor(n / ROUNDING) if down else ceil(n / ROUNDING))
    return min(max(rounded, sizes[0]), sizes[-1])
