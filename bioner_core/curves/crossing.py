"""Where a curve crosses a goal: the smoothed curve to plan on, and the isotonic steps where sizes are few.

docs/method.md compares the rules on curves whose truth is known (``benchmarks/crossings.py``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bioner_core.curves.families import FAMILIES, evaluate, fit

Floats = NDArray[np.float64]
TOUCH = 1e-9  # so that 0.8415 reaches 99 % of 0.85 whatever the binary rounding
MIN_SIZES = 4  # above 0, below which no family can be told from another
ROUND = 10  # sentences that a number read between sizes is rounded to
_STEADY = 800  # sentences at which half of a model's variance over seeds is due to their small number
_FAMILY_NOISE = 0.0085  # F1: residuals below this do not tell families apart
_FINE = 160  # places at which the smoothed curve is told


def spread_at(n: ArrayLike) -> Floats:
    """Return how much more one model's F1 varies at ``n`` sentences than at very many.

    Residuals of the 34 published curves: 0.035 at 100–300 sentences, 0.021 at 400–800, 0.015 beyond 800.

    >>> spread_at([50, 800]).round(2).tolist()
    [4.12, 1.41]
    """
    return np.asarray(np.sqrt(1 + _STEADY / np.maximum(np.asarray(n, dtype=np.float64), 50)))


def fine(n: ArrayLike) -> Floats:
    """Return the places between the smallest and the largest size at which a smoothed curve is told."""
    n = np.asarray(n, dtype=np.float64)
    return np.geomspace(n[0], n[-1], _FINE)


def smooth(n: ArrayLike, f1: ArrayLike, n_seeds: ArrayLike, *, upto: float | None = None) -> Floats:
    """Return the average of the four families' best fits, each by how well it fits.

    A size counts by its models and by how little one of them varies there; a family of weighted squared
    error L counts by (L + c)^(-sizes / 2), its likelihood where the noise is unknown; c is what noise alone
    brings.

    :param n: sizes above 0, ascending, ``MIN_SIZES`` or more, (sizes,)
    :param f1: in [0, 1], (curves, sizes)
    :param n_seeds: models a size, (sizes,)
    :param upto: the largest size at which the average is told (default: all that it is fitted to)
    :returns: F1 at ``fine`` of the sizes up to there, never falling, (curves, places)
    """
    n, f1 = np.asarray(n, dtype=np.float64), np.asarray(f1, dtype=np.float64)
    weights = np.asarray(n_seeds) / spread_at(n) ** 2
    fits = [fit(family, n, f1, weights) for family in FAMILIES]
    losses = np.stack([loss for _, loss in fits])  # (families, curves)
    shares = (losses + _FAMILY_NOISE**2) ** (-len(n) / 2)
    shares = shares / shares.sum(axis=0)
    places = fine([n[0], n[-1] if upto is None else upto])
    told = [evaluate(family, params, places) for family, (params, _) in zip(FAMILIES, fits, strict=True)]
    return np.asarray(np.einsum("fc,fcp->cp", shares, np.stack(told)))


def reached(n: ArrayLike, curves: Floats, goals: ArrayLike) -> Floats:
    """Return where smoothed curves reach their goals, linear in log n between places; inf where they do not.

    :param n: the sizes that ``smooth`` was given
    :param curves: (curves, places)
    :param goals: (curves,)
    :returns: (curves,), at least the smallest size
    """
    places, goals = np.log(fine(n)), np.asarray(goals, dtype=np.float64) - TOUCH
    is_there = curves >= goals[:, None]
    at, rows = is_there.argmax(axis=1), np.arange(len(curves))
    before = np.maximum(at - 1, 0)
    low, high = curves[rows, before], curves[rows, at]
    share = np.where(at > 0, (goals - low) / np.maximum(high - low, TOUCH), 1.0)
    log_n = places[before] + np.clip(share, 0, 1) * (places[at] - places[before])
    return np.where(is_there.any(axis=1), np.exp(log_n), np.inf)


def isotonic(values: Sequence[float], weights: Sequence[float]) -> list[float]:
    """Return the never-falling values nearest to ``values`` by weighted least squares.

    Pool adjacent violators (Barlow et al. 1972, Statistical inference under order restrictions).

    >>> isotonic([1, 3, 2, 4], [1, 1, 1, 1])
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


