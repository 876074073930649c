"""JSON lines (or one JSON array): words and tags, or texts and entities, in the dialects of many tools."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.json_values import first_line, first_value, line_values, values
from bioner_core.corpus.reading.passages import Mention, Passage, Reading
from bioner_core.corpus.reading.placement import counted_in, mention_at, place, place_in_tokens
from bioner_core.corpus.reading.records import Content, content_of, is_header, is_record
from bioner_core.corpus.reading.split_names import document_of_files, file_part, stem
from bioner_core.corpus.reading.tag_scheme import Scheme
from bioner_core.corpus.reading.texts import LONG, are_long
from bioner_core.corpus.tags import mentions_from_tags

NAME = "JSON lines"


@dataclass
class RecordFile:
    """What one file holds."""

    name: str
    header: Mapping[str, Any] = field(default_factory=dict)  # of our own format only
    contents: list[tuple[str, Content]] = field(default_factory=list)  # with their places


def claims(files: Mapping[str, str]) -> set[str]:
    """Return files whose first value is a record of a corpus; failing these, whatever starts like JSON."""
    starts = {name for name, text in files.items() if text.lstrip()[:1] in ("{", "[")}
    records = {name for name in starts if starts_with_record(files[name])}
    return records or starts


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read all records of all files.

    :param documents: the field that names documents; dots lead into fields of fields
    :raises BionerError: for a record that is not complete or does not fit, with its line
    """
    findings = Findings()
    passages: list[Passage] = []
    of_files = document_of_files(files)
    header: dict[str, Any] = {}
    for file, text in files.items():
        found = _contents(text, file, documents, findings)
        header |= found.header
        passages += passages_of(found, of_files[file], findings)
    return Reading(
        name=str(header.get("name") or name),
        format=NAME,
        passages=tuple(passages),
        findings=findings.listed(),
        n_unplaced=findings.n_unplaced,
        unplaced=findings.unplaced_mentions,
        language=str(header.get("language") or ""),
        domain=str(header.get("domain") or ""),
        licence=str(header.get("licence") or ""),
        is_synthetic=header.get("is_synthetic") is True,
    )


def _contents(text: str, name: str, documents: str | None, findings: Findings) -> RecordFile:
    found = RecordFile(name)
    for where, value in _values(text, name):
        if isinstance(value, dict):
            if is_header(value):
                found.header = value
                continue
            if value.get("answer") not in (None, "accept"):
                findings.add("note", where, "left out: its answer is not accept.")
                continue
        content = content_of(value, where=where, documents=documents)
        findings.count(1 + len(content.marked), where=where)
        found.contents.append((where, content))
    return found


def _values(text: str, name: str) -> Iterator[tuple[str, Any]]:
    """Yield place and value of each record."""
    return line_values(text, name=name) if _is_pair(text) else values(text, name=name)


def _is_pair(text: str) -> bool:
    """Tell whether the first line alone is spaCy's [text, {"entities": …}]."""
    first = first_line(text)
    if not first[:100].replace(" ", "").startswith('["'):  # before an array of records is read for nothing
        return False
    try:
        return is_record(json.loads(first))
    except (ValueError, RecursionError):
        return False


def starts_with_record(text: str) -> bool:
    """Tell whether a file's first value is a record of a corpus, in whatever dialect."""
    return is_record(first_value(text)) or _is_pair(text)


def passages_of(file: RecordFile, document: str, findings: Findings) -> list[Passage]:
    """Return passages with placed mentions; one way of counting holds for the whole file."""
    texts = [(content.text, content.marked) for _, content in file.contents if content.tokens is None]
    rule = counted_in(texts, where=file.name, findings=findings)
    are_documents = are_long([text for text, _ in texts])
    part = file_part(file.name)
    scheme = Scheme()
    passages = []
    for where, content in file.contents:
        mentions: tuple[Mention, ...]
        if content.tags is not None:
            found = mentions_from_tags(content.tags)
            scheme.see(content.tags, found)
            mentions = tuple(mention_at(*each) for each in found)
            findings.count(len(mentions), where=where)
        elif content.tokens is not None:
            mentions = place_in_tokens(content.marked, len(content.tokens), findings=findings)
        else:
            mentions = place(content.marked, content.text, rule=rule, findings=findings)
        own = f"{stem(file.name)}:{where.rpartition(' ')[2]}" if are_documents else ""
        passage = Passage(
            document=content.document or document or own,
            text=content.text,
            tokens=content.tokens,
            mentions=mentions,
            part=content.part or part,
        )
        if content.text.strip() or content.tokens:
            passages.append(passage)
    scheme.note(file.name, findings)
    if are_documents and not any(content.document for _, content in file.contents):
        findings.add("note", file.name, LONG)
    return passages
