"""One JSON record: a text or words, its mentions, its document; whatever tool wrote it."""

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bioner_core.corpus.jsonl import KEY
from bioner_core.corpus.reading.bounds import shown
from bioner_core.corpus.reading.placement import Marked
from bioner_core.corpus.reading.split_names import part_of
from bioner_core.corpus.sentences import Part
from bioner_core.errors import BionerError

Record = Mapping[str, Any]

TEXTS = ("text", "sentence", "content", "data")
TOKENS = ("tokens", "words", "token")
TAGS = ("ner_tags", "tags", "bio_tags", "iob_tags", "ner", "labels", "label")
SPANS = ("spans", "entities", "label", "labels", "annotations", "mentions", "ents", "ner")
DOCUMENTS = ("document", "doc_id", "document_id", "file_name", "filename", "doc", "pmid")
PARTS = ("part", "split", "subset", "partition")
_STARTS = ("start", "start_offset", "begin", "start_char")
_ENDS = ("end", "end_offset", "stop", "end_char")
_LABELS = ("label", "entity_type", "type", "entity", "tag", "class")
_WORDS = ("entity_text", "text", "word", "mention", "value")
_FORM = (
    "A record is an object with a text and its entities, each with start, end and label, or with words and "
    "as many tags."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a record says."""

    text: str = ""
    tokens: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None  # one for each token, or None where marked says it
    marked: tuple[Marked, ...] = ()
    document: str = ""
    part: Part = ""


def is_record(value: object) -> bool:
    """Tell whether a JSON value looks like a sentence or text of a corpus."""
    if isinstance(value, list):
        return len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], dict)
    is_sentence = isinstance(value, dict) and any(key in value for key in (*TEXTS, *TOKENS))
    return is_sentence or is_header(value)


def is_header(value: object) -> bool:
    """Tell whether this is the first line of our own format, which tells of the corpus."""
    return isinstance(value, dict) and KEY in value


def content_of(value: object, *, where: str, documents: str | None) -> Content:
    """Return what one record says.

    :param documents: the field that names the document; dots lead into fields of fields
    :raises BionerError: where it is not a record, or lengths and types do not fit
    """
    if isinstance(value, list) and is_record(value):
        value = {"text": value[0], **value[1]}  # spaCy's pairs
    if not isinstance(value, dict):
        raise BionerError(f"{where}: found no object. {_FORM}")
    document = named(value, documents, where) if documents else document_of(value)
    part = part_of(str(first(value, PARTS) or ""))
    text = first(value, TEXTS)
    tokens = first(value, TOKENS)
    if isinstance(tokens, list) and (not isinstance(text, str) or _first_list(value, TAGS, str)):
        words = _words(tokens, where)
        if (tags := _tags(value, len(words), where)) is not None:
            return Content(tokens=words, tags=tags, document=document, part=part)
        marked = _marked(value, where)
        if marked is None:
            raise BionerError(
                f"{where}: has words, but neither tags nor entities among {shown(value)}. {_FORM}"
            )
        return Content(tokens=words, marked=marked, document=document, part=part)
    if not isinstance(text, str):
        raise BionerError(f"{where}: has neither text nor words among {shown(value)}. {_FORM}")
    return Content(text=text, marked=_marked(value, where) or (), document=document, part=part)


def _words(tokens: list[Any], where: str) -> tuple[str, ...]:
    if all(isinstance(token, dict) and isinstance(token.get("text"), str) for token in tokens):
        tokens = [token["text"] for token in tokens]
    if not set(map(type, tokens)) <= {str}:
        raise BionerError(f"{where}: some words are no strings. {_FORM}")
    if not all(map(str.strip, tokens)):
        tokens = [token if token.strip() else "\ufffd" for token in tokens]
    return tuple(map(sys.intern, tokens))  # one object for all occurrences of a word


def _tags(value: Record, n_words: int, where: str) -> tuple[str, ...] | None:
    tags = _first_list(value, TAGS, str)
    if tags is None:
        if n_words and _first_list(value, TAGS, int):
            raise BionerError(f"{where}: tags are numbers. Write their names, such as B-Drug or O.")
        return None
    if len(tags) != n_words:
        raise BionerError(f"{where}: {n_words} words, but {len(tags)} tags. Each word needs one tag.")
    return tuple(map(sys.intern, tags))


def _marked(value: Record, where: str) -> tuple[Marked, ...] | None:
    """Return the mentions; None where the record has no field for them."""
    fields = [key for key in SPANS if key in value]
    if not fields:
        return None
    spans = next((value[key] for key in fields if isinstance(value[key], list)), value[fields[0]])
    if spans is None:
        return ()
    if not isinstance(spans, list):
        raise BionerError(f"{where}: {fields[0]!r} is no list of entities. {_FORM}")
    return tuple(span_of(span, where) for span in spans)


def span_of(span: object, where: str) -> Marked:
    """Return one mention, from ``[start, end, label]`` or an object."""
    if isinstance(span, list) and len(span) == 3:
        start, end, label, words = *span, ""
    elif isinstance(span, dict):
        start, end = first(span, _STARTS), first(span, _ENDS)
        label, words = first(span, _LABELS), first(span, _WORDS)
        label = span["labels"][0] if label is None and _first_list(span, ("labels",), str) else label
    else:
        raise BionerError(f"{where}: an entity is neither an object nor [start, end, label]. {_FORM}")
    if not isinstance(label, str) or not label.strip():
        raise BionerError(f"{where}: an entity has no label. {_FORM}")
    words = words if isinstance(words, str) and words != label else ""
    return Marked(label.strip(), ((_offset(start, where), _offset(end, where)),), words, where)


def _offset(value: Any, where: str) -> int:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and abs(value) < 1e15 and value == int(value):  # of NaN, no comparison is true
        return int(value)
    raise BionerError(f"{where}: the start or end of an entity is no whole number. {_FORM}")


def document_of(value: Record) -> str:
    """Return the document that a usual field names; of RuMedNER's ``idx``, all before the last "_"."""
    if (name := first(value, DOCUMENTS)) is not None:
        return str(name) if isinstance(name, str | int) else ""
    idx = value.get("idx")
    if isinstance(idx, str) and (match := re.fullmatch(r"(.{1,200})_\d{1,9}", idx)) and not part_of(match[1]):
        return match[1]
    return ""


def named(value: Record, path: str, where: str) -> str:
    """Return the content of the field that the user names."""
    found: Any = value
    for key in path.split("."):
        if not isinstance(found, dict) or key not in found:
            raise BionerError(f"{where}: has no field {path!r} for --documents. Its fields: {shown(value)}.")
        found = found[key]
    if not isinstance(found, str | int):
        raise BionerError(f"{where}: the field {path!r} for --documents is neither text nor a number.")
    return str(found)


def first(value: Record, keys: Sequence[str]) -> Any:
    """Return the first content of these fields that is not null; None where there is none."""
    for key in keys:  # not next(…): this is where most of the time goes
        if (found := value.get(key)) is not None:
            return found
    return None


def _first_list(value: Record, keys: Sequence[str], kind: type) -> list[Any] | None:
    """Return the first list that holds values of one type only."""
    lists = (value[key] for key in keys if isinstance(value.get(key), list))
    return next((found for found in lists if set(map(type, found)) <= {kind}), None)
