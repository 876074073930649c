"""From uploaded files to a corpus: the files, how they are read, and the types of their labels."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path, PurePath

import streamlit as st

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
from bioner_core.ui.shared.limited import call_once
from bioner_core.ui.shared.shell import escape_markdown

STEPS = ("Files", "What we read", "Entities", "About it", "Estimate")
MAX_CHARACTERS = 100_000  # of text that the page itself splits; more is split in a process with limits
FILE_KEYS = (
    "label ",
    "about ",
    "documents",
    "column",
)  # beginnings of session keys that hold for one upload only


@dataclass(frozen=True, kw_only=True)
class Upload:
    """Uploaded files, or a sample corpus of the program."""

    key: str  # differs for other files
    title: str
    n_bytes: int = 0
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    sample: str = ""


def find_upload() -> Upload | None:
    """Return the files in the uploader or the sample in the address; None where there are none.

    :raises BionerError: two files have the same name.
    """
    if name := st.query_params.get("sample"):
        return Upload(key=name, title=name, sample=name)
    if uploads := st.session_state.get("files"):
        files = {upload.name: upload.getvalue() for upload in uploads}
        if len(files) < len(uploads):
            raise BionerError(
                "two of the files have the same name. Put the folders into a zip and upload it."
            )
        title = uploads[0].name if len(uploads) == 1 else f"{len(uploads)} files"
        n_bytes = sum(map(len, files.values()))
        key = " ".join(upload.file_id for upload in uploads)
        return Upload(key=key, title=title, n_bytes=n_bytes, files=files)
    return None


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
    name = upload.title if len(upload.files) == 1 else "upload"
    reading = call_once(
        f"read {upload.key} {documents} {column}",
        partial(read_files, upload.files, name=name, documents=documents or None, column=column),
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
    key = f"{upload.key} {documents} {column}"
    if sum(len(passage.text) for passage in reading.passages) <= MAX_CHARACTERS:
        with st.spinner("Placing the entities …"):
            return _open_reading(key, tuple(labels.items()), language, upload, reading)
    return call_once(
        f"open {key} {language} {sorted(labels.items())}",
        partial(open_reading, reading, label_map=labels, where=upload.title, language=language),
        what=upload.title,
        progress="Placing the entities …",
    )


@st.cache_resource(scope="session", max_entries=4, show_spinner=False)
def _open_reading(
    key: str, labels: tuple[tuple[str, str], ...], language: str | None, _what: Upload, _reading: Reading
) -> OpenedCorpus:
    return open_reading(_reading, label_map=dict(labels), where=_what.title, language=language)


def open_step(step: int) -> None:
    """Open a step and fold the others."""
    for number in range(1, len(STEPS) + 1):
        st.session_state[f"step {number}"] = number == step
    st.session_state["reached"] = max(step, st.session_state.get("reached", 1))


def _forget_choices() -> None:
    """Forget the choices for earlier files, and open the first step."""
    for key in [key for key in st.session_state if str(key).startswith(FILE_KEYS)]:
        del st.session_state[key]
    st.session_state["reached"] = 1
    open_step(1)


def switch_to_files() -> None:
    """Start with the files in the uploader, or without any once they are removed."""
    if st.session_state.get("files"):
        st.query_params.clear()
    _forget_choices()


def switch_to_sample(name: str) -> None:
    """Start with a sample."""
    st.query_params.from_dict({"sample": name})
    _forget_choices()


def start_new_upload() -> None:
    """Leave the run and start with other files."""
    st.query_params.clear()
    _forget_choices()


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
