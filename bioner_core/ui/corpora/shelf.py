"""The parts of the Corpora page: a card each, Table 1, sentences to browse, downloads, deletion."""

import io
import tempfile
import zipfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pandas as pd
import streamlit as st

from bioner_core.corpus.fetching.ledger import NOT_VERIFIED, Ledger
from bioner_core.corpus.jsonl import corpus_text
from bioner_core.corpus.library import Library
from bioner_core.corpus.sample import sample_corpora
from bioner_core.corpus.sentences import Corpus, Sentence
from bioner_core.corpus.statistics import Statistics
from bioner_core.corpus.writing import convert
from bioner_core.errors import BionerError
from bioner_core.study.store import RunStore
from bioner_core.ui.corpora.public import credit
from bioner_core.ui.corpora.sentences import legend, show_sentences
from bioner_core.ui.shared.address import addressed
from bioner_core.ui.shared.findings import show_findings, told
from bioner_core.ui.shared.library import (
    amount,
    by_type,
    corpus,
    domain_name,
    findings,
    keep,
    language_name,
    numbers,
)
from bioner_core.ui.shared.markup import count, moment
from bioner_core.ui.shared.shell import faults, md
from bioner_core.ui.shared.widgets import switch

A_PAGE = 20  # sentences
RUNS_NAMED = 5  # in the question before deleting
MEANS = (" a document", " a sentence", ", tokens")  # ends of columns that hold means
WITHOUT_COPIES = "The points of the runs stay; nothing more can be trained from them."
ANYTHING, NO_ENTITY = "anything", "no entity"
OWN = "own"
FORMATS = {
    OWN: "as this program keeps it",
    "conll": "CoNLL: a word and a tag a line",
    "jsonl": "JSON lines: tokens and tags",
    "brat": "brat: texts and annotations",
    "webanno": "WebAnno TSV: for INCEpTION and WebAnno",
}


def empty() -> None:
    """Teach what would be here."""
    st.info(
        "Corpora that you upload stand here: what is in them, sentence by sentence. "
        "Upload one, download a public one, or take the synthetic samples to look around.",
        icon=":material/library_books:",
    )
    more()


