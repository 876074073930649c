"""Spearman's rank correlation, and what chance alone would give."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

FEWEST = 4  # pairs; with three even a perfect order is met by chance once in three
EXACT = 8  # pairs up to which all orders are tried; above them ``TRIALS`` drawn ones
TRIALS = 9999
_TOUCH = 1e-12


@dataclass(frozen=True, kw_only=True)
class Correlation:
    """Rank correlation of pairs of numbers, and its permutation test."""

    n: int  # pairs
    rho: float  # Spearman's, in [-1, 1]
    p: float  # two-sided: share of the orders whose rho is as far from 0
    low: float  # the middle 95 % of the rhos that chance alone gives
    high: float


def spearman(one: Sequence[float], other: Sequence[float], *, seed: int = 0) -> Correlation | None:
    """Return Spearman's rho with its permutation p; None of few pairs or a constant side.

    Up to eight pairs the test is exact; above, p is (as far + 1) / (trials + 1).

    >>> found = spearman([1, 2, 3, 4, 5], [1, 2, 3, 5, 4])
    >>> round(found.rho, 3), round(found.p, 3), found.n
    (0.9, 0.083, 5)
    """
    n = len(one)
    if n < FEWEST or np.ptp(one) < _TOUCH or np.ptp(other) < _TOUCH:
        return None
    mine, theirs = _standard(ranks(one)), _standard(ranks(other))
    rho = float(mine @ theirs)
    chance = mine[_orders(n, seed)] @ theirs
    n_far = int((np.abs(chance) >= abs(rho) - _TOUCH).sum())
    p = n_far / len(chance) if n <= EXACT else (n_far + 1) / (len(chance) + 1)
    low, high = np.quantile(chance, (0.025, 0.975))
    return Correlation(n=n, rho=rho, p=p, low=float(low), high=float(high))


def ranks(values: Sequence[float]) -> NDArray[np.float64]:
    """Return the ranks from 1, equal values sharing their mean.

    >>> ranks([3.0, 1.0, 3.0]).tolist()
    [2.5, 1.0, 2.5]
    """
    _, places, counts = np.unique(np.asarray(values), return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[places], dtype=np.float64)


def _standard(ranked: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ranks around 0 with length 1, so that products of two are correlations."""
    centred = ranked - ranked.mean()
    return np.asarray(centred / np.linalg.norm(centred), dtype=np.float64)


def _orders(n: int, seed: int) -> NDArray[np.int64]:
    """Return orders of ``n`` places, (orders, n): all of them, or ``TRIALS`` drawn ones."""
    if n <= EXACT:
        return np.array(list(permutations(range(n))), dtype=np.int64)
    rng = np.random.default_rng(seed)
    return np.asarray(rng.permuted(np.tile(np.arange(n), (TRIALS, 1)), axis=1), dtype=np.int64)
