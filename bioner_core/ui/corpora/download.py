"""The download of a corpus of the library, in the formats of other tools."""

import io
import tempfile
import zipfile
from pathlib import Path

import streamlit as st

from bioner_core.corpus.jsonl import serialize_corpus
from bioner_core.corpus.sentences import Corpus
from bioner_core.corpus.writing import describe_changed_names, export_corpus
from bioner_core.ui.shared.downloads import defer_file
from bioner_core.ui.shared.shell import escape_markdown

PROGRAM_FORMAT = "own"
FORMATS = {
    PROGRAM_FORMAT: "the format of this program",
    "conll": "CoNLL: one word and tag per line",
    "jsonl": "JSON lines: tokens and tags",
    "brat": "brat: texts and annotations",
    "webanno": "WebAnno TSV: for INCEpTION and WebAnno",
}


def offer_download(corpus: Corpus) -> None:
    """Draw the choice of a format and the download button."""
    to = st.radio("Format", list(FORMATS), key="format", format_func=FORMATS.__getitem__)
    suffix, data = pack_corpus(corpus, to)
    file = f"{corpus.name}{suffix}"
    st.download_button(
        f"Download {escape_markdown(corpus.name)}",
        defer_file(lambda: data, file),
        file,
        key="download corpus",
        icon=":material/download:",
        on_click="ignore",
    )
    for note in describe_changed_names(corpus, to):
        st.caption(escape_markdown(note))


def pack_corpus(corpus: Corpus, to: str) -> tuple[str, bytes | str]:
    """Return file suffix and content of a corpus; a format of several files becomes a zip."""
    if to == PROGRAM_FORMAT:
        return ".jsonl", serialize_corpus(corpus)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "corpus"
        export_corpus(corpus, out, to)
        if out.is_file():
            return f".{to}", out.read_bytes()
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(path for path in out.rglob("*") if path.is_file()):
                archive.write(path, path.relative_to(out))
        return f" {to}.zip", packed.getvalue()
