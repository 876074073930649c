"""Charts of curves as Vega-Lite specifications, and any chart as a picture.

A specification is a plain dict, which ``st.vega_lite_chart`` shows: building and checking the same chart with
Altair's classes takes near a second, too long for a page that is drawn anew at every click. Altair checks it
and draws it where a picture is asked for.
"""

import io
import json
from collections.abc import Mapping, Sequence
from typing import Literal

from bioner_core.charts.axes import View, axes, mentions_at
from bioner_core.charts.fan import Fan, fan_data, fan_layers
from bioner_core.charts.palette import SCHEMA, Ink, Spec, Style, config, ink, styles
from bioner_core.charts.reference_lines import goal_rules, plan_rule
from bioner_core.curves.budget import Budget
from bioner_core.curves.curve import Curve, SizePoint
from bioner_core.curves.points import NONE

PICK = "pick"  # the selection's name: a click gives [{"source": …}], in heat maps [{"train": …, "test": …}]
NO_SOURCE = "without pretraining"
MOST_BANDS = 4  # curves whose spread over seeds can be told apart
FONT = "Helvetica, Arial, Liberation Sans, DejaVu Sans, sans-serif"
PLAIN = View()
_TIPS = ("Source", "Sentences", "F1", "Of full data", "Models", "Note")


def curve_chart(
    found: Sequence[Curve],
    rows: Sequence[Budget],
    *,
    chosen: str,
    sources: Sequence[str] = (),
    view: View = PLAIN,
    beyond: Fan | None = None,
    dark: bool = False,
    height: int = 460,
) -> Spec:
    """Return F1 in percent by sentences, the chosen source thick, with the goal and the plan marked.

    :param found: curves of one target, entity, model and method.
    :param rows: their budgets; goal and plan are those of ``chosen``.
    :param sources: all sources of the run in a fixed order, so that colours stay; else those of ``found``.
    :param view: how it is laid out; sizes that have no place in it are left out.
    :param beyond: a forecast of the chosen source to draw as a fan.
    :param dark: for a dark ground; the chart's own ground is transparent.
    :param height: in pixels, in a picture without legend and axes; it is as wide as its place.
    """
    theme, drawn = ink(dark=dark), list(dict.fromkeys(curve.source for curve in found))
    look = styles(list(sources) + drawn, dark=dark)
    answer = next((row for row in rows if row.source == chosen), None)
    shown = {source: look[source] for source in drawn}
    marks = _marks(found, view, chosen=chosen)
    return {
        **_frame(theme, height),
        "description": _told(found, answer),
        "data": {"values": marks},
        "encoding": _axes(marks, answer, view, beyond, entity=found[0].entity if found else ""),
        "layer": [
            *(_bands(shown) if shown else ()),  # a legend of nothing cannot be drawn
            *(_fan(beyond, view, look[beyond.curve.source], theme) if beyond else ()),
            *goal_rules(answer, view, theme),
            *plan_rule(answer, _plan_at(found, answer, view), view, theme),
            *(_lines(shown, theme) if shown else ()),
            _hits(),
        ],
    }


def _frame(theme: Ink, height: int) -> Spec:
    return {"$schema": SCHEMA, "width": "container", "height": height, "config": config(theme)}


def _marks(found: Sequence[Curve], view: View, *, chosen: str) -> list[Spec]:
    """Return the data of all points that have a place."""
    marks = [_mark(curve, size, view, chosen=chosen) for curve in found for size in curve.sizes]
    return [mark for mark in marks if view.is_drawn(mark[view.x])]


def _mark(curve: Curve, size: SizePoint, view: View, *, chosen: str) -> Spec:
    """Return the data of one point: numbers to draw, words for the tooltip."""
    models = f"{size.n_seeds} of {size.n_planned} seeds" if size.n_planned > 1 else "one"
    if size.n_failed:
        models += f", {size.n_failed} failed"
    if size.n_seeds > 1:
        models += f", F1 {100 * size.low:.1f} to {100 * size.high:.1f}"
    note = "measured" if size.is_settled else "waits for its other seeds"
    if size.is_interpolated:
        note = "on the straight line between its neighbours; no point of its own"
    return {
        "source": curve.source,
        "n": size.n,
        "mentions": size.n_mentions if size.n else 0,
        view.y: view.height(size.f1),
        "low": view.height(size.low),
        "high": view.height(size.high),
        "chosen": curve.source == chosen,
        "hollow": size.is_interpolated or not size.is_settled,
        "Source": name_of(curve.source),
        "Sentences": f"{size.n:,}" if size.n else "0 (zero-shot)",
        "F1": f"{100 * size.f1:.1f} %" if curve.is_tested else "not known: no test mention",
        "Of full data": f"{100 * size.f1 / curve.full_f1:.1f} %" if curve.full_f1 else "not known yet",
        "Models": models,
        "Note": note,
    }


def name_of(source: str) -> str:
    """Return a source in words for people."""
    return NO_SOURCE if source == NONE else source


def _axes(
    marks: Sequence[Spec], answer: Budget | None, view: View, beyond: Fan | None, *, entity: str
) -> Spec:
    """Return axes that hold all that is drawn."""
    rows = [*marks, *(fan_data(beyond, view) if beyond else ())]
    goals = [
        view.height(f1) for f1 in ((answer.full_f1, answer.target_f1) if answer else ()) if f1 is not None
    ]
    across = [row[view.x] for row in rows if row[view.x] is not None]
    return axes(
        view,
        across=across,
        upwards=[*(row[end] for row in rows for end in ("low", "high")), *goals],
        entity=entity,
    )


