"""Which corpus of the library to pretrain on: a ranking with reasons, the best first."""

import pandas as pd
import streamlit as st

from bioner_core.analysis.resampling import estimate_sampling_noise
from bioner_core.analysis.shared_pieces import compare_corpora
from bioner_core.analysis.source_ranking import ERROR, RankedSource, build_profile, rank_sources
from bioner_core.corpus.checks import is_eligible_source
from bioner_core.corpus.library import Library
from bioner_core.corpus.sentences import Corpus
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore
from bioner_core.ui.shared.library import list_readable, load_library_corpus
from bioner_core.ui.shared.tables import show_table

N_SOURCES = 8  # shown


def rank_library(run: Run, target: Corpus) -> list[RankedSource]:
    """Rank the corpora of the library as sources for a target, by measured gains where the run has them."""
    library_corpora = [load_library_corpus(name) for name in list_readable(Library().names())]
    candidates = [
        build_profile(source, overlaps=compare_corpora(target, source))
        for source in library_corpora
        if is_eligible_source(source, target)
    ]
    noise = estimate_sampling_noise(run, RunStore())
    return rank_sources(build_profile(target), candidates, points=run.points(), noise=noise)


def show_sources(run: Run, target: Corpus) -> None:
    """Show the ranking; it is computed once its frame is opened."""
    with st.expander("Which corpus to pretrain on", key="which source", on_change="rerun") as opened:
        if not opened.open:
            return
        with st.spinner("Counting word pieces"):
            rankings = rank_library(run, target)
        if not rankings:
            st.caption(
                "The library has no other corpus (synthetic corpora do not count). Add one to see its rank "
                "here."
            )
            return
        rows = [
            {
                "Source": ranking.source,
                "Gain of F1, points": None if ranking.gain is None else round(100 * ranking.gain, 1),
                "Basis": _name_basis(ranking),
                "Why": ranking.why,
            }
            for ranking in rankings[:N_SOURCES]
        ]
        show_table(pd.DataFrame(rows), key="sources to pretrain on")
        st.caption(
            "Gain: compared with no pretraining, at 50 to 400 sentences. “not tried”: nothing is known of "
            "the gain; these sources are ordered by entity types, language and shared word pieces. "
            f"“expected” comes from a rule fitted to the published pairs, ± {100 * ERROR:.1f} points. Train "
            "a curve from the source to measure it."
        )
        st.page_link(
            "pages/train.py",
            label="Measure it in Train",
            icon=":material/model_training:",
            query_params={"targets": target.name, "sources": rankings[0].source},
        )


def _name_basis(ranking: RankedSource) -> str:
    """Return what a gain rests on."""
    return "measured" if ranking.is_measured else "not tried" if ranking.gain is None else "expected"
