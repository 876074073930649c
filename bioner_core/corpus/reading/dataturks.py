"""Dataturks' JSON lines: ``content`` and ``annotation``, whose ends are the last character."""

from collections.abc import Iterator, Mapping
from typing import Any

from bioner_core.corpus.reading.annotation_fields import parse_mentions
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.json_formats import claim_values, read_text, read_values, require_object
from bioner_core.corpus.reading.passages import Reading
from bioner_core.corpus.reading.records import find_document_name, select_field
from bioner_core.corpus.reading.texts import AnnotatedText

NAME = "Dataturks"
_HINT = "A line is {content, annotation: [{label: [labels], points: [{start, end, text}]}]}."


def claim(files: Mapping[str, str]) -> set[str]:
    """Return the files whose first record has ``content`` and ``annotation``."""
    return claim_values(
        files, lambda value: isinstance(value, dict) and {"content", "annotation"} <= value.keys()
    )


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read all records; those that nobody annotated, null in the file, are left out and counted.

    :param documents: the field that names documents
    """

    def parse(value: Any, where: str, findings: Findings) -> Iterator[AnnotatedText]:
        record = require_object(value, where, _HINT)
        text = read_text(record, "content", where, _HINT)
        if record.get("annotation") is None:
            findings.add_unannotated(where, text)
            return
        _, mentions, _ = parse_mentions(record, where, ("annotation",))
        document = select_field(record, documents, where) if documents else find_document_name(record)
        yield AnnotatedText(text=text, raw_mentions=mentions or (), document=document)

    return read_values(files, parse, name=name, format_name=NAME)
