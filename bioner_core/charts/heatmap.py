"""Heat maps over pairs of corpora: F1 of transfer between them, and the word pieces they share."""

from collections.abc import Mapping, Sequence

from bioner_core.analysis.overlap import Overlap, compute_shares, count_unique_pieces
from bioner_core.analysis.transfer import Measure, Transfer, list_transfers
from bioner_core.charts.curve_chart import CLICK_SELECTION
from bioner_core.charts.palette import (
    CELL_TEXT_COLORS,
    SCHEMA,
    Spec,
    Theme,
    build_config,
    choose_text_color,
    select_theme,
)
from bioner_core.curves.curve import Curve

MEASURES: Mapping[Measure, str] = {"precision": "Precision", "recall": "Recall", "f1": "F1"}
_TOP_AXIS_HEIGHT = 60  # pixels
_AXIS = {"labelLimit": 150, "ticks": False, "domain": False, "labelPadding": 8}
_TOP_AXIS = {
    **_AXIS,
    "orient": "top",
    "labelAngle": 0,
    "labelOverlap": False,
    "labelLimit": {"expr": "bandwidth('x')"},
}


def build_transfer_heatmap(
    curves: Sequence[Curve], *, measure: Measure = "f1", dark: bool = False, step: int = 56
) -> Spec:
    """Build a heat map of the scores of each pair of corpora: in-corpus on the diagonal, else zero-shot.

    :param curves: curves of one entity, model and method.
    :param step: height of a cell in pixels.
    """
    theme = select_theme(dark=dark)
    cells = [cell for pair in list_transfers(curves) if (cell := _build_score_cell(pair, measure, theme))]
    return _build_heatmap(
        cells,
        theme,
        step=step,
        description=f"{MEASURES[measure]} by corpus trained on and corpus tested on.",
        title=f"{MEASURES[measure]} (%) when tested on",
        tips=("Trained on", "Tested on", "What", *MEASURES.values()),
    )


def build_overlap_heatmap(
    rows: Sequence[Overlap], *, entity: str, dark: bool = False, step: int = 56
) -> Spec:
    """Build a heat map of the share of a corpus's unique word pieces that occur in another corpus, too.

    Columns are corpora tested on and rows those trained on, as in the heat map of transfer.

    :param entity: a type, or "text" for all words.
    """
    theme, unique = select_theme(dark=dark), count_unique_pieces(rows, entity)
    cells = [
        {
            "train": train,
            "test": test,
            "value": 100 * share,
            "inside": False,
            "text_color": choose_text_color(theme.scale, share),
            "Trained on": train,
            "Tested on": test,
            "Found there": f"{share:.1%} of {unique[test]:,} unique word pieces".replace("%", " %"),
        }
        for (train, test), share in compute_shares(rows, entity).items()
    ]
    return _build_heatmap(
        cells,
        theme,
        step=step,
        description=f"Share of a corpus's unique word pieces of {entity} that another corpus has, too.",
        title="Of the unique word pieces (%) of",
        row_title="found in",
        tips=("Trained on", "Tested on", "Found there"),
    )


def _build_heatmap(
    cells: Sequence[Spec],
    theme: Theme,
    *,
    step: int,
    description: str,
    title: str,
    row_title: str = "trained on",
    tips: Sequence[str],
) -> Spec:
    """Build a heat map from the data of its cells."""
    axis = {"type": "nominal", "axis": _AXIS}
    return {
        "$schema": SCHEMA,
        "description": description,
        "width": "container",
        "height": step * len({cell["train"] for cell in cells}) + _TOP_AXIS_HEIGHT,
        "config": build_config(theme),
        "data": {"values": cells},
        "encoding": {
            "x": {**axis, "field": "test", "title": title, "axis": _TOP_AXIS},
            "y": {**axis, "field": "train", "title": row_title},
        },
        "layer": [
            _build_cell_layer(theme, tips),
            *(_build_number_layer(color) for color in CELL_TEXT_COLORS),
        ],
    }


def _build_cell_layer(theme: Theme, tips: Sequence[str]) -> Spec:
    """Build the layer of coloured cells, those on the diagonal framed; a click selects one."""
    scale = {"domain": [0, 100], "range": list(theme.scale), "interpolate": "rgb"}
    return {
        "params": [
            {
                "name": CLICK_SELECTION,
                "select": {"type": "point", "fields": ["train", "test"], "toggle": False},
            }
        ],
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


def _build_number_layer(color: str) -> Spec:
    """Build the layer of the numbers of one text colour."""
    return {
        "transform": [{"filter": f"datum.text_color === '{color}'"}],
        "mark": {"type": "text", "fontSize": 14, "fill": color, "tooltip": None},
        "encoding": {"text": {"field": "value", "type": "quantitative", "format": ".1f"}},
    }


def _build_score_cell(pair: Transfer, measure: Measure, theme: Theme) -> Spec | None:
    """Build the data of one pair of corpora; None where the measure is unknown."""
    value = pair.score(measure)
    if value is None:
        return None
    scores = {title: pair.score(name) for name, title in MEASURES.items()}
    return {
        "train": pair.train,
        "test": pair.test,
        "value": 100 * value,
        "inside": pair.is_in_corpus,
        "text_color": choose_text_color(theme.scale, value),
        "Trained on": pair.train,
        "Tested on": pair.test,
        "What": "in-corpus, full data" if pair.is_in_corpus else "zero-shot",
        **{title: "not known" if f is None else f"{100 * f:.1f} %" for title, f in scores.items()},
    }
