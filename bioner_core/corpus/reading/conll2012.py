"""CoNLL-2012 and OntoNotes: columns with named entities in brackets, ``(PERSON*`` to ``*)``."""

import re
from collections.abc import Iterator, Mapping, Sequence

from bioner_core.corpus.reading.bounds import iterate_lines
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.placement import RawMention
from bioner_core.corpus.reading.split_names import refuse_documents
from bioner_core.corpus.reading.token_formats import build_token_passage
from bioner_core.errors import BionerError

NAME = "CoNLL-2012"
_BEGIN = re.compile(r"#begin document \(?(.*?)\)?(?:;|$)")
_WORD, _ENTITY = 3, 10  # columns


def claim(files: Mapping[str, str]) -> set[str]:
    """Return the files that begin with ``#begin document``."""
    return {name for name, text in files.items() if text.lstrip().startswith("#begin document")}


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read all sentences; coreference and roles are not read.

    :raises BionerError: for a line of fewer columns
    """
    refuse_documents(documents, name=name, since="CoNLL-2012 names its documents")
    findings = Findings()
    passages: list[Passage] = []
    for file, text in files.items():
        passages += _iterate_sentences(text, file, findings)
    return findings.build_reading(name=name, format_name=NAME, passages=passages)


def _iterate_sentences(text: str, file: str, findings: Findings) -> Iterator[Passage]:
    document = ""
    rows: list[list[str]] = []
    for number, line in (*iterate_lines(text, where=file), (0, "")):
        if line.startswith("#"):
            if match := _BEGIN.match(line):
                document = match[1]
        elif line.strip():
            cells = line.split()
            if len(cells) <= _ENTITY:
                raise BionerError(f"{file}, line {number}: {len(cells)} columns, where CoNLL-2012 has 12.")
            rows.append(cells)
        elif rows:
            mentions = list(_iterate_mentions([row[_ENTITY] for row in rows], file))
            words = [row[_WORD] for row in rows]
            yield build_token_passage(words, mentions, file=file, document=document, findings=findings)
            rows = []


def _iterate_mentions(cells: Sequence[str], file: str) -> Iterator[RawMention]:
    opened: tuple[str, int] | None = None
    for position, cell in enumerate(cells):
        if match := re.match(r"\(([^()*]+)", cell):
            opened = match[1], position
        if opened and cell.endswith(")"):
            yield RawMention(opened[0], ((opened[1], position + 1),), "", file)
            opened = None
