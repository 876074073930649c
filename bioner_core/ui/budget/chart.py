"""The curves of the Budget page and the table of their sources: one selection."""

from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st

from bioner_core.charts.axes import AXES, UNITS, Axis, Unit, View, knows_mentions
from bioner_core.charts.curve_chart import PICK, curve_chart
from bioner_core.charts.fan import fan
from bioner_core.charts.palette import Spec, styles
from bioner_core.curves.budget import UNTOLD, Budget
from bioner_core.study.run import Run
from bioner_core.ui.budget import forecast as beyond
from bioner_core.ui.budget import source_table as cells
from bioner_core.ui.budget.answer import Answer
from bioner_core.ui.shared.address import addressed, one_of
from bioner_core.ui.shared.tables import take_row
from bioner_core.ui.shared.widgets import is_dark, name_width

_AXIS = {"linear": "linear", "log": "log", "error": "error (log-log)"}
_FAN = {"True": True, "False": False}


def source_chart(result: Answer, chosen: Budget, sources: Sequence[str], run: Run) -> Spec:
    """Draw the curves of all sources, the chosen one thick, with its forecast; a click on one chooses it.

    :returns: the chart as a picture on white paper wants it.
    """
    shown = result.beside(chosen)
    axis: Axis = addressed("axis", one_of(AXES), default="linear", what="axis")
    units = UNITS if knows_mentions(shown) else UNITS[:1]
    unit: Unit = addressed("unit", one_of(units), default="sentences", what="unit")
    usual = chosen.n_plan is None and chosen.status not in UNTOLD
    is_fan = addressed("fan", _FAN.__getitem__, default=usual, what="forecast")
    has_f1 = chosen.status != "no_test"  # else there is nothing to continue
    told = beyond.told(result.curve(chosen), run) if is_fan and has_f1 else None
    draw = partial(
        curve_chart,
        shown,
        result.rows,
        chosen=chosen.source,
        sources=sources,
        view=View(axis=axis, unit=unit),
        beyond=fan(result.curve(chosen), told) if told else None,
    )
    key = f"curves {chosen.source}"  # a new element, so that the old click does not linger
    st.vega_lite_chart(draw(dark=is_dark()), key=key, on_select=partial(_take_click, key))
    _controls(units)
    if told:
        st.html(f'<p class="note">{beyond.in_words(told, chosen)}</p>')
    return draw()


def _controls(units: Sequence[Unit]) -> None:
    """Draw how the chart is laid out."""
    with st.container(horizontal=True, vertical_alignment="center"):
        of = partial(st.segmented_control, required=True, label_visibility="collapsed")
        of("Scale", AXES, key="axis", format_func=_AXIS.__getitem__)
        if len(units) > 1:
            of("Counted in", units, key="unit")
        st.toggle("Forecast", key="fan", help="What the chosen curve will do beyond its last point.")


def _take_click(key: str) -> None:
    """Choose the source whose curve was clicked."""
    picked = st.session_state[key]["selection"].get(PICK) or [{}]
    if "source" in picked[0]:
        st.session_state["source"] = picked[0]["source"]


def source_table(rows: Sequence[Budget], chosen: Budget, sources: Sequence[str]) -> None:
    """Show a row a source; the one that is selected is the one that is drawn."""
    look = styles(sources, dark=is_dark())
    table = pd.DataFrame([cells.table_row(row, look[row.source].glyph) for row in rows]).fillna("–")
    widths = {"": 40, "Source": name_width([row.source for row in rows])}
    colors = [f"color: {look[row.source].color}" for row in rows]
    st.session_state["sources"] = {"selection": {"rows": [list(rows).index(chosen)]}}
    st.dataframe(
        table.style.apply(lambda _: colors, subset=[""]),
        key="sources",
        hide_index=True,
        on_select=partial(take_row, "sources", [row.source for row in rows], "source"),
        selection_mode="single-row-required",
        column_config={
            name: st.column_config.TextColumn(help=text, width=widths.get(name))
            for name, text in cells.COLUMNS.items()
        },
        alt="Sources, the sentences to plan on from each, and what it saves",
    )
