"""Whether choosing sentences pays, on the Budget page of a run with strategies."""

import streamlit as st

from bioner_core.analysis.strategy_savings import has_strategies, measure_strategies
from bioner_core.answers.wording.strategies import build_strategy_rows, describe_choosing, describe_hours
from bioner_core.curves.budget import Budget
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore
from bioner_core.ui.shared.rates import load_user_rates
from bioner_core.ui.shared.shell import escape_markdown, show_faults
from bioner_core.ui.shared.tables import show_table

_COLUMNS = {
    "goal": "Goal",
    "strategy": "Strategy",
    "sentences": "Sentences",
    "saved sentences": "Saved",
    "words": "Words",
    "saved words": "Words saved",
    "hours": "Hours",
    "saved hours": "Hours saved",
}


def show_strategies(chosen: Budget, run: Run) -> None:
    """Show what each strategy needs for the target and type of a row, where the run has strategies."""
    if not has_strategies(run):
        return
    with st.expander("Does it pay to choose sentences?", key="strategies", on_change="rerun") as expander:
        if expander.open:
            with show_faults():
                _show_needs(chosen, run)


def _show_needs(chosen: Budget, run: Run) -> None:
    rates = load_user_rates()
    needs = [
        need
        for need in measure_strategies(run, RunStore(), rates)
        if (need.sentences.target, need.sentences.entity) == (chosen.target, chosen.entity)
    ]
    if not needs:
        st.caption("No strategy has two or more sizes of this type yet.")
        return
    rows = build_strategy_rows(needs, rates)
    show_table(
        [{title: row[name] or "–" for name, title in _COLUMNS.items()} for row in rows],
        key="needs of strategies",
        height="content",
        alt="Sentences, words and hours of each strategy, with 90 % intervals",
    )
    for fraction in dict.fromkeys(need.sentences.fraction for need in needs):
        group = [need for need in needs if need.sentences.fraction == fraction]
        if text := describe_choosing(group, rates):
            st.markdown(escape_markdown(text))
    st.caption(escape_markdown(describe_hours(rates)))
