"""Zero-shot F1 by shared word pieces: a mark for each two corpora and entity type."""

from collections.abc import Sequence

from bioner_core.analysis.overlap_relation import CorpusPair
from bioner_core.charts.palette import SCHEMA, Spec, config, ink, styles

_TIPS = ("Run", "Trained on", "Tested on", "Entity", "Shared word pieces", "Zero-shot F1")


def relation_chart(
    found: Sequence[CorpusPair], *, hollow: str = "", dark: bool = False, height: int = 300
) -> Spec:
    """Return the pairs as marks: shape and colour by entity type, those of one run hollow.

    :param hollow: the run whose marks are hollow, so that two runs can be told apart.
    :param height: in pixels.
    """
    theme, types = ink(dark=dark), sorted({pair.entity for pair in found})
    look = styles(types, dark=dark)
    by_type = {"field": "Entity", "type": "nominal"}
    legend = {"title": None, "orient": "top", "symbolSize": 90, "labelFontSize": 12}
    color = {"scale": {"domain": types, "range": [look[name].color for name in types]}, "legend": legend}
    shape = {"scale": {"domain": types, "range": [look[name].marker for name in types]}, "legend": legend}
    tips = [{"field": tip, "type": "nominal"} for tip in _TIPS]
    mark: Spec = {"type": "point", "size": 110, "strokeWidth": 2, "opacity": 1}
    solid, open_ = {**mark, "filled": True}, {**mark, "filled": False}
    both = {"color": {**by_type, **color}, "shape": {**by_type, **shape}, "tooltip": tips}
    return {
        "$schema": SCHEMA,
        "description": f"Zero-shot F1 by shared word pieces, {len(found)} pairs of corpora and entity type.",
        "width": "container",
        "height": height,
        "config": config(theme),
        "data": {"values": [_mark(pair, hollow) for pair in found]},
        "encoding": {
            "x": _axis("share", "Shared word pieces (% of the tested corpus's)"),
            "y": _axis("f1", "Zero-shot F1 (%)"),
        },
        "layer": [
            {"transform": [{"filter": "datum.hollow"}], "mark": open_, "encoding": both},
            {"transform": [{"filter": "!datum.hollow"}], "mark": solid, "encoding": both},
        ],
    }


def _axis(field: str, title: str) -> Spec:
    return {
        "field": field,
        "type": "quantitative",
        "title": title,
        "axis": {"tickCount": 5},
        "scale": {"domain": [0, 100]},
    }


def _mark(pair: CorpusPair, hollow: str) -> Spec:
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
