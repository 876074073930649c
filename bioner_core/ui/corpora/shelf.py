"""The library on the Corpora page: cards, statistics, a sentence browser, downloads, deletion."""

from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st

from bioner_core.answers.wording.numbers import format_count, format_time
from bioner_core.corpus.fetching.ledger import NOT_VERIFIED, Ledger
from bioner_core.corpus.library import Library
from bioner_core.corpus.sample import generate_sample_corpora
from bioner_core.corpus.sentences import Corpus, Sentence
from bioner_core.corpus.statistics import CorpusStatistics
from bioner_core.errors import BionerError
from bioner_core.rounds.project_store import ProjectStore
from bioner_core.study.store import RunStore
from bioner_core.ui.corpora.public import render_credit
from bioner_core.ui.shared.address import bind_to_address
from bioner_core.ui.shared.estimates import offer_estimates
from bioner_core.ui.shared.findings import count_findings, show_findings
from bioner_core.ui.shared.library import (
    count_corpus,
    describe_amount,
    describe_types,
    forget_loaded_corpora,
    keep_corpus,
    load_library_corpus,
    load_reading_record,
    name_domain,
    name_language,
)
from bioner_core.ui.shared.sentence_view import show_legend, show_sentences
from bioner_core.ui.shared.shell import escape_markdown, show_faults
from bioner_core.ui.shared.tables import show_table
from bioner_core.ui.shared.widgets import choose_button

PAGE_SIZE = 20  # sentences
MAX_RUN_NAMES = 5  # in the dialog before a deletion
MEAN_SUFFIXES = (" a document", " a sentence", ", tokens")  # of columns that hold means
COPIES_HELP = "The runs keep their results, but cannot train more models."
ANYTHING, NO_ENTITY = "anything", "no entity"


def show_empty_library() -> None:
    """Explain what the page will show, and how to add corpora."""
    st.info(
        "Corpora that you upload appear here, with their statistics and sentences. "
        "Upload one, download a public one, or add the synthetic samples to try the program.",
        icon=":material/library_books:",
    )
    offer_more_corpora()


