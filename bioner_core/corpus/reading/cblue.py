"""CMeEE of CBLUE: JSON records of a text and entities with ``start_idx`` and ``end_idx``."""

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

NAME = "CMeEE"
_HINT = "A record is {text, entities: [{start_idx, end_idx, type, entity}]}."


def claim(files: Mapping[str, str]) -> set[str]:
    """Return the files in whose first record the entities have ``start_idx``."""
    return claim_values(files, _is_record)


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read all records; version 1 counts the last character as the end, as the entity's text tells.

    :param documents: the field that names documents
    """

    def parse(value: Any, where: str, findings: Findings) -> Iterator[AnnotatedText]:
        record = require_object(value, where, _HINT)
        entities = list_objects(record.get("entities"), where, _HINT)
        document = select_field(record, documents, where) if documents else find_document_name(record)
        yield AnnotatedText(
            text=read_text(record, "text", where, _HINT),
            raw_mentions=[_parse_entity(entity, where) for entity in entities],
            document=document,
        )

    return read_values(files, parse, name=name, format_name=NAME)


def _is_record(value: object) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("entities"), list) or "text" not in value:
        return False
    return any(isinstance(entity, dict) and "start_idx" in entity for entity in value["entities"])


def _parse_entity(entity: Mapping[str, Any], where: str) -> RawMention:
    start, end = parse_offset(entity.get("start_idx")), parse_offset(entity.get("end_idx"))
    words = str(entity.get("entity") or "")
    end += start >= 0 and end - start == len(words) - 1
    return RawMention(str(entity.get("type") or "Entity"), ((start, end),), words, where)
