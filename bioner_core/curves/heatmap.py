"""Transfer between corpora as a heat map: trained on one, tested on another."""

from collections.abc import Mapping, Sequence
from typing import Literal

from bioner_core.curves.charts import PICK
from bioner_core.curves.curve import Curve
from bioner_core.curves.palette import INKS, SCHEMA, Ink, Spec, config, ink, readable_on
from bioner_core.curves.points import NONE

Measure = Literal["precision", "recall", "f1"]
MEASURES: Mapping[Measure, str] = {"precision": "Precision", "recall": "Recall", "f1": "F1"}
_ABOVE = 60  # pixels of the axis above the cells
_AXIS = {"labelLimit": 150, "ticks": False, "domain": False, "labelPadding": 8}
_TOP = {
    **_AXIS,
    "orient": "top",
    "labelAngle": 0,
    "labelOverlap": False,
    "labelLimit": {"expr": "bandwidth('x')"},
}


def transfer_heatmap(
    found: Sequence[Curve], *, measure: Measure = "f1", dark: bool = False, step: int = 56
) -> Spec:
    """Return a cell for each pair of corpora: in-corpus on the diagonal, elsewhere zero-shot.

    :param found: curves of one entity, model and method.
    :param step: height of a cell in pixels.
    """
    theme = ink(dark=dark)
    cells = [cell for curve in found for cell in _cells(curve, measure, theme)]
    axis = {"type": "nominal", "axis": _AXIS}
    return {
        "$schema": SCHEMA,
        "description": f"{MEASURES[measure]} by corpus trained on and corpus tested on.",
        "width": "container",
        "height": step * len({cell["train"] for cell in cells}) + _ABOVE,
        "config": config(theme),
        "data": {"values": cells},
        "encoding": {
            "x": {**axis, "field": "test", "title": f"{MEASURES[measure]} (%) when tested on", "axis": _TOP},
            "y": {**axis, "field": "train", "title": "trained on"},
        },
        "layer": [_squares(theme), *(_numbers(color) for color in INKS)],
    }


def _squares(theme: Ink) -> Spec:
    """Return the coloured cells, those on the diagonal framed; a click picks one."""
    tips = ("Trained on", "Tested on", "What", *MEASURES.values())
    scale = {"domain": [0, 100], "range": list(theme.scale), "interpolate": "rgb"}
    return {
        "params": [{"name": PICK, "select": {"type": "point", "fields": ["train", "test"], "toggle": False}}],
        "mark": {
            "type": "rect",
            "cursor": "pointer",
            "cornerRadius": 3,
            "strokeWidth": 2.5,
            "width": {"band": 0.98},
            "height": {"band": 0.92},
        },
        "encoding": {
            "color": {"field": "value", "type": "quantitative", "scale": scale, "legend": None},
            "stroke": {"condition": {"test": "datum.inside", "value": theme.text}, "value": None},
            "tooltip": [{"field": tip, "type": "nominal"} for tip in tips],
        },
    }


def _numbers(color: str) -> Spec:
    """Return the numbers of the cells that are written in one colour."""
    return {
        "transform": [{"filter": f"datum.ink === '{color}'"}],
        "mark": {"type": "text", "fontSize": 14, "fill": color, "tooltip": None},
        "encoding": {"text": {"field": "value", "type": "quantitative", "format": ".1f"}},
    }


def _cells(curve: Curve, measure: Measure, theme: Ink) -> list[Spec]:
    """Return the cell of one curve: full data of the corpus itself, or a source and no data of the target."""
    inside = curve.source == NONE
    size = curve.full if inside else next((size for size in curve.sizes if size.n == 0), None)
    value = getattr(size, measure) if size else None
    if value is None:
        return []
    scores = {words: getattr(size, name) for name, words in MEASURES.items()}
    return [
        {
            "train": curve.target if inside else curve.source,
            "test": curve.target,
            "value": 100 * value,
            "inside": inside,
            "ink": readable_on(theme.scale, value),
            "Trained on": curve.target if inside else curve.source,
            "Tested on": curve.target,
            "What": "in-corpus, full data" if inside else "zero-shot",
            **{words: "not known" if f is None else f"{100 * f:.1f} %" for words, f in scores.items()},
        }
    ]
