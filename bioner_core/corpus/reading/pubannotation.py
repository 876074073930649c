"""PubAnnotation's JSON: a text and its denotations, one document per object."""

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

NAME = "PubAnnotation"
_HINT = "A document is {text, denotations: [{span: {begin, end}, obj}]}."


def claim(files: Mapping[str, str]) -> set[str]:
    """Return the files whose first value has a text and denotations."""
    return claim_values(
        files, lambda value: isinstance(value, dict) and {"text", "denotations"} <= value.keys()
    )


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read one text per object; divisions of one source are one document. Relations are not read."""
    refuse_documents(documents, name=name, since="PubAnnotation names its documents")
    return read_values(files, _parse_document, name=name, format_name=NAME)


def _parse_document(value: Any, where: str, findings: Findings) -> Iterator[AnnotatedText]:
    record = require_object(value, where, _HINT)
    if record.get("relations"):
        findings.add("note", where, "relations are not read.")
    mentions = []
    for denotation in list_objects(record.get("denotations"), where, _HINT):
        span = denotation.get("span")
        spans = list_objects(span if isinstance(span, list) else [span], where, _HINT)
        fragments = tuple((parse_offset(s.get("begin")), parse_offset(s.get("end"))) for s in spans)
        mentions.append(RawMention(str(denotation.get("obj") or "Entity"), fragments, "", where))
    source = [str(record[key]) for key in ("sourcedb", "sourceid") if record.get(key)]
    yield AnnotatedText(
        text=read_text(record, "text", where, _HINT),
        raw_mentions=mentions,
        document="-".join(source) or str(record.get("target") or where),
    )
