"""Train: which curves shall be trained, and how far are they?"""

import streamlit as st

from bioner_core.corpus.library import Library
from bioner_core.study.store import RunStore
from bioner_core.ui.shared import live_run as live
from bioner_core.ui.shared.library import readable
from bioner_core.ui.shared.markup import named
from bioner_core.ui.shared.shell import faults, lead, question
from bioner_core.ui.train import plan as planning
from bioner_core.ui.train.choices import choose_study

if name := st.query_params.get("run"):
    question("How far is the training?")
    run = RunStore().open(name)
    lead(f"<b>{named(run.title)}</b>: {live.planned(run)}.")
    live.follow(run, live.show)
    st.page_link("pages/train.py", label="Plan another", icon=":material/add:")
    st.stop()

question("Which curves shall be trained?")
names = readable(Library().names())
if not names:
    lead("There is no corpus to train on yet.")
    st.info("Upload a corpus first, or add the synthetic samples on the Corpora page.")
    with st.container(horizontal=True):
        st.page_link("pages/upload.py", label="Upload a corpus", icon=":material/upload_file:")
        st.page_link("pages/corpora.py", label="Corpora", icon=":material/library_books:")
    st.stop()

lead("Choose what to train on; the plan says what it costs before anything starts.")
planning.under_way()
left, right = st.columns([3, 2], gap="large")
with left:
    choice = choose_study(names)
with right, faults():
    planning.show_plan(choice)
