"""The heat maps of the Transfer page: what is asked, the run's own, and those of other runs beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import streamlit as st

from bioner_core.analysis.transfer import Measure, Transfer, transfer_of, transfers
from bioner_core.answers.wording import entity as entity_in_words
from bioner_core.charts.curve_chart import PICK
from bioner_core.charts.heatmap import MEASURES, transfer_heatmap
from bioner_core.curves.curve import Curve
from bioner_core.curves.points import NONE
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore
from bioner_core.ui.shared import markup as plain
from bioner_core.ui.shared.shell import md
from bioner_core.ui.shared.tables import csv_button
from bioner_core.ui.shared.widgets import choose, choose_entity, is_dark, several, switch


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the controls ask for."""

    model: str
    method: str
    entity: str
    measure: Measure


def has_cell(run: Run) -> list[Curve]:
    """Return the curves of a run that have a place in the matrix."""
    return [curve for curve in run.curves() if transfer_of(curve)]


def ask(found: Sequence[Curve]) -> Asked:
    """Draw the controls; the model that was tried on most pairs of corpora comes first."""
    models = {plain.model(c): (c.model, c.method) for c in found}
    ranked = sorted(models, key=lambda name: (-_tried(found, models[name]), name))
    model, method = models[choose("Model", ranked) if len(ranked) > 1 else ranked[0]]
    own = {c.entity for c in found if (c.model, c.method) == (model, method)}
    entity = choose_entity([*own])
    measure = switch("Measure", ("f1", "precision", "recall"), titles=MEASURES)
    return Asked(model=model, method=method, entity=entity, measure=measure)  # type: ignore[arg-type]


def _tried(found: Sequence[Curve], model: tuple[str, str]) -> int:
    return sum((curve.model, curve.method) == model for curve in found)


def shown(found: Sequence[Curve], asked: Asked) -> list[Curve]:
    """Return the curves of the view."""
    key = (asked.model, asked.method, asked.entity)
    return [curve for curve in found if (curve.model, curve.method, curve.entity) == key]


def best_help(found: Sequence[Curve]) -> Transfer | None:
    """Return the pair with the highest zero-shot F1; None where no corpus was tried on another one."""
    pairs = [cell for cell in transfers(found) if not cell.is_inside]
    tried = [cell for cell in pairs if cell.is_tested]
    return max(tried, key=lambda cell: cell.size.f1, default=None)


def told(best: Transfer | None, found: Sequence[Curve]) -> str:
    """Return the pair in a sentence (HTML)."""
    cells = transfers(found)
    if cells and not any(cell.is_tested for cell in cells):
        return "No test part of this view has a mention of this type, so nothing tells which corpus helps."
    if best is None:
        return "No corpus of this view was tried on another one yet; what each gives by itself is below."
    inside = next((c.full_f1 for c in found if c.target == best.test and c.source == NONE), None)
    own = "" if inside is None else f", against {plain.percent(inside)} when trained on it"
    return (
        f"<b>{plain.named(best.train)} helps {plain.named(best.test)} most</b> for "
        f"{plain.entity(best.entity)}: trained on {plain.named(best.train)} alone, F1 on "
        f"{plain.named(best.test)} is {plain.percent(best.size.f1)}{own}."
    )


def heat_map(found: Sequence[Curve], run: Run, asked: Asked) -> None:
    """Draw trained on × tested on; a click makes the corpus tested on the target."""
    if any(cell.is_tested for cell in transfers(found)):
        chart = transfer_heatmap(found, measure=asked.measure, dark=is_dark())
        st.vega_lite_chart(chart, key="heat", on_select=partial(_take_cell, "heat"))
        st.caption(
            "Framed: trained on the corpus itself. Elsewhere: zero-shot, no sentence of the corpus tested "
            "on. A cell that is clicked shows its curve and sentences below."
        )
    rows = [cell.record() for cell in transfers(has_cell(run))]
    csv_button("All scores as CSV", rows, name=f"{run.name} transfer", key="download transfer")


def _take_cell(key: str) -> None:
    """Make the corpora of the clicked cell target and source, and open what is known of the two."""
    picked = st.session_state[key]["selection"].get(PICK) or [{}]
    if "test" in picked[0]:
        target, train = picked[0]["test"], picked[0]["train"]
        st.session_state["target"] = target
        st.query_params["source"] = NONE if train == target else train  # its choice may not be drawn yet
        st.session_state["pair"] = True


def others_beside(store: RunStore, run: Run) -> tuple[str, ...]:
    """Draw the choice of other runs to show beside one; their names stand in the address."""
    names = [name for name in store.names() if name != run.name]
    hint = "Other runs, such as other models on the same corpora."
    return several("Beside", names, titles={}, hint=hint, what="other runs beside")


def beside(others: Sequence[Run], asked: Asked) -> None:
    """Draw the heat maps of other runs, each of the model that was tried on most pairs."""
    for at in range(0, len(others), 2):
        for column, run in zip(st.columns(2, gap="medium"), others[at : at + 2], strict=False):
            with column:
                _other(run, asked)


def _other(run: Run, asked: Asked) -> None:
    found = [curve for curve in has_cell(run) if curve.entity == asked.entity]
    if not found:
        st.caption(f"{md(run.title)} has no scores of {md(entity_in_words(asked.entity))}.")
        return
    first = max(found, key=lambda curve: _tried(found, (curve.model, curve.method)))
    of_model = [curve for curve in found if (curve.model, curve.method) == (first.model, first.method)]
    st.markdown(f"**{md(run.title)}**, {md(plain.model(first))}")
    chart = transfer_heatmap(of_model, measure=asked.measure, dark=is_dark())
    st.vega_lite_chart(chart, key=f"heat of {run.name}")
