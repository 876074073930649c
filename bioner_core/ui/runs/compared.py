"""Compare runs: differences in their plans, a verdict, their curves in one chart, and a table."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from bioner_core.analysis.break_even import select_run_scores
from bioner_core.answers.run_comparison import (
    ComparedRun,
    compare_runs,
    list_common_curves,
    list_differences,
)
from bioner_core.answers.wording.run_comparison import (
    build_comparison_row,
    build_system_comparison_row,
    describe_comparison,
)
from bioner_core.charts.axes import AxisView, choose_scale
from bioner_core.charts.curve_chart import build_curve_chart, name_source
from bioner_core.charts.smooth_curves import SmoothCurve, build_smooth_curves
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore
from bioner_core.ui.shared.shell import escape_markdown
from bioner_core.ui.shared.tables import show_table
from bioner_core.ui.shared.widgets import choose_option, choose_several, is_dark


def show_comparison(run: Run, store: RunStore) -> None:
    """Draw the choice of other runs and of a curve that all have, and compare them."""
    names = [name for name in store.names() if name != run.name]
    if not names:
        st.caption("There is no other run to compare with.")
        return
    hint = "One run or more; each is compared with the run that is shown."
    others = [store.open(name) for name in choose_several("Other", names, titles={}, hint=hint)]
    if not others:
        st.caption("Choose one run or more. Then their curves, plans and F1 stand side by side.")
        return
    common = list_common_curves([run, *others])
    if not common:
        st.info("These runs have no curve of the same target, entity type and source.")
        return
    titles = {f"{key[0]}, {key[1]}, {name_source(key[2])}": key for key in common}
    curve = titles[choose_option("Curve", list(titles), width=420)]
    compared = compare_runs([run, *others], curve, store)
    st.markdown(f"**{escape_markdown(describe_comparison(compared))}**")
    for other in others:
        for difference in list_differences(run.study, other.study):
            st.markdown(f"- {escape_markdown(f'{other.name}: {difference}')}")
    _show_curves(compared)
    first = compared[0]
    systems = select_run_scores(first.run, first.curve)
    rows = [build_comparison_row(item) for item in compared]
    rows += [build_system_comparison_row(score, first) for score in systems]
    show_table(rows, key="compared runs")
    st.caption("Each plan is for 99 % of the run's own full F1, on its smoothed curve.")


def _show_curves(compared: Sequence[ComparedRun]) -> None:
    """Show the curves, each under its run's name, with the plan of the first."""
    first = compared[0]
    chart = build_curve_chart(
        [replace(item.curve, source=item.run.name) for item in compared],
        [replace(item.budget, source=item.run.name) for item in compared],
        chosen=first.run.name,
        sources=[item.run.name for item in compared],
        view=AxisView(scale=choose_scale(first.curve)),
        smooth=[curve for item in compared for curve in _smooth_run(item, has_band=item == first)],
        systems=select_run_scores(first.run, first.curve),
        dark=is_dark(),
    )
    st.vega_lite_chart(chart, key="pair")


def _smooth_run(compared: ComparedRun, *, has_band: bool) -> list[SmoothCurve]:
    """Return the smoothed curve of a run under the run's name; none for too few sizes."""
    source = compared.curve.source
    smooth = build_smooth_curves(compared.curves, compared.noise, chosen=source if has_band else "")
    return [replace(curve, source=compared.run.name) for curve in smooth if curve.source == source]
