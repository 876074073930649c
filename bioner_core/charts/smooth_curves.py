"""What an answer rests on: smoothed curves, the band of the chosen one, the number and its interval."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bioner_core.charts.axes import AxisView
from bioner_core.charts.measured_curves import encode_source, filter_layer
from bioner_core.charts.palette import Spec, Style, Theme
from bioner_core.curves.budget import Budget
from bioner_core.curves.crossing import build_size_grid
from bioner_core.curves.curve import Curve
from bioner_core.curves.draws import SamplingNoise, draw_curve
from bioner_core.curves.fitting import fit_curve
from bioner_core.curves.interval import TAIL
from bioner_core.curves.points import NONE

_RIGHT = 0.7  # of the axis; a label further to the right is put to the left of its dot
_STEP = 3  # of the sizes at which a curve is smoothed, each third is drawn


@dataclass(frozen=True, kw_only=True)
class SmoothCurve:
    """The smoothed curve of one source, up to full data where that is known."""

    source: str
    n: tuple[float, ...]  # sentences, ascending, above 0
    f1: tuple[float, ...]  # in [0, 1]
    low: tuple[float, ...] = ()  # 90 % interval at each size; empty where nothing tells how F1 varies
    high: tuple[float, ...] = ()


def build_smooth_curves(
    curves: Sequence[Curve], noise: SamplingNoise, *, chosen: str
) -> tuple[SmoothCurve, ...]:
    """Build the smoothed curves of all sources; those of too few sizes have none.

    :param curves: of one target, entity, model and method.
    :param chosen: the source whose band is drawn.
    """
    none = next((curve for curve in curves if curve.source == NONE), None)
    smooth = (
        _build_smooth_curve(
            curve, None if curve.source == NONE else none, noise, has_band=curve.source == chosen
        )
        for curve in curves
        if curve.settled_sizes and curve.is_tested
    )
    return tuple(curve for curve in smooth if curve)


def _build_smooth_curve(
    curve: Curve, reference: Curve | None, noise: SamplingNoise, *, has_band: bool
) -> SmoothCurve | None:
    fitted = fit_curve(curve, reference)
    if fitted.smooth is None:
        return None
    grid = build_size_grid(fitted.n[fitted.n > 0])
    at = np.unique([*range(0, len(grid), _STEP), len(grid) - 1])
    draws = draw_curve(curve, reference, noise) if has_band else None
    band: list[tuple[float, ...]] = [(), ()]
    if draws is not None and draws.monotone.smooth is not None:
        ends = np.quantile(draws.monotone.smooth[:, at], [TAIL, 1 - TAIL], axis=0)
        band = [tuple(end.tolist()) for end in ends]
    return SmoothCurve(
        source=curve.source,
        n=tuple(grid[at].tolist()),
        f1=tuple(fitted.smooth[0, at].tolist()),
        low=band[0],
        high=band[1],
    )


def build_basis(
    curves: Sequence[Curve],
    smooth: Sequence[SmoothCurve],
    answer: Budget | None,
    end: float,
    view: AxisView,
    styles: Mapping[str, Style],
    theme: Theme,
    *,
    chosen: str,
) -> list[Spec]:
    """Build what the answer rests on: single models, smoothed curves, and the number on the goal line.

    :param end: the largest number of sentences on the axis.
    """
    color = encode_source({source: style.color for source, style in styles.items()})
    looks = {"color": color, "shape": encode_source({name: style.marker for name, style in styles.items()})}
    others: Spec = {"type": "point", "filled": True, "size": 16, "opacity": 0.3, "clip": True}
    return [
        filter_layer("!datum.chosen", others, looks),
        *_build_models(curves, view, looks, theme, chosen=chosen),
        *_build_smooth_layers(smooth, view, styles, color, chosen=chosen),
        *_build_plan_dot(answer, end, view, theme),
    ]


def _build_smooth_layers(
    smooth: Sequence[SmoothCurve], view: AxisView, styles: Mapping[str, Style], color: Spec, *, chosen: str
) -> list[Spec]:
    """Build the band of the chosen source and all smoothed curves, the chosen one thick and on top.

    :param color: the encoding by source.
    """
    layers: list[Spec] = []
    for curve in sorted(smooth, key=lambda curve: curve.source == chosen):
        is_chosen, dash = curve.source == chosen, list(styles[curve.source].dash)
        line: Spec = {"type": "line", "strokeWidth": 3.5 if is_chosen else 1.4}
        line |= {"clip": True, "interpolate": "monotone"}
        if not is_chosen:
            line["strokeDash"] = dash
        data = {"values": _build_rows(curve, view)}
        if curve.low:
            band = {"y": {"field": "low", "type": "quantitative"}, "y2": {"field": "high"}, "color": color}
            layers.append(
                {
                    "data": data,
                    "mark": {"type": "area", "opacity": 0.22, "clip": True, "interpolate": "monotone"},
                    "encoding": band,
                }
            )
        layers.append({"data": data, "mark": line, "encoding": {"color": color}})
    return layers


def _build_rows(curve: SmoothCurve, view: AxisView) -> list[Spec]:
    rows: list[Spec] = [
        {"source": curve.source, "n": round(n, 1), view.y: round(view.compute_y(f1), 2)}
        for n, f1 in zip(curve.n, curve.f1, strict=True)
    ]
    for row, low, high in zip(rows, curve.low, curve.high, strict=False):
        row |= {"low": round(view.compute_y(low), 2), "high": round(view.compute_y(high), 2)}
    return rows


def _build_models(
    curves: Sequence[Curve], view: AxisView, encoding: Spec, theme: Theme, *, chosen: str
) -> list[Spec]:
    """Build a faint point for each model of the chosen source; interpolated points are hollow.

    :param encoding: colour and shape by source.
    """
    rows = [
        {
            "source": curve.source,
            "n": size.n,
            view.y: round(view.compute_y(f1), 2),
            "hollow": size.is_interpolated or not size.is_settled,
        }
        for curve in curves
        if curve.source == chosen
        for size in (*curve.sizes, *([curve.full] if curve.full else []))
        for f1 in (size.scores or (size.f1,))
        if view.has_position(size.n)
    ]
    solid: Spec = {"type": "point", "filled": True, "size": 34, "opacity": 0.45, "clip": True}
    hollow: Spec = {**solid, "filled": False, "fill": theme.background, "strokeWidth": 1.2}
    return [
        {
            "data": {"values": rows},
            "transform": [{"filter": test}],
            "mark": mark,
            "encoding": encoding,
        }
        for test, mark in (("!datum.hollow", solid), ("datum.hollow", hollow))
    ]


def _build_plan_dot(answer: Budget | None, end: float, view: AxisView, theme: Theme) -> list[Spec]:
    """Build the number as a dot on the goal line, its 90 % interval as a bar, and a line down to the axis.

    :param end: the largest number of sentences on the axis.
    """
    if answer is None or answer.n_plan is None or not view.has_position(answer.n_plan):
        return []
    y = round(view.compute_y(answer.plan_goal_f1 or 0), 2)
    row: Spec = {"n": answer.n_plan, view.y: y, "words": f"plan on {answer.n_plan:,}"}
    low, high = answer.n_low, answer.n_high
    layers: list[Spec] = [
        {
            "data": {"values": [row]},
            "mark": {"type": "rule", "color": theme.text, "strokeWidth": 1.2, "strokeDash": [2, 3]},
            "encoding": {"y2": {"value": "height"}},
        }
    ]
    if low is not None and high is not None:
        ends = {"n": max(low, 1) if view.is_error else low, "n2": high, view.y: y}
        bar: Spec = {"type": "rule", "color": theme.text, "strokeWidth": 5, "strokeCap": "butt"}
        layers.append(
            {"data": {"values": [ends]}, "mark": bar, "encoding": {"x2": {"field": "n2"}}},
        )
    dot = {"type": "point", "filled": True, "size": 190, "opacity": 1, "fill": theme.text}
    outline = {"stroke": theme.background, "strokeWidth": 2}
    layers.append({"data": {"values": [row]}, "mark": {**dot, **outline}, "encoding": {}})
    is_right = view.compute_share(answer.n_plan, end) > _RIGHT
    return [*layers, *_build_plan_label(row, theme, is_right=is_right)]


def _build_plan_label(row: Spec, theme: Theme, *, is_right: bool) -> list[Spec]:
    """Build the label below the dot, beside the line down to the axis, with a halo of the background."""
    label: Spec = {
        "type": "text",
        "fontSize": 13,
        "fontWeight": "bold",
        "align": "right" if is_right else "left",
        "baseline": "top",
        "dx": -8 if is_right else 8,
        "dy": 12,
    }
    halo = {"stroke": theme.background, "strokeWidth": 5, "strokeJoin": "round", "fill": theme.background}
    encoding = {"text": {"field": "words", "type": "nominal"}}
    return [
        {"data": {"values": [row]}, "mark": {**label, **halo}, "encoding": encoding},
        {"data": {"values": [row]}, "mark": {**label, "fill": theme.text}, "encoding": encoding},
    ]
