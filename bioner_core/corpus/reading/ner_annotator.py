"""NER-Annotator's JSON: ``classes`` and ``annotations``, pairs of a text and its entities."""

from collections.abc import Iterator, Mapping
from typing import Any

from bioner_core.corpus.reading.annotation_fields import parse_span
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.json_formats import claim_values, read_values, require_object
from bioner_core.corpus.reading.passages import Reading
from bioner_core.corpus.reading.split_names import refuse_documents
from bioner_core.corpus.reading.texts import AnnotatedText

NAME = "NER-Annotator"
_HINT = "The file is {classes: [labels], annotations: [[text, {entities: [[start, end, label]]}]]}."


def claim(files: Mapping[str, str]) -> set[str]:
    """Return the files that are one object with ``classes`` and ``annotations``."""
    return claim_values(files, _is_export)


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read one text per pair; texts that were not annotated are null there, and left out."""
    refuse_documents(documents, name=name, since="NER-Annotator names no documents")
    return read_values(files, _parse_export, name=name, format_name=NAME)


def _is_export(value: object) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("annotations"), list):
        return False
    first = next((pair for pair in value["annotations"] if pair), None)
    return "classes" in value and isinstance(first, list) and len(first) == 2


def _parse_export(value: Any, where: str, findings: Findings) -> Iterator[AnnotatedText]:
    export = require_object(value, where, _HINT)
    for number, pair in enumerate(export.get("annotations") or (), 1):
        place = f"{where}, text {number}"
        if not pair:
            findings.add_unannotated(place)
            continue
        text, content = (*pair, None, None)[:2] if isinstance(pair, list) else (None, None)
        spans = require_object(content, place, _HINT).get("entities") or ()
        mentions = [parse_span(span, place) for span in spans]
        yield AnnotatedText(text=str(text or "").rstrip("\r"), raw_mentions=mentions)
