"""PubTator: ``id|t|title``, ``id|a|abstract``, then one tab-separated line per mention."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from bioner_core.corpus.reading.bounds import iterate_lines
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.placement import RawMention, infer_convention, place_mentions
from bioner_core.corpus.reading.split_names import parse_file_part, refuse_documents
from bioner_core.errors import BionerError

NAME = "PubTator"
_SECTION = re.compile(r"([^|\t\n]{1,100})\|([ta])\|(.*)")
_FORM = (
    "A document is a line id|t|title, a line id|a|abstract and a line of id, start, end, words and label, "
    "separated by tabs, for each mention."
)


@dataclass
class _Document:
    key: str
    sections: list[str]
    raw_mentions: list[RawMention] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Title and abstract, separated by one character, as in the offsets."""
        return "\n".join(self.sections)


def claim(files: Mapping[str, str]) -> set[str]:
    """Return the files whose first non-blank line is a title or an abstract."""
    return {name for name, text in files.items() if _SECTION.match(text[:10_000].lstrip())}


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read all documents of all files.

    :raises BionerError: for a line that is neither text, mention nor relation
    """
    refuse_documents(documents, name=name, since="PubTator names its documents")
    findings = Findings()
    passages: list[Passage] = []
    for file, text in files.items():
        parsed = _parse_documents(text, file, findings)
        convention = infer_convention(
            [(document.text, document.raw_mentions) for document in parsed], where=file, findings=findings
        )
        for document in parsed:
            mentions = place_mentions(
                document.raw_mentions, document.text, convention=convention, findings=findings
            )
            passage = Passage(
                document=document.key, text=document.text, mentions=mentions, part=parse_file_part(file)
            )
            if document.text.strip():
                passages.append(passage)
    return findings.build_reading(name=name, format_name=NAME, passages=passages)


def _parse_documents(text: str, name: str, findings: Findings) -> list[_Document]:
    documents: list[_Document] = []
    for number, line in iterate_lines(text, where=name):
        where = f"{name}, line {number}"
        if not line.strip():
            continue
        if section := _SECTION.fullmatch(line.lstrip()):
            key, kind, section_text = section.groups()
            if kind == "t" or not documents or documents[-1].key != key:
                findings.count(1, where=where)
                documents.append(_Document(key, []))
            documents[-1].sections.append(section_text)
        elif documents and line.startswith(f"{documents[-1].key}\t"):
            if mention := _parse_mention(line, where):
                findings.count(1, where=where)
                documents[-1].raw_mentions.append(mention)
        else:
            raise BionerError(f"{where}: belongs to no document above it. {_FORM}")
    return documents


def _parse_mention(line: str, where: str) -> RawMention | None:
    """Return the mention of a line; None for a relation, whose second column is its kind."""
    _, start, *cells = line.split("\t")
    if not start.strip().lstrip("-").isdecimal():
        if start.strip() and len(cells) >= 2:
            return None
        raise BionerError(
            f"{where}: found {len(cells) + 2} columns, neither a mention nor a relation. {_FORM}"
        )
    if len(cells) < 3 or not cells[0].strip().lstrip("-").isdecimal() or not cells[2].strip():
        raise BionerError(f"{where}: a mention needs an end, words and a label after its start. {_FORM}")
    try:
        fragment = (int(start), int(cells[0]))
    except ValueError as error:  # more digits than Python reads
        raise BionerError(f"{where}: start and end are not whole numbers. {_FORM}") from error
    return RawMention(cells[2].strip(), (fragment,), cells[1], where)
