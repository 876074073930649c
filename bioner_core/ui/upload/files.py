"""From an upload to a corpus: how its files are read, and the types of their labels."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePath

import streamlit as st

from bioner_core.corpus.kept_uploads import read_kept_upload
from bioner_core.corpus.labels import propose_label_map
from bioner_core.corpus.opening import OpenedCorpus, convert_to_reading, open_reading
from bioner_core.corpus.reading.detect import read_files
from bioner_core.corpus.reading.passages import Reading
from bioner_core.corpus.sample import generate_sample_corpora
from bioner_core.corpus.sentences import Corpus
from bioner_core.errors import BionerError
from bioner_core.study.corpus_copies import load_copy, locate_copy
from bioner_core.study.journal import FileStamp, read_stamp
from bioner_core.study.run import Run
from bioner_core.ui.shared.limited import call_once, hold_result
from bioner_core.ui.shared.shell import escape_markdown
from bioner_core.ui.upload.upload import Upload

MAX_CHARACTERS = 100_000  # of text that the page itself splits; more is split in a process with limits
MAX_PREVIEW = 20_000  # characters or words of text that are shown before its labels are mapped


def read_upload(upload: Upload) -> Reading:
    """Read the files, once.

    :raises BionerError: they cannot be read.
    """
    if upload.sample:
        corpora = {corpus.name: corpus for corpus in list_samples()}
        if upload.sample not in corpora:
            raise BionerError(f"{upload.sample}: no such sample. Available: {', '.join(corpora)}.")
        return convert_to_reading(corpora[upload.sample])
    documents = st.session_state.get("documents", "").strip()
    column = st.session_state.get("column")
    name = upload.title if upload.n_files == 1 else "upload"
    read = partial(read_files, upload.files) if upload.files else partial(read_kept_upload, upload.kept)
    reading = call_once(
        f"read {upload.key} {documents} {column}",
        partial(read, name=name, documents=documents or None, column=column),
        what=name,
        progress=f"Reading {escape_markdown(upload.title)} …",
    )
    return replace(reading, name=PurePath(name).stem)


@st.cache_resource(show_spinner=False)
def list_samples() -> tuple[Corpus, ...]:
    """Return the synthetic corpora that users can try."""
    return generate_sample_corpora()


def read_label_map(reading: Reading) -> dict[str, str]:
    """Return the entity type of each label, as chosen, else as proposed; "" leaves it out."""
    proposed = propose_label_map(reading.labels).mapping
    return {raw: st.session_state.get(f"label {raw}", proposed.get(raw, "")) for raw in reading.labels}


def keep_all_labels(labels: Sequence[str]) -> None:
    """Keep every label under its own name, as ``--map keep`` does."""
    st.session_state.update({f"label {raw}": raw for raw in labels})


def open_upload(upload: Upload, reading: Reading) -> OpenedCorpus:
    """Return the corpus with the chosen labels and language, and the findings on it.

    :raises BionerError: no entity is left, or the name of a type is not allowed.
    """
    language = st.session_state.get("about language")
    documents = st.session_state.get("documents", "")
    column = st.session_state.get("column")
    labels = read_label_map(reading)
    key = f"open {upload.key} {documents} {column} {language} {sorted(labels.items())}"
    call = partial(open_reading, reading, label_map=labels, where=upload.title, language=language)
    if sum(len(passage.text) for passage in reading.passages) <= MAX_CHARACTERS:
        with st.spinner("Placing the entities …"):
            return hold_result(key, call)
    return call_once(key, call, what=upload.title, progress="Placing the entities …")


def open_preview(upload: Upload, reading: Reading) -> Corpus:
    """Return the beginning of the annotated text with the labels that the files use.

    :raises BionerError: none of its entities has a place.
    """
    passages, size = [], 0
    for passage in reading.passages:
        if passage.mentions and size < MAX_PREVIEW:
            passages.append(passage)
            size += len(passage.tokens or passage.text)
    start = replace(reading, passages=tuple(passages))
    labels = {raw: raw for raw in reading.labels}
    key = f"preview {upload.key} {st.session_state.get('column')}"
    return hold_result(key, partial(open_reading, start, label_map=labels, where=upload.title)).corpus


def load_run_copy(run: Run, name: str) -> Corpus | None:
    """Return a run's copy of a corpus; None where it travelled without text."""
    with suppress(BionerError):
        if name in run.study.corpora:
            stamp = read_stamp(locate_copy(run.folder, name))
            return _load_copy(str(run.folder), name, run.study.corpora[name], stamp)
    return None


@st.cache_resource(max_entries=4, show_spinner="Reading the corpus …")
def _load_copy(folder: str, name: str, digest: str, stamp: FileStamp) -> Corpus:
    return load_copy(Path(folder), name, digest)
