"""The heat maps of the Transfer page: the controls, the run's map, and those of other runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import streamlit as st

from bioner_core.analysis.transfer import Measure, Transfer, build_transfer, list_transfers
from bioner_core.answers.wording.names import describe_entity, describe_model
from bioner_core.answers.wording.numbers import format_percent
from bioner_core.charts.curve_chart import CLICK_SELECTION
from bioner_core.charts.heatmap import MEASURES, build_transfer_heatmap
from bioner_core.curves.curve import Curve
from bioner_core.curves.points import NONE
from bioner_core.study.run import Run
from bioner_core.study.run_corpora import describe_run_corpora
from bioner_core.study.store import RunStore
from bioner_core.ui.shared.explanations import explain_corpora
from bioner_core.ui.shared.markup import render_entity, render_name
from bioner_core.ui.shared.shell import escape_markdown
from bioner_core.ui.shared.tables import offer_csv
from bioner_core.ui.shared.widgets import choose_button, choose_entity, choose_option, choose_several, is_dark


@dataclass(frozen=True, kw_only=True)
class TransferView:
    """The values of the controls."""

    model: str
    method: str
    entity: str
    measure: Measure


def select_matrix_curves(run: Run) -> list[Curve]:
    """Return the curves of a run that have a cell in the matrix."""
    return [curve for curve in run.curves() if build_transfer(curve)]


def choose_view(curves: Sequence[Curve]) -> TransferView:
    """Draw the controls; the model with most curves comes first."""
    models = {describe_model(c): (c.model, c.method) for c in curves}
    ranked = sorted(models, key=lambda name: (-_count_curves(curves, models[name]), name))
    model, method = models[choose_option("Model", ranked) if len(ranked) > 1 else ranked[0]]
    entities = {c.entity for c in curves if (c.model, c.method) == (model, method)}
    entity = choose_entity([*entities])
    measure = choose_button("Measure", ("f1", "precision", "recall"), titles=MEASURES)
    return TransferView(model=model, method=method, entity=entity, measure=measure)


def _count_curves(curves: Sequence[Curve], model: tuple[str, str]) -> int:
    return sum((curve.model, curve.method) == model for curve in curves)


def select_curves(curves: Sequence[Curve], view: TransferView) -> list[Curve]:
    """Return the curves of the chosen model and entity."""
    key = (view.model, view.method, view.entity)
    return [curve for curve in curves if (curve.model, curve.method, curve.entity) == key]


def find_best_pair(curves: Sequence[Curve]) -> Transfer | None:
    """Return the pair with the highest zero-shot F1; None without a zero-shot score."""
    pairs = [cell for cell in list_transfers(curves) if not cell.is_in_corpus]
    tested = [cell for cell in pairs if cell.is_tested]
    return max(tested, key=lambda cell: cell.size.f1, default=None)


def render_best_pair(best: Transfer | None, curves: Sequence[Curve]) -> str:
    """Render the best pair as a sentence (HTML)."""
    cells = list_transfers(curves)
    if cells and not any(cell.is_tested for cell in cells):
        return "No test part of this view has a mention of this type, so we cannot tell which corpus helps."
    if best is None:
        return "No model of this view was tested on another corpus yet; scores within each corpus are below."
    full_f1 = next((c.full_f1 for c in curves if c.target == best.test and c.source == NONE), None)
    comparison = "" if full_f1 is None else f", compared with {format_percent(full_f1)} when trained on it"
    return (
        f"<b>Without its own sentences, {render_name(best.test)} is recognised best</b> from "
        f"{render_name(best.train)}: trained on {render_name(best.train)} alone, F1 for "
        f"{render_entity(best.entity)} is {format_percent(best.size.f1)}{comparison}."
    )


def show_heatmap(curves: Sequence[Curve], run: Run, view: TransferView) -> None:
    """Show the heat map, trained on × tested on; a click on a cell opens its pair."""
    if any(cell.is_tested for cell in list_transfers(curves)):
        chart = build_transfer_heatmap(curves, measure=view.measure, dark=is_dark())
        st.vega_lite_chart(chart, key="heat", on_select=partial(_open_cell, "heat"))
        st.caption(
            "Framed: trained on the corpus itself. Other cells: zero-shot, trained without any sentence of "
            "the tested corpus. Click a cell to see its curve and example sentences below."
        )
    with st.popover("What do the names mean?", type="tertiary", key="names"):
        st.markdown(explain_corpora(describe_run_corpora(run)))
    rows = [cell.record() for cell in list_transfers(select_matrix_curves(run))]
    offer_csv("All scores as CSV", rows, name=f"{run.name} transfer", key="download transfer")


def _open_cell(key: str) -> None:
    """Make the corpora of the clicked cell target and source, and open the pair."""
    selected = st.session_state[key]["selection"].get(CLICK_SELECTION) or [{}]
    if "test" in selected[0]:
        target, train = selected[0]["test"], selected[0]["train"]
        st.session_state["target"] = target
        st.query_params["source"] = NONE if train == target else train  # the select box may not be drawn yet
        st.session_state["pair"] = True


def choose_other_runs(store: RunStore, run: Run) -> tuple[str, ...]:
    """Draw the choice of other runs to show beside one; their names stand in the address."""
    names = [name for name in store.names() if name != run.name]
    hint = "Other runs, such as other models on the same corpora."
    return choose_several("Beside", names, titles={}, hint=hint, what="other runs beside")


def show_other_heatmaps(others: Sequence[Run], view: TransferView) -> None:
    """Draw the heat maps of other runs, each of the model that was tried on most pairs."""
    for at in range(0, len(others), 2):
        for column, run in zip(st.columns(2, gap="medium"), others[at : at + 2], strict=False):
            with column:
                _show_other_heatmap(run, view)


def _show_other_heatmap(run: Run, view: TransferView) -> None:
    curves = [curve for curve in select_matrix_curves(run) if curve.entity == view.entity]
    if not curves:
        st.caption(
            f"{escape_markdown(run.title)} has no scores of {escape_markdown(describe_entity(view.entity))}."
        )
        return
    first = max(curves, key=lambda curve: _count_curves(curves, (curve.model, curve.method)))
    of_model = [curve for curve in curves if (curve.model, curve.method) == (first.model, first.method)]
    st.markdown(f"**{escape_markdown(run.title)}**, {escape_markdown(describe_model(first))}")
    chart = build_transfer_heatmap(of_model, measure=view.measure, dark=is_dark())
    st.vega_lite_chart(chart, key=f"heat of {run.name}")
