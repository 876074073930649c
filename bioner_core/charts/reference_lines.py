"""Lines across a chart of curves, each with its label: full data, the goal, the plan."""

from bioner_core.charts.axes import View
from bioner_core.charts.palette import Ink, Spec
from bioner_core.curves.budget import Budget


def goal_rules(answer: Budget | None, view: View, theme: Ink) -> list[Spec]:
    """Return lines at the full F1 and at the goal, labelled above and below so that they never collide."""
    up = -1 if view.is_error else 1  # a higher F1 is a lower error
    if answer is None:
        return []
    goal = f"{100 * answer.fraction:.4g} %" if answer.fraction else "goal"
    lines = [
        (answer.full_f1, "full data", [1, 0]),
        (answer.target_f1, goal, [6, 4]),
    ]
    known = sorted((line for line in lines if line[0] is not None), key=lambda line: -(line[0] or 0))
    layers = []
    for (f1, words, dash), dy in zip(known, (-8, 9), strict=False):
        layers += _ruled(
            {view.y: view.height(f1 or 0), "words": f"{words}: {100 * (f1 or 0):.1f}"},
            {"x": {"value": 6}},
            {"color": theme.quiet, "strokeWidth": 1.2, "strokeDash": dash},
            {"dy": up * dy, "align": "left"},
            theme,
        )
    return layers


def plan_rule(answer: Budget | None, at: float | None, view: View, theme: Ink) -> list[Spec]:
    """Return the upright line at the number to plan on.

    :param at: its place across; None where it has none.
    """
    if answer is None or answer.n_plan is None or at is None:
        return []
    is_right = answer.n_max is not None and answer.n_plan > 0.7 * answer.n_max
    return _ruled(
        {view.x: at, "words": f"plan on {answer.n_plan:,}"},
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


def _ruled(datum: Spec, place: Spec, rule: Spec, text: Spec, theme: Ink) -> list[Spec]:
    """Return a line across the plot and its label, on a halo of the ground that keeps curves off it."""
    across: Spec = {}
    for axis in place:
        across |= {axis: {"value": 0}, f"{axis}2": {"value": "width" if axis == "x" else "height"}}
    label = {"type": "text", "baseline": "middle", "fontSize": 12, **text}
    halo = {"stroke": theme.ground, "strokeWidth": 4, "strokeJoin": "round", "fill": theme.ground}
    data = {"values": [datum]}
    words = {**place, "text": {"field": "words", "type": "nominal"}}
    return [
        {"data": data, "mark": {"type": "rule", **rule}, "encoding": across},
        {"data": data, "mark": {**label, **halo}, "encoding": words},
        {"data": data, "mark": {**label, "fill": theme.text}, "encoding": words},
    ]
