"""Curves as they were measured: lines through the means, markers, and bands over seeds."""

import json
from collections.abc import Mapping

from bioner_core.charts.palette import Spec, Style, Theme
from bioner_core.curves.points import NONE

NO_SOURCE = "without pretraining"
_SHORT = 10  # letters: of longer names, three do not fit side by side on a phone
MAX_BANDS = 4  # curves whose spread over seeds is readable at once


def encode_source(values: Mapping[str, object]) -> Spec:
    """Build an encoding by source; all use the same legend, so that colour and marker share it."""
    legend = {
        "title": None,
        "orient": "top",
        "columns": 3 if max(map(len, values), default=0) <= _SHORT else 2,
        "labelExpr": f"datum.label === '{NONE}' ? '{NO_SOURCE}' : datum.label",
        "labelLimit": 170,
        "labelFontSize": 12,
        "symbolSize": 90,
        "symbolOpacity": 1,
        "columnPadding": 18,
        "rowPadding": 4,
    }
    scale = {"domain": list(values), "range": list(values.values())}
    return {"field": "source", "type": "nominal", "scale": scale, "legend": legend}


def build_bands(styles: Mapping[str, Style]) -> list[Spec]:
    """Build the bands over seeds, strong for the chosen source; of many curves only its and that of none."""
    others = "!datum.chosen" if len(styles) <= MAX_BANDS else f"!datum.chosen && datum.source === '{NONE}'"
    spread = {
        "y": {"field": "low", "type": "quantitative"},
        "y2": {"field": "high"},
        "color": encode_source({source: style.color for source, style in styles.items()}),
    }
    return [
        filter_layer(others, {"type": "area", "opacity": 0.1}, spread),
        filter_layer("datum.chosen", {"type": "area", "opacity": 0.25}, spread),
    ]


def build_lines(styles: Mapping[str, Style], theme: Theme) -> list[Spec]:
    """Build lines and markers, the chosen source last; interpolated and unsettled points are hollow."""
    color = encode_source({source: style.color for source, style in styles.items()})
    shape = {"shape": encode_source({source: style.marker for source, style in styles.items()})}
    # Conditions, because a scale would dash the outlines of the legend's symbols as well.
    dashes = [
        {"test": f"datum.source === {json.dumps(source)}", "value": list(style.dash)}
        for source, style in styles.items()
    ]
    layers: list[Spec] = []
    for test, width, size in (("!datum.chosen", 1.4, 22), ("datum.chosen", 3, 60)):
        line: Spec = {"type": "line", "strokeWidth": width, "strokeJoin": "round"}
        solid: Spec = {"type": "point", "filled": True, "size": size, "opacity": 1}
        hollow: Spec = {**solid, "filled": False, "fill": theme.background, "strokeWidth": width / 2 + 0.6}
        layers += [
            filter_layer(test, line, {"color": color, "strokeDash": {"condition": dashes}}),
            filter_layer(f"{test} && !datum.hollow", solid, {"color": color, **shape}),
            filter_layer(f"{test} && datum.hollow", hollow, {"color": color, **shape}),
        ]
    return layers


def filter_layer(test: str, mark: Spec, encoding: Spec) -> Spec:
    """Build a layer of the points that pass a test."""
    return {"transform": [{"filter": test}], "mark": mark, "encoding": encoding}
