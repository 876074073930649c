"""Labelled reference lines of a chart of curves: full data, the goal, the plan, and external systems."""

from collections.abc import Sequence

from bioner_core.analysis.break_even import ExternalScore
from bioner_core.charts.axes import AxisView
from bioner_core.charts.palette import Spec, Theme
from bioner_core.curves.budget import Budget

MAX_SYSTEMS = 5  # lines of external systems
_MIDDLE = 0.45  # of the axis
_LABEL_F1 = 0.025  # F1 that the height of a label takes
_BAR_STEP = 8  # pixels between the intervals of two systems


def build_goal_lines(
    answer: Budget | None, view: AxisView, theme: Theme, *, end: float, full_name: str
) -> tuple[list[Spec], list[Spec]]:
    """Build horizontal lines at full data and at the goal of the plan, with labels.

    Both are on the smoothed curve without pretraining, as the plan is; where full F1 is not known, or the
    goal is an F1, each line has its own label, above and below to keep them apart.

    :param end: the largest x value of the axis.
    :param full_name: of the sentences whose F1 the goal is a share of.
    :returns: lines, and labels to draw over the curves.
    """
    if answer is None:
        return [], []
    up = -1 if view.is_error else 1  # a higher F1 is a lower error
    full_f1 = answer.full_f1 if answer.plan_full_f1 is None else answer.plan_full_f1
    lines = [(full_f1, full_name, [1, 0]), (answer.plan_goal_f1, "goal", [6, 4])]
    visible_lines = sorted((line for line in lines if line[0] is not None), key=lambda line: -(line[0] or 0))
    rules, labels = list[Spec](), list[Spec]()
    for (f1, name, dash), dy in zip(visible_lines, (-8, 9), strict=False):
        rule, *texts = _build_labelled_line(
            {view.y: view.compute_y(f1 or 0), "words": f"{name}: {100 * (f1 or 0):.1f}"},
            {"x": {"value": 6}},
            {"color": theme.muted, "strokeWidth": 1.2, "strokeDash": dash},
            {"dy": up * dy, "align": "left"},
            theme,
        )
        rules.append(rule)
        labels += texts
    if answer.fraction is not None and answer.plan_full_f1 is not None:
        labels = _build_shared_label(answer, end, view, theme, full_name=full_name)
    return rules, labels


def _build_shared_label(
    answer: Budget, end: float, view: AxisView, theme: Theme, *, full_name: str
) -> list[Spec]:
    """Build one label of both lines where no thick curve passes: above its beginning, or below its end."""
    goal, full, up = answer.plan_goal_f1 or 0, answer.plan_full_f1 or 0, -1 if view.is_error else 1
    is_left = answer.n_plan is None or view.compute_share(answer.n_plan, end) > _MIDDLE
    is_mean = round(1000 * full) == round(1000 * (answer.full_f1 or 0))
    words = f"{full_name}{'' if is_mean else ', smoothed'}: {100 * full:.1f}"
    words += f"; {100 * (answer.fraction or 0):.4g} % of it: {100 * goal:.1f}"
    anchor = {"x": {"value": 6 if is_left else "width"}}
    text = {"dy": -8 * up, "align": "left"} if is_left else {"dy": 10 * up, "dx": -6, "align": "right"}
    datum = {view.y: view.compute_y(full if is_left else goal), "words": words}
    return _build_labelled_line(datum, anchor, {}, text, theme)[1:]


def build_plan_line(
    answer: Budget | None, x: float | None, end: float, view: AxisView, theme: Theme
) -> list[Spec]:
    """Build the vertical line at the number to plan on; beyond the axis only its label, with an arrow.

    :param x: x value of the plan; None where it cannot be drawn.
    :param end: largest x value of the axis.
    """
    if answer is None or answer.n_plan is None or x is None:
        return []
    is_right, is_beyond = x > 0.7 * end, x > end
    layers = _build_labelled_line(
        {view.x: min(x, end), "words": f"plan on {answer.n_plan:,}{' →' if is_beyond else ''}"},
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
    return layers[1:] if is_beyond else layers


def select_visible(
    scores: Sequence[ExternalScore], view: AxisView, domain: Sequence[float]
) -> list[ExternalScore]:
    """Return the first few external systems whose F1 lies on the axis.

    :param domain: the ends of the axis, in its unit.
    """
    low, high = sorted(domain)
    return [score for score in scores if low <= view.compute_y(score.point.f1) <= high][:MAX_SYSTEMS]


def build_system_lines(
    scores: Sequence[ExternalScore], view: AxisView, theme: Theme
) -> tuple[list[Spec], list[Spec]]:
    """Build the horizontal lines of external systems, each with its 90 % interval as a bar at the right end.

    Lines that lie close together share a label.

    :returns: lines, and labels to draw over the curves.
    """
    up, lines, labels = -1 if view.is_error else 1, list[Spec](), list[Spec]()
    scores = sorted(scores, key=lambda score: -score.point.f1)
    dx = -_BAR_STEP * (len(scores) - 1) - 8  # left of the bars
    for group in _group_close(scores):
        f1 = group[-1].point.f1  # the label lies below the lowest line
        _, *texts = _build_labelled_line(
            {view.y: view.compute_y(f1), "words": "; ".join(map(_name_system, group))},
            {"x": {"value": "width"}},
            {},
            {"dy": 10 * up, "dx": dx, "align": "right"},
            theme,
        )
        labels += texts
    for number, score in enumerate(scores):
        lines += _build_system_line(score, view, theme, x=-_BAR_STEP * number)
    return lines, labels


def _group_close(scores: Sequence[ExternalScore]) -> list[list[ExternalScore]]:
    """Group scores by descending F1, so that labels of different groups do not touch."""
    groups: list[list[ExternalScore]] = []
    for score in scores:
        if groups and groups[-1][-1].point.f1 - score.point.f1 < _LABEL_F1:
            groups[-1].append(score)
        else:
            groups.append([score])
    return groups


def _name_system(score: ExternalScore) -> str:
    return f"{score.point.model}: {100 * score.point.f1:.1f}"


def _build_system_line(score: ExternalScore, view: AxisView, theme: Theme, *, x: int) -> list[Spec]:
    """Build the line of a system, and the bar of its interval ``x`` pixels from the right end."""
    line, *_ = _build_labelled_line(
        {view.y: view.compute_y(score.point.f1), "words": ""},
        {"x": {"value": "width"}},
        {"color": theme.muted, "strokeWidth": 1.6, "strokeDash": [1, 3]},
        {},
        theme,
    )
    if score.interval is None:
        return [line]
    low, high = map(view.compute_y, score.interval)
    bar = {
        "data": {"values": [{view.y: low, "end": high}]},
        "mark": {"type": "rule", "color": theme.muted, "strokeWidth": 5, "clip": True, "xOffset": x},
        "encoding": {"x": {"value": "width"}, "y2": {"field": "end"}},
    }
    return [line, bar]


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
