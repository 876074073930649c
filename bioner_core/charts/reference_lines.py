"""Labelled reference lines of a chart of curves: full data, the goal and the plan."""

from bioner_core.charts.axes import AxisView
from bioner_core.charts.palette import Spec, Theme
from bioner_core.curves.budget import Budget


def build_goal_lines(answer: Budget | None, view: AxisView, theme: Theme) -> list[Spec]:
    """Build horizontal lines at full data and at the goal, labelled above and below to keep labels apart."""
    up = -1 if view.is_error else 1  # a higher F1 is a lower error
    if answer is None:
        return []
    goal = f"{100 * answer.fraction:.4g} %" if answer.fraction else "goal"
    lines = [
        (answer.full_f1, "full data", [1, 0]),
        (answer.target_f1, goal, [6, 4]),
    ]
    visible_lines = sorted((line for line in lines if line[0] is not None), key=lambda line: -(line[0] or 0))
    layers = []
    for (f1, name, dash), dy in zip(visible_lines, (-8, 9), strict=False):
        layers += _build_labelled_line(
            {view.y: view.compute_y(f1 or 0), "words": f"{name}: {100 * (f1 or 0):.1f}"},
            {"x": {"value": 6}},
            {"color": theme.muted, "strokeWidth": 1.2, "strokeDash": dash},
            {"dy": up * dy, "align": "left"},
            theme,
        )
    return layers


def build_plan_line(
    answer: Budget | None, x: float | None, view: AxisView, theme: Theme, *, right_edge: float
) -> list[Spec]:
    """Build the vertical line at the number to plan on.

    :param x: x value of the plan; None where it cannot be drawn.
    :param right_edge: the largest x value of the plot.
    """
    if answer is None or answer.n_plan is None or x is None:
        return []
    is_right = x > 0.7 * right_edge
    return _build_labelled_line(
        {view.x: x, "words": f"plan on {answer.n_plan:,}"},
        {"y": {"value": "height"}},
        {"color": theme.text, "strokeWidth": 1.6, "strokeDash": [2, 2]},
        {
            "dy": -14,
            "dx": -7 if is_right else 7,
            "align": "right" if is_right else "left",
            "fontWeight": "bold",
        },
        theme,
    )


def _build_labelled_line(datum: Spec, anchor: Spec, line: Spec, text: Spec, theme: Theme) -> list[Spec]:
    """Build a line across the plot and its label with a halo of the background, readable over curves.

    :param anchor: encoding of the label's position on the axis that the line spans.
    """
    span: Spec = {}
    for axis in anchor:
        span |= {axis: {"value": 0}, f"{axis}2": {"value": "width" if axis == "x" else "height"}}
    label = {"type": "text", "baseline": "middle", "fontSize": 12, **text}
    halo = {"stroke": theme.background, "strokeWidth": 4, "strokeJoin": "round", "fill": theme.background}
    data = {"values": [datum]}
    encoding = {**anchor, "text": {"field": "words", "type": "nominal"}}
    return [
        {"data": data, "mark": {"type": "rule", **line}, "encoding": span},
        {"data": data, "mark": {**label, **halo}, "encoding": encoding},
        {"data": data, "mark": {**label, "fill": theme.text}, "encoding": encoding},
    ]
