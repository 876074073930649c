"""Heat maps of two corpora: trained on one and tested on the other, and the word pieces they share."""

from collections.abc import Mapping, Sequence

from bioner_core.analysis.overlap import Overlap, shares, sizes
from bioner_core.analysis.transfer import Measure, Transfer, transfers
from bioner_core.charts.curve_chart import PICK
from bioner_core.charts.palette import INKS, SCHEMA, Ink, Spec, config, ink, readable_on
from bioner_core.curves.curve import Curve

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
    cells = [cell for one in transfers(found) if (cell := _scores(one, measure, theme))]
    return _heatmap(
        cells,
        theme,
        step=step,
        told=f"{MEASURES[measure]} by corpus trained on and corpus tested on.",
        title=f"{MEASURES[measure]} (%) when tested on",
        tips=("Trained on", "Tested on", "What", *MEASURES.values()),
    )


def overlap_heatmap(rows: Sequence[Overlap], *, entity: str, dark: bool = False, step: int = 56) -> Spec:
    """Return a cell for each two corpora: what share of the one's unique word pieces the other has, too.

    It is laid out as the map of transfer: the corpus tested on across, the one trained on down.

    :param entity: a type, or "text" for all words.
    """
    theme, unique = ink(dark=dark), sizes(rows, entity)
    cells = [
        {
            "train": train,
            "test": test,
            "value": 100 * share,
            "inside": False,
            "ink": readable_on(theme.scale, share),
            "Trained on": train,
            "Tested on": test,
            "Found there": f"{share:.1%} of {unique[test]:,} unique word pieces".replace("%", " %"),
        }
        for (train, test), share in shares(rows, entity).items()
    ]
    return _heatmap(
        cells,
        theme,
        step=step,
        told=f"Share of a corpus's unique word pieces of {entity} that another corpus has, too.",
        title="Of the unique word pieces (%) of",
        down="found in",
        tips=("Trained on", "Tested on", "Found there"),
    )


def _heatmap(
    cells: Sequence[Spec],
    theme: Ink,
    *,
    step: int,
    told: str,
    title: str,
    down: str = "trained on",
    tips: Sequence[str],
) -> Spec:
    """Return a map of cells with their numbers."""
    axis = {"type": "nominal", "axis": _AXIS}
    return {
        "$schema": SCHEMA,
        "description": told,
        "width": "container",
        "height": step * len({cell["train"] for cell in cells}) + _ABOVE,
        "config": config(theme),
        "data": {"values": cells},
        "encoding": {
            "x": {**axis, "field": "test", "title": title, "axis": _TOP},
            "y": {**axis, "field": "train", "title": down},
        },
        "layer": [_squares(theme, tips), *(_numbers(color) for color in INKS)],
    }


def _squares(theme: Ink, tips: Sequence[str]) -> Spec:
    """Return the coloured cells, those on the diagonal framed; a click picks one."""
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


def _scores(one: Transfer, measure: Measure, theme: Ink) -> Spec | None:
    """Return the cell of one pair of corpora; None where the measure is not known."""
    value = one.score(measure)
    if value is None:
        return None
    scores = {words: one.score(name) for name, words in MEASURES.items()}
    return {
        "train": one.train,
        "test": one.test,
        "value": 100 * value,
        "inside": one.is_inside,
        "ink": readable_on(theme.scale, value),
        "Trained on": one.train,
        "Tested on": one.test,
        "What": "in-corpus, full data" if one.is_inside else "zero-shot",
        **{words: "not known" if f is None else f"{100 * f:.1f} %" for words, f in scores.items()},
    }
