"""JSON lines or one JSON array: records of words and tags or texts and entities, in many dialects."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from typing import Any

from bioner_core.corpus.reading.annotation_fields import order_span_fields
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.json_values import (
    extract_first_line,
    iterate_line_values,
    iterate_values,
    parse_first_value,
)
from bioner_core.corpus.reading.passages import Mention, Passage, Reading
from bioner_core.corpus.reading.placement import (
    build_mention,
    infer_convention,
    place_mentions,
    place_token_mentions,
)
from bioner_core.corpus.reading.record_report import report_fields
from bioner_core.corpus.reading.records import (
    RecordContent,
    is_annotated_record,
    is_header,
    is_record,
    parse_record,
)
from bioner_core.corpus.reading.split_names import name_documents, parse_file_part, strip_file_name
from bioner_core.corpus.reading.tag_scheme import TagSchemeCounter
from bioner_core.corpus.reading.texts import LONG_TEXTS, has_long_texts
from bioner_core.corpus.tags import decode_tags
from bioner_core.errors import BionerError

NAME = "JSON lines"
_N_SAMPLED = 50  # records of a file from which its fields are inferred


@dataclass
class RecordFile:
    """The records of one file."""

    name: str
    header: Mapping[str, Any] = field(default_factory=dict)  # of this program's own corpus format only
    is_chosen: bool = False  # has the user chosen the field of the annotations?
    contents: list[tuple[str, RecordContent]] = field(default_factory=list)  # (where, record)

    def list_fields(self) -> dict[str, None]:
        """Return the fields with annotations, in order, where some record has several."""
        fields: dict[str, None] = {}
        for _, content in self.contents:
            if content.field and content.unread:
                fields |= dict.fromkeys((content.field, *content.unread))
        return fields


def claim(files: Mapping[str, str]) -> set[str]:
    """Return the files of records that have a field of annotations among their first records."""
    return {
        name
        for name, text in files.items()
        if is_record_file(text) and any(map(is_annotated_record, _sample_values(text, name)))
    }


def read(files: Mapping[str, str], *, name: str, documents: str | None, column: str | None = None) -> Reading:
    """Read all records of all files.

    :param documents: the field that names documents; dots select nested fields
    :param column: the field of tags or entities; the most likely one where None
    :raises BionerError: for a record that is not complete or does not fit, with its line
    """
    findings = Findings()
    passages: list[Passage] = []
    fields: dict[str, None] = {}  # with annotations, where records have several
    file_documents = name_documents(files)
    header: dict[str, Any] = {}
    order = order_span_fields(value for file in files for value in _sample_values(files[file], file))
    parse = partial(parse_record, documents=documents, order=order, column=column)
    for file, text in files.items():
        record_file = _read_records(text, file, parse, findings)
        record_file.is_chosen = column is not None
        header |= record_file.header
        fields |= record_file.list_fields()
        passages += build_record_passages(record_file, file_documents[file], findings)
    return replace(
        findings.build_reading(name=str(header.get("name") or name), format_name=NAME, passages=passages),
        language=str(header.get("language") or ""),
        domain=str(header.get("domain") or ""),
        licence=str(header.get("licence") or ""),
        is_synthetic=header.get("is_synthetic") is True,
        columns=tuple(fields),
    )


def _sample_values(text: str, name: str) -> list[Any]:
    """Return the first records of a file, up to one that is not complete."""
    values = []
    with suppress(BionerError):
        for _, value in islice(_iterate_values(text, name), _N_SAMPLED):
            is_pair = isinstance(value, list) and is_record(value)
            values.append(value[1] | {"text": value[0]} if is_pair else value)
    return values


def _read_records(
    text: str, name: str, parse: Callable[..., RecordContent], findings: Findings
) -> RecordFile:
    record_file = RecordFile(name)
    for where, value in _iterate_values(text, name):
        if isinstance(value, dict):
            if is_header(value):
                record_file.header = value
                continue
            if value.get("answer") not in (None, "accept"):
                findings.add("note", where, "left out: its answer is not accept.")
                continue
        content = parse(value, where=where)
        findings.count(1 + len(content.raw_mentions), where=where)
        record_file.contents.append((where, content))
    return record_file


def _iterate_values(text: str, name: str) -> Iterator[tuple[str, Any]]:
    """Yield place and value of each record."""
    return iterate_line_values(text, name=name) if _is_spacy_pair(text) else iterate_values(text, name=name)


def _is_spacy_pair(text: str) -> bool:
    """Tell whether the first line is a spaCy pair [text, {"entities": …}]."""
    first = extract_first_line(text)
    if not first[:100].replace(" ", "").startswith('["'):  # cheap test before the line is parsed
        return False
    try:
        return is_record(json.loads(first))
    except (ValueError, RecursionError):
        return False


def is_record_file(text: str) -> bool:
    """Tell whether a file's first value is a corpus record in any dialect."""
    return is_record(parse_first_value(text)) or _is_spacy_pair(text)


def build_record_passages(file: RecordFile, document: str, findings: Findings) -> list[Passage]:
    """Build passages with placed mentions; one offset convention holds for the whole file."""
    texts = [(content.text, content.raw_mentions) for _, content in file.contents if content.tokens is None]
    convention = infer_convention(texts, where=file.name, findings=findings)
    are_documents = has_long_texts([text for text, _ in texts])
    part = parse_file_part(file.name)
    scheme = TagSchemeCounter()
    passages = []
    for where, content in file.contents:
        mentions: tuple[Mention, ...]
        if content.tags is not None:
            tagged = decode_tags(content.tags)
            scheme.add(content.tags, tagged)
            mentions = tuple(build_mention(*mention) for mention in tagged)
            findings.count(len(mentions), where=where)
        elif content.tokens is not None:
            mentions = place_token_mentions(content.raw_mentions, len(content.tokens), findings=findings)
        else:
            mentions = place_mentions(
                content.raw_mentions, content.text, convention=convention, findings=findings
            )
        record_document = f"{strip_file_name(file.name)}:{where.rpartition(' ')[2]}" if are_documents else ""
        passage = Passage(
            document=content.document or document or record_document,
            text=content.text,
            tokens=content.tokens,
            mentions=mentions,
            part=content.part or part,
        )
        if content.text.strip() or content.tokens:
            passages.append(passage)
    scheme.report(file.name, findings)
    report_fields(file.name, [content for _, content in file.contents], findings, is_chosen=file.is_chosen)
    if are_documents and not any(content.document for _, content in file.contents):
        findings.add("note", file.name, LONG_TEXTS)
    return passages