def isotonic_rows(values: Floats, weights: ArrayLike) -> Floats:
    """Return ``isotonic`` of each row, by its min-max formula: max over starts of min over ends of means.

    :param values: (curves, sizes)
    :param weights: (sizes,)
    """
    w = np.asarray(weights, dtype=np.float64)
    sums = np.cumsum(np.pad(values * w, ((0, 0), (1, 0))), axis=1)  # (curves, sizes + 1)
    totals = np.cumsum(np.pad(w, (1, 0)))
    found = np.full_like(values, -np.inf)
    for start in range(values.shape[1]):
        means = (sums[:, start + 1 :] - sums[:, [start]]) / (totals[start + 1 :] - totals[start])
        lowest = np.minimum.accumulate(means[:, ::-1], axis=1)[:, ::-1]  # over the ends from each size on
        found[:, start:] = np.maximum(found[:, start:], lowest)
    return found


def stepped(n: ArrayLike, curves: Floats, goals: ArrayLike) -> Floats:
    """Return the smallest size at which each curve reaches its goal; inf where none does.

    :param n: (sizes,)
    :param curves: never falling, (curves, sizes)
    :param goals: (curves,)
    """
    is_there = curves >= np.asarray(goals)[:, None] - TOUCH
    return np.where(is_there.any(axis=1), np.asarray(n, dtype=np.float64)[is_there.argmax(axis=1)], np.inf)


@dataclass(frozen=True, eq=False)
class Rising:
    """What rises never falls: curves through the same sizes, made so that each crosses a goal once."""

    n: Floats  # (sizes,), ascending, 0 may be the first
    steps: Floats  # isotonic fits, (curves, sizes)
    smooth: Floats | None  # as ``smooth`` returns them; None where there are too few sizes

    def reach(self, goals: ArrayLike) -> Floats:
        """Return where each curve reaches its goal: 0 if at zero-shot, inf if nowhere, (curves,)."""
        goals = np.broadcast_to(np.asarray(goals, dtype=np.float64), len(self.steps))
        if self.smooth is None:
            return stepped(self.n, self.steps, goals)
        at = reached(self.n[self.n > 0], self.smooth, goals)
        if self.n[0] > 0:
            return at
        return np.where(self.steps[:, 0] >= goals - TOUCH, 0.0, at)


def rising(n: ArrayLike, f1: Floats, n_seeds: ArrayLike, *, has_full: bool = False) -> Rising:
    """Return the rising curves nearest to these: smoothed where sizes suffice, in steps else.

    :param n: (sizes,), ascending
    :param f1: (curves, sizes), in [0, 1]
    :param n_seeds: (sizes,)
    :param has_full: the last size is full data: no answer, but it tells the families where the curve leads
    """
    n, n_seeds = np.asarray(n, dtype=np.float64), np.asarray(n_seeds, dtype=np.float64)
    above = n > 0
    below_full = slice(len(n) - has_full)
    sizes = n[below_full]
    is_enough = (sizes > 0).sum() >= MIN_SIZES
    smoothed = smooth(n[above], f1[:, above], n_seeds[above], upto=sizes[-1]) if is_enough else None
    return Rising(sizes, isotonic_rows(f1[:, below_full], n_seeds[below_full]), smoothed)


def whole(n: float, sizes: Sequence[int], *, down: bool = False) -> int:
    """Return a number of sentences to tell: a size as it is, else rounded, within the sizes.

    >>> whole(843.2, [50, 800, 1600]), whole(800.0, [50, 800, 1600]), whole(1599, [50, 1595])
    (850, 800, 1595)

    :param down: round down instead of up
    """
    for size in sizes:
        if abs(n - size) < 1e-6 * max(1, size):
            return size
    rounded = ROUND * (floor(n / ROUND) if down else ceil(n / ROUND))
    return min(max(rounded, sizes[0]), sizes[-1])
