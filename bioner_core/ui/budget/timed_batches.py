"""Two timed batches on the Budget page: what correcting a system's annotations takes."""

import streamlit as st

from bioner_core.analysis.pre_annotation import measure_systems
from bioner_core.answers.wording.pre_annotation import describe_pre_annotation, describe_timed_batches
from bioner_core.costs.pre_annotation import TimedBatch, apply_timed_batches
from bioner_core.costs.rates import load_rates, save_rates
from bioner_core.curves.budget import Budget
from bioner_core.study.run import Run
from bioner_core.ui.budget.help_texts import CORRECTION
from bioner_core.ui.budget.system import load_quiet_rates
from bioner_core.ui.shared.shell import escape_markdown


def compare_batches(run: Run, chosen: Budget) -> None:
    """Draw the fields of two batches, and say what they tell; on request they set the rates of Settings."""
    measured = measure_systems(run, chosen.target, run.curves())
    systems = {system.name: system for system in sorted(measured, key=lambda of: -of.proposals.f1)}
    st.markdown(CORRECTION)
    if not systems:
        st.caption("Add the predictions of a system first, on the test part or on training texts.")
        return
    name = st.selectbox("System whose annotations are corrected", list(systems), key="corrected", width=330)
    if text := describe_pre_annotation(systems[name], chosen.n_plan, load_quiet_rates()):
        st.markdown(escape_markdown(text))
    without = _draw_batch("Annotated from nothing", "without")
    corrected = _draw_batch("Corrected", "with")
    if without is None or corrected is None:
        return
    rates = apply_timed_batches(without, corrected, systems[name].proposals, load_rates())
    st.markdown(escape_markdown(describe_timed_batches(without, corrected, rates)))
    if st.button(
        "Use for hours",
        key="use batches",
        icon=":material/timer:",
        help="Sets speed and share of marking under Settings, for all pages.",
    ):
        save_rates(rates)
        st.rerun()


def _draw_batch(label: str, key: str) -> TimedBatch | None:
    """Draw sentences and minutes of a batch; None while one is missing."""
    with st.container(horizontal=True, gap="small"):
        n = st.number_input(
            f"{label}: sentences", 1, 100_000, None, step=10, key=f"batch {key}", width=240, placeholder="50"
        )
        minutes = st.number_input(
            "Minutes of one person",
            0.1,
            100_000.0,
            None,
            step=1.0,
            key=f"minutes {key}",
            width=200,
            placeholder="30",
        )
    return TimedBatch(n_sentences=n, minutes=minutes) if n and minutes else None
