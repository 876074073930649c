"""Parse one JSON record of any tool: a text or tokens, mentions, document and part."""

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bioner_core.corpus.jsonl import KEY
from bioner_core.corpus.reading.bounds import format_names
from bioner_core.corpus.reading.placement import RawMention
from bioner_core.corpus.reading.split_names import parse_part
from bioner_core.corpus.sentences import Part
from bioner_core.errors import BionerError

Record = Mapping[str, Any]

TEXT_FIELDS = ("text", "sentence", "content", "data")
TOKEN_FIELDS = ("tokens", "words", "token")
TAG_FIELDS = ("ner_tags", "tags", "bio_tags", "iob_tags", "ner", "labels", "label")
SPAN_FIELDS = ("spans", "entities", "label", "labels", "annotations", "mentions", "ents", "ner")
DOCUMENT_FIELDS = ("document", "doc_id", "document_id", "file_name", "filename", "doc", "pmid")
PART_FIELDS = ("part", "split", "subset", "partition")
_START_FIELDS = ("start", "start_offset", "begin", "start_char")
_END_FIELDS = ("end", "end_offset", "stop", "end_char")
_LABEL_FIELDS = ("label", "entity_type", "type", "entity", "tag", "class")
_SURFACE_FIELDS = ("entity_text", "text", "word", "mention", "value")
_FORM = (
    "A record is an object with a text and its entities, each with start, end and label, or with words and "
    "as many tags."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordContent:
    """The parsed fields of one record."""

    text: str = ""
    tokens: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None  # one per token; None where ``raw_mentions`` holds the mentions
    raw_mentions: tuple[RawMention, ...] = ()
    document: str = ""
    part: Part = ""


def is_record(value: object) -> bool:
    """Tell whether a JSON value looks like a sentence or text of a corpus."""
    if isinstance(value, list):
        return len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], dict)
    is_sentence = isinstance(value, dict) and any(key in value for key in (*TEXT_FIELDS, *TOKEN_FIELDS))
    return is_sentence or is_header(value)


def is_header(value: object) -> bool:
    """Tell whether this is the first line of this program's own format, which describes the corpus."""
    return isinstance(value, dict) and KEY in value


def parse_record(value: object, *, where: str, documents: str | None) -> RecordContent:
    """Return the text or tokens, mentions, document and part of one record.

    :param documents: the field that names the document; dots lead into fields of fields
    :raises BionerError: for a value that is no record, or with wrong types or lengths
    """
    if isinstance(value, list) and is_record(value):
        value = {"text": value[0], **value[1]}  # spaCy's pairs
    if not isinstance(value, dict):
        raise BionerError(f"{where}: found no object. {_FORM}")
    document = select_field(value, documents, where) if documents else find_document_name(value)
    part = parse_part(str(find_first(value, PART_FIELDS) or ""))
    text = find_first(value, TEXT_FIELDS)
    raw_tokens = find_first(value, TOKEN_FIELDS)
    if isinstance(raw_tokens, list) and (
        not isinstance(text, str) or _find_first_list(value, TAG_FIELDS, str)
    ):
        tokens = _parse_tokens(raw_tokens, where)
        if (tags := _parse_tags(value, len(tokens), where)) is not None:
            return RecordContent(tokens=tokens, tags=tags, document=document, part=part)
        raw_mentions = _parse_mentions(value, where)
        if raw_mentions is None:
            raise BionerError(
                f"{where}: has words, but neither tags nor entities among {format_names(value)}. {_FORM}"
            )
        return RecordContent(tokens=tokens, raw_mentions=raw_mentions, document=document, part=part)
    if not isinstance(text, str):
        raise BionerError(f"{where}: has neither text nor words among {format_names(value)}. {_FORM}")
    return RecordContent(
        text=text, raw_mentions=_parse_mentions(value, where) or (), document=document, part=part
    )


def _parse_tokens(tokens: list[Any], where: str) -> tuple[str, ...]:
    if all(isinstance(token, dict) and isinstance(token.get("text"), str) for token in tokens):
        tokens = [token["text"] for token in tokens]
    if not set(map(type, tokens)) <= {str}:
        raise BionerError(f"{where}: some words are not strings. {_FORM}")
    if not all(map(str.strip, tokens)):
        tokens = [token if token.strip() else "\ufffd" for token in tokens]
    return tuple(map(sys.intern, tokens))  # one object for all occurrences of a word


