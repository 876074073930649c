"""The forecast of a curve, learned from the curves of other corpora."""

from functools import lru_cache

from bioner_core.analysis.reference_curves import (
    list_reference_runs,
    load_reference_curves,
    select_other_corpora,
)
from bioner_core.curves.curve import Curve
from bioner_core.forecast.forecast import Forecast, forecast_curve
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore


def forecast_cached(curve: Curve, run: Run, *, pool: int | None = None) -> Forecast:
    """Forecast a curve from all runs of other corpora; cached until one of them changes."""
    runs = tuple(list_reference_runs(RunStore()))
    digest = run.study.corpora.get(curve.target)
    return _forecast(curve, digest, runs, tuple(other.stamps for other in runs), pool)


@lru_cache(maxsize=64)
def _forecast(
    curve: Curve, digest: str | None, runs: tuple[Run, ...], _: tuple[object, ...], pool: int | None
) -> Forecast:
    return forecast_curve(curve, pool=pool, others=select_other_corpora(load_reference_curves(runs), digest))
