"""spaCy's ``.spacy`` files (DocBin), unpacked from msgpack; nothing is unpickled or executed."""

import struct
import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import msgpack
import numpy as np
from numpy.typing import NDArray

from bioner_core.corpus.reading.bounds import MAX_BYTES, MAX_ITEMS, format_names
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.offsets import CHARACTERS
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.placement import RawMention
from bioner_core.corpus.reading.spacy_strings import ENT_IOB, ENT_TYPE, ORTH, map_strings
from bioner_core.corpus.reading.split_names import refuse_documents
from bioner_core.corpus.reading.texts import AnnotatedText, build_passages
from bioner_core.errors import BionerError

NAME = "spaCy"
_DEFAULT_GROUP = "sc"  # the span group that spaCy's span categorizer uses by default
_IN, _BEGIN = 1, 3  # values of ENT_IOB; 2 is outside, 0 not annotated
# id, knowledge base, label, first token, end token, first and end character
_SPAN = struct.Struct(">QQQllll")
_EXPORT_AGAIN = "Write it again with DocBin.to_disk."
T = TypeVar("T")
SpanGroups = Mapping[str, list[tuple[int, int, int]]]  # (first token, end, label) of each span, by group


@dataclass(frozen=True)
class _DocBin:
    """The unpacked content of a file."""

    attributes: list[int]
    tokens: NDArray[np.uint64]  # (tokens, attributes)
    spaces: NDArray[np.bool_]  # (tokens,): whether a blank follows
    lengths: NDArray[np.int32]  # tokens of each document
    strings: Mapping[int, str]
    groups: list[SpanGroups]  # of each document


def claim_bytes(files: Mapping[str, bytes]) -> set[str]:
    """Return the files that unpack to a DocBin."""
    return {name for name, content in files.items() if content[:1] == b"\x78" and _is_docbin(content)}


def read_bytes(files: Mapping[str, bytes], *, name: str, documents: str | None) -> Reading:
    """Read the entities (``doc.ents``) of all documents; where there are none, a group of spans.

    :raises BionerError: for a file that is damaged, or larger than is read at once
    """
    refuse_documents(documents, name=name, since=".spacy names no documents")
    findings = Findings()
    docbins = {file: _call_guarded(partial(_unpack_docbin, content), file) for file, content in files.items()}
    has_entities = any(
        np.any(_select_optional_column(docbin, ENT_IOB) == _BEGIN) for docbin in docbins.values()
    )
    group = "" if has_entities else _select_group(docbins, name, findings)
    passages: list[Passage] = []
    n_unannotated = 0
    for file, docbin in docbins.items():
        texts = _call_guarded(partial(_build_texts, docbin, file, group), file)
        annotated = [text for text in texts if text is not None]
        n = len(texts) - len(annotated)
        n_unannotated += n
        if n:
            message = f"{n:,} document{'s' * (n != 1)} whose entities were never set: left out."
            findings.add("warning", file, message)
        passages += build_passages(annotated, file=file, findings=findings, convention=CHARACTERS)
    return findings.build_reading(name=name, format_name=NAME, passages=passages, n_unannotated=n_unannotated)


def _is_docbin(content: bytes) -> bool:
    try:
        start = zlib.decompressobj().decompress(content[:1_000], 100)
    except zlib.error:
        return False
    return start[:1] >= b"\x80" and start[:1] <= b"\x8f" and b"\xa7version" in start[:20]


def _unpack_docbin(content: bytes) -> _DocBin:
    """Unpack the fields that are needed, and skip the others."""
    unpacking = zlib.decompressobj()
    data = unpacking.decompress(content, MAX_BYTES)
    if unpacking.unconsumed_tail:
        raise BionerError(f"unpacks to more than {MAX_BYTES // 1_000_000} MB. Give a part of it.")
    if not unpacking.eof:
        raise ValueError("cut off")
    unpacker = _build_unpacker(data)
    fields: dict[str, Any] = {"span_groups": []}
    for _ in range(unpacker.read_map_header()):
        key = unpacker.unpack()
        if key in ("attrs", "strings", "span_groups"):
            fields[key] = _unpack_items(unpacker)
        elif key in ("tokens", "spaces", "lengths"):
            fields[key] = unpacker.unpack()
        else:
            unpacker.skip()  # categories, flags, user data
    lengths = np.frombuffer(fields["lengths"], dtype="<i4")
    tokens = np.frombuffer(fields["tokens"], dtype="<u8").reshape(-1, len(fields["attrs"]))
    spaces = np.frombuffer(fields["spaces"], dtype=np.bool_)
    if len(lengths) > MAX_ITEMS:
        raise BionerError(f"more than {MAX_ITEMS:,} documents. Give a part of it.")
    if len(tokens) != lengths.sum() or len(spaces) != len(tokens) or (lengths < 0).any():
        raise ValueError("lengths do not fit")
    groups = [_unpack_groups(packed) for packed in fields["span_groups"]]
    return _DocBin(fields["attrs"], tokens, spaces, lengths, map_strings(fields["strings"]), groups)


def _build_unpacker(data: bytes) -> Any:
    """Return an unpacker of strings, bytes and numbers; lists and maps are read by their headers only."""

    def refuse(*_: object) -> None:
        raise ValueError("a list or map where none belongs")

    unpacker = msgpack.Unpacker(
        max_buffer_size=MAX_BYTES, list_hook=refuse, object_hook=refuse, ext_hook=refuse, strict_map_key=False
    )
    unpacker.feed(data)
    return unpacker


