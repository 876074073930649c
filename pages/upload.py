"""Upload: how much of my corpus must I annotate?"""

import streamlit as st

from bioner_core.errors import BionerError
from bioner_core.study.store import RunStore
from bioner_core.ui.shared.live_run import follow
from bioner_core.ui.shared.shell import faults, lead, question
from bioner_core.ui.upload import advice, estimate, steps
from bioner_core.ui.upload import files as upload

question("How much of my corpus must I annotate?")

if name := st.query_params.get("run"):
    run = RunStore().open(name)
    steps.kept(run)
    with steps.step(5, icon="insights"):
        advice.ask_pool_of(run)
        found = advice.advised(run)
        follow(run, estimate.show)
    lead(advice.last_word(run, found, run.state()))
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
        estimate.offer(corpus, n_unannotated=reading.n_unannotated)
steps.to_come(5)
