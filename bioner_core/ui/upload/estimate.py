"""Step 5 of the Upload page: start the probe of a corpus, and show its estimate while it grows."""

from functools import partial

import streamlit as st

from bioner_core.answers.corpus_estimate import CorpusEstimate, describe_annotation
from bioner_core.answers.probe_study import PRESET, open_or_create_run, plan_probe
from bioner_core.answers.wording.search import describe_search
from bioner_core.charts.curve_chart import render_chart
from bioner_core.corpus.reading.passages import Reading
from bioner_core.corpus.reading_record import ReadingRecord
from bioner_core.corpus.sentences import Corpus
from bioner_core.study.annotation_file import AnnotationStatus, save_annotation_status
from bioner_core.study.duration import format_planned_work
from bioner_core.study.external_results import write_all_points
from bioner_core.study.plan import Study
from bioner_core.study.run import Run
from bioner_core.study.run_state import RunState
from bioner_core.study.store import RunStore
from bioner_core.study.worker import start_detached
from bioner_core.ui.shared.encoder import find_encoder
from bioner_core.ui.shared.growing_curve import show_curve
from bioner_core.ui.shared.library import keep_corpus
from bioner_core.ui.shared.live_run import follow_run, show_controls, show_progress
from bioner_core.ui.shared.shell import escape_markdown
from bioner_core.ui.shared.tables import REPORT, offer_file
from bioner_core.ui.upload import advice
from bioner_core.ui.upload.goal import GOAL_KEYS
from bioner_core.ui.upload.next_batch import offer_next_batch
from bioner_core.ui.upload.sources import show_sources
from bioner_core.ui.upload.upload import delete_upload


def offer_estimate(corpus: Corpus, reading: Reading, record: ReadingRecord) -> None:
    """Show the estimate from similar curves and what the probe takes; start it on request.

    :param reading: of the files that the corpus comes from, and ``record``: what the library keeps of it.
    """
    status = describe_annotation(reading, corpus)
    advice.show_similar(corpus, status)
    model, problem = find_encoder("", PRESET)
    if model is None:
        st.warning(escape_markdown(f"The probe cannot start yet: {problem}"), icon=":material/warning:")
        return
    with st.spinner("Planning …"):
        study = plan_probe(corpus, model)
    plan = escape_markdown(format_planned_work(study, RunStore(), {corpus.name: corpus}))
    search = describe_search(study.search) if study.search else ""
    st.caption(
        f"Probe: {plan}. {escape_markdown(search)} The corpus is stored in the library on this machine and "
        "is not sent anywhere."
    )
    if st.button("Save and estimate", key="estimate", type="primary", icon=":material/play_arrow:"):
        goal = {key: st.query_params[key] for key in GOAL_KEYS if key in st.query_params}
        keep_corpus(corpus, record)
        name = start_probe(study, corpus, status)
        delete_upload()
        st.query_params.from_dict({"run": name, **goal})
        st.rerun()


def start_probe(study: Study, corpus: Corpus, status: AnnotationStatus) -> str:
    """Start the probe of a corpus and return the run's name; what is done is not done again.

    :raises BionerError: nothing can be written.
    """
    run = open_or_create_run(study, corpus, RunStore())
    save_annotation_status(run, status)
    if (run.pending() or run.study.is_searching) and not run.state().is_live:
        start_detached(run.name)
    return run.name


def follow_estimate(run: Run, answer: CorpusEstimate | None) -> None:
    """Show the estimate of a run while it grows, and below it the choice of the next sentences."""
    follow_run(run, show_estimate, is_whole=True)
    offer_next_batch(run, n=answer.next_round if answer else 0)


def show_estimate(run: Run, state: RunState) -> None:
    """Show the estimate as far as it has come: the cards, progress, the curve, what it rests on."""
    answer = advice.estimate_run(run)
    if answer:
        advice.show_newer_answer(answer, run)
        advice.show_figures(answer, run)
        advice.show_cards(state, answer)
    show_progress(run, state)
    chart = show_curve(run, answer.best if answer else None)
    if answer:
        advice.show_notes(answer)
        show_sources(run, answer.request.corpus)
    with st.container(horizontal=True, vertical_alignment="center"):
        show_controls(run, state)
        if state.n_points:
            offer_file("CSV", partial(write_all_points, run), f"{run.name}.csv", "text/csv")
        if chart:
            offer_file("PNG", partial(render_chart, chart, "png"), f"{run.name}.png", "image/png")
        if answer and answer.measured and any(curve.has_enough_sizes for curve in run.curves()):
            page = partial(_render_report, answer, run)
            offer_file("Report", page, f"{run.name}.html", "text/html", icon="description", help=REPORT)


def _render_report(answer: CorpusEstimate, run: Run) -> str:
    from bioner_core.answers.report.estimate_report import build_estimate_context
    from bioner_core.answers.report.report import render_report  # at use: no page should wait for it

    return render_report(build_estimate_context(answer, run, RunStore()))