def _unpack_items(unpacker: Any) -> list[Any]:
    """Return the items of a list of strings, bytes or numbers."""
    n = unpacker.read_array_header()
    if n > MAX_ITEMS:
        raise BionerError(f"more than {MAX_ITEMS:,} items in one list. Give a part of it.")
    return [unpacker.unpack() for _ in range(n)]


def _unpack_groups(packed: bytes) -> SpanGroups:
    """Return the spans of each group of a document."""
    if not packed or packed[:1] in (b"\x90", b"\x80"):
        return {}
    unpacker = _build_unpacker(packed)
    is_map = 0x80 <= packed[0] <= 0x8F or packed[0] in (0xDE, 0xDF)
    groups: dict[str, list[tuple[int, int, int]]] = {}
    for _ in range(unpacker.read_map_header() if is_map else unpacker.read_array_header()):
        name, spans = _unpack_spans(unpacker.unpack())
        keys = _unpack_items(unpacker) if is_map else [name]
        groups |= {str(key): spans for key in keys}
    return groups


def _unpack_spans(packed: bytes) -> tuple[str, list[tuple[int, int, int]]]:
    unpacker = _build_unpacker(packed)
    name, spans = "", list[tuple[int, int, int]]()
    for _ in range(unpacker.read_map_header()):
        key = unpacker.unpack()
        if key == "name":
            name = str(unpacker.unpack())
        elif key == "spans":
            unpacked = [_SPAN.unpack(span) for span in _unpack_items(unpacker)]
            spans = [(first, end, label) for _, _, label, first, end, *_ in unpacked]
        else:
            unpacker.skip()
    return name, spans


def _select_group(docbins: Mapping[str, _DocBin], where: str, findings: Findings) -> str:
    """Return the span group to read instead of entities; "" if there is none."""
    n_spans: Counter[str] = Counter()
    for groups in (groups for docbin in docbins.values() for groups in docbin.groups):
        n_spans.update({key: len(spans) for key, spans in groups.items()})
    if not n_spans:
        return ""
    best = _DEFAULT_GROUP if n_spans[_DEFAULT_GROUP] else n_spans.most_common(1)[0][0]
    message = f"no entities are set, so the spans of the group {format_names([best])!r} are read"
    findings.add("note", where, f"{message}, of {len(n_spans)} group{'s' * (len(n_spans) != 1)}.")
    return best


def _build_texts(docbin: _DocBin, file: str, group: str) -> list[AnnotatedText | None]:
    """Return the documents; None where entities were never set."""
    texts: list[AnnotatedText | None] = []
    ends = np.cumsum(docbin.lengths)
    orths = _select_column(docbin, ORTH)
    iob, type_numbers = (_select_optional_column(docbin, attribute) for attribute in (ENT_IOB, ENT_TYPE))
    for number, (end, length) in enumerate(zip(ends.tolist(), docbin.lengths.tolist(), strict=True)):
        span = slice(end - length, end)
        if not group and not iob[span].any():
            texts.append(None)
            continue
        pieces = [
            docbin.strings.get(orth, "\ufffd") + " " * space
            for orth, space in zip(orths[span].tolist(), docbin.spaces[span].tolist(), strict=True)
        ]
        if group:
            spans = docbin.groups[number].get(group, []) if number < len(docbin.groups) else []
        else:
            spans = _decode_entities(iob[span].tolist(), type_numbers[span].tolist())
        starts = np.cumsum([0, *map(len, pieces)]).tolist()
        where = f"{file}, document {number + 1}"
        raw_mentions = [
            RawMention(
                docbin.strings.get(type_number, "") or "Entity",
                (_convert_to_characters(first, last, starts),),
                where=where,
            )
            for first, last, type_number in spans
        ]
        texts.append(AnnotatedText(text="".join(pieces), raw_mentions=raw_mentions))
    return texts


def _select_column(docbin: _DocBin, attribute: int) -> NDArray[np.uint64]:
    return docbin.tokens[:, docbin.attributes.index(attribute)]


def _select_optional_column(docbin: _DocBin, attribute: int) -> NDArray[np.uint64]:
    if attribute in docbin.attributes:
        return _select_column(docbin, attribute)
    return np.zeros(len(docbin.tokens), dtype=np.uint64)


def _decode_entities(iob: list[int], types: list[int]) -> list[tuple[int, int, int]]:
    """Return (first token, end, label) of each entity."""
    entities: list[tuple[int, int, int]] = []
    for i, (tag, type_number) in enumerate(zip(iob, types, strict=True)):
        if tag == _IN and entities and entities[-1][1] == i:
            entities[-1] = (entities[-1][0], i + 1, entities[-1][2])
        elif tag in (_IN, _BEGIN) and type_number:
            entities.append((i, i + 1, type_number))
    return entities


def _convert_to_characters(first: int, end: int, starts: list[int]) -> tuple[int, int]:
    """Return the character offsets of a token span; (-1, -1) if the span is not valid."""
    return (starts[first], starts[end]) if 0 <= first < end < len(starts) else (-1, -1)


def _call_guarded(action: Callable[[], T], name: str) -> T:
    """Call ``action``; turn every error into one that names the file."""
    try:
        return action()
    except BionerError as error:
        raise BionerError(f"{name}: {error}") from error
    except Exception as error:  # damaged bytes raise whatever msgpack, numpy and zlib have
        raise BionerError(f"{name}: a .spacy file that is damaged or cut off. {_EXPORT_AGAIN}") from error
