"""Whether more models would narrow the interval, and the search that trains them."""

import streamlit as st

from bioner_core.answers.search_offer import build_search, describe_search_offer
from bioner_core.curves.budget import Budget
from bioner_core.study.run import Run
from bioner_core.study.search import UNTIL
from bioner_core.study.worker import start_detached, start_search
from bioner_core.ui.shared.shell import escape_markdown


def offer_search(chosen: Budget, run: Run) -> None:
    """Offer to narrow a wide interval by more models; what they would bring is computed once it is opened."""
    is_wide = chosen.n_low and chosen.n_high and chosen.n_high > UNTIL * chosen.n_low
    if not is_wide or run.is_read_only or not run.study.jobs or run.study.is_searching:
        return
    with st.expander("Would more models narrow the interval?", key="narrow", on_change="rerun") as opened:
        if not opened.open:
            return
        search = build_search(chosen)
        st.caption(escape_markdown(describe_search_offer(run, search)) or "No: it is as narrow as it gets.")
        is_live = run.state().is_live
        if st.button("Search", key="search", icon=":material/search:", disabled=is_live):
            start_search(run, search)
            start_detached(run.name)
            st.switch_page("pages/train.py", query_params={"run": run.name})
