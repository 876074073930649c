"""How the interval of a search narrowed: a bar for each round, by the models that the search had added."""

from bioner_core.charts.palette import SCHEMA, Spec, assign_styles, build_config, select_theme
from bioner_core.curves.points import NONE
from bioner_core.study.search import Search, SearchRound

_TOOLTIP_FIELDS = ("Models added", "Interval", "Factor")


def build_search_chart(search: Search, *, dark: bool = False, height: int = 150) -> Spec:
    """Build a chart of the 90 % interval of the widest row at each round that has one.

    :param height: in pixels.
    """
    theme, color = select_theme(dark=dark), assign_styles([NONE], dark=dark)[NONE].color
    values, n_models = [], 0
    for step in search.rounds:
        if step.low is not None and step.high is not None:
            values.append(_build_datum(step, n_models))
        n_models += len(step.jobs)
    tips = [{"field": tip, "type": "nominal"} for tip in _TOOLTIP_FIELDS]
    return {
        "$schema": SCHEMA,
        "description": f"90 % interval of the number to plan on in {len(values)} rounds of the search.",
        "width": "container",
        "height": height,
        "config": build_config(theme),
        "data": {"values": values},
        "mark": {"type": "rule", "strokeWidth": 4, "color": color},
        "encoding": {
            "x": {
                "field": "models",
                "type": "quantitative",
                "title": "Models that the search added",
                "axis": {"tickMinStep": 1, "grid": False},
                "scale": {"domain": [-0.5, n_models + 0.5], "nice": False},
            },
            "y": {
                "field": "low",
                "type": "quantitative",
                "title": "Sentences (90 %)",
                "axis": {"tickCount": 4},
                "scale": {"type": "log", "nice": False},
            },
            "y2": {"field": "high"},
            "tooltip": tips,
        },
    }


def _build_datum(step: SearchRound, n_models: int) -> Spec:
    return {
        "models": n_models,
        "low": max(1, step.low or 0),
        "high": max(1, step.high or 0),
        "Models added": f"{n_models:,}",
        "Interval": f"{step.low:,} to {step.high:,} sentences",
        "Factor": "" if step.ratio is None else f"{step.ratio:.2f}",
    }
