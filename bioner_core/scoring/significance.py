"""Tests whether two models differ: over their training runs, or over the units of the test part."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bioner_core.errors import BionerError

LEVEL = 0.05  # significance level, as in the paper
TRIALS = 9999  # permutations or bootstrap samples
_TRIALS_PER_BATCH = 500  # trials held in memory together
_TOLERANCE = 1e-12

Numbers = NDArray[np.integer] | NDArray[np.floating]
Floats = NDArray[np.float64]


def compute_welch_p(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Return the two-sided p of Welch's t-test on the F1 of runs; None below two runs or without variance.

    This is the test of the paper. It ignores the sampling error of the test part.
    """
    if min(len(first), len(second)) < 2 or np.ptp(first) + np.ptp(second) < _TOLERANCE:
        return None
    from scipy.stats import ttest_ind  # the import takes almost a second

    return float(ttest_ind(first, second, equal_var=False).pvalue)


def compute_randomization_p(first: Numbers, second: Numbers, *, trials: int = TRIALS, seed: int = 0) -> float:
    """Return the two-sided p of approximate randomization (Yeh 2000): (as large + 1) / (trials + 1).

    In each trial the outputs of the two models are swapped in each unit with probability 1/2; "as large"
    counts the trials whose difference of F1 is at least the observed one.

    :param first: tp, fp, fn of one model by unit of the test part, (units, 3)
    :param second: those of the other model on the same units
    :raises BionerError: the counts are of different test parts.
    """
    first, second = _check_paired(first, second)
    observed = abs(compute_f1(first.sum(axis=0)) - compute_f1(second.sum(axis=0)))
    swapped = (first - second)[(first != second).any(axis=1)]  # swapping the other units changes nothing
    rng, as_large = np.random.default_rng(seed), 0
    for begin in range(0, trials, _TRIALS_PER_BATCH):
        n = min(_TRIALS_PER_BATCH, trials - begin)
        moved = rng.integers(0, 2, (n, len(swapped))).astype(np.float64) @ swapped  # (trials, 3)
        difference = compute_f1(first.sum(axis=0) - moved) - compute_f1(second.sum(axis=0) + moved)
        as_large += int((np.abs(difference) >= observed - _TOLERANCE).sum())
    return (as_large + 1) / (trials + 1)


def bootstrap_f1_difference(
    first: Numbers, second: Numbers, *, trials: int = TRIALS, seed: int = 0, share: float = 0.95
) -> tuple[float, float]:
    """Return the percentile interval of the F1 difference, by a paired bootstrap over test units.

    :param share: coverage of the interval, in (0, 1)
    :raises BionerError: the counts are of different test parts.
    """
    first, second = _check_paired(first, second)
    rng, both = np.random.default_rng(seed), np.concatenate([first, second], axis=1)  # (units, 6)
    differences = []
    for begin in range(0, trials, _TRIALS_PER_BATCH):
        size = (min(_TRIALS_PER_BATCH, trials - begin), len(both))
        weights = rng.multinomial(size[1], np.full(size[1], 1 / size[1]), size=size[0])
        resampled = weights @ both
        differences.append(compute_f1(resampled[:, :3]) - compute_f1(resampled[:, 3:]))
    low, high = np.quantile(np.concatenate(differences), [(1 - share) / 2, (1 + share) / 2])
    return float(low), float(high)


def compute_f1(counts: Numbers) -> Floats:
    """Return F1 of counts (…, 3) of tp, fp and fn; 0 without a true positive.

    >>> compute_f1(np.array([[3, 1, 1], [0, 2, 3]])).tolist()
    [0.75, 0.0]
    """
    tp, errors = counts[..., 0], counts[..., 1] + counts[..., 2]
    return np.asarray(2 * tp / np.maximum(2 * tp + errors, _TOLERANCE), dtype=np.float64)


def _check_paired(first: Numbers, second: Numbers) -> tuple[Floats, Floats]:
    """Return both counts as floats. :raises BionerError: their units differ."""
    if first.shape != second.shape or first.ndim != 2 or first.shape[1:] != (3,) or not len(first):
        raise BionerError(
            f"significance: counts of shape {first.shape} and {second.shape}; both need tp, fp and fn of "
            "the same units of one test part."
        )
    return first.astype(np.float64), second.astype(np.float64)
