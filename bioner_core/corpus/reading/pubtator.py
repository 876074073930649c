"""PubTator: ``id|t|title``, ``id|a|abstract``, then a line of tabs for each mention."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from bioner_core.corpus.reading.bounds import lines
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.placement import Marked, counted_in, place
from bioner_core.corpus.reading.split_names import file_part, refuse_documents
from bioner_core.errors import BionerError

NAME = "PubTator"
_TEXT = re.compile(r"([^|\t\n]{1,100})\|([ta])\|(.*)")
_FORM = (
    "A document is a line id|t|title, a line id|a|abstract and a line of id, start, end, words and label, "
    "parted by tabs, for each mention."
)


@dataclass
class _Document:
    key: str
    sections: list[str]
    marked: list[Marked] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Title and abstract; one character parts them, as their offsets say."""
        return "\n".join(self.sections)


def claims(files: Mapping[str, str]) -> set[str]:
    """Return the files whose first line that is not blank is a title or an abstract."""
    return {name for name, text in files.items() if _TEXT.match(text[:10_000].lstrip())}


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read all documents of all files.

    :raises BionerError: for a line that is neither text, mention nor relation
    """
    refuse_documents(documents, name=name, since="PubTator names its documents")
    findings = Findings()
    passages: list[Passage] = []
    for file, text in files.items():
        found = _documents(text, file, findings)
        rule = counted_in([(each.text, each.marked) for each in found], where=file, findings=findings)
        for each in found:
            mentions = place(each.marked, each.text, rule=rule, findings=findings)
            passage = Passage(document=each.key, text=each.text, mentions=mentions, part=file_part(file))
            if each.text.strip():
                passages.append(passage)
    return findings.reading(name=name, form=NAME, passages=passages)


def _documents(text: str, name: str, findings: Findings) -> list[_Document]:
    found: list[_Document] = []
    for number, line in lines(text, where=name):
        where = f"{name}, line {number}"
        if not line.strip():
            continue
        if section := _TEXT.fullmatch(line.lstrip()):
            key, kind, words = section.groups()
            if kind == "t" or not found or found[-1].key != key:
                findings.count(1, where=where)
                found.append(_Document(key, []))
            found[-1].sections.append(words)
        elif found and line.startswith(f"{found[-1].key}\t"):
            if mention := _mention(line, where):
                findings.count(1, where=where)
                found[-1].marked.append(mention)
        else:
            raise BionerError(f"{where}: belongs to no document above it. {_FORM}")
    return found


def _mention(line: str, where: str) -> Marked | None:
    """Return the mention of a line; None for a relation, whose second column is its kind."""
    _, start, *others = line.split("\t")
    if not start.strip().lstrip("-").isdecimal():
        if start.strip() and len(others) >= 2:
            return None
        raise BionerError(
            f"{where}: found {len(others) + 2} columns, neither a mention nor a relation. {_FORM}"
        )
    if len(others) < 3 or not others[0].strip().lstrip("-").isdecimal() or not others[2].strip():
        raise BionerError(f"{where}: a mention needs an end, words and a label after its start. {_FORM}")
    try:
        place_ = (int(start), int(others[0]))
    except ValueError as error:  # more digits than Python reads
        raise BionerError(f"{where}: start and end are no offsets. {_FORM}") from error
    return Marked(others[2].strip(), (place_,), others[1], where)
