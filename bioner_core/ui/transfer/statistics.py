"""Table 1: statistics of the corpora of runs, as far as they are known without the text."""

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd
import streamlit as st

from bioner_core.answers.wording.numbers import format_count
from bioner_core.study.run import Run
from bioner_core.study.run_corpora import describe_run_corpora, load_published_table
from bioner_core.ui.shared.library import name_domain, name_language
from bioner_core.ui.shared.tables import offer_csv, show_table

_PRINTED_COLUMNS: Mapping[str, str] = {  # columns that only published tables have
    "drug_entities": "Drug mentions",
    "disease_entities": "Disease mentions",
    "avg_document_length_sentences": "Sentences a document",
    "avg_sentence_length_tokens": "Tokens a sentence",
    "avg_drug_length_tokens": "Tokens a Drug mention",
    "avg_disease_length_tokens": "Tokens a Disease mention",
}


def show_corpora(runs: Sequence[Run]) -> None:
    """Show the corpora of some runs, each once; the table is built once its frame is opened."""
    with st.expander("The corpora", key="table 1", on_change="rerun") as opened:
        if not opened.open:
            return
        rows = list({row["Corpus"]: row for run in runs for row in iterate_rows(run)}.values())
        show_table(pd.DataFrame(rows).fillna("–"), key="corpora of the runs")
        offer_csv("Corpora as CSV", rows, name=" ".join(run.name for run in runs), key="download corpora")


def iterate_rows(run: Run) -> Iterable[dict[str, str]]:
    """Yield a row for each corpus of a run, with the printed statistics of published corpora."""
    printed = {row["corpus"]: row for row in load_published_table(run, "table1")}
    for name, description in describe_run_corpora(run).items():
        printed_cells = (
            {title: _format_printed(printed[name][key]) for key, title in _PRINTED_COLUMNS.items()}
            if name in printed
            else {}
        )
        yield {
            "Corpus": name,
            "Known as": description.title or ("synthetic" if description.is_synthetic else "–"),
            "Language": name_language(description.language),
            "Domain": name_domain(description.domain),
            "Documents": _format_n(description.documents),
            "Sentences": _format_n(description.sentences),
            **printed_cells,
        }


def _format_n(n: int | None) -> str:
    return "–" if n is None else format_count(n)


def _format_printed(number: str) -> str:
    return format_count(int(number)) if number.isdigit() else number