def offer_more_corpora() -> None:
    """Show the link to Upload and the button for the samples."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link("pages/upload.py", label="Upload a corpus", icon=":material/upload_file:")
        st.button("Add the samples", key="samples", icon=":material/science:", on_click=_add_samples)


def _add_samples() -> None:
    with show_faults():
        for sample in generate_sample_corpora():
            keep_corpus(sample)


def show_cards(names: Sequence[str]) -> None:
    """Show a card for each corpus."""
    with st.grid(min_column_width=300, key="cards"):
        for name in names:
            with st.container(border=True, height="stretch", key=f"card {name}"):
                _show_card(name)


def _show_card(name: str) -> None:
    st.markdown(f"**{escape_markdown(name)}**")
    try:
        corpus, counts = load_library_corpus(name), count_corpus(name)
    except BionerError as error:
        st.error(escape_markdown(str(error)), icon=":material/error:")
        if st.button("Delete", key=f"delete {name}", icon=":material/delete:"):
            confirm_deletion(name)
        return
    with st.container(horizontal=True, gap="xsmall"):
        st.badge(escape_markdown(name_language(corpus.language)), color="gray")
        st.badge(escape_markdown(name_domain(corpus.domain)), color="gray")
        if corpus.is_synthetic:
            st.badge(
                "synthetic", color="orange", help="Made by a script: good for a first try, but no evidence."
            )
    st.markdown(f"{describe_amount(counts)}  \n{escape_markdown(describe_types(counts))}")
    st.caption(
        render_credit(corpus.licence, corpus.home),
        help=escape_markdown(corpus.citation) and f"Cite: {escape_markdown(corpus.citation)}",
    )
    download = Ledger(Library().folder).find_record(name, corpus.digest)
    if download and not download.is_verified:
        st.caption(f"Downloaded {format_time(download.at)}; {NOT_VERIFIED}.")
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.button("Open", key=f"look {name}", on_click=partial(_open_corpus, name), icon=":material/search:")
        st.page_link(
            "pages/train.py",
            label="Train",
            icon=":material/model_training:",
            query_params={"targets": name},
        )
        offer_estimates(name, n=1)


def choose_another_corpus(name: str, names: Sequence[str]) -> None:
    """Draw the choice of another corpus."""
    st.selectbox("Corpus", names, names.index(name), key="look at", on_change=_open_chosen_corpus, width=280)


def _open_chosen_corpus() -> None:
    _open_corpus(st.session_state["look at"])


def _open_corpus(name: str) -> None:
    st.query_params.from_dict({"corpus": name})


def show_statistics(names: Sequence[str]) -> None:
    """Show Table 1 of the paper for the corpora of these names."""
    rows = [_build_row(count_corpus(name)) for name in names]
    table = pd.DataFrame(rows)
    whole = st.column_config.NumberColumn(format="localized")
    tenth = st.column_config.NumberColumn(format="%.1f")
    show_table(
        table,
        key="statistics",
        placeholder="–",
        column_config={name: tenth if name.endswith(MEAN_SUFFIXES) else whole for name in table.columns[1:]},
        alt="Statistics of the corpora: Table 1 of the paper",
    )


def _build_row(of: CorpusStatistics) -> dict[str, object]:
    row: dict[str, object] = {
        "Corpus": of.name,
        "Documents": of.documents,
        "Sentences": of.sentences,
        "Tokens": of.tokens,
        "Sentences a document": of.avg_document_length,
        "Tokens a sentence": of.avg_sentence_length,
    }
    for entity, its in of.entities.items():
        row |= {entity: its.count, f"{entity}, tokens": its.avg_length}
    return row


def show_browser(corpus: Corpus) -> None:
    """Show sentences page by page, filtered by text and entity type."""
    show_legend(corpus)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        text = bind_to_address("search", str, default="", what="search")
        st.text_input(
            "Search", key="search", placeholder="words of a sentence", width=320, on_change=_reset_page
        )
        wanted = choose_button("With", [ANYTHING, *corpus.types, NO_ENTITY])
    hits = [sentence for sentence in corpus.sentences if _is_hit(sentence, text, wanted)]
    n_pages = max(1, -(-len(hits) // PAGE_SIZE))
    pages = {str(number): number for number in range(1, n_pages + 1)}
    page = bind_to_address("sheet", pages.__getitem__, default=1, what="page of sentences")
    st.caption(
        f"{format_count(len(hits))} of {format_count(len(corpus.sentences))} sentences. Point at a sentence "
        "to see its document."
    )
    show_sentences(hits[(page - 1) * PAGE_SIZE : page * PAGE_SIZE], types=corpus.types)
    if n_pages > 1:
        st.pagination(n_pages, key="sheet")


def _reset_page() -> None:
    st.session_state["sheet"] = 1


def _is_hit(sentence: Sentence, text: str, wanted: str) -> bool:
    """Say whether a sentence contains the text, spaces ignored, and the wanted entity type."""
    if text and "".join(text.casefold().split()) not in "".join(sentence.tokens).casefold():
        return False
    labels = {span.label for span in sentence.spans} or {NO_ENTITY}
    return wanted == ANYTHING or wanted in labels


def show_corpus_findings(name: str) -> None:
    """Show the findings on a corpus of the library."""
    record = load_reading_record(name)
    with st.expander(f"Findings: {count_findings(record.findings)}", key="odd"):
        show_findings(record.findings, name=name, unplaced=record.unplaced)


@st.dialog("Delete this corpus?")
def confirm_deletion(name: str) -> None:
    """Ask before a corpus is deleted, and whether its copies in runs are deleted, too."""
    runs = RunStore().list_runs_with_corpus(name)
    st.markdown(
        f"**{escape_markdown(name)}** is deleted from the library, and what encoders computed from it. "
        "This cannot be undone."
    )
    with_copies = False
    if runs:
        names = escape_markdown(", ".join(runs[:MAX_RUN_NAMES])) + " …" * (len(runs) > MAX_RUN_NAMES)
        st.markdown(f"{len(runs)} run{'s hold' if len(runs) > 1 else ' holds'} a copy of it: {names}")
        with_copies = st.checkbox("Delete these copies, too", key="too", help=COPIES_HELP)
    if projects := ProjectStore().list_with_corpus(name):
        names = escape_markdown(", ".join(projects[:MAX_RUN_NAMES])) + " …" * (len(projects) > MAX_RUN_NAMES)
        st.markdown(f"Projects that began with it keep it: {names}. `bioner rounds remove` deletes them.")
    with st.container(horizontal=True), show_faults():
        if st.button("Delete", key="delete for good", type="primary", icon=":material/delete:"):
            if with_copies:
                RunStore().delete_copies(name)
            Library().delete(name)
            forget_loaded_corpora()
            st.query_params.clear()
            st.rerun()
        if st.button("Keep", key="keep"):
            st.rerun()
