"""How wrong forecasts were: whole curves cut short, forecast from other corpora, compared with their end."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from bioner_core.analysis.reference_curves import ReferenceCurve, select_other_corpora
from bioner_core.curves.curve import Curve
from bioner_core.curves.fitting import fit_curve
from bioner_core.curves.points import AVERAGES, NONE
from bioner_core.forecast.forecast import forecast_curve

FRACTION = 0.95  # of full F1, whose sentences are compared
_STARTS = (100, 200, 400, 800)  # sentences at which curves are cut
_MIN_GROWTH = 2.0  # times the cut: a curve must be so long that there is something to forecast


@dataclass(frozen=True, kw_only=True)
class ForecastAccuracy:
    """Errors of forecasts on whole curves of other corpora."""

    n_observed: int  # sentences at which the curves were cut
    n_curves: int
    n_corpora: int
    f1_error: float  # median absolute error of F1 at full data, in [0, 1]
    f1_error_high: float  # of nine in ten curves at most
    factor: float  # median ratio of forecast and true sentences for ``FRACTION``, 1 or more
    factor_high: float  # of nine in ten curves at most


def measure_forecast_accuracy(
    references: Sequence[ReferenceCurve], *, method: str, n_observed: int
) -> ForecastAccuracy | None:
    """Forecast the reference curves of a method, each from the curves of other corpora; None without any.

    Only curves without pretraining count, of one entity type and with full data.

    :param references: curves of other corpora than the one that is estimated.
    :param n_observed: curves are cut at 100, 200, 400 or 800 sentences, whichever comes next below.
    """
    start = max((n for n in _STARTS if n <= n_observed), default=_STARTS[0])
    return _measure_accuracy(tuple(references), method, start)


@lru_cache(maxsize=32)
def _measure_accuracy(
    references: tuple[ReferenceCurve, ...], method: str, start: int
) -> ForecastAccuracy | None:
    tested = [reference for reference in references if _is_test_curve(reference.curve, method, start)]
    errors = [
        _compute_errors(reference.curve, start, select_other_corpora(references, reference.digest))
        for reference in tested
    ]
    if not errors:
        return None
    (f1_error, factor), (f1_error_high, factor_high) = np.quantile(errors, (0.5, 0.9), axis=0).tolist()
    return ForecastAccuracy(
        n_observed=start,
        n_curves=len(tested),
        n_corpora=len({reference.digest or reference.curve.target for reference in tested}),
        f1_error=f1_error,
        f1_error_high=f1_error_high,
        factor=2**factor,
        factor_high=2**factor_high,
    )


def _is_test_curve(curve: Curve, method: str, start: int) -> bool:
    is_single = curve.method == method and curve.source == NONE and curve.entity not in AVERAGES
    has_start = any(0 < size.n <= start for size in curve.settled_sizes)
    return (
        is_single
        and has_start
        and bool(curve.settled_full)
        and curve.settled_full[0].n >= _MIN_GROWTH * start
    )


def _compute_errors(curve: Curve, start: int, others: Sequence[Curve]) -> tuple[float, float]:
    """Return the absolute error of F1 at full data, and of the sentences for ``FRACTION`` in log2."""
    full, fit = curve.settled_full[0], fit_curve(curve, None)
    forecast = forecast_curve(
        curve, n_observed=start, pool=full.n, fractions=(FRACTION,), others=others, has_full_reference=False
    )
    need = max(forecast.needs[0].n or full.n, fit.n[0])
    truth = float(fit.find_crossings(FRACTION * fit.top)[0])
    return abs(forecast.full.f1 - full.f1), abs(float(np.log2(need / truth)))
