"""Charts of learning curves as Vega-Lite specifications, and any chart as a picture.

A specification is a plain dict that ``st.vega_lite_chart`` draws: building and validating the same chart with
Altair's classes takes nearly a second, too long for a page that reruns at every click. Altair validates and
draws it only for pictures.
"""

import io
from collections.abc import Mapping, Sequence
from typing import Literal

from bioner_core.analysis.break_even import ExternalScore
from bioner_core.charts.axes import AxisView, build_axes, estimate_mentions
from bioner_core.charts.fan import Fan, build_fan_data, build_fan_layers
from bioner_core.charts.measured_curves import (
    NO_SOURCE,
    build_bands,
    build_lines,
)
from bioner_core.charts.palette import SCHEMA, Spec, Style, Theme, assign_styles, build_config, select_theme
from bioner_core.charts.reference_lines import (
    build_goal_lines,
    build_plan_line,
    build_system_lines,
    select_visible,
)
from bioner_core.charts.smooth_curves import SmoothCurve, build_basis
from bioner_core.curves.budget import Budget
from bioner_core.curves.curve import Curve, SizePoint
from bioner_core.curves.points import NONE

CLICK_SELECTION = "pick"  # gives [{"source": …}] at a click, in heat maps [{"train": …, "test": …}]
FONT = "Helvetica, Arial, Liberation Sans, DejaVu Sans, sans-serif"
DEFAULT_VIEW = AxisView()
_MARGIN = 1.01  # of full data, so that its markers fit
_TOOLTIP_FIELDS = ("Source", "Sentences", "F1", "Of full data", "Models", "Note")


def build_curve_chart(
    curves: Sequence[Curve],
    rows: Sequence[Budget],
    *,
    chosen: str,
    sources: Sequence[str] = (),
    view: AxisView = DEFAULT_VIEW,
    smooth: Sequence[SmoothCurve] = (),
    fan: Fan | None = None,
    systems: Sequence[ExternalScore] = (),
    full_name: str = "full data",
    dark: bool = False,
    height: int = 460,
) -> Spec:
    """Build the chart of F1 by sentences: the chosen source thick, with lines at full data, goal and plan.

    :param curves: curves of one target, entity, model and method.
    :param rows: their budgets; goal and plan are those of ``chosen``.
    :param sources: all sources of the run in a fixed order, to keep colours; by default those of ``curves``.
    :param view: unit and scale; sizes that cannot be drawn on it are left out.
    :param smooth: what the answer rests on, drawn instead of lines through the points; in sentences only.
    :param fan: a forecast of the chosen source.
    :param systems: that are not trained here, the best first, as horizontal lines; the axis reaches it.
    :param full_name: of the sentences whose F1 the goal is a share of.
    :param dark: for a dark background; the chart itself is transparent.
    :param height: of the plot in pixels; its width is that of its container.
    """
    theme, curve_sources = select_theme(dark=dark), list(dict.fromkeys(curve.source for curve in curves))
    styles = assign_styles(list(sources) + curve_sources, dark=dark)
    answer = next((row for row in rows if row.source == chosen), None)
    visible_styles = {source: styles[source] for source in curve_sources}
    smooth = smooth if view.unit == "sentences" else ()
    base = next((curve for curve in smooth if curve.source == chosen), None)
    data = _build_data(curves, view, chosen=chosen)
    axes = _fit_axes(data, answer, view, fan, base, systems, entity=curves[0].entity if curves else "")
    end = axes["x"]["scale"]["domain"][1]
    visible = select_visible(systems, view, axes["y"]["scale"]["domain"])
    system_lines, system_labels = build_system_lines(visible, view, theme)
    goal_lines, goal_labels = build_goal_lines(answer, view, theme, end=end, full_name=full_name)
    return {
        **_build_frame(theme, height),
        "description": _describe_chart(curves, answer),
        "data": {"values": data},
        "encoding": axes,
        "layer": [
            *(build_bands(visible_styles) if visible_styles and not base else ()),
            *(build_fan_layers(fan, view, name_source(fan.curve.source), styles, theme) if fan else ()),
            *system_lines,
            *goal_lines,
            *(
                build_basis(curves, smooth, answer, end, view, visible_styles, theme, chosen=chosen)
                if base
                else _build_measured(curves, answer, end, view, visible_styles, theme)
            ),
            *system_labels,
            *goal_labels,
            _build_pointer_layer(),
        ],
    }


def _build_measured(
    curves: Sequence[Curve],
    answer: Budget | None,
    end: float,
    view: AxisView,
    styles: Mapping[str, Style],
    theme: Theme,
) -> list[Spec]:
    """Build lines through the means, and the plan as a vertical line."""
    return [
        *build_plan_line(answer, _locate_plan(curves, answer, view), end, view, theme),
        *(build_lines(styles, theme) if styles else ()),  # an empty legend cannot be drawn
    ]


def _build_frame(theme: Theme, height: int) -> Spec:
    return {"$schema": SCHEMA, "width": "container", "height": height, "config": build_config(theme)}


def _build_data(curves: Sequence[Curve], view: AxisView, *, chosen: str) -> list[Spec]:
    """Build the data of all points that can be drawn."""
    data = [_build_datum(curve, size, view, chosen=chosen) for curve in curves for size in curve.sizes]
    return [datum for datum in data if view.has_position(datum[view.x])]


