"""Scatter plot of zero-shot F1 over shared word pieces: a point for each pair of corpora and entity type."""

from collections.abc import Sequence

from bioner_core.analysis.overlap_relation import CorpusPair
from bioner_core.charts.palette import SCHEMA, Spec, assign_styles, build_config, select_theme

_TOOLTIP_FIELDS = ("Run", "Trained on", "Tested on", "Entity", "Shared word pieces", "Zero-shot F1")


def build_overlap_scatter(
    pairs: Sequence[CorpusPair], *, hollow: str = "", dark: bool = False, height: int = 300
) -> Spec:
    """Build a scatter plot of pairs: shape and colour by entity type, those of one run hollow.

    :param hollow: the run whose points are hollow, to distinguish two runs.
    :param height: in pixels.
    """
    theme, types = select_theme(dark=dark), sorted({pair.entity for pair in pairs})
    styles = assign_styles(types, dark=dark)
    by_type = {"field": "Entity", "type": "nominal"}
    legend = {"title": None, "orient": "top", "symbolSize": 90, "labelFontSize": 12}
    color = {"scale": {"domain": types, "range": [styles[name].color for name in types]}, "legend": legend}
    shape = {"scale": {"domain": types, "range": [styles[name].marker for name in types]}, "legend": legend}
    tips = [{"field": tip, "type": "nominal"} for tip in _TOOLTIP_FIELDS]
    mark: Spec = {"type": "point", "size": 110, "strokeWidth": 2, "opacity": 1}
    solid, open_ = {**mark, "filled": True}, {**mark, "filled": False}
    encoding = {"color": {**by_type, **color}, "shape": {**by_type, **shape}, "tooltip": tips}
    return {
        "$schema": SCHEMA,
        "description": f"Zero-shot F1 by shared word pieces, {len(pairs)} pairs of corpora and entity type.",
        "width": "container",
        "height": height,
        "config": build_config(theme),
        "data": {"values": [_build_datum(pair, hollow) for pair in pairs]},
        "encoding": {
            "x": _build_axis("share", "Shared word pieces (% of the tested corpus's)"),
            "y": _build_axis("f1", "Zero-shot F1 (%)"),
        },
        "layer": [
            {"transform": [{"filter": "datum.hollow"}], "mark": open_, "encoding": encoding},
            {"transform": [{"filter": "!datum.hollow"}], "mark": solid, "encoding": encoding},
        ],
    }


def _build_axis(field: str, title: str) -> Spec:
    return {
        "field": field,
        "type": "quantitative",
        "title": title,
        "axis": {"tickCount": 5},
        "scale": {"domain": [0, 100]},
    }


def _build_datum(pair: CorpusPair, hollow: str) -> Spec:
    return {
        "share": 100 * pair.share,
        "f1": 100 * pair.f1,
        "hollow": pair.run == hollow,
        "Run": pair.run,
        "Trained on": pair.train,
        "Tested on": pair.test,
        "Entity": pair.entity,
        "Shared word pieces": f"{100 * pair.share:.0f} %",
        "Zero-shot F1": f"{100 * pair.f1:.1f} %",
    }
