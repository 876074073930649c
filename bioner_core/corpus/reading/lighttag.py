"""LightTag's export: one JSON object with ``examples``, each with its content and annotations."""

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
from bioner_core.corpus.reading.records import find_document_name, select_field
from bioner_core.corpus.reading.texts import AnnotatedText, parse_offset

NAME = "LightTag"
_HINT = "The file is {examples: [{content, annotations: [{start, end, tag, value}]}]}."


def claim(files: Mapping[str, str]) -> set[str]:
    """Return the files that are one object with examples."""
    return claim_values(files, _is_export)


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read all examples; annotations that a reviewer rejected are left out, and equal ones count once.

    :param documents: the field that names documents
    """

    def parse(value: Any, where: str, findings: Findings) -> Iterator[AnnotatedText]:
        examples = list_objects(require_object(value, where, _HINT).get("examples"), where, _HINT)
        for number, example in enumerate(examples, 1):
            place = f"{where}, example {number}"
            fields = {**example, **(example.get("metadata") or {})}
            document = select_field(fields, documents, place) if documents else find_document_name(fields)
            yield AnnotatedText(
                text=read_text(example, "content", place, _HINT),
                raw_mentions=list(_iterate_mentions(example, place, findings)),
                document=document,
            )

    return read_values(files, parse, name=name, format_name=NAME)


def _is_export(value: object) -> bool:
    examples = value.get("examples") if isinstance(value, dict) else None
    if not isinstance(examples, list) or not examples or not isinstance(examples[0], dict):
        return False
    return "content" in examples[0] and "annotations" in examples[0]


def _iterate_mentions(example: Mapping[str, Any], where: str, findings: Findings) -> Iterator[RawMention]:
    for annotation in list_objects(example.get("annotations"), where, _HINT):
        if annotation.get("correct") is False:
            findings.add("note", where, "an annotation that a reviewer rejected is left out.")
            continue
        fragment = parse_offset(annotation.get("start")), parse_offset(annotation.get("end"))
        label, words = annotation.get("tag"), annotation.get("value")
        yield RawMention(str(label or "Entity"), (fragment,), words if isinstance(words, str) else "", where)
