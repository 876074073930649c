"""spaCy's ``.spacy`` files (DocBin): packed tables of tokens and strings; nothing is unpickled or run."""

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

from bioner_core.corpus.reading.bounds import MAX_BYTES, MAX_ITEMS, shown
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.offsets import CHARACTERS
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.placement import Marked
from bioner_core.corpus.reading.spacy_strings import ENT_IOB, ENT_TYPE, ORTH, strings_by_number
from bioner_core.corpus.reading.split_names import refuse_documents
from bioner_core.corpus.reading.texts import Text, passages_of
from bioner_core.errors import BionerError

NAME = "spaCy"
_USUAL_GROUP = "sc"  # the span group that spaCy's own span categoriser reads
_IN, _BEGIN = 1, 3  # values of ENT_IOB; 2 is outside, 0 not annotated
_SPAN = struct.Struct(
    ">QQQllll"
)  # id, knowledge base, label, first token, end token, first and end character
_AGAIN = "Write it again with DocBin.to_disk."
T = TypeVar("T")
Groups = Mapping[str, list[tuple[int, int, int]]]  # (first token, end, label) of each span, by group


@dataclass(frozen=True)
class _Bin:
    """What a file holds, unpacked."""

    attributes: list[int]
    tokens: NDArray[np.uint64]  # (tokens, attributes)
    spaces: NDArray[np.bool_]  # (tokens,): does a blank follow
    lengths: NDArray[np.int32]  # tokens of each document
    strings: Mapping[int, str]
    groups: list[Groups]  # of each document


def claims_bytes(files: Mapping[str, bytes]) -> set[str]:
    """Return the files that unpack to a DocBin."""
    return {name for name, content in files.items() if content[:1] == b"\x78" and _is_docbin(content)}


def read_bytes(files: Mapping[str, bytes], *, name: str, documents: str | None) -> Reading:
    """Read the entities (``doc.ents``) of all documents; where there are none, a group of spans.

    :raises BionerError: for a file that is damaged, or larger than is read at once
    """
    refuse_documents(documents, name=name, since=".spacy names no documents")
    findings = Findings()
    bins = {file: _tried(partial(_bin, content), file) for file, content in files.items()}
    has_entities = any(
        ENT_IOB in b.attributes and np.any(_column(b, ENT_IOB) == _BEGIN) for b in bins.values()
    )
    group = "" if has_entities else _group(bins, name, findings)
    passages: list[Passage] = []
    n_unannotated = 0
    for file, each in bins.items():
        texts = _tried(partial(_texts, each, file, group), file)
        annotated = [text for text in texts if text is not None]
        n = len(texts) - len(annotated)
        n_unannotated += n
        if n:
            message = f"{n:,} document{'s' * (n != 1)} whose entities were never set: left out."
            findings.add("warning", file, message)
        passages += passages_of(annotated, file=file, findings=findings, rule=CHARACTERS)
    return findings.reading(name=name, form=NAME, passages=passages, n_unannotated=n_unannotated)


def _is_docbin(content: bytes) -> bool:
    try:
        start = zlib.decompressobj().decompress(content[:1_000], 100)
    except zlib.error:
        return False
    return start[:1] >= b"\x80" and start[:1] <= b"\x8f" and b"\xa7version" in start[:20]


def _bin(content: bytes) -> _Bin:
    """Unpack a file; only what is needed becomes objects, the rest is skipped."""
    unpacking = zlib.decompressobj()
    data = unpacking.decompress(content, MAX_BYTES)
    if unpacking.unconsumed_tail:
        raise BionerError(f"unpacks to more than {MAX_BYTES // 1_000_000} MB. Give a part of it.")
    if not unpacking.eof:
        raise ValueError("cut off")
    unpacker = _unpacker(data)
    found: dict[str, Any] = {"span_groups": []}
    for _ in range(unpacker.read_map_header()):
        key = unpacker.unpack()
        if key in ("attrs", "strings", "span_groups"):
            found[key] = _items(unpacker)
        elif key in ("tokens", "spaces", "lengths"):
            found[key] = unpacker.unpack()
        else:
            unpacker.skip()  # categories, flags, the user's own data
    lengths = np.frombuffer(found["lengths"], dtype="<i4")
    tokens = np.frombuffer(found["tokens"], dtype="<u8").reshape(-1, len(found["attrs"]))
    spaces = np.frombuffer(found["spaces"], dtype=np.bool_)
    if len(lengths) > MAX_ITEMS:
        raise BionerError(f"more than {MAX_ITEMS:,} documents. Give a part of it.")
    if len(tokens) != lengths.sum() or len(spaces) != len(tokens) or (lengths < 0).any():
        raise ValueError("lengths do not fit")
    groups = [_groups(each) for each in found["span_groups"]]
    return _Bin(found["attrs"], tokens, spaces, lengths, strings_by_number(found["strings"]), groups)


def _unpacker(data: bytes) -> Any:
    """Return what unpacks strings, bytes and numbers; lists and maps are read by their headers only."""

    def refuse(*_: object) -> None:
        raise ValueError("a list or map where none belongs")

    unpacker = msgpack.Unpacker(
        max_buffer_size=MAX_BYTES, list_hook=refuse, object_hook=refuse, ext_hook=refuse, strict_map_key=False
    )
    unpacker.feed(data)
    return unpacker


