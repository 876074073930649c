"""Forecasts held against what came: truths read off whole curves, and simple rules to compare with."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bioner_core.curves.crossing import GOAL_TOLERANCE, fit_isotonic
from bioner_core.curves.curve import Curve
from bioner_core.curves.families import evaluate_family, fit_family, invert_family
from bioner_core.forecast.growth_laws import Floats

_WINDOW = 100  # sentences; the truth at a size is the mean of what was measured this near to it
_POW3_SIZES = 4  # below which three parameters are not fitted


@dataclass(frozen=True, kw_only=True)
class Crossing:
    """Where a curve reaches a share of its yardstick."""

    n: int  # sentences; the largest size where it is not reached
    is_censored: bool  # not reached: n is a bound


def sizes_of(curve: Curve, *, upto: int | None = None) -> tuple[Floats, Floats]:
    """Return the sizes of a curve above 0, ascending, and their F1, each (sizes,)."""
    kept = [size for size in curve.settled_sizes if size.n > 0 and (upto is None or size.n <= upto)]
    return np.array([size.n for size in kept], dtype=np.float64), np.array([size.f1 for size in kept])


def truth(curve: Curve, m: int) -> float:
    """Return the F1 at ``m`` sentences: the mean of the sizes from m - 100 to m + 100."""
    n, f1 = sizes_of(curve)
    return float(f1[np.abs(n - m) <= _WINDOW].mean())


def crossing(curve: Curve, fraction: float) -> Crossing:
    """Return the first size at which the isotonic fit reaches a share of the yardstick."""
    n, f1 = sizes_of(curve)
    fitted = np.array(fit_isotonic(list(f1), [1.0] * len(f1)))
    there = fitted >= fraction * (curve.full_f1 or 1.0) - GOAL_TOLERANCE
    at = int(there.argmax()) if there.any() else len(n) - 1
    return Crossing(n=int(n[at]), is_censored=not there.any())


def last_value(curve: Curve, start: int) -> float:
    """Return the F1 of the largest size up to ``start``."""
    return float(sizes_of(curve, upto=start)[1][-1])


def power_law(curve: Curve, start: int, m: int) -> float | None:
    """Return the F1 at ``m`` of a three-parameter power law fitted up to ``start``; None from few sizes."""
    n, f1 = sizes_of(curve, upto=start)
    if len(n) < _POW3_SIZES:
        return None
    params, _ = fit_family("pow3", n, f1)
    return float(evaluate_family("pow3", params, [m])[0])


def with_gain(curve: Curve, others: Sequence[Curve], start: int, m: int) -> float:
    """Return the last value plus the median gain of other curves from ``start`` to ``m``."""
    gains = [truth(other, m) - last_value(other, start) for other in others]
    return last_value(curve, start) + float(np.median(gains))


def power_law_need(curve: Curve, start: int, fraction: float) -> float | None:
    """Return where that power law reaches a share of its own value at the whole training part."""
    n, f1 = sizes_of(curve, upto=start)
    if len(n) < _POW3_SIZES:
        return None
    params, _ = fit_family("pow3", n, f1)
    full = float(evaluate_family("pow3", params, [curve.train_size or n[-1]])[0])
    return float(invert_family("pow3", params, fraction * full))


def prior_need(others: Sequence[Curve], fraction: float) -> float:
    """Return the median of what other curves needed, those not reached at their largest size."""
    return float(np.median([crossing(other, fraction).n for other in others]))


def growth_need(others: Sequence[Curve], start: int, fraction: float) -> float:
    """Return where the last value, grown as others grew in the median, reaches a share of its full value."""
    grid = sizes_of(others[0])[0]
    grown = []
    for other in others:
        n, f1 = sizes_of(other)
        level = max(last_value(other, start), 0.01)
        grown.append([*np.interp(grid, n, f1) / level, (other.full_f1 or f1[-1]) / level])
    middle = np.median(np.array(grown), axis=0)
    there = middle[:-1] >= fraction * middle[-1]
    return float(grid[there.argmax()]) if there.any() else float(grid[-1])
