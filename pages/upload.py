"""Upload: how much of my corpus must I annotate?"""

import streamlit as st

from bioner_core.errors import BionerError
from bioner_core.study.store import RunStore
from bioner_core.ui.shared.estimates import show_estimates
from bioner_core.ui.shared.shell import show_faults, show_lead, show_question
from bioner_core.ui.upload import advice, estimate, files, first_batch, steps, upload, uploader
from bioner_core.ui.upload.description import choose_description

show_question("How much of my corpus must I annotate?")

if name := st.query_params.get("run"):
    run = RunStore().open(name)
    st.page_link("pages/upload.py", label="Upload and earlier estimates", icon=":material/arrow_back:")
    steps.show_finished_steps(run)
    with steps.open_step_frame(5, icon="insights"):
        advice.choose_run_goal(run)
        answer = advice.estimate_run(run)
        estimate.follow_estimate(run, answer)
    show_lead(advice.render_verdict(run, answer, run.state()))
    st.stop()

if not first_batch.choose_start():
    first_batch.show_first_batch()
    st.stop()

show_lead("Upload annotated files. Minutes later you see how many sentences to plan on.")
uploaded, reading, opened, problem = None, None, None, ""
try:
    uploaded = upload.find_upload()
    reading = files.read_upload(uploaded) if uploaded else None
except BionerError as error:
    problem = str(error)
if uploaded and reading:
    upload.keep_upload(uploaded)
show_estimates()
uploader.show_files_step(uploaded, problem)
if uploaded is None or reading is None:
    steps.show_later_steps(2, 3, 4, 5)
    st.stop()

try:
    opened = files.open_upload(uploaded, reading)
except BionerError as error:
    problem = str(error)
steps.show_reading_step(uploaded, reading, opened)
steps.show_entities_step(reading, opened, problem)
if opened is None:
    steps.show_later_steps(4, 5)
    st.stop()

frame = steps.open_step_frame(4)
with frame, show_faults():
    corpus = choose_description(opened.corpus)
    if frame.open:
        estimate.offer_estimate(corpus, reading, opened.record)
steps.show_later_steps(5)
