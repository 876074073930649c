"""Which corpus of the library to pretrain on, the best first, with why."""

import pandas as pd
import streamlit as st

from bioner_core.analysis.shared_pieces import overlaps
from bioner_core.analysis.source_ranking import ERROR, Ranking, profile, rank
from bioner_core.corpus.checks import is_eligible_source
from bioner_core.corpus.library import Library
from bioner_core.corpus.sentences import Corpus
from bioner_core.study.run import Run
from bioner_core.ui.shared.library import list_readable
from bioner_core.ui.shared.library import load_library_corpus as kept

N_SOURCES = 8  # sources


def rank_library(run: Run, target: Corpus) -> list[Ranking]:
    """Return the corpora of the library as sources for a run's target, and what the run pretrained on."""
    library_corpora = [kept(name) for name in list_readable(Library().names())]
    candidates = [
        profile(source, overlaps=overlaps(target, source))
        for source in library_corpora
        if is_eligible_source(source, target)
    ]
    return rank(profile(target), candidates, points=run.points())


def show_sources(run: Run, target: Corpus) -> None:
    """Show the ranking; what is closed is not computed."""
    with st.expander("Which corpus to pretrain on", key="which source", on_change="rerun") as opened:
        if not opened.open:
            return
        with st.spinner("Counting word pieces"):
            rankings = rank_library(run, target)
        if not rankings:
            st.caption(
                "The library has no other corpus, synthetic ones aside. Each one that is added there is "
                "ranked here."
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
            "The gain is against no pretraining, at 50 to 400 sentences. What is expected is so by a rule "
            f"fitted to the published pairs, ± {100 * ERROR:.1f} points; a curve from the source measures it."
        )
        st.page_link(
            "pages/train.py",
            label="Measure it in Train",
            icon=":material/model_training:",
            query_params={"targets": target.name, "sources": rankings[0].source},
        )
