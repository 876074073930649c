"""Parse one JSON record of any tool: a text or tokens, mentions, document and part."""

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bioner_core.corpus.jsonl import KEY
from bioner_core.corpus.reading.annotation_fields import (
    FORM,
    SPAN_FIELDS,
    TAG_FIELDS,
    Record,
    are_entity_tags,
    are_spans,
    are_strings,
    find_first,
    find_first_list,
    parse_mentions,
    require_field,
)
from bioner_core.corpus.reading.bounds import format_names
from bioner_core.corpus.reading.placement import RawMention
from bioner_core.corpus.reading.split_names import parse_part
from bioner_core.corpus.sentences import Part
from bioner_core.errors import BionerError

TEXT_FIELDS = ("text", "sentence", "content", "data")
TOKEN_FIELDS = ("tokens", "words", "token")
DOCUMENT_FIELDS = ("document", "doc_id", "document_id", "file_name", "filename", "doc", "pmid")
PART_FIELDS = ("part", "split", "subset", "partition")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordContent:
    """The parsed fields of one record."""

    text: str = ""
    tokens: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None  # one per token; None where ``raw_mentions`` holds the mentions
    raw_mentions: tuple[RawMention, ...] = ()
    document: str = ""
    part: Part = ""
    field: str = ""  # of the annotations; "" where the record has none
    unread: tuple[str, ...] = ()  # other fields with other annotations, or lists of an unknown kind


def is_record(value: object) -> bool:
    """Tell whether a JSON value looks like a sentence or text of a corpus."""
    if isinstance(value, list):
        return len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], dict)
    is_sentence = isinstance(value, dict) and (
        isinstance(find_first(value, TEXT_FIELDS), str) or isinstance(find_first(value, TOKEN_FIELDS), list)
    )
    return is_sentence or is_header(value)


def is_header(value: object) -> bool:
    """Tell whether this is the first line of this program's own format, which describes the corpus."""
    return isinstance(value, dict) and KEY in value


def is_annotated_record(value: object) -> bool:
    """Tell whether a record has a field of tags or mentions, whatever its name."""
    if isinstance(value, list) and is_record(value):
        return True
    if not isinstance(value, dict) or not is_record(value):
        return False
    fields = (*TAG_FIELDS, *SPAN_FIELDS)
    return is_header(value) or any(
        isinstance(content, list) and (name in fields or are_spans(content) or are_entity_tags(content))
        for name, content in value.items()
    )


def parse_record(
    value: object,
    *,
    where: str,
    documents: str | None,
    order: Sequence[str] = SPAN_FIELDS,
    column: str | None = None,
) -> RecordContent:
    """Return the text or tokens, mentions, document and part of one record.

    :param documents: the field that names the document; dots lead into fields of fields
    :param order: the fields of mentions, that to be read first in front
    :param column: the only field of tags or mentions to be read
    :raises BionerError: for a value that is no record, or with wrong types or lengths
    """
    if isinstance(value, list) and is_record(value):
        value = {"text": value[0], **value[1]}  # spaCy's pairs
    if not isinstance(value, dict):
        raise BionerError(f"{where}: found no object. {FORM}")
    document = select_field(value, documents, where) if documents else find_document_name(value)
    part = parse_part(str(find_first(value, PART_FIELDS) or ""))
    text = find_first(value, TEXT_FIELDS)
    raw_tokens = find_first(value, TOKEN_FIELDS)
    tag_fields: Sequence[str] = TAG_FIELDS
    if column is not None:
        require_field(value, column, where)
        order = tag_fields = (column,)
    tokens = None
    if isinstance(raw_tokens, list) and (
        not isinstance(text, str) or find_first_list(value, tag_fields, str)
    ):
        tokens = _parse_tokens(raw_tokens, where)
        field, tags, unread = _parse_tags(value, len(tokens), where, tag_fields)
        if tags is not None:
            return RecordContent(
                tokens=tokens, tags=tags, document=document, part=part, field=field, unread=unread
            )
    elif not isinstance(text, str):
        raise BionerError(f"{where}: has neither text nor words among {format_names(value)}. {FORM}")
    field, raw_mentions, unread = parse_mentions(value, where, order)
    if raw_mentions is None:
        if tokens is not None:
            raise BionerError(
                f"{where}: has words, but neither tags nor entities among {format_names(value)}. {FORM}"
            )
        unread = tuple(key for key, item in value.items() if _is_unknown(key, item))
    return RecordContent(
        text=text if tokens is None else "",
        tokens=tokens,
        raw_mentions=raw_mentions or (),
        document=document,
        part=part,
        field=field,
        unread=unread,
    )


def _is_unknown(name: str, value: object) -> bool:
    """Tell whether a field is a list of objects or lists, which might be annotations."""
    is_list = isinstance(value, list) and bool(value) and isinstance(value[0], dict | list)
    return is_list and name not in ("relations", "events", "tokens", "Comments", "comments", "sents")


def _parse_tokens(tokens: list[Any], where: str) -> tuple[str, ...]:
    if all(isinstance(token, dict) and isinstance(token.get("text"), str) for token in tokens):
        tokens = [token["text"] for token in tokens]
    if not set(map(type, tokens)) <= {str}:
        raise BionerError(f"{where}: some words are not strings. {FORM}")
    if not all(map(str.strip, tokens)):
        tokens = [token if token.strip() else "\ufffd" for token in tokens]
    return tuple(map(sys.intern, tokens))  # one object for all occurrences of a word


def _parse_tags(
    value: Record, n_words: int, where: str, fields: Sequence[str]
) -> tuple[str, tuple[str, ...] | None, tuple[str, ...]]:
    """Return the field that is read, its tags (None where there are none), and other fields of tags."""
    candidates = [key for key in fields if are_strings(value.get(key))]
    others = [
        key
        for key, item in value.items()
        if key not in fields and are_entity_tags(item) and len(item) == n_words
    ]
    if not candidates and not others:
        if n_words and find_first_list(value, fields, int):
            raise BionerError(f"{where}: tags are numbers. Write their names, such as B-Drug or O.")
        return "", None, ()
    field = (candidates or others)[0]
    tags = value[field]
    if len(tags) != n_words:
        raise BionerError(f"{where}: {n_words} words, but {len(tags)} tags. Each word needs one tag.")
    unread = [key for key in (*candidates, *others) if key != field and are_entity_tags(value[key])]
    return field, tuple(map(sys.intern, tags)), tuple(key for key in unread if value[key] != tags)


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
