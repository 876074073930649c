"""The forecast of a curve beyond its last point."""

from collections.abc import Sequence

from bioner_core.analysis.forecast_accuracy import FRACTION, ForecastAccuracy, measure_forecast_accuracy
from bioner_core.analysis.reference_curves import ReferenceCurve
from bioner_core.answers.wording.budgets import Headline
from bioner_core.answers.wording.numbers import format_bound, format_count, format_f1_interval
from bioner_core.charts.curve_chart import name_source
from bioner_core.forecast.forecast import Forecast, Need


def format_need(need: Need, pool: int, *, unit: str = "") -> str:
    """Return the sentences that reach a goal with their 90 % interval, such as "700 (500 to 1,100)"."""
    n = "not reached" if need.n is None else format_count(need.n) + unit
    high = format_bound(None if need.is_beyond else need.high, pool)
    return f"{n} ({format_count(need.low or 0)} to {high})"


def describe_forecast(forecast: Forecast, fraction: float) -> Headline:
    """Return the forecast in sentences.

    :param fraction: of the F1 at the pool, in (0, 1].
    """
    need = format_need(forecast.compute_need(fraction=fraction), forecast.pool, unit=" sentences")
    source = name_source(forecast.source)
    return Headline(
        emphasized="Forecast",
        rest=f" ({forecast.entity}, {source}): at {format_count(forecast.pool)} sentences F1 is "
        f"{format_f1_interval(forecast.full)}; {100 * fraction:.4g} % of that takes "
        f"{need}. Brackets: 90 % intervals. Based on: {forecast.method_used}.",
    )


def describe_accuracy_elsewhere(
    references: Sequence[ReferenceCurve], digest: str, *, method: str, n_observed: int
) -> str:
    """Return how wrong such forecasts were on corpora of another digest; "" where none can tell."""
    others = [reference for reference in references if reference.digest != digest]
    accuracy = measure_forecast_accuracy(others, method=method, n_observed=n_observed)
    return describe_forecast_accuracy(accuracy) if accuracy else ""


def describe_forecast_accuracy(accuracy: ForecastAccuracy) -> str:
    """Return how wrong such forecasts were on other corpora, in two sentences."""
    corpora = "1 other corpus" if accuracy.n_corpora == 1 else f"{accuracy.n_corpora} other corpora"
    curves = "1 curve" if accuracy.n_curves == 1 else f"{accuracy.n_curves} curves"
    return (
        f"How wrong are such forecasts? On {curves} of {corpora}, cut at "
        f"{format_count(accuracy.n_observed)} sentences, F1 at full data was wrong by at most "
        f"{100 * accuracy.f1_error:.1f} points in half of the cases, and by at most "
        f"{100 * accuracy.f1_error_high:.1f} in nine of ten. The sentences for {100 * FRACTION:.0f} % were "
        f"wrong by a factor of at most {accuracy.factor:.1f} in half of the cases, and "
        f"{accuracy.factor_high:.1f} in nine of ten."
    )
