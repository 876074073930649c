"""Train: which curves shall be trained, and how far are they?"""

import streamlit as st

from bioner_core.corpus.library import Library
from bioner_core.study.store import RunStore
from bioner_core.ui.shared import live_run as live
from bioner_core.ui.shared.active_runs import show_active_runs
from bioner_core.ui.shared.library import list_readable
from bioner_core.ui.shared.markup import render_name
from bioner_core.ui.shared.shell import show_faults, show_lead, show_question
from bioner_core.ui.train import plan as planning
from bioner_core.ui.train.choices import choose_study

if name := st.query_params.get("run"):
    show_question("How far is the training?")
    run = RunStore().open(name)
    show_lead(f"<b>{render_name(run.title)}</b>: {live.describe_study_plan(run)}.")
    live.follow_run(run, live.show_run)
    show_active_runs(without=run.name)
    st.page_link("pages/train.py", label="Plan another run", icon=":material/add:")
    st.stop()

show_question("Which curves do you want to train?")
names = list_readable(Library().names())
if not names:
    show_lead("There is no corpus to train on yet.")
    st.info("Upload a corpus first, or add the synthetic samples on the Corpora page.")
    with st.container(horizontal=True):
        st.page_link("pages/upload.py", label="Upload a corpus", icon=":material/upload_file:")
        st.page_link("pages/corpora.py", label="Corpora", icon=":material/library_books:")
    st.stop()

show_lead("Choose what to train on. The plan shows the time before training starts.")
show_active_runs()
left, right = st.columns([3, 2], gap="large")
with left:
    choice = choose_study(names)
with right, show_faults():
    planning.show_plan(choice)
