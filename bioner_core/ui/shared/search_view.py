"""A search as a page shows it: what is known by now, how its interval narrowed, and its models' reasons."""

import streamlit as st

from bioner_core.answers.wording.search import describe_search, name_row
from bioner_core.charts.search_chart import build_search_chart
from bioner_core.study.plan import Study
from bioner_core.study.run_state import RunState
from bioner_core.ui.shared.shell import escape_markdown
from bioner_core.ui.shared.tables import show_table
from bioner_core.ui.shared.widgets import is_dark

MIN_ROUNDS = 2  # with an interval, before a chart shows how it narrowed


def count_models_to_come(state: RunState) -> int:
    """Return the models that a search is expected to add beyond the planned ones."""
    step = state.search.last_round if state.search else None
    if step is None or step.end or not state.is_searching:
        return 0
    return max(0, (step.n_more or 0) - len(step.jobs))


def show_rounds(study: Study) -> None:
    """Show what a search is for, how its interval narrowed, and why each model was chosen."""
    search = study.search
    if search is None:
        return
    if search.is_open:
        st.caption(escape_markdown(describe_search(search)))
    with_interval = [step for step in search.rounds if step.low is not None and step.high is not None]
    if not with_interval:
        return
    if len(with_interval) >= MIN_ROUNDS:
        st.vega_lite_chart(build_search_chart(search, dark=is_dark()), key="narrowing")
    with st.expander("Why these models", key="rounds"):
        show_table(
            [
                {
                    "Interval": f"{step.low:,} to {step.high:,}",
                    "Factor": None if step.ratio is None else round(step.ratio, 2),
                    "Widest": name_row(step),
                    "Then": step.reason,
                }
                for step in with_interval
                if step.low is not None and step.high is not None
            ],
            key="rounds table",
            alt="Rounds of the search: interval, factor, widest row, and the models added",
        )