def _plan_at(found: Sequence[Curve], answer: Budget | None, view: View) -> float | None:
    """Return where the plan stands across, None where it has no place."""
    if answer is None or answer.n_plan is None or view.unit == "sentences":
        return answer.n_plan if answer and view.is_drawn(answer.n_plan) else None
    curve = next((curve for curve in found if curve.source == answer.source), None)
    at = mentions_at(curve, answer.n_plan) if curve else None
    return at if view.is_drawn(at) else None


def _fan(beyond: Fan, view: View, look: Style, theme: Ink) -> list[Spec]:
    return fan_layers(beyond, view, name=name_of(beyond.curve.source), look=look, theme=theme)


def _by_source(values: Mapping[str, object]) -> Spec:
    """Return an encoding by source; all have the same legend, so that colour and marker share one."""
    legend = {
        "title": None,
        "orient": "top",
        "columns": 3,
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


def _bands(look: Mapping[str, Style]) -> list[Spec]:
    """Return the spread over seeds, strong for the chosen source; of many curves its own and that of none."""
    others = "!datum.chosen" if len(look) <= MOST_BANDS else f"!datum.chosen && datum.source === '{NONE}'"
    spread = {
        "y": {"field": "low", "type": "quantitative"},
        "y2": {"field": "high"},
        "color": _by_source({source: style.color for source, style in look.items()}),
    }
    return [
        _part(others, {"type": "area", "opacity": 0.1}, spread),
        _part("datum.chosen", {"type": "area", "opacity": 0.25}, spread),
    ]


def _lines(look: Mapping[str, Style], theme: Ink) -> list[Spec]:
    """Return lines and markers, the chosen source last; what was not measured by itself is hollow."""
    color = _by_source({source: style.color for source, style in look.items()})
    shape = {"shape": _by_source({source: style.marker for source, style in look.items()})}
    # Conditions instead of a scale, which would dash the outlines of the legend's symbols.
    dashes = [
        {"test": f"datum.source === {json.dumps(source)}", "value": list(style.dash)}
        for source, style in look.items()
    ]
    layers: list[Spec] = []
    for test, width, size in (("!datum.chosen", 1.4, 22), ("datum.chosen", 3, 60)):
        line: Spec = {"type": "line", "strokeWidth": width, "strokeJoin": "round"}
        solid: Spec = {"type": "point", "filled": True, "size": size, "opacity": 1}
        hollow: Spec = {**solid, "filled": False, "fill": theme.ground, "strokeWidth": width / 2 + 0.6}
        layers += [
            _part(test, line, {"color": color, "strokeDash": {"condition": dashes}}),
            _part(f"{test} && !datum.hollow", solid, {"color": color, **shape}),
            _part(f"{test} && datum.hollow", hollow, {"color": color, **shape}),
        ]
    return layers


def _part(test: str, mark: Spec, encoding: Spec) -> Spec:
    """Return the layer of the points that pass the test."""
    return {"transform": [{"filter": test}], "mark": mark, "encoding": encoding}


def _hits() -> Spec:
    """Return what a pointer meets: a wide invisible marker on every point, with words and the click."""
    return {
        "params": [{"name": PICK, "select": {"type": "point", "fields": ["source"], "toggle": False}}],
        "mark": {"type": "point", "filled": True, "size": 280, "opacity": 0, "cursor": "pointer"},
        "encoding": {"tooltip": [{"field": tip, "type": "nominal"} for tip in _TIPS]},
    }


def _told(found: Sequence[Curve], answer: Budget | None) -> str:
    """Return the chart in words, for those who hear it."""
    if not found:
        return "No points yet."
    names = ", ".join(name_of(curve.source) for curve in found)
    told = f"F1 by number of sentences for {found[0].entity} in {found[0].target}: {names}."
    if answer and answer.n_plan is not None:
        told += f" {name_of(answer.source)}: plan on {answer.n_plan:,} sentences."
    return told


def chart_image(chart: Spec, kind: Literal["png", "svg"], *, dark: bool = False, width: int = 800) -> bytes:
    """Return a chart as picture; nothing is fetched. A PNG is twice as fine and stands on its theme's ground.

    :param dark: as the chart was made.
    :param width: of the plot, in pixels.
    """
    import altair as alt  # at use: it takes half a second, which no page should wait for

    # Nobody clicks on a picture, and Altair cannot take a selection that stands in a layer.
    layers = [{key: part for key, part in layer.items() if key != "params"} for layer in chart["layer"]]
    spec = {
        **chart,
        "layer": layers,
        "width": width,
        "padding": 12,
        "config": {**chart["config"], "font": FONT},
    }
    # Half-transparent edges of bright colours come out dark in a PNG without a ground.
    spec["background"] = "transparent" if kind == "svg" else ink(dark=dark).ground
    picture = io.StringIO() if kind == "svg" else io.BytesIO()
    alt.Chart.from_dict(spec).save(picture, format=kind, scale_factor=2 if kind == "png" else 1)
    content = picture.getvalue()
    return content.encode() if isinstance(content, str) else content
