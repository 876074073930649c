"""How wide a forecast must be, learned by forecasting the other curves: each target is left out in turn.

Intervals are widened until they hold 90 % of what came (split conformal prediction over targets, Vovk et al.
2005), from nothing but the curves given. Curves of one group together count as one.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from bioner_core.curves.curve import Curve
from bioner_core.curves.points import NONE
from bioner_core.forecast.growth_laws import Floats
from bioner_core.forecast.prior import group, learn, observed, shares
from bioner_core.forecast.regression import condition

_STARTS = (50, 100, 200, 400, 800, 1600)  # sentences from which the others are forecast
_HORIZONS = (1.5, 2, 3, 4, 6, 8)  # times that many, to be forecast; and the full size
_WINDOW = (100, 0.2)  # truth is the mean of sizes at most so many sentences away, or this share of the size
_MOST = 150  # other curves that are forecast, evenly taken from all
_UNKNOWN = 1.5  # the factor where there are too few curves to learn it from
_NARROWEST, _WIDEST = 1.0, 2.0  # few targets cannot show that intervals are too wide
_COVERED, _SIGMAS = 0.90, 1.645  # of a 90 % interval


def widening(others: tuple[Curve, ...], n_observed: int, *, is_full_told: bool = False) -> float:
    """Return the factor on the width of a forecast from so many sentences, linear in ln n between starts.

    :param is_full_told: of forecasts that know full data without pretraining, too.
    """
    i = int(np.clip(np.searchsorted(_STARTS, n_observed), 1, len(_STARTS) - 1))
    ends = (_STARTS[i - 1], _STARTS[i])
    factors = [_factor(others, start, is_full_told) for start in ends]
    return float(np.interp(np.log(max(n_observed, 1)), np.log(ends), factors))


@lru_cache(maxsize=256)
def _factor(others: tuple[Curve, ...], start: int, is_full_told: bool) -> float:
    """Return the factor for forecasts from ``start`` sentences."""
    if len({curve.target for curve in others}) < 2:
        return _UNKNOWN
    others = others[:: -(-len(others) // _MOST)]
    groups, each = [], []
    for target in sorted({curve.target for curve in others}):
        prior = learn([curve for curve in others if curve.target != target])
        for curve in others:
            if curve.target != target or (is_full_told and curve.source == NONE):
                continue
            n, truth = horizons(curve, start)
            seen = observed(curve, n_observed=start, is_full_told=is_full_told)
            if seen.is_full_told:
                n, truth = n[:-1], truth[:-1]
            if len(n) and len(seen.n):
                f1, sd = condition(prior, seen).told_f1(n)
                groups.append(group(curve))
                each.append(_off(f1, sd, truth))
    return _covering(each, shares(groups)) if each else _UNKNOWN


def horizons(curve: Curve, start: int) -> tuple[Floats, Floats]:
    """Return sizes beyond ``start`` at which a curve is known, the yardstick's the last, and its F1 there."""
    n = np.array([size.n for size in curve.candidates], dtype=np.float64)
    f1 = np.array([size.f1 for size in curve.candidates])
    told = []
    for m in (start * times for times in _HORIZONS):
        near = (np.abs(n - m) <= min(_WINDOW[0], _WINDOW[1] * m)) & (n > start)
        if near.any():
            told.append((m, f1[near].mean()))
    if curve.yardstick and curve.yardstick.n > start:
        told.append((curve.yardstick.n, curve.yardstick.f1))
    both = np.array(told, dtype=np.float64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def _off(f1: Floats, sd: Floats, truth: Floats) -> Floats:
    """Return the distance from truth in half widths of the average law's 90 % interval, (horizons,)."""
    mean = f1.mean(axis=0)
    variance = (sd**2 + f1**2).mean(axis=0) - mean**2
    return np.asarray(np.abs(mean - truth) / (_SIGMAS * np.sqrt(np.maximum(variance, 1e-8))))


def _covering(each: Sequence[Floats], share: Floats) -> float:
    """Return the factor by which intervals must be wider to hold 90 % of the truths."""
    weight = np.concatenate([np.full(len(off), s / len(off)) for s, off in zip(share, each, strict=True)])
    off = np.concatenate(each)
    order = np.argsort(off)
    i = int(np.searchsorted(np.cumsum(weight[order]), _COVERED - 1e-9))
    return float(np.clip(off[order][min(i, len(off) - 1)], _NARROWEST, _WIDEST))
