"""A forecast drawn beyond the last point of a curve: its middle, and the band that holds it 9 times in 10."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bioner_core.charts.axes import View, mentions_at
from bioner_core.charts.palette import Ink, Spec, Style
from bioner_core.curves.curve import Curve
from bioner_core.forecast.forecast import Forecast, ForecastPoint

_STEPS = 30  # sizes at which a fan is drawn
_TIPS = ("Source", "Sentences", "F1", "Note")


@dataclass(frozen=True, kw_only=True)
class Fan:
    """What is drawn of a forecast."""

    curve: Curve
    points: tuple[ForecastPoint, ...]  # from the last size to the pool


def fan(curve: Curve, told: Forecast) -> Fan | None:
    """Return the fan from a curve's last size below full to the pool; None where nothing is left to tell."""
    last = max((size.n for size in curve.candidates if size.n), default=0)
    if not 0 < last < told.pool:
        return None
    sizes = np.unique(np.geomspace(last, told.pool, _STEPS).round().astype(int))
    return Fan(curve=curve, points=tuple(told.point(int(n)) for n in sizes))


def fan_data(drawn: Fan, view: View) -> list[Spec]:
    """Return the data of a fan: numbers to draw, words for the tooltip."""
    return [
        {
            "n": point.n,
            "mentions": mentions_at(drawn.curve, point.n),
            view.y: view.height(point.f1),
            "low": view.height(point.low),
            "high": view.height(point.high),
            "Sentences": f"{point.n:,}",
            "F1": f"{100 * point.f1:.1f} %",
            "Note": f"forecast; 90 % interval {100 * point.low:.1f} to {100 * point.high:.1f} %",
        }
        for point in drawn.points
    ]


def fan_layers(drawn: Fan, view: View, *, name: str, look: Style, theme: Ink) -> list[Spec]:
    """Return band, edges and middle of a fan; edges and dashes tell it from measured bands without colour.

    :param name: of the source, for tooltips.
    """
    rows: Sequence[Spec] = [{**row, "Source": name} for row in fan_data(drawn, view)]
    data = {"values": rows}
    edge: Spec = {"type": "line", "color": look.color, "strokeWidth": 1, "strokeDash": [2, 3]}
    end = [{**rows[-1], "words": "forecast, 90 %"}]
    label: Spec = {"type": "text", "fontSize": 12, "align": "right", "baseline": "bottom", "dx": -4, "dy": -4}
    halo = {"stroke": theme.ground, "strokeWidth": 4, "strokeJoin": "round", "fill": theme.ground}
    upper = "low" if view.is_error else "high"  # on the screen
    words = {"y": {"field": upper, "type": "quantitative"}, "text": {"field": "words", "type": "nominal"}}
    return [
        {
            "data": data,
            "mark": {"type": "area", "color": look.color, "opacity": 0.16},
            "encoding": {"y": {"field": "low", "type": "quantitative"}, "y2": {"field": "high"}},
        },
        *(
            {"data": data, "mark": edge, "encoding": {"y": {"field": side, "type": "quantitative"}}}
            for side in ("low", "high")
        ),
        {
            "data": data,
            "mark": {"type": "line", "color": look.color, "strokeWidth": 2.5, "strokeDash": [7, 4]},
        },
        {
            "data": data,
            "mark": {"type": "point", "filled": True, "size": 200, "opacity": 0},
            "encoding": {"tooltip": [{"field": tip, "type": "nominal"} for tip in _TIPS]},
        },
        {"data": {"values": end}, "mark": {**label, **halo}, "encoding": words},
        {"data": {"values": end}, "mark": {**label, "fill": theme.text}, "encoding": words},
    ]