def _items(unpacker: Any) -> list[Any]:
    """Return the items of a list of strings, bytes or numbers."""
    n = unpacker.read_array_header()
    if n > MAX_ITEMS:
        raise BionerError(f"more than {MAX_ITEMS:,} items in one list. Give a part of it.")
    return [unpacker.unpack() for _ in range(n)]


def _groups(packed: bytes) -> Groups:
    """Return the spans of each group of a document."""
    if not packed or packed[:1] in (b"\x90", b"\x80"):
        return {}
    unpacker = _unpacker(packed)
    is_map = 0x80 <= packed[0] <= 0x8F or packed[0] in (0xDE, 0xDF)
    found: dict[str, list[tuple[int, int, int]]] = {}
    for _ in range(unpacker.read_map_header() if is_map else unpacker.read_array_header()):
        name, spans = _spans(unpacker.unpack())
        keys = _items(unpacker) if is_map else [name]
        found |= {str(key): spans for key in keys}
    return found


def _spans(packed: bytes) -> tuple[str, list[tuple[int, int, int]]]:
    unpacker = _unpacker(packed)
    name, spans = "", list[tuple[int, int, int]]()
    for _ in range(unpacker.read_map_header()):
        key = unpacker.unpack()
        if key == "name":
            name = str(unpacker.unpack())
        elif key == "spans":
            unpacked = [_SPAN.unpack(each) for each in _items(unpacker)]
            spans = [(first, end, label) for _, _, label, first, end, *_ in unpacked]
        else:
            unpacker.skip()
    return name, spans


def _group(bins: Mapping[str, _Bin], where: str, findings: Findings) -> str:
    """Return the group of spans to read instead of entities, "" where there is none."""
    n_spans: Counter[str] = Counter()
    for groups in (groups for each in bins.values() for groups in each.groups):
        n_spans.update({key: len(spans) for key, spans in groups.items()})
    if not n_spans:
        return ""
    best = _USUAL_GROUP if n_spans[_USUAL_GROUP] else n_spans.most_common(1)[0][0]
    message = f"no entities are set, so the spans of the group {shown([best])!r} are read"
    findings.add("note", where, f"{message}, of {len(n_spans)} group{'s' * (len(n_spans) != 1)}.")
    return best


def _texts(each: _Bin, file: str, group: str) -> list[Text | None]:
    """Return the documents; None where entities were never set."""
    found: list[Text | None] = []
    ends = np.cumsum(each.lengths)
    words = _column(each, ORTH)
    iob = _column(each, ENT_IOB) if ENT_IOB in each.attributes else np.zeros(len(words), dtype=np.uint64)
    kinds = _column(each, ENT_TYPE) if ENT_TYPE in each.attributes else np.zeros(len(words), dtype=np.uint64)
    for number, (end, length) in enumerate(zip(ends.tolist(), each.lengths.tolist(), strict=True)):
        span = slice(end - length, end)
        if not group and not iob[span].any():
            found.append(None)
            continue
        pieces = [
            each.strings.get(word, "\ufffd") + " " * space
            for word, space in zip(words[span].tolist(), each.spaces[span].tolist(), strict=True)
        ]
        if group:
            spans = each.groups[number].get(group, []) if number < len(each.groups) else []
        else:
            spans = _entities(iob[span].tolist(), kinds[span].tolist())
        starts = np.cumsum([0, *map(len, pieces)]).tolist()
        where = f"{file}, document {number + 1}"
        marked = [
            Marked(each.strings.get(kind, "") or "Entity", (_characters(first, last, starts),), where=where)
            for first, last, kind in spans
        ]
        found.append(Text(text="".join(pieces), marked=marked))
    return found


def _column(each: _Bin, attribute: int) -> NDArray[np.uint64]:
    return each.tokens[:, each.attributes.index(attribute)]


def _entities(iob: list[int], kinds: list[int]) -> list[tuple[int, int, int]]:
    """Return (first token, end, label) of each entity."""
    found: list[tuple[int, int, int]] = []
    for i, (tag, kind) in enumerate(zip(iob, kinds, strict=True)):
        if tag == _IN and found and found[-1][1] == i:
            found[-1] = (found[-1][0], i + 1, found[-1][2])
        elif tag in (_IN, _BEGIN) and kind:
            found.append((i, i + 1, kind))
    return found


def _characters(first: int, end: int, starts: list[int]) -> tuple[int, int]:
    """Return a place in characters; one that is none where the tokens are none."""
    return (starts[first], starts[end]) if 0 <= first < end < len(starts) else (-1, -1)


def _tried(action: Callable[[], T], name: str) -> T:
    try:
        return action()
    except BionerError as error:
        raise BionerError(f"{name}: {error}") from error
    except Exception as error:  # damaged bytes raise whatever msgpack, numpy and zlib have
        raise BionerError(f"{name}: a .spacy file that is damaged or cut off. {_AGAIN}") from error
