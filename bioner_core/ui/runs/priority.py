"""The choice of a run's priority among the runs that share this machine."""

import streamlit as st

from bioner_core.study.run import Run
from bioner_core.study.run_state import RunState
from bioner_core.study.wishes import PRIORITIES


def offer_priority(run: Run, state: RunState) -> None:
    """Draw the choice while a worker is running; it holds from the next model on."""
    if not state.is_live or run.is_read_only:
        return
    st.segmented_control(
        "Priority",
        PRIORITIES,
        default=run.priority,
        format_func=str.capitalize,
        required=True,
        key=f"priority {run.name}",
        on_change=lambda: run.set_priority(st.session_state[f"priority {run.name}"]),
        help="Where several runs share this machine, high ones go first, low ones last. Equals take turns.",
    )
