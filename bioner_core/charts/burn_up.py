"""Burn-up of a project: sentences annotated by day, the plan of each round, and when the goal is reached."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bioner_core.charts.palette import SCHEMA, Spec, assign_styles, build_config, select_theme
from bioner_core.curves.points import NONE

_PLAN = "plan"  # stands for the colour of a source
_TICKS = 8  # about so many days have a name
_TOOLTIP_FIELDS = ("What", "Day", "Sentences")


@dataclass(frozen=True, kw_only=True)
class PlanMark:
    """The number to plan on, as of a round; sentences to train on."""

    number: int  # of the round
    day: date
    n_train: int  # annotated by then
    n: int | None = None  # None where even all texts may not be enough, or nobody knows
    low: int | None = None  # 90 % interval
    high: int | None = None
    pool: int  # all sentences to train on


def build_burn_up_chart(
    marks: Sequence[PlanMark],
    progress: Sequence[tuple[date, int]],
    finish: tuple[date, date | None] | None,
    *,
    goal: str,
    dark: bool = False,
    height: int = 300,
) -> Spec:
    """Build the chart of a project.

    :param marks: of each round, the oldest first; at least one.
    :param progress: day and sentences annotated by then, in order.
    :param finish: when the goal of the last round is reached, at the earliest and the latest.
    :param goal: such as "99 %".
    :param height: in pixels.
    """
    theme = select_theme(dark=dark)
    styles = assign_styles([NONE, _PLAN], dark=dark)
    last = marks[-1]
    days = [mark.day for mark in marks] + [day for day, _ in progress]
    ends = [day for day in finish or () if day]
    first_day, last_day = min(days) - timedelta(days=1), max([*days, *ends]) + timedelta(days=1)
    ticks = {"interval": "day", "step": max(1, round((last_day - first_day).days / _TICKS))}
    is_left = last.day - first_day < last_day - last.day  # there is more room to the right
    label: Spec = {"text": f"plan for {goal}, 90 % interval", "color": theme.text}
    label |= {"align": "left", "dx": 8} if is_left else {"align": "right", "dx": -8}
    layers = [
        _build_progress(progress, styles[NONE].color),
        *_build_plans(_list_plans(marks, goal), styles[_PLAN].color, label),
        *_build_cone(last, finish, styles[NONE].color),
    ]
    top = max([mark.n_train for mark in marks] + [mark.high or mark.n or 0 for mark in marks])
    return {
        "$schema": SCHEMA,
        "description": (
            f"Sentences annotated in {len(marks)} rounds: {last.n_train:,} to train on by {last.day}; "
            f"the plan for {goal} is {'unknown' if last.n is None else f'{last.n:,}'}."
        ),
        "width": "container",
        "height": height,
        "config": build_config(theme),
        "encoding": {
            "x": {
                "field": "day",
                "type": "temporal",
                "title": None,
                "scale": {"type": "utc", "domain": [first_day.isoformat(), last_day.isoformat()]},
                "axis": {
                    "grid": False,
                    "labelOverlap": True,
                    "labelFlush": True,
                    "format": "%-d %b",
                    "tickCount": ticks,
                },
            },
            "y": {
                "type": "quantitative",
                "title": "sentences to train on",
                "scale": {"domain": [0, 1.12 * top or 1], "nice": False},
                "axis": {"tickCount": 5, "format": ",d"},
            },
        },
        "layer": layers,
    }


def _build_progress(progress: Sequence[tuple[date, int]], color: str) -> Spec:
    values = [
        {
            "day": day.isoformat(),
            "n": n,
            "What": "annotated",
            "Day": day.isoformat(),
            "Sentences": f"{n:,}",
        }
        for day, n in progress
    ]
    return {
        "data": {"values": values},
        "mark": {
            "type": "line",
            "interpolate": "step-after",
            "strokeWidth": 3,
            "color": color,
            "point": {"color": color, "size": 30},
        },
        "encoding": {"y": {"field": "n"}, "tooltip": _list_tips()},
    }


def _list_plans(marks: Sequence[PlanMark], goal: str) -> list[Spec]:
    """Return a datum for each round with a plan; one beyond all texts lies at their end."""
    values = []
    for mark in marks:
        if mark.n is None and mark.low is None:
            continue
        n = mark.pool if mark.n is None else mark.n
        high = mark.pool if mark.high is None else mark.high
        beyond = "more than " if mark.n is None else ""
        values.append(
            {
                "day": mark.day.isoformat(),
                "n": n,
                "low": mark.low or n,
                "high": max(high, n),
                "What": f"plan of round {mark.number} for {goal}",
                "Day": mark.day.isoformat(),
                "Sentences": f"{beyond}{n:,} ({mark.low or n:,} to {high:,})",
            }
        )
    return values


def _build_plans(values: list[Spec], color: str, label: Spec) -> list[Spec]:
    """Build the plan of each round as a dot with its interval; the last one has a label.

    :param label: text and mark properties.
    """
    if not values:
        return []
    named = [{**values[-1], "n": values[-1]["high"], "text": label["text"]}]
    properties = {name: value for name, value in label.items() if name != "text"}
    return [
        {
            "data": {"values": values},
            "mark": {"type": "rule", "strokeWidth": 2, "color": color},
            "encoding": {"y": {"field": "low"}, "y2": {"field": "high"}, "tooltip": _list_tips()},
        },
        {
            "data": {"values": values},
            "mark": {"type": "point", "shape": "diamond", "size": 90, "filled": True, "color": color},
            "encoding": {"y": {"field": "n"}, "tooltip": _list_tips()},
        },
        {
            "data": {"values": named},
            "mark": {"type": "text", "dy": 6, "fontSize": 12, **properties},
            "encoding": {"y": {"field": "n"}, "text": {"field": "text"}},
        },
    ]


def _build_cone(last: PlanMark, finish: tuple[date, date | None] | None, color: str) -> list[Spec]:
    """Build the lines from today's number to the goal: at the earliest, and at the latest."""
    if finish is None or last.n is None:
        return []
    earliest, latest = finish
    ends = [(earliest, last.n)] + ([(latest, last.high or last.pool)] if latest else [])
    values: list[Spec] = []
    for which, (day, n) in enumerate(ends):
        tip = {"What": ("earliest", "latest")[which], "Day": day.isoformat(), "Sentences": f"{n:,}"}
        values += [
            {"day": last.day.isoformat(), "n": last.n_train, "which": which, **tip},
            {"day": day.isoformat(), "n": n, "which": which, **tip},
        ]
    named_ends = values[1:2] if earliest == latest else values[1::2]
    labels = [{**of, "text": _format_day(date.fromisoformat(of["day"]))} for of in named_ends]
    return [
        {
            "data": {"values": values},
            "mark": {"type": "line", "strokeDash": [4, 4], "strokeWidth": 1.5, "color": color},
            "encoding": {"y": {"field": "n"}, "detail": {"field": "which"}, "tooltip": _list_tips()},
        },
        {
            "data": {"values": labels},
            "mark": {"type": "text", "align": "right", "dx": -4, "dy": -10, "fontSize": 12, "color": color},
            "encoding": {"y": {"field": "n"}, "text": {"field": "text"}},
        },
    ]


def _list_tips() -> list[Spec]:
    return [{"field": tip, "type": "nominal"} for tip in _TOOLTIP_FIELDS]


def _format_day(day: date) -> str:
    return f"{day.day} {day:%b}"
