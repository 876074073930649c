"""Files of systems on the Budget page: predictions and lists of terms, scored and kept with the run."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import streamlit as st

from bioner_core.analysis.external_scoring import (
    Part,
    ScoredFile,
    collect_target_terms,
    read_and_score,
    read_and_score_terms,
    score_terms,
    split_target,
)
from bioner_core.answers.wording.break_even import describe_match
from bioner_core.answers.wording.numbers import format_count
from bioner_core.corpus.alignment import map_labels
from bioner_core.corpus.reading.bounds import MAX_BYTES
from bioner_core.corpus.reading.detect import read_files
from bioner_core.corpus.reading.passages import Reading
from bioner_core.corpus.sentences import Corpus
from bioner_core.study.external_results import ExternalResult, check_system_name, save_external_result
from bioner_core.study.run import Run
from bioner_core.ui.shared.findings import show_findings
from bioner_core.ui.shared.limited import call_once
from bioner_core.ui.shared.shell import escape_markdown
from bioner_core.ui.shared.widgets import format_option

Scored = TypeVar("Scored", ScoredFile, ExternalResult)
MOST_LABELS = 42  # to choose a type for; rarer ones are read as proposed
DEFAULT_TRAINING = 500  # sentences that a list of terms is made from
_ROUND = "systems added"  # in the session: uploaders of the next round are new and empty
_OUTCOME = "outcome of scoring"


def show_outcome() -> None:
    """Show what the last file gave: how much of the part it holds, and the findings on it."""
    outcome = st.session_state.pop(_OUTCOME, None)
    if outcome is None:
        return
    text, findings, name = outcome
    st.success(escape_markdown(text), icon=":material/check:")
    if findings:
        show_findings(findings, name=name)


def add_predictions(run: Run, target: str, part: Part) -> None:
    """Draw the uploader of a system's annotations, their labels, its name and cost; score them on request."""
    uploads = st.file_uploader(
        "Annotated texts: the downloaded file with entities, or any format that Upload reads",
        accept_multiple_files=True,
        key=_name_key("system files"),
        max_upload_size=MAX_BYTES // 1_000_000,
    )
    if not uploads:
        return
    files = {upload.name: upload.getvalue() for upload in uploads}
    title = uploads[0].name if len(uploads) == 1 else f"{len(uploads)} files"
    key = " ".join(upload.file_id for upload in uploads)
    reading = call_once(
        f"read {key}",
        partial(read_files, files, name=title),
        what=title,
        progress=f"Reading {escape_markdown(title)} …",
    )
    corpus, _ = split_target(run, target)
    labels = _choose_types(reading, corpus)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        name = st.text_input("Name of the system", key=_name_key("system name"), placeholder="such as gpt-x")
        cost = st.text_input(
            "Cost of annotating these texts",
            key=_name_key("system cost"),
            placeholder="such as 12.50 EUR",
            help="It stands beside the name; leave it out for a system that costs nothing.",
        )
        n_seen = st.number_input(
            "Annotated sentences it saw",
            0,
            1_000_000,
            0,
            key=_name_key("system sentences"),
            width=190,
            help="Of this corpus, such as examples in its prompt. 0: it needs no annotation.",
        )
        is_ready = st.button("Score and keep", key="score system", type="primary", disabled=not name.strip())
    if is_ready:
        check_system_name(run, target, name, is_pre_annotation=part == "training")
        score = partial(
            read_and_score,
            run,
            target,
            files,
            title=title,
            name=name.strip(),
            cost=cost.strip(),
            label_map=labels,
            part=part,
            n_sentences=n_seen,
        )
        scored = _score(
            score, key=f"{key} {part} {name} {cost} {n_seen} {sorted(labels.items())}", title=title
        )
        text = describe_match(scored, file=title, part=part)
        _keep(run, scored.result, text, scored)


def _choose_types(reading: Reading, corpus: Corpus) -> dict[str, str]:
    """Draw the entity type of each label of a file; "" leaves it out."""
    proposed = map_labels(reading.labels, corpus, extra={}).mapping
    labels = {raw: proposed.get(raw, "") for raw, _ in reading.labels.most_common()}
    titles = {**{entity: entity for entity in corpus.types}, "": "leave out"}
    st.caption(f"Read as {escape_markdown(reading.format)}. Which type does each label mean?")
    with st.container(horizontal=True, gap="small"):
        for raw in list(labels)[:MOST_LABELS]:
            labels[raw] = st.selectbox(
                f"{escape_markdown(raw)}, {format_count(reading.labels[raw])}",
                list(titles),
                list(titles).index(labels[raw]),
                key=_name_key(f"system label {raw}"),
                format_func=partial(format_option, titles),
                width=220,
            )
    return labels


def add_terms(run: Run, target: str) -> None:
    """Draw the uploader of a list of terms, and the list from annotated sentences; score one on request."""
    _, split = split_target(run, target)
    upload = st.file_uploader(
        f"A term in each line, then a tab (in .csv a comma) and its type: {', '.join(split.types)}",
        type=["txt", "tsv", "csv"],
        key=_name_key("term file"),
    )
    if upload is not None:
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            name = st.text_input("Name of the list", "terms", key=_name_key("term name"))
            is_ready = st.button("Score and keep", key="score terms", type="primary")
        if is_ready:
            name = check_system_name(run, target, name.strip())
            call = partial(read_and_score_terms, run, target, upload.getvalue(), upload.name, name=name)
            result = _score(call, key=f"{upload.file_id} {name}", title=upload.name)
            _keep(run, result, f"{name} is scored on the test part.")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        n = st.number_input(
            "Or: terms annotated in training sentences",
            1,
            max(1, len(split.train)),
            min(DEFAULT_TRAINING, max(1, len(split.train))),
            step=100,
            key="term sentences",
            width=330,
            help="What a list gives that you make from so many annotated sentences: a baseline, not free.",
        )
        is_wanted = st.button("Score this list", key="score training terms")
    if is_wanted:
        name = check_system_name(run, target, f"terms-{n}")
        with st.spinner("Scoring …"):
            terms = collect_target_terms(run, target, n)
            result = score_terms(run, target, terms, name=name, n_sentences=n)
        _keep(run, result, f"{name}: {len(terms):,} terms are scored on the test part.")


def _score(call: Callable[[], Scored], *, key: str, title: str) -> Scored:
    """Score a file in a process with limits, once."""
    return call_once(f"score {key}", call, what=title, progress=f"Scoring {escape_markdown(title)} …")


def _keep(run: Run, result: ExternalResult, text: str, scored: ScoredFile | None = None) -> None:
    """Keep a result, and draw the page anew with what the file gave."""
    save_external_result(run, result)
    st.session_state[_OUTCOME] = (text, scored.findings if scored else (), result.name)
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    st.rerun()


def _name_key(name: str) -> str:
    return f"{name} {st.session_state.get(_ROUND, 0)}"
