"""What lies beyond the last point of the chosen curve on the Budget page: the forecast and its words."""

import html
from functools import lru_cache

from bioner_core.analysis.reference_curves import known_curves, of_others, runs_to_learn_from
from bioner_core.charts.curve_chart import name_of
from bioner_core.curves.budget import Budget
from bioner_core.curves.curve import Curve
from bioner_core.forecast.forecast import Forecast, forecast
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore


def told(curve: Curve, run: Run, *, pool: int | None = None) -> Forecast:
    """Return a curve's forecast from all that is known here of other corpora; kept until that changes."""
    runs = tuple(runs_to_learn_from(RunStore()))
    return _told(curve, run.study.corpora.get(curve.target), runs, tuple(one.changed for one in runs), pool)


@lru_cache(maxsize=64)
def _told(
    curve: Curve, digest: str | None, runs: tuple[Run, ...], _: tuple[object, ...], pool: int | None
) -> Forecast:
    return forecast(curve, pool=pool, others=of_others(known_curves(runs), digest))


def in_words(found: Forecast, chosen: Budget) -> str:
    """Return what the fan says, as HTML."""
    full, name = found.full, html.escape(f"{found.entity}, {name_of(found.source)}")
    share = chosen.fraction or 0.99
    need = found.need(fraction=share)
    return (
        f"<b>Forecast</b> ({name}): at {found.pool:,} sentences F1 is {100 * full.f1:.1f} % "
        f"({100 * full.low:.1f} to {100 * full.high:.1f}); {100 * share:.4g} % of that takes "
        f"{need.n:,} sentences ({need.low:,} to {need.high:,}). In brackets 90 % intervals. "
        f"Rests on: {html.escape(found.method_used)}."
    )
