"""The forecast of a curve, learned from the curves of other corpora."""

from bioner_core.analysis.estimate_basis import References, forecast_to_pool, load_references
from bioner_core.computed_once import compute_once
from bioner_core.curves.curve import Curve
from bioner_core.forecast.forecast import DEFAULT_POOL, Forecast
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore


def forecast_cached(curve: Curve, run: Run, *, pool: int | None = None) -> Forecast:
    """Forecast a curve from the runs that estimates of its run learn from; cached until one changes.

    :param pool: by default ``DEFAULT_POOL``, or the largest size of the curve if that is more.
    """
    sizes = [size.n for size in (*curve.settled_sizes, *([curve.full] if curve.full else []))]
    n_pool = pool or max([DEFAULT_POOL, *sizes])
    digest = run.study.corpora.get(curve.target)
    return _forecast(curve, digest, load_references(run, RunStore()), n_pool)


@compute_once(maxsize=64)
def _forecast(curve: Curve, digest: str | None, references: References, n_pool: int) -> Forecast:
    return forecast_to_pool(curve, references, digest=digest, n_pool=n_pool)
