"""From uploaded files to a corpus: what was given, how it is read, and what its labels stand for."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath

import streamlit as st

from bioner_core.corpus.labels import propose
from bioner_core.corpus.library import Opened, as_reading, from_reading
from bioner_core.corpus.reading.detect import read_files
from bioner_core.corpus.reading.passages import Reading
from bioner_core.corpus.sample import sample_corpora
from bioner_core.corpus.sentences import Corpus
from bioner_core.errors import BionerError
from bioner_core.study.corpus_copies import read_copy
from bioner_core.study.run import Run
from bioner_core.ui.shared.shell import md

STEPS = ("Files", "What we read", "Entities", "About it", "Estimate")
FORGOTTEN = ("label ", "about ", "documents")  # beginnings of keys that other files make void


@dataclass(frozen=True, kw_only=True)
class Given:
    """What was given: uploaded files, or a sample of the program."""

    key: str  # other files, another key
    title: str
    n_bytes: int = 0
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    sample: str = ""


def given() -> Given | None:
    """Return what the uploader or the address gives. :raises BionerError: two files have one name."""
    if name := st.query_params.get("sample"):
        return Given(key=name, title=name, sample=name)
    if uploads := st.session_state.get("files"):
        files = {upload.name: upload.getvalue() for upload in uploads}
        if len(files) < len(uploads):
            raise BionerError("two of the files have the same name. Put folders into a zip and give that.")
        title = uploads[0].name if len(uploads) == 1 else f"{len(uploads)} files"
        n_bytes = sum(map(len, files.values()))
        key = " ".join(upload.file_id for upload in uploads)
        return Given(key=key, title=title, n_bytes=n_bytes, files=files)
    return None


def read(what: Given) -> Reading:
    """Read what was given; the same again is not read again.

    :raises BionerError: it cannot be read.
    """
    if what.sample:
        corpora = {corpus.name: corpus for corpus in samples()}
        if what.sample not in corpora:
            raise BionerError(f"{what.sample}: no such sample. There are: {', '.join(corpora)}.")
        return as_reading(corpora[what.sample])
    documents = st.session_state.get("documents", "").strip()
    with st.spinner(f"Reading {md(what.title)} …"):
        return _read(what.key, documents, what)


@st.cache_resource(show_spinner=False)
def samples() -> tuple[Corpus, ...]:
    """Return the synthetic corpora that newcomers may try."""
    return sample_corpora()


@st.cache_resource(scope="session", max_entries=2, show_spinner=False)
def _read(key: str, documents: str, _what: Given) -> Reading:
    name = _what.title if len(_what.files) == 1 else "upload"
    reading = read_files(_what.files, name=name, documents=documents or None)
    return replace(reading, name=PurePath(name).stem)


def mapping(reading: Reading) -> dict[str, str]:
    """Return what each label stands for, as chosen, else as proposed; "" leaves it out."""
    proposed = propose(reading.labels).mapping
    return {raw: st.session_state.get(f"label {raw}", proposed.get(raw, "")) for raw in reading.labels}


def keep_all(labels: Sequence[str]) -> None:
    """Keep every label under its own name, as ``--map keep`` does."""
    st.session_state.update({f"label {raw}": raw for raw in labels})


def opened(what: Given, reading: Reading) -> Opened:
    """Return the corpus of the chosen labels and language, and what is odd about it.

    :raises BionerError: no entity is left, or a type cannot be called so.
    """
    language = st.session_state.get("about language")
    documents = st.session_state.get("documents", "")
    with st.spinner("Placing the entities …"):
        return _opened(f"{what.key} {documents}", tuple(mapping(reading).items()), language, what, reading)


@st.cache_resource(scope="session", max_entries=4, show_spinner=False)
def _opened(
    key: str, labels: tuple[tuple[str, str], ...], language: str | None, _what: Given, _reading: Reading
) -> Opened:
    return from_reading(_reading, label_map=dict(labels), where=_what.title, language=language)


def go(step: int) -> None:
    """Fold the other steps and open this one."""
    for number in range(1, len(STEPS) + 1):
        st.session_state[f"step {number}"] = number == step
    st.session_state["reached"] = max(step, st.session_state.get("reached", 1))


def _forget() -> None:
    """Forget what was chosen for other files, and go to the first step."""
    for key in [key for key in st.session_state if str(key).startswith(FORGOTTEN)]:
        del st.session_state[key]
    st.session_state["reached"] = 1
    go(1)


def take_files() -> None:
    """Turn to the files that were given; to none where they were taken away."""
    if st.session_state.get("files"):
        st.query_params.clear()
    _forget()


def take_sample(name: str) -> None:
    """Turn to a sample."""
    st.query_params.from_dict({"sample": name})
    _forget()


def leave_run() -> None:
    """Begin with other files."""
    st.query_params.clear()
    _forget()


def copy_of(run: Run, name: str) -> Corpus | None:
    """Return a run's copy of a corpus; None where it travelled without text."""
    with suppress(BionerError):
        if name in run.study.corpora:
            return _copy(str(run.folder), name, run.study.corpora[name])
    return None


@st.cache_resource(max_entries=4, show_spinner="Reading the corpus …")
def _copy(folder: str, name: str, digest: str) -> Corpus:
    return read_copy(Path(folder), name, digest)
