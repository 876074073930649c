"""The curves of the Budget page and the table of their sources: one selection."""

from collections.abc import Sequence
from functools import partial

import pyarrow as pa
import streamlit as st

from bioner_core.analysis.break_even import ExternalScore, select_run_scores
from bioner_core.answers.wording.budgets import build_source_row, format_plan_or_best
from bioner_core.answers.wording.forecasts import describe_forecast
from bioner_core.charts.axes import (
    AXIS_SCALES,
    UNITS,
    AxisScale,
    AxisView,
    Unit,
    choose_scale,
    has_mention_counts,
)
from bioner_core.charts.curve_chart import CLICK_SELECTION, build_curve_chart
from bioner_core.charts.fan import build_fan
from bioner_core.charts.palette import Spec, assign_styles
from bioner_core.charts.smooth_curves import build_smooth_curves
from bioner_core.computed_once import compute_once
from bioner_core.curves.budget import Budget
from bioner_core.curves.curve import Curve
from bioner_core.curves.exclusion import UNANSWERABLE
from bioner_core.forecast.forecast import DEFAULT_POOL, Forecast
from bioner_core.study.run import Run
from bioner_core.ui.budget.answer import BudgetAnswer
from bioner_core.ui.budget.help_texts import SOURCE_COLUMNS
from bioner_core.ui.shared.address import bind_to_address, parse_option
from bioner_core.ui.shared.curve_forecast import forecast_cached
from bioner_core.ui.shared.drawing import Drawing
from bioner_core.ui.shared.markup import render_headline
from bioner_core.ui.shared.tables import select_row, show_table
from bioner_core.ui.shared.widgets import fit_name_width, is_dark

_AXIS_LABELS = {"linear": "linear", "log": "log", "error": "error (log-log)"}
_FAN = {"True": True, "False": False}


def show_chart(answer: BudgetAnswer, chosen: Budget, sources: Sequence[str], run: Run) -> Spec:
    """Draw the curves of all sources, the chosen one thick, with its forecast; a click on one chooses it.

    :returns: the chart for a picture on white paper.
    """
    curves = answer.source_curves(chosen)
    axis: AxisScale = bind_to_address(
        "axis", parse_option(AXIS_SCALES), default=choose_scale(answer.curve(chosen)), what="axis"
    )
    units = UNITS if has_mention_counts(curves) else UNITS[:1]
    unit: Unit = bind_to_address("unit", parse_option(units), default="sentences", what="unit")
    is_default = chosen.n_plan is None and chosen.status not in UNANSWERABLE
    has_fan = bind_to_address("fan", _FAN.__getitem__, default=is_default, what="forecast")
    has_f1 = chosen.status != "no_test"  # else there is nothing to continue
    curve = answer.curve(chosen)
    forecast = forecast_cached(curve, run, pool=choose_pool(curve)) if has_fan and has_f1 else None
    view, systems = AxisView(scale=axis, unit=unit), select_run_scores(run, curve)
    draw = partial(_draw_answer, answer, chosen, tuple(sources), view, forecast, systems)
    drawing = draw(is_dark())
    key = f"curves {chosen.source}"  # a new element, so that the old click does not linger
    st.vega_lite_chart(drawing.sent, key=key, on_select=partial(_choose_clicked, key))
    _show_controls(units)
    if forecast:
        text = describe_forecast(forecast, chosen.fraction or 0.99)
        st.html(f'<p class="note">{render_headline(text)}</p>')
    return draw(False).spec


@compute_once(maxsize=128)
def _draw_answer(
    answer: BudgetAnswer,
    chosen: Budget,
    sources: tuple[str, ...],
    view: AxisView,
    forecast: Forecast | None,
    systems: tuple[ExternalScore, ...],
    dark: bool,
) -> Drawing:
    """Draw the curves of an answer once for all sessions."""
    curves, curve = answer.source_curves(chosen), answer.curve(chosen)
    spec = build_curve_chart(
        curves,
        answer.rows,
        chosen=chosen.source,
        sources=sources,
        view=view,
        smooth=build_smooth_curves(curves, answer.noise, chosen=chosen.source),
        fan=build_fan(curve, forecast) if forecast else None,
        systems=systems,
        dark=dark,
    )
    return Drawing(spec)


def choose_pool(curve: Curve) -> int | None:
    """Return how far to forecast a curve, which must be beyond full data; None is the default."""
    full = curve.full_reference
    return 2 * full.n if full and full.n >= DEFAULT_POOL else None


def _show_controls(units: Sequence[Unit]) -> None:
    """Draw the controls of the axes and of the forecast."""
    with st.container(horizontal=True, vertical_alignment="center"):
        choose = partial(st.segmented_control, required=True, label_visibility="collapsed")
        choose("Scale", AXIS_SCALES, key="axis", format_func=_AXIS_LABELS.__getitem__)
        if len(units) > 1:
            choose("Counted in", units, key="unit")
        st.toggle("Forecast", key="fan", help="Continues the chosen curve beyond its last point.")


def _choose_clicked(key: str) -> None:
    """Choose the source whose curve was clicked."""
    picked = st.session_state[key]["selection"].get(CLICK_SELECTION) or [{}]
    if "source" in picked[0]:
        st.session_state["source"] = picked[0]["source"]


def show_sources(answer: BudgetAnswer, chosen: Budget, sources: Sequence[str]) -> None:
    """Show a row for each source; selecting a row chooses the source."""
    names, looks = [row.source for row in answer.rows], assign_styles(sources, dark=is_dark())
    st.session_state["sources"] = {"selection": {"rows": [names.index(chosen.source)]}}
    widths = {"Source": fit_name_width(names)}
    markers = st.column_config.MultiselectColumn(
        help=SOURCE_COLUMNS["Line"],
        width=46,
        options=names,
        color=[looks[name].color for name in names],
        format_func=lambda name: looks[name].glyph,
    )
    texts = {
        name: st.column_config.TextColumn(help=text, width=widths.get(name))
        for name, text in SOURCE_COLUMNS.items()
    }
    show_table(
        _tabulate_sources(answer),
        key="sources",
        on_select=partial(select_row, "sources", names, "source"),
        selection_mode="single-row-required",
        column_config={**texts, "Line": markers},
        alt="Sources, the sentences to plan on with each, and how many it saves",
    )


@compute_once(maxsize=128)
def _tabulate_sources(answer: BudgetAnswer) -> pa.Table:
    """Write the table of sources once for all sessions, as Arrow, which needs no conversion at a rerun."""
    has_interval = any(row.n_high_beyond is not None for row in answer.rows)
    hidden = {"Best F1", "Stays" if has_interval else "95 % sure"}
    rows = [
        {"Line": [row.source], **build_source_row(row), "Plan": format_plan_or_best(row)}
        for row in answer.rows
    ]
    names = [name for name in dict.fromkeys(key for row in rows for key in row) if name not in hidden]
    return pa.table({name: [row.get(name, "–") for row in rows] for name in names})