def more() -> None:
    """Offer the ways to more corpora."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link("pages/upload.py", label="Upload a corpus", icon=":material/upload_file:")
        st.button("Add the samples", key="samples", icon=":material/science:", on_click=_add_samples)


def _add_samples() -> None:
    with faults():
        for sample in sample_corpora():
            keep(sample)


def cards(names: Sequence[str]) -> None:
    """Show a card a corpus."""
    with st.grid(min_column_width=300, key="cards"):
        for name in names:
            with st.container(border=True, height="stretch", key=f"card {name}"):
                _card(name)


def _card(name: str) -> None:
    st.markdown(f"**{md(name)}**")
    try:
        found, counted = corpus(name), numbers(name)
    except BionerError as error:
        st.error(md(str(error)), icon=":material/error:")
        if st.button("Delete", key=f"delete {name}", icon=":material/delete:"):
            ask_to_delete(name)
        return
    with st.container(horizontal=True, gap="xsmall"):
        st.badge(md(language_name(found.language)), color="gray")
        st.badge(md(domain_name(found.domain)), color="gray")
        if found.is_synthetic:
            st.badge("synthetic", color="orange", help="Made by a script: good for a try, not for a claim.")
    st.markdown(f"{amount(counted)}  \n{md(by_type(counted))}")
    st.caption(credit(found.licence, found.home), help=md(found.citation) and f"Cite: {md(found.citation)}")
    came = Ledger(Library().folder).fetched(name, found.digest)
    if came and not came.is_known:
        st.caption(f"Downloaded {moment(came.at)}; {NOT_VERIFIED}.")
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.button("Look into", key=f"look {name}", on_click=partial(_look, name), icon=":material/search:")
        train = {"label": "Train", "icon": ":material/model_training:", "query_params": {"targets": name}}
        st.page_link("pages/train.py", **train)


def look_at(name: str, names: Sequence[str]) -> None:
    """Offer to turn to another corpus."""
    st.selectbox("Corpus", names, names.index(name), key="look at", on_change=_look_at_another, width=280)


def _look_at_another() -> None:
    _look(st.session_state["look at"])


def _look(name: str) -> None:
    st.query_params.from_dict({"corpus": name})


def table(names: Sequence[str]) -> None:
    """Show Table 1 for all corpora that can be read, and offer it as CSV."""
    rows = [_row(numbers(name)) for name in names]
    shown = pd.DataFrame(rows)
    whole = st.column_config.NumberColumn(format="localized")
    tenth = st.column_config.NumberColumn(format="%.1f")
    st.dataframe(
        shown,
        hide_index=True,
        key="statistics",
        placeholder="–",
        column_config={name: tenth if name.endswith(MEANS) else whole for name in shown.columns[1:]},
        alt="Statistics of the corpora: Table 1 of the paper",
    )


def _row(of: Statistics) -> dict[str, object]:
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


def browse(found: Corpus) -> None:
    """Show sentences page by page, those that are asked for."""
    legend(found)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        text = addressed("search", str, default="", what="search")
        st.text_input(
            "Search", key="search", placeholder="words of a sentence", width=320, on_change=_to_first_page
        )
        wanted = switch("With", [ANYTHING, *found.types, NO_ENTITY])
    hits = [sentence for sentence in found.sentences if _is_hit(sentence, text, wanted)]
    n_pages = max(1, -(-len(hits) // A_PAGE))
    pages = {str(number): number for number in range(1, n_pages + 1)}
    page = addressed("sheet", pages.__getitem__, default=1, what="page of sentences")
    st.caption(f"{count(len(hits))} of {count(len(found.sentences))} sentences; documents on hover")
    show_sentences(hits[(page - 1) * A_PAGE : page * A_PAGE], types=found.types)
    if n_pages > 1:
        st.pagination(n_pages, key="sheet")


def _to_first_page() -> None:
    st.session_state["sheet"] = 1


def _is_hit(sentence: Sentence, text: str, wanted: str) -> bool:
    """Say whether a sentence holds a text, however it is cut into words, and what is wanted."""
    if text and "".join(text.casefold().split()) not in "".join(sentence.tokens).casefold():
        return False
    own = {span.label for span in sentence.spans} or {NO_ENTITY}
    return wanted == ANYTHING or wanted in own


def odd(name: str) -> None:
    """Show the findings on a corpus."""
    with st.expander(f"Findings: {told(findings(name))}", key="odd"):
        show_findings(findings(name), name=name)


def downloads(found: Corpus) -> None:
    """Offer a corpus in our format and in those of others."""
    to = st.radio("Format", list(FORMATS), key="format", format_func=FORMATS.__getitem__)
    suffix, data = as_file(found, to)
    st.download_button(
        f"Download {md(found.name)}",
        data,
        f"{found.name}{suffix}",
        key="download corpus",
        icon=":material/download:",
        on_click="ignore",
    )


def as_file(found: Corpus, to: str) -> tuple[str, bytes | str]:
    """Return ending and content of a corpus as a file; a folder becomes a zip."""
    if to == OWN:
        return ".jsonl", corpus_text(found)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "corpus"
        convert(found, out, to)
        if out.is_file():
            return f".{to}", out.read_bytes()
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(path for path in out.rglob("*") if path.is_file()):
                archive.write(path, path.relative_to(out))
        return f" {to}.zip", packed.getvalue()


@st.dialog("Delete this corpus?")
def ask_to_delete(name: str) -> None:
    """Ask before a corpus is deleted, and what becomes of its copies."""
    runs = RunStore().with_corpus(name)
    st.markdown(f"**{md(name)}** leaves the library. This cannot be undone.")
    too = False
    if runs:
        shown = md(", ".join(runs[:RUNS_NAMED])) + (" …" if len(runs) > RUNS_NAMED else "")
        st.markdown(f"Copies of it lie in {len(runs)} run{'s' * (len(runs) > 1)}: {shown}")
        too = st.checkbox("Delete these copies, too", key="too", help=WITHOUT_COPIES)
    with st.container(horizontal=True), faults():
        if st.button("Delete", key="delete for good", type="primary", icon=":material/delete:"):
            if too:
                RunStore().drop_copies(name)
            Library().delete(name)
            st.query_params.clear()
            st.rerun()
        if st.button("Keep", key="keep"):
            st.rerun()
