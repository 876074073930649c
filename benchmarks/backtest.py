"""Truths of whole curves for the back-test of forecasts, and simple baselines."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bioner_core.curves.crossing import GOAL_TOLERANCE, fit_isotonic
from bioner_core.curves.curve import Curve
from bioner_core.curves.families import evaluate_family, fit_family, invert_family
from bioner_core.forecast.growth_laws import Floats

_WINDOW = 100  # sentences; the truth at a size is the mean of the F1 measured within this distance
_POW3_SIZES = 4  # below which three parameters are not fitted


@dataclass(frozen=True, kw_only=True)
class Crossing:
    """Where a curve reaches a fraction of its full reference."""

    n: int  # sentences; the largest size where it is not reached
    is_censored: bool  # not reached: n is a bound


def read_sizes(curve: Curve, *, max_size: int | None = None) -> tuple[Floats, Floats]:
    """Return the sizes of a curve above 0, ascending, and their F1, each (sizes,)."""
    sizes = [size for size in curve.settled_sizes if size.n > 0 and (max_size is None or size.n <= max_size)]
    return np.array([size.n for size in sizes], dtype=np.float64), np.array([size.f1 for size in sizes])


def measure_f1(curve: Curve, m: int) -> float:
    """Return the F1 at ``m`` sentences: the mean of the sizes from m - 100 to m + 100."""
    n, f1 = read_sizes(curve)
    return float(f1[np.abs(n - m) <= _WINDOW].mean())


def find_crossing(curve: Curve, fraction: float) -> Crossing:
    """Return the first size at which the isotonic fit reaches a fraction of the full reference."""
    n, f1 = read_sizes(curve)
    fitted = np.array(fit_isotonic(list(f1), [1.0] * len(f1)))
    is_reached = fitted >= fraction * (curve.full_f1 or 1.0) - GOAL_TOLERANCE
    at = int(is_reached.argmax()) if is_reached.any() else len(n) - 1
    return Crossing(n=int(n[at]), is_censored=not is_reached.any())


def predict_last_value(curve: Curve, start: int) -> float:
    """Return the F1 of the largest size up to ``start``."""
    return float(read_sizes(curve, max_size=start)[1][-1])


def predict_power_law(curve: Curve, start: int, m: int) -> float | None:
    """Return the F1 at ``m`` of a three-parameter power law fitted up to ``start``; None from few sizes."""
    n, f1 = read_sizes(curve, max_size=start)
    if len(n) < _POW3_SIZES:
        return None
    params, _ = fit_family("pow3", n, f1)
    return float(evaluate_family("pow3", params, [m])[0])


def predict_median_gain(curve: Curve, others: Sequence[Curve], start: int, m: int) -> float:
    """Return the last value plus the median gain of other curves from ``start`` to ``m``."""
    gains = [measure_f1(other, m) - predict_last_value(other, start) for other in others]
    return predict_last_value(curve, start) + float(np.median(gains))


def estimate_power_law_need(curve: Curve, start: int, fraction: float) -> float | None:
    """Return where that power law reaches a fraction of its value at full data; None from few sizes."""
    n, f1 = read_sizes(curve, max_size=start)
    if len(n) < _POW3_SIZES:
        return None
    params, _ = fit_family("pow3", n, f1)
    full = float(evaluate_family("pow3", params, [curve.train_size or n[-1]])[0])
    return float(invert_family("pow3", params, fraction * full))


def estimate_prior_need(others: Sequence[Curve], fraction: float) -> float:
    """Return the median need of other curves; unreached goals count as the largest size."""
    return float(np.median([find_crossing(other, fraction).n for other in others]))


def estimate_growth_need(others: Sequence[Curve], start: int, fraction: float) -> float:
    """Return where the last value, growing like the median of other curves, reaches a fraction of full F1."""
    grid = read_sizes(others[0])[0]
    grown = []
    for other in others:
        n, f1 = read_sizes(other)
        level = max(predict_last_value(other, start), 0.01)
        grown.append([*np.interp(grid, n, f1) / level, (other.full_f1 or f1[-1]) / level])
    middle = np.median(np.array(grown), axis=0)
    is_reached = middle[:-1] >= fraction * middle[-1]
    return float(grid[is_reached.argmax()]) if is_reached.any() else float(grid[-1])
