"""Whether two models differ by more than chance: over their runs, and over the units of the test part."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bioner_core.errors import BionerError

LEVEL = 0.05  # of the tests, as in the paper
TRIALS = 9999
_AT_ONCE = 500  # trials in memory together
_TOUCH = 1e-12

Numbers = NDArray[np.integer] | NDArray[np.floating]
Floats = NDArray[np.float64]


def welch(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Return the two-sided p of Welch's t-test on the F1 of runs; None below two runs or without any spread.

    The paper's own test (at 0.05). It takes the test part as given.
    """
    if min(len(one), len(other)) < 2 or np.ptp(one) + np.ptp(other) < _TOUCH:
        return None
    from scipy.stats import ttest_ind  # at use: it takes near a second, which no page should wait for

    return float(ttest_ind(one, other, equal_var=False).pvalue)


def randomised(one: Numbers, other: Numbers, *, trials: int = TRIALS, seed: int = 0) -> float:
    """Return the two-sided p of approximate randomisation (Yeh 2000): (as large + 1) / (trials + 1).

    In each trial the two outputs change places in each unit with a chance of one half; as large is a trial
    whose F1 differ by as much as those observed.

    :param one: tp, fp, fn of one model by unit of the test part, (units, 3)
    :param other: of the other model on the same units
    :raises BionerError: the two were counted on different test parts.
    """
    one, other = _alike(one, other)
    observed = abs(f1_of(one.sum(axis=0)) - f1_of(other.sum(axis=0)))
    swapped = (one - other)[(one != other).any(axis=1)]  # the other units change nothing
    rng, as_large = np.random.default_rng(seed), 0
    for begin in range(0, trials, _AT_ONCE):
        n = min(_AT_ONCE, trials - begin)
        moved = rng.integers(0, 2, (n, len(swapped))).astype(np.float64) @ swapped  # (trials, 3)
        difference = f1_of(one.sum(axis=0) - moved) - f1_of(other.sum(axis=0) + moved)
        as_large += int((np.abs(difference) >= observed - _TOUCH).sum())
    return (as_large + 1) / (trials + 1)


def bootstrapped(
    one: Numbers, other: Numbers, *, trials: int = TRIALS, seed: int = 0, share: float = 0.95
) -> tuple[float, float]:
    """Return the interval of the difference of F1 by the paired bootstrap over units of the test part.

    :param share: of the draws that lie inside
    :raises BionerError: the two were counted on different test parts.
    """
    one, other = _alike(one, other)
    rng, both = np.random.default_rng(seed), np.concatenate([one, other], axis=1)  # (units, 6)
    differences = []
    for begin in range(0, trials, _AT_ONCE):
        size = (min(_AT_ONCE, trials - begin), len(both))
        times = rng.multinomial(size[1], np.full(size[1], 1 / size[1]), size=size[0])
        drawn = times @ both
        differences.append(f1_of(drawn[:, :3]) - f1_of(drawn[:, 3:]))
    low, high = np.quantile(np.concatenate(differences), [(1 - share) / 2, (1 + share) / 2])
    return float(low), float(high)


def f1_of(counts: Numbers) -> Floats:
    """Return F1 of tp, fp and fn in the last axis; 0 where nothing is right.

    >>> f1_of(np.array([[3, 1, 1], [0, 2, 3]])).tolist()
    [0.75, 0.0]
    """
    tp, wrong = counts[..., 0], counts[..., 1] + counts[..., 2]
    return np.asarray(2 * tp / np.maximum(2 * tp + wrong, _TOUCH), dtype=np.float64)


def _alike(one: Numbers, other: Numbers) -> tuple[Floats, Floats]:
    if one.shape != other.shape or one.ndim != 2 or one.shape[1:] != (3,) or not len(one):
        raise BionerError(
            f"significance: counts of shape {one.shape} and {other.shape}; both need tp, fp and fn of "
            "the same units of one test part."
        )
    return one.astype(np.float64), other.astype(np.float64)
