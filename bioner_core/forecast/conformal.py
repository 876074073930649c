"""Calibration of forecast intervals by forecasting the other curves, each target left out in turn.

Intervals are widened by a factor until they cover 90 % of the observed F1 (conformal prediction over targets,
Vovk et al. 2005). Curves of one group together count as one. Only curves of the same method count, if there
are any of two corpora.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from bioner_core.curves.curve import Curve
from bioner_core.curves.points import NONE
from bioner_core.forecast.growth_laws import Floats
from bioner_core.forecast.prior import identify_group, learn_prior, normalize_weights, select_observations
from bioner_core.forecast.regression import Posterior, condition_prior

_STARTS = (50, 100, 200, 400, 800, 1600)  # sentences at which the other curves are cut
_HORIZONS = (1.5, 2, 3, 4, 6, 8)  # sizes to forecast, as multiples of the start; and full data
_WINDOW = (100, 0.2)  # the observed F1 is a mean over sizes within so many sentences or this share
_MAX_CURVES = 150  # other curves to forecast, evenly spaced among all
_DEFAULT_FACTOR = 1.5  # where there are too few curves to learn the factor
_NARROWEST, _WIDEST = 1.0, 2.0  # bounds of the factor; few targets cannot show that intervals are too wide
_COVERAGE, _SIGMAS = 0.90, 1.645  # of a 90 % interval


def compute_widening(
    others: tuple[Curve, ...], n_observed: int, *, method: str = "", has_full_reference: bool = False
) -> float:
    """Return the widening factor of intervals forecast from ``n_observed`` sentences, interpolated in ln n.

    :param method: of the curve to forecast.
    :param has_full_reference: the forecasts also use full data without pretraining.
    """
    i = int(np.clip(np.searchsorted(_STARTS, n_observed), 1, len(_STARTS) - 1))
    ends = (_STARTS[i - 1], _STARTS[i])
    factors = [_calibrate_factor(others, method, start, has_full_reference) for start in ends]
    return float(np.interp(np.log(max(n_observed, 1)), np.log(ends), factors))


@lru_cache(maxsize=256)
def _calibrate_factor(others: tuple[Curve, ...], method: str, start: int, has_full_reference: bool) -> float:
    """Return the widening factor for forecasts from ``start`` sentences."""
    tested = _select_method(others, method)
    if len({curve.target for curve in tested}) < 2:
        return _DEFAULT_FACTOR
    tested = tested[:: -(-len(tested) // _MAX_CURVES)]
    groups, errors = [], []
    for target in sorted({curve.target for curve in tested}):
        prior = learn_prior([curve for curve in others if curve.target != target], method=method)
        for curve in tested:
            if curve.target != target or (has_full_reference and curve.source == NONE):
                continue
            n, truth = list_horizons(curve, start)
            observations = select_observations(curve, n_observed=start, has_full_reference=has_full_reference)
            if observations.has_full_reference:
                n, truth = n[:-1], truth[:-1]
            if len(n) and len(observations.n):
                posterior = condition_prior(prior, observations)
                groups.append(identify_group(curve))
                errors.append(_standardize_errors(posterior, n, truth))
    return _find_covering_factor(errors, normalize_weights(groups)) if errors else _DEFAULT_FACTOR


def _select_method(others: tuple[Curve, ...], method: str) -> tuple[Curve, ...]:
    """Return the curves of a method; all curves if these are of fewer than two targets."""
    same = tuple(curve for curve in others if curve.method == method)
    return same if len({curve.target for curve in same}) >= 2 else others


def list_horizons(curve: Curve, start: int) -> tuple[Floats, Floats]:
    """Return sizes beyond ``start`` and the observed F1 there; the last is the full reference."""
    n = np.array([size.n for size in curve.settled_sizes], dtype=np.float64)
    f1 = np.array([size.f1 for size in curve.settled_sizes])
    points = []
    for m in (start * times for times in _HORIZONS):
        is_near = (np.abs(n - m) <= min(_WINDOW[0], _WINDOW[1] * m)) & (n > start)
        if is_near.any():
            points.append((m, f1[is_near].mean()))
    if curve.full_reference and curve.full_reference.n > start:
        points.append((curve.full_reference.n, curve.full_reference.f1))
    table = np.array(points, dtype=np.float64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _standardize_errors(posterior: Posterior, n: Floats, truth: Floats) -> Floats:
    """Return absolute errors in half widths of the 90 % interval averaged over laws, (horizons,)."""
    (f1, sd), weights = posterior.predict_f1(n), posterior.law_weights
    mean = weights @ f1
    variance = weights @ (sd**2 + f1**2) - mean**2
    return np.asarray(np.abs(mean - truth) / (_SIGMAS * np.sqrt(np.maximum(variance, 1e-8))))


def _find_covering_factor(errors: Sequence[Floats], share: Floats) -> float:
    """Return the factor by which intervals must be widened to cover 90 % of the truths.

    :param errors: standardized errors of each curve
    :param share: weight of each curve, (curves,)
    """
    weight = np.concatenate([np.full(len(row), s / len(row)) for s, row in zip(share, errors, strict=True)])
    pooled = np.concatenate(errors)
    order = np.argsort(pooled)
    i = int(np.searchsorted(np.cumsum(weight[order]), _COVERAGE - 1e-9))
    return float(np.clip(pooled[order][min(i, len(pooled) - 1)], _NARROWEST, _WIDEST))