def _build_datum(curve: Curve, size: SizePoint, view: AxisView, *, chosen: str) -> Spec:
    """Build the data of one point: numbers to draw and texts of the tooltip."""
    models = f"{size.n_seeds} of {size.n_planned} seeds" if size.n_planned > 1 else "one"
    if size.n_failed:
        models += f", {size.n_failed} failed"
    if size.n_seeds > 1:
        models += f", F1 {100 * size.low:.1f} to {100 * size.high:.1f}"
    note = "measured" if size.is_settled else "other seeds are still to come"
    if size.is_interpolated:
        note = "interpolated between its neighbours, not measured"
    return {
        "source": curve.source,
        "n": size.n,
        "mentions": size.n_mentions if size.n else 0,
        view.y: view.compute_y(size.f1),
        "low": view.compute_y(size.low),
        "high": view.compute_y(size.high),
        "chosen": curve.source == chosen,
        "hollow": size.is_interpolated or not size.is_settled,
        "Source": name_source(curve.source),
        "Sentences": f"{size.n:,}" if size.n else "0 (zero-shot)",
        "F1": f"{100 * size.f1:.1f} %" if curve.is_tested else "not known: no test mention",
        "Of full data": f"{100 * size.f1 / curve.full_f1:.1f} %" if curve.full_f1 else "not known yet",
        "Models": models,
        "Note": note,
    }


def name_source(source: str) -> str:
    """Return the name of a source for people."""
    return NO_SOURCE if source == NONE else source


def _fit_axes(
    data: Sequence[Spec],
    answer: Budget | None,
    view: AxisView,
    fan: Fan | None,
    base: SmoothCurve | None,
    systems: Sequence[ExternalScore],
    *,
    entity: str,
) -> Spec:
    """Build axes that span curves, fan and reference lines; F1 from where the chosen curve starts."""
    rows = [*data, *(build_fan_data(fan, view) if fan else ())]
    goals = [
        view.compute_y(f1)
        for f1 in (
            *((answer.plan_full_f1, answer.plan_goal_f1) if answer else ()),
            *(score.point.f1 for score in systems[:1]),
        )
        if f1 is not None
    ]
    x_values = [row[view.x] for row in rows if row[view.x] is not None]
    y_values = [*(row[end] for row in rows for end in ("low", "high")), *goals]
    if base:
        start = view.compute_y(base.f1[0])
        inside = [y for y in y_values if (y <= start if view.is_error else y >= start)]
        x_values, y_values = [*x_values, _MARGIN * base.n[-1]], [start, *inside, *goals]
    return build_axes(view, x_values=x_values, y_values=y_values, entity=entity)


def _locate_plan(curves: Sequence[Curve], answer: Budget | None, view: AxisView) -> float | None:
    """Return the x value of the plan; None where it cannot be drawn."""
    if answer is None or answer.n_plan is None or view.unit == "sentences":
        return answer.n_plan if answer and view.has_position(answer.n_plan) else None
    curve = next((curve for curve in curves if curve.source == answer.source), None)
    mentions = estimate_mentions(curve, answer.n_plan) if curve else None
    return mentions if view.has_position(mentions) else None


def _build_pointer_layer() -> Spec:
    """Build wide invisible markers on all points, which take clicks and have the tooltip."""
    return {
        "params": [
            {"name": CLICK_SELECTION, "select": {"type": "point", "fields": ["source"], "toggle": False}}
        ],
        "mark": {
            "type": "point",
            "filled": True,
            "size": 280,
            "opacity": 0,
            "cursor": "pointer",
            "clip": True,
        },
        "encoding": {"tooltip": [{"field": tip, "type": "nominal"} for tip in _TOOLTIP_FIELDS]},
    }


def _describe_chart(curves: Sequence[Curve], answer: Budget | None) -> str:
    """Describe the chart for screen readers."""
    if not curves:
        return "No points yet."
    names = ", ".join(name_source(curve.source) for curve in curves)
    text = f"F1 by number of sentences for {curves[0].entity} in {curves[0].target}: {names}."
    if answer and answer.n_plan is not None:
        text += f" {name_source(answer.source)}: plan on {answer.n_plan:,} sentences."
    return text


def render_chart(chart: Spec, kind: Literal["png", "svg"], *, dark: bool = False, width: int = 800) -> bytes:
    """Render a chart as a picture, offline. A PNG has twice the resolution and its theme's background.

    :param dark: as the chart was built.
    :param width: of the plot, in pixels.
    """
    import altair as alt  # imported at use: it takes half a second

    # Altair accepts no selection inside a layer, and a picture needs neither clicks nor tooltips.
    layers = [layer for layer in chart["layer"] if "params" not in layer]
    spec = {
        **chart,
        "layer": layers,
        "width": width,
        "padding": 12,
        "config": {**chart["config"], "font": FONT},
    }
    # Half-transparent edges of bright colours become dark in a PNG without a background.
    spec["background"] = "transparent" if kind == "svg" else select_theme(dark=dark).background
    picture = io.StringIO() if kind == "svg" else io.BytesIO()
    alt.Chart.from_dict(spec).save(picture, format=kind, scale_factor=2 if kind == "png" else 1)
    content = picture.getvalue()
    return content.encode() if isinstance(content, str) else content
