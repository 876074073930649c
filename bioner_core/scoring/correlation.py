"""Spearman's rank correlation with a permutation test."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

MIN_PAIRS = 4  # with three pairs, chance alone gives |rho| = 1 once in three times
MAX_EXACT_PAIRS = 8  # up to here all permutations are tried; above, ``TRIALS`` random ones
TRIALS = 9999
_TOLERANCE = 1e-12


@dataclass(frozen=True, kw_only=True)
class Correlation:
    """Rank correlation of pairs of numbers, with its permutation test."""

    n: int  # pairs
    rho: float  # Spearman's, in [-1, 1]
    p: float  # two-sided: share of the permutations with |rho| at least as large
    low: float  # 2.5 % quantile of rho over permutations
    high: float  # 97.5 % quantile


def compute_spearman(first: Sequence[float], second: Sequence[float], *, seed: int = 0) -> Correlation | None:
    """Return Spearman's rho with its permutation p; None for few pairs or a constant variable.

    Up to eight pairs the test is exact; above, p is (permutations as extreme + 1) / (trials + 1).

    >>> result = compute_spearman([1, 2, 3, 4, 5], [1, 2, 3, 5, 4])
    >>> round(result.rho, 3), round(result.p, 3), result.n
    (0.9, 0.083, 5)
    """
    n = len(first)
    if n < MIN_PAIRS or np.ptp(first) < _TOLERANCE or np.ptp(second) < _TOLERANCE:
        return None
    first_ranks, second_ranks = (
        _standardize_ranks(rank_values(first)),
        _standardize_ranks(rank_values(second)),
    )
    rho = float(first_ranks @ second_ranks)
    permuted_rhos = first_ranks[_list_permutations(n, seed)] @ second_ranks
    n_extreme = int((np.abs(permuted_rhos) >= abs(rho) - _TOLERANCE).sum())
    p = n_extreme / len(permuted_rhos) if n <= MAX_EXACT_PAIRS else (n_extreme + 1) / (len(permuted_rhos) + 1)
    low, high = np.quantile(permuted_rhos, (0.025, 0.975))
    return Correlation(n=n, rho=rho, p=p, low=float(low), high=float(high))


def rank_values(values: Sequence[float]) -> NDArray[np.float64]:
    """Return the ranks from 1; equal values get their mean rank.

    >>> rank_values([3.0, 1.0, 3.0]).tolist()
    [2.5, 1.0, 2.5]
    """
    _, groups, counts = np.unique(np.asarray(values), return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[groups], dtype=np.float64)


def _standardize_ranks(ranked: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return centred ranks of norm 1, so that dot products are correlations."""
    centred = ranked - ranked.mean()
    return np.asarray(centred / np.linalg.norm(centred), dtype=np.float64)


def _list_permutations(n: int, seed: int) -> NDArray[np.int64]:
    """Return permutations of ``n`` indices, (permutations, n): all, or ``TRIALS`` random ones."""
    if n <= MAX_EXACT_PAIRS:
        return np.array(list(permutations(range(n))), dtype=np.int64)
    rng = np.random.default_rng(seed)
    return np.asarray(rng.permuted(np.tile(np.arange(n), (TRIALS, 1)), axis=1), dtype=np.int64)
