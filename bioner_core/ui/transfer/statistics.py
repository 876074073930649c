"""Table 1: the corpora of runs in numbers, as far as they travel without text."""

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd
import streamlit as st

from bioner_core.study.run import Run
from bioner_core.study.run_corpora import corpora_of, table
from bioner_core.ui.shared.library import domain_name, language_name
from bioner_core.ui.shared.markup import count
from bioner_core.ui.shared.tables import csv_button

_PRINTED: Mapping[str, str] = {  # columns of a published table that an own run does not know
    "drug_entities": "Drug mentions",
    "disease_entities": "Disease mentions",
    "avg_document_length_sentences": "Sentences a document",
    "avg_sentence_length_tokens": "Tokens a sentence",
    "avg_drug_length_tokens": "Tokens a Drug mention",
    "avg_disease_length_tokens": "Tokens a Disease mention",
}


def show_corpora(runs: Sequence[Run]) -> None:
    """Show the corpora of some runs, each once; what is closed is not computed."""
    with st.expander("The corpora", key="table 1", on_change="rerun") as opened:
        if not opened.open:
            return
        rows = list({row["Corpus"]: row for run in runs for row in rows_of(run)}.values())
        st.dataframe(pd.DataFrame(rows).fillna("–"), hide_index=True)
        csv_button("Corpora as CSV", rows, name=" ".join(run.name for run in runs), key="download corpora")


def rows_of(run: Run) -> Iterable[dict[str, str]]:
    """Yield a row for each corpus of a run: a published one's as printed, an own one's as it was planned."""
    printed = {row["corpus"]: row for row in table(run, "table1")}
    for name, of in corpora_of(run).items():
        told = (
            {title: _told(printed[name][key]) for key, title in _PRINTED.items()} if name in printed else {}
        )
        yield {
            "Corpus": name,
            "Known as": of.title or ("synthetic" if of.is_synthetic else "–"),
            "Language": language_name(of.language),
            "Domain": domain_name(of.domain),
            "Documents": _n(of.documents),
            "Sentences": _n(of.sentences),
            **told,
        }


def _n(n: int | None) -> str:
    return "–" if n is None else count(n)


def _told(number: str) -> str:
    return count(int(number)) if number.isdigit() else number
