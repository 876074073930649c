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
                "Gain of F1, points": round(100 * ranking.score, 1),
                "": "measured" if ranking.is_measured else "expected",
                "Why": ranking.why,
            }
            for ranking in rankings[:N_SOURCES]
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True, key="sources to pretrain on")
        st.caption(
            "Gain: compared with no pretraining, at 50 to 400 sentences. “expected” comes from a rule fitted "
            f"to the published pairs, ± {100 * ERROR:.1f} points; train a curve from the source to measure "
            "it."
        )
        st.page_link(
            "pages/train.py",
            label="Measure it in Train",
            icon=":material/model_training:",
            query_params={"targets": target.name, "sources": rankings[0].source},
        )
