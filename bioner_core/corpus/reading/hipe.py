"""HIPE's TSV: one word per line under the headings TOKEN, NE-COARSE-LIT and others."""

from collections.abc import Iterator, Mapping

from bioner_core.corpus.reading.bounds import format_names, iterate_lines
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.placement import RawMention
from bioner_core.corpus.reading.split_names import refuse_documents, strip_file_name
from bioner_core.corpus.reading.token_formats import BLANK, build_token_passage
from bioner_core.corpus.tags import decode_tags
from bioner_core.errors import BionerError

NAME = "HIPE TSV"
_LEVEL = "NE-COARSE-LIT"
_HEADING = "TOKEN\t"
_SENTENCE_ENDS = ("EndOfSentence", "PySBDSegment")


def claim(files: Mapping[str, str]) -> set[str]:
    """Return the files whose headings are those of HIPE."""
    return {name for name, text in files.items() if _find_header(text)}


def read(files: Mapping[str, str], *, name: str, documents: str | None, column: str | None = None) -> Reading:
    """Read one level of entities; sentences end where MISC says so, else at blank lines and segments.

    :param column: the level, such as NE-NESTED; the literal coarse one where None
    :raises BionerError: for a level that the file does not have
    """
    refuse_documents(documents, name=name, since="comments name the documents of HIPE")
    findings = Findings()
    passages: list[Passage] = []
    for file, text in files.items():
        header = _find_header(text)
        level = column or _LEVEL
        if level not in header:
            raise BionerError(f"{file}: has no column {level!r}. Its columns: {format_names(header)}.")
        if len(levels := [heading for heading in header if heading.startswith("NE-")]) > 1:
            message = f"the level {level} is read, of {format_names(levels)}. Take another one by --column."
            findings.add("note", file, message)
        passages += _iterate_sentences(text, file, header.index(level), findings)
    return findings.build_reading(name=name, format_name=NAME, passages=passages)


def _find_header(text: str) -> list[str]:
    lines = text[:5_000].lstrip("\r\n").split("\n", 20)
    first = next((line for line in lines if not line.startswith("#")), "")
    return first.strip().split("\t") if first.startswith(_HEADING) and _LEVEL in first else []


def _iterate_sentences(text: str, file: str, level: int, findings: Findings) -> Iterator[Passage]:
    document = strip_file_name(file)
    words: list[str] = []
    tags: list[str] = []
    for _, line in (*iterate_lines(text, where=file), (0, "")):
        cells = line.split("\t")
        is_break = line.startswith("#") or not line.strip()
        if words and (is_break or line.startswith(_HEADING)):
            yield _build_passage(words, tags, file, document, findings)
            words, tags = [], []
        if line.startswith("#") and "document_id" in line:
            document = line.partition("=")[2].strip()
        if is_break or line.startswith(_HEADING):
            continue
        words.append(cells[0] if cells[0].strip() else BLANK)
        tags.append(cells[level] if len(cells) > level and cells[level] not in ("_", "") else "O")
        if any(mark in cells[-1] for mark in _SENTENCE_ENDS):
            yield _build_passage(words, tags, file, document, findings)
            words, tags = [], []


def _build_passage(
    words: list[str], tags: list[str], file: str, document: str, findings: Findings
) -> Passage:
    mentions = [RawMention(label, ((start, end),), "", file) for start, end, label in decode_tags(tags)]
    return build_token_passage(words, mentions, file=file, document=document, findings=findings)
