"""Runs: what has been trained, and from what?"""

import streamlit as st

from bioner_core.study.store import RunStore
from bioner_core.ui.runs import history as parts
from bioner_core.ui.runs.pair import compare
from bioner_core.ui.shared.live_run import controls, follow, log, models, progress
from bioner_core.ui.shared.shell import lead, md, question

question("What has been trained, and from what?")
store = RunStore()
names = store.names()
lead(parts.told(names))
parts.way_in(names)
if done := st.session_state.pop("told", ""):
    st.success(md(done))
run = parts.choose_from_list(store, names)

state = run.state()
st.subheader(md(run.name if state.problem else run.title), anchor=False)
if state.n_jobs or state.problem:
    follow(run, progress)
controls(run, state)
with st.container(horizontal=True):
    if not state.problem:
        parts.travels(run)
    parts.goes(run, store, state)
if state.problem:
    st.stop()

with st.expander("What it was made from", key="made", expanded=True):
    parts.made_from(run)
if state.n_jobs:
    with st.expander("Models and log", key="models and log", on_change="rerun") as opened:
        if opened.open:
            models(run, state)
            log(run)
with st.expander("Compare with another run", key="compare", on_change="rerun") as opened:
    if opened.open:
        compare(run, store)
with st.expander("Import a run", key="import a run"):
    parts.comes_in(store)
