"""The fields of a JSON record that hold annotations: which one is read, and the mentions in it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from bioner_core.corpus.reading.bounds import format_names
from bioner_core.corpus.reading.placement import RawMention
from bioner_core.corpus.reading.tag_columns import find_tag_columns, is_tag
from bioner_core.errors import BionerError

Record = Mapping[str, Any]

TAG_FIELDS = ("ner_tags", "tags", "bio_tags", "iob_tags", "ner", "labels", "label")
SPAN_FIELDS = ("spans", "entities", "label", "labels", "annotations", "mentions", "ents", "ner")
FORM = (
    "A record is an object with a text and its entities, each with start, end and label, or with words and "
    "as many tags."
)
_START_FIELDS = ("start", "start_offset", "begin", "start_char", "startOffset", "begin_offset", "from")
_END_FIELDS = ("end", "end_offset", "stop", "end_char", "endOffset", "to")
_LABEL_FIELDS = ("label", "entity_type", "type", "entity", "tag", "class", "category", "entity_group")
_SURFACE_FIELDS = ("entity_text", "text", "word", "mention", "value")
_PREDICTED = re.compile(r"predict|suggest|candidate|system|auto|model", re.IGNORECASE)


def order_span_fields(records: Iterable[object]) -> tuple[str, ...]:
    """Return the fields of mentions, those to be read first in front, for the records of a corpus.

    A field that predictions are named for, or that is empty throughout, stands behind the others; a field
    of an unusual name counts where its values look like mentions.
    """
    filled: dict[str, bool] = {}  # by field: does it hold a mention?
    for record in records:
        if isinstance(record, dict):
            for name, value in record.items():
                if are_spans(value) or (name in SPAN_FIELDS and value == []):
                    filled[name] = filled.get(name, False) or bool(value)
    names = [*SPAN_FIELDS, *(name for name in filled if name not in SPAN_FIELDS)]
    return tuple(sorted(names, key=lambda name: (bool(_PREDICTED.search(name)), not filled.get(name))))


def are_spans(value: object) -> bool:
    """Tell whether a value is a list of mentions with offsets, or of the points of Dataturks."""
    return isinstance(value, list) and bool(value) and all(map(_is_span, value[:20]))


def _is_span(value: object) -> bool:
    if isinstance(value, list):
        return len(value) >= 3 and sorted(type(item).__name__ for item in value[:3]) == ["int", "int", "str"]
    if not isinstance(value, dict):
        return False
    if isinstance(value.get("points"), list):
        return True
    return isinstance(find_first(value, _START_FIELDS), int) and isinstance(
        find_first(value, _END_FIELDS), int
    )


def are_strings(value: object) -> bool:
    """Tell whether a value is a list of strings only."""
    return isinstance(value, list) and set(map(type, value)) <= {str}


def are_entity_tags(value: object) -> bool:
    """Tell whether a value is a list of tags with prefixes that mark entities, rather than chunks."""
    if not isinstance(value, list) or not value or not isinstance(value[0], str):
        return False
    if not is_tag(value[0]) or not are_strings(value):  # cheap tests first: most fields hold something else
        return False
    return any(column.has_prefixes and not column.is_chunks for column in find_tag_columns([value]))


def parse_mentions(
    value: Record, where: str, order: Sequence[str] = SPAN_FIELDS
) -> tuple[str, tuple[RawMention, ...] | None, tuple[str, ...]]:
    """Return the field that is read, its mentions, and other fields with different mentions.

    :param order: the fields, that to be read first in front
    :returns: the mentions are None where the record has no field for them
    :raises BionerError: for a field that is no list of mentions
    """
    fields = [key for key in order if key in value]
    if not fields:
        return "", None, ()
    field = next((key for key in fields if isinstance(value[key], list)), fields[0])
    others = tuple(
        key
        for key, item in value.items()
        if isinstance(item, list) and key != field and item != value[field] and are_spans(item)
    )
    spans = value[field]
    if spans is None:
        return field, (), others
    if not isinstance(spans, list):
        raise BionerError(f"{where}: {field!r} is not a list of entities. {FORM}")
    return field, tuple([mention for span in spans for mention in _parse_spans(span, where)]), others


def _parse_spans(span: object, where: str) -> list[RawMention]:
    """Return the mentions of an item: one, or one for each label and point of Dataturks."""
    if not (isinstance(span, dict) and isinstance(span.get("points"), list)):
        return [parse_span(span, where)]
    labels = span.get("label") if isinstance(span.get("label"), list) else [span.get("label")]
    mentions = []
    for point in span["points"]:
        for label in labels or ():
            mention = parse_span({**_require_object(point, where), "label": label}, where)
            ((start, end),) = mention.fragments
            end += end - start != len(mention.surface)  # Dataturks counts the last character as the end
            mentions.append(RawMention(mention.label, ((start, end),), mention.surface, where))
    return mentions


def _require_object(value: object, where: str) -> Record:
    if not isinstance(value, dict):
        raise BionerError(f"{where}: an entity is neither an object nor [start, end, label]. {FORM}")
    return value


def parse_span(span: object, where: str) -> RawMention:
    """Return one mention, from ``[start, end, label]`` or an object."""
    if isinstance(span, list) and len(span) in (3, 4):
        start, end, label, surface = (*span, "")[:4]
    else:
        value = _require_object(span, where)
        start, end, label, surface = [find_first(value, names) for names in _select_fields(tuple(value))]
        label = value["labels"][0] if label is None and find_first_list(value, ("labels",), str) else label
    if isinstance(label, int) and not isinstance(label, bool):
        label = str(label)
    if not isinstance(label, str) or not label.strip():
        raise BionerError(f"{where}: an entity has no label. {FORM}")
    surface = surface if isinstance(surface, str) and surface != label else ""
    return RawMention(
        label.strip(), ((_validate_offset(start, where), _validate_offset(end, where)),), surface, where
    )


@lru_cache(maxsize=64)
def _select_fields(names: tuple[str, ...]) -> list[list[str]]:
    """Return the fields of an entity that may hold its start, end, label and text; files have one form."""
    groups = (_START_FIELDS, _END_FIELDS, _LABEL_FIELDS, _SURFACE_FIELDS)
    return [[name for name in group if name in names] for group in groups]


def _validate_offset(value: Any, where: str) -> int:
    if type(value) is int and -1e15 < value < 1e15:
        return value
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and abs(value) < 1e15 and value == int(value):  # of NaN, no comparison is true
        return int(value)
    raise BionerError(f"{where}: the start or end of an entity is not a whole number. {FORM}")


def require_field(value: Record, field: str, where: str) -> None:
    """Refuse a record without the field that the user chose by ``--column``."""
    if field not in value:
        raise BionerError(f"{where}: has no field {field!r} for --column. Its fields: {format_names(value)}.")


def find_first(value: Record, keys: Sequence[str]) -> Any:
    """Return the first value of these fields that is not null; None if there is none."""
    for key in keys:  # not next(…): most of the reading time is spent here
        if (content := value.get(key)) is not None:
            return content
    return None


def find_first_list(value: Record, keys: Sequence[str], kind: type) -> list[Any] | None:
    """Return the first list whose items are all of type ``kind``."""
    lists = (value[key] for key in keys if isinstance(value.get(key), list))
    return next((items for items in lists if set(map(type, items)) <= {kind}), None)
