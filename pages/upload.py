"""Upload: how much of my corpus must I annotate?"""

import html

import streamlit as st

from bioner_core.errors import BionerError
from bioner_core.study.store import RunStore
from pages import _estimate as estimate
from pages import _given as upload
from pages import _steps as steps
from pages import _words as words
from pages._live import follow, told
from pages._parts import lead, question
from pages._shell import faults

ON_ITS_WAY = "The estimate is on its way. This page can be closed and opened again."

question("How much of my corpus must I annotate?")

if name := st.query_params.get("run"):
    run = RunStore().open(name)
    found = estimate.answered(run)
    state = run.state()
    lead(words.lead(found[1]) if found else ON_ITS_WAY if state.is_live else html.escape(told(state)))
    steps.kept(run)
    with steps.step(5, icon="insights"):
        follow(run, estimate.show)
    st.stop()

lead("Give annotated files, and see minutes later how many sentences to plan on.")
given, reading, opened, problem = None, None, None, ""
try:
    given = upload.given()
    reading = upload.read(given) if given else None
except BionerError as error:
    problem = str(error)
if reading and st.session_state.get("reached", 1) == 1:
    upload.go(2)
steps.files(given, problem)
if given is None or reading is None:
    steps.to_come(2, 3, 4, 5)
    st.stop()

try:
    opened = upload.opened(given, reading)
except BionerError as error:
    problem = str(error)
steps.what_we_read(reading, opened)
steps.entities(reading, opened, problem)
if opened is None:
    steps.to_come(4, 5)
    st.stop()

with steps.step(4) as frame, faults():
    corpus = steps.about(opened.corpus)
    if frame.open:
        estimate.offer(corpus)
steps.to_come(5)
