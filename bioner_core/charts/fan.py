"""A forecast as a fan beyond the last point of a curve: its median and its 90 % interval."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bioner_core.charts.axes import AxisView, estimate_mentions
from bioner_core.charts.palette import Spec, Style, Theme
from bioner_core.curves.curve import Curve
from bioner_core.forecast.forecast import Forecast, ForecastPoint

_STEPS = 30  # sizes of a fan
_TOOLTIP_FIELDS = ("Source", "Sentences", "F1", "Note")


@dataclass(frozen=True, kw_only=True)
class Fan:
    """The part of a forecast to draw."""

    curve: Curve
    points: tuple[ForecastPoint, ...]  # from full data or the last size to the pool


def build_fan(curve: Curve, forecast: Forecast) -> Fan | None:
    """Build the fan from full data, or else the last size, to the pool; None where nothing lies between."""
    full = curve.full_reference
    last = max((size.n for size in (*curve.settled_sizes, *([full] if full else []))), default=0)
    if not 0 < last < forecast.pool:
        return None
    sizes = np.unique(np.geomspace(last, forecast.pool, _STEPS).round().astype(int))
    return Fan(curve=curve, points=tuple(forecast.predict(int(n)) for n in sizes))


def build_fan_data(fan: Fan, view: AxisView) -> list[Spec]:
    """Build the data of a fan: numbers to draw and texts of the tooltip."""
    return [
        {
            "n": point.n,
            "mentions": estimate_mentions(fan.curve, point.n),
            view.y: view.compute_y(point.f1),
            "low": view.compute_y(point.low),
            "high": view.compute_y(point.high),
            "Sentences": f"{point.n:,}",
            "F1": f"{100 * point.f1:.1f} %",
            "Note": f"forecast; 90 % interval {100 * point.low:.1f} to {100 * point.high:.1f} %",
        }
        for point in fan.points
    ]


def build_fan_layers(
    fan: Fan, view: AxisView, name: str, styles: Mapping[str, Style], theme: Theme
) -> list[Spec]:
    """Build band, edges and median of a fan; edges and dashes distinguish it from measured bands.

    :param name: of the source, for tooltips.
    """
    color = styles[fan.curve.source].color
    rows: Sequence[Spec] = [{**row, "Source": name} for row in build_fan_data(fan, view)]
    data = {"values": rows}
    edge: Spec = {"type": "line", "color": color, "strokeWidth": 1, "strokeDash": [2, 3]}
    end = [{**rows[-1], "words": "forecast, 90 %"}]
    label: Spec = {"type": "text", "fontSize": 12, "align": "right", "baseline": "bottom", "dx": -4, "dy": -4}
    halo = {"stroke": theme.background, "strokeWidth": 4, "strokeJoin": "round", "fill": theme.background}
    upper = "low" if view.is_error else "high"  # on the screen
    encoding = {"y": {"field": upper, "type": "quantitative"}, "text": {"field": "words", "type": "nominal"}}
    return [
        {
            "data": data,
            "mark": {"type": "area", "color": color, "opacity": 0.16},
            "encoding": {"y": {"field": "low", "type": "quantitative"}, "y2": {"field": "high"}},
        },
        *(
            {"data": data, "mark": edge, "encoding": {"y": {"field": side, "type": "quantitative"}}}
            for side in ("low", "high")
        ),
        {
            "data": data,
            "mark": {"type": "line", "color": color, "strokeWidth": 2.5, "strokeDash": [7, 4]},
        },
        {
            "data": data,
            "mark": {"type": "point", "filled": True, "size": 200, "opacity": 0},
            "encoding": {"tooltip": [{"field": tip, "type": "nominal"} for tip in _TOOLTIP_FIELDS]},
        },
        {"data": {"values": end}, "mark": {**label, **halo}, "encoding": encoding},
        {"data": {"values": end}, "mark": {**label, "fill": theme.text}, "encoding": encoding},
    ]
