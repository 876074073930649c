"""Step 5 of the Upload page: start the probe of a corpus, and show its estimate while it grows."""

import streamlit as st

from bioner_core.answers.corpus_estimate import describe_annotation
from bioner_core.answers.probe_study import PRESET, open_or_create_run, plan_probe
from bioner_core.answers.wording.search import describe_search
from bioner_core.corpus.reading.passages import Reading
from bioner_core.corpus.sentences import Corpus
from bioner_core.curves.points import write_points_csv
from bioner_core.study.annotation_file import AnnotationStatus, save_annotation_status
from bioner_core.study.duration import format_planned_work
from bioner_core.study.encoder_choice import choose_model
from bioner_core.study.plan import Study
from bioner_core.study.run import Run
from bioner_core.study.run_state import RunState
from bioner_core.study.store import RunStore
from bioner_core.study.worker import start_detached
from bioner_core.ui.shared.library import keep_corpus
from bioner_core.ui.shared.live_run import show_controls, show_curve, show_progress
from bioner_core.ui.shared.shell import escape_markdown
from bioner_core.ui.upload import advice
from bioner_core.ui.upload.goal import GOAL_KEYS
from bioner_core.ui.upload.sources import show_sources


def offer_estimate(corpus: Corpus, reading: Reading) -> None:
    """Show the estimate from similar curves and what the probe takes; start it on request.

    :param reading: of the files that the corpus comes from.
    """
    status = describe_annotation(reading, corpus)
    with st.spinner("Planning …"):
        study = plan_probe(corpus, choose_model(None, PRESET))
    advice.show_similar(corpus, status)
    plan = escape_markdown(format_planned_work(study, RunStore()))
    search = describe_search(study.search) if study.search else ""
    st.caption(
        f"Probe: {plan}. {escape_markdown(search)} The corpus is stored in the library on this machine and "
        "is not sent anywhere."
    )
    if st.button("Save and estimate", key="estimate", type="primary", icon=":material/play_arrow:"):
        goal = {key: st.query_params[key] for key in GOAL_KEYS if key in st.query_params}
        st.query_params.from_dict({"run": start_probe(study, corpus, status), **goal})
        st.rerun()


def start_probe(study: Study, corpus: Corpus, status: AnnotationStatus) -> str:
    """Keep the corpus, start its probe, and return the run's name; what is done is not done again.

    :raises BionerError: the library has another corpus of this name, or nothing can be written.
    """
    keep_corpus(corpus)
    run = open_or_create_run(study, corpus, RunStore())
    save_annotation_status(run, status)
    if (run.pending() or run.study.is_searching) and not run.state().is_live:
        start_detached(run.name)
    return run.name


def show_estimate(run: Run, state: RunState) -> None:
    """Show the estimate as far as it has come: the cards, progress, the curve, what it rests on."""
    answer = advice.estimate_run(run)
    if answer:
        advice.show_newer_answer(answer, run)
        advice.show_figures(answer, run)
        advice.show_cards(state, answer)
    show_progress(run, state)
    if answer:
        show_curve(run, pool=answer.request.pool.n_all, fraction=answer.request.fraction)
        advice.show_notes(answer)
        show_sources(run, answer.request.corpus)
    else:
        show_curve(run)
    with st.container(horizontal=True, vertical_alignment="center"):
        show_controls(run, state)
        if state.n_points:
            st.download_button(
                "CSV",
                write_points_csv(run.points()),
                f"{run.name}.csv",
                "text/csv",
                key="download csv",
                icon=":material/download:",
                on_click="ignore",
            )
