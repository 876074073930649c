"""UBIAI's JSON: documents with ``tokens``, which are the labelled spans."""

from collections.abc import Iterator, Mapping
from typing import Any

from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.json_formats import (
    claim_values,
    list_objects,
    read_text,
    read_values,
    require_object,
)
from bioner_core.corpus.reading.passages import Reading
from bioner_core.corpus.reading.placement import RawMention
from bioner_core.corpus.reading.split_names import refuse_documents
from bioner_core.corpus.reading.texts import AnnotatedText, parse_offset

NAME = "UBIAI"
_HINT = "A document is {documentName, document: text, tokens: [{text, start, end, entityLabel}]}."


def claim(files: Mapping[str, str]) -> set[str]:
    """Return the files whose first record is a document with labelled spans."""
    return claim_values(files, _is_document)


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read all documents; relations are not read."""
    refuse_documents(documents, name=name, since="UBIAI names its documents")
    return read_values(files, _parse_document, name=name, format_name=NAME)


def _is_document(value: object) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("document"), str):
        return False
    tokens = value.get("tokens")
    return isinstance(tokens, list) and all(isinstance(t, dict) and "entityLabel" in t for t in tokens)


def _parse_document(value: Any, where: str, findings: Findings) -> Iterator[AnnotatedText]:
    record = require_object(value, where, _HINT)
    if record.get("relations"):
        findings.add("note", where, "relations are not read.")
    mentions = [
        RawMention(
            str(token.get("entityLabel") or "Entity"),
            ((parse_offset(token.get("start")), parse_offset(token.get("end"))),),
            str(token.get("text") or ""),
            where,
        )
        for token in list_objects(record.get("tokens"), where, _HINT)
    ]
    yield AnnotatedText(
        text=read_text(record, "document", where, _HINT),
        raw_mentions=mentions,
        document=str(record.get("documentName") or ""),
    )
