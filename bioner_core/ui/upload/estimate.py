"""The quick estimate of a corpus: a probe study of it, started at once, and the number it comes to."""

import streamlit as st

from bioner_core.answers.probe_study import PRESET, probe_of, run_of
from bioner_core.corpus.sentences import Corpus
from bioner_core.curves.points import points_csv
from bioner_core.study.duration import plan_in_words
from bioner_core.study.encoder_choice import choose_model
from bioner_core.study.plan import Study
from bioner_core.study.run import Run
from bioner_core.study.run_state import RunState
from bioner_core.study.store import RunStore
from bioner_core.study.worker import start_detached
from bioner_core.ui.shared.library import keep
from bioner_core.ui.shared.live_run import controls, curve, progress
from bioner_core.ui.shared.shell import md
from bioner_core.ui.upload import advice
from bioner_core.ui.upload.sources import show_sources


def offer(corpus: Corpus, *, n_unannotated: int = 0) -> None:
    """Say what similar corpora tell, and what the probe takes; start it when asked to.

    :param n_unannotated: documents of the same files that nobody annotated.
    """
    with st.spinner("Planning …"):
        study = probe_of(corpus, choose_model(None, PRESET))
    pool = advice.at_once(corpus, n_unannotated=n_unannotated)
    what = md(plan_in_words(study, RunStore()))
    st.caption(f"A probe of {what}. The corpus is kept in the library of this machine; it goes nowhere else.")
    if st.button("Save and estimate", key="estimate", type="primary", icon=":material/play_arrow:"):
        told = {"pool": str(pool.n_all)} if pool.is_told else {}
        st.query_params.from_dict({"run": begin(study, corpus), **told})
        st.rerun()


def begin(study: Study, corpus: Corpus) -> str:
    """Keep the corpus, start its estimate, and return the run's name; what is done is not done again.

    :raises BionerError: the library has another corpus of this name, or nothing can be written.
    """
    keep(corpus)
    run = run_of(study, corpus, RunStore())
    if run.pending() and not run.state().is_live:
        start_detached(run.name)
    return run.name


def show(run: Run, state: RunState) -> None:
    """Show the estimate as far as it has come: the cards, progress, the curve, what it rests on."""
    found = advice.advised(run)
    advice.cards(run, state, found)
    progress(run, state)
    curve(run, pool=found.pool.n_all if found else None)
    if found:
        advice.more(run, found)
        show_sources(run, found.corpus)
    with st.container(horizontal=True, vertical_alignment="center"):
        controls(run, state)
        if state.n_points:
            st.download_button(
                "CSV",
                points_csv(run.points()),
                f"{run.name}.csv",
                "text/csv",
                key="download csv",
                icon=":material/download:",
                on_click="ignore",
            )
