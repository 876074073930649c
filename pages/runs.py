"""Runs: what has been trained, and from what?"""

import streamlit as st

from bioner_core.study.store import RunStore
from bioner_core.ui.runs import history
from bioner_core.ui.runs.compared import show_comparison
from bioner_core.ui.runs.priority import offer_priority
from bioner_core.ui.runs.sharing import offer_sharing, show_owner
from bioner_core.ui.shared.active_runs import show_active_runs
from bioner_core.ui.shared.estimates import offer_estimate
from bioner_core.ui.shared.live_run import follow_run, show_controls, show_log, show_models, show_progress
from bioner_core.ui.shared.shell import escape_markdown, show_lead, show_question

show_question("What has been trained, and from what?")
store = RunStore()
names = store.names()
show_lead(history.summarize_runs(names))
history.offer_first_steps(names)
if message := st.session_state.pop("told", ""):
    st.success(escape_markdown(message))
run = history.choose_from_list(store, names)
show_active_runs(without=run.name)

state = run.state()
st.header(escape_markdown(run.name if state.problem else run.title), anchor=False)
show_owner(run)
if state.n_jobs or state.problem:
    follow_run(run, show_progress)
show_controls(run, state)
offer_priority(run, state)
with st.container(horizontal=True):
    if not state.problem:
        offer_estimate(run)
        history.offer_exports(run)
    history.offer_deletion(run, store, state)
    offer_sharing(run)
if state.problem:
    st.stop()

with st.expander("What it was made from", key="made", expanded=True):
    history.show_origin(run)
if state.n_jobs:
    with st.expander("Models and log", key="models and log", on_change="rerun") as opened:
        if opened.open:
            show_models(run, state)
            show_log(run)
if "other" in st.query_params:
    st.session_state.setdefault("compare", True)
with st.expander("Compare with other runs", key="compare", on_change="rerun") as opened:
    if opened.open:
        show_comparison(run, store)
with st.expander("Import a run", key="import a run"):
    history.offer_import(store)
