"""CLUENER: JSON lines of a text and its labels, each with words and their places."""

from collections.abc import Iterator, Mapping
from typing import Any

from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.json_formats import claim_values, read_text, read_values, require_object
from bioner_core.corpus.reading.passages import Reading
from bioner_core.corpus.reading.placement import RawMention
from bioner_core.corpus.reading.records import find_document_name, select_field
from bioner_core.corpus.reading.texts import AnnotatedText, parse_offset
from bioner_core.errors import BionerError

NAME = "CLUENER"
_HINT = "A line is {text, label: {LABEL: {words: [[first, last character]]}}}."


def claim(files: Mapping[str, str]) -> set[str]:
    """Return the files whose first record has a text and an object of labels."""
    return claim_values(files, _is_record)


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read all records; ends are the last character.

    :param documents: the field that names documents
    """

    def parse(value: Any, where: str, findings: Findings) -> Iterator[AnnotatedText]:
        record = require_object(value, where, _HINT)
        labels = require_object(record.get("label", {}), where, _HINT)
        document = select_field(record, documents, where) if documents else find_document_name(record)
        yield AnnotatedText(
            text=read_text(record, "text", where, _HINT),
            raw_mentions=list(_iterate_mentions(labels, where)),
            document=document,
        )

    return read_values(files, parse, name=name, format_name=NAME)


def _is_record(value: object) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("text"), str):
        return False
    labels = value.get("label")
    return isinstance(labels, dict) and all(isinstance(words, dict) for words in labels.values())


def _iterate_mentions(labels: Mapping[str, Any], where: str) -> Iterator[RawMention]:
    for label, by_words in labels.items():
        for words, places in require_object(by_words, where, _HINT).items():
            if not isinstance(places, list) or not all(isinstance(p, list) and len(p) == 2 for p in places):
                raise BionerError(f"{where}: the places of an entity are not a list of pairs. {_HINT}")
            for first, last in places:
                start, end = parse_offset(first), parse_offset(last)
                yield RawMention(label, ((start, end + 1),), words, where)