def _parse_tags(value: Record, n_words: int, where: str) -> tuple[str, ...] | None:
    tags = _find_first_list(value, TAG_FIELDS, str)
    if tags is None:
        if n_words and _find_first_list(value, TAG_FIELDS, int):
            raise BionerError(f"{where}: tags are numbers. Write their names, such as B-Drug or O.")
        return None
    if len(tags) != n_words:
        raise BionerError(f"{where}: {n_words} words, but {len(tags)} tags. Each word needs one tag.")
    return tuple(map(sys.intern, tags))


def _parse_mentions(value: Record, where: str) -> tuple[RawMention, ...] | None:
    """Return the mentions; None where the record has no field for them."""
    fields = [key for key in SPAN_FIELDS if key in value]
    if not fields:
        return None
    spans = next((value[key] for key in fields if isinstance(value[key], list)), value[fields[0]])
    if spans is None:
        return ()
    if not isinstance(spans, list):
        raise BionerError(f"{where}: {fields[0]!r} is not a list of entities. {_FORM}")
    return tuple(parse_span(span, where) for span in spans)


def parse_span(span: object, where: str) -> RawMention:
    """Return one mention, from ``[start, end, label]`` or an object."""
    if isinstance(span, list) and len(span) == 3:
        start, end, label, surface = *span, ""
    elif isinstance(span, dict):
        start, end = find_first(span, _START_FIELDS), find_first(span, _END_FIELDS)
        label, surface = find_first(span, _LABEL_FIELDS), find_first(span, _SURFACE_FIELDS)
        label = span["labels"][0] if label is None and _find_first_list(span, ("labels",), str) else label
    else:
        raise BionerError(f"{where}: an entity is neither an object nor [start, end, label]. {_FORM}")
    if not isinstance(label, str) or not label.strip():
        raise BionerError(f"{where}: an entity has no label. {_FORM}")
    surface = surface if isinstance(surface, str) and surface != label else ""
    return RawMention(
        label.strip(), ((_validate_offset(start, where), _validate_offset(end, where)),), surface, where
    )


def _validate_offset(value: Any, where: str) -> int:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and abs(value) < 1e15 and value == int(value):  # of NaN, no comparison is true
        return int(value)
    raise BionerError(f"{where}: the start or end of an entity is not a whole number. {_FORM}")


def find_document_name(value: Record) -> str:
    """Return the document name from a usual field, or from RuMedNER's ``idx`` before its last "_"."""
    if (name := find_first(value, DOCUMENT_FIELDS)) is not None:
        return str(name) if isinstance(name, str | int) else ""
    idx = value.get("idx")
    match = re.fullmatch(r"(.{1,200})_\d{1,9}", idx) if isinstance(idx, str) else None
    return match[1] if match and not parse_part(match[1]) else ""


def select_field(value: Record, path: str, where: str) -> str:
    """Return the value of the field that ``path`` names, such as "meta.doc"."""
    field: Any = value
    for key in path.split("."):
        if not isinstance(field, dict) or key not in field:
            raise BionerError(
                f"{where}: has no field {path!r} for --documents. Its fields: {format_names(value)}."
            )
        field = field[key]
    if not isinstance(field, str | int):
        raise BionerError(f"{where}: the field {path!r} for --documents is neither text nor a number.")
    return str(field)


def find_first(value: Record, keys: Sequence[str]) -> Any:
    """Return the first value of these fields that is not null; None if there is none."""
    for key in keys:  # not next(…): most of the reading time is spent here
        if (content := value.get(key)) is not None:
            return content
    return None


def _find_first_list(value: Record, keys: Sequence[str], kind: type) -> list[Any] | None:
    """Return the first list whose items are all of type ``kind``."""
    lists = (value[key] for key in keys if isinstance(value.get(key), list))
    return next((items for items in lists if set(map(type, items)) <= {kind}), None)
