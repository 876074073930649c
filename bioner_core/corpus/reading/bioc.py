"""BioC as XML or JSON: documents of passages; offsets count from the start of the document."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element

from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.json_values import (
    extract_first_line,
    is_one_line,
    is_one_object,
    iterate_items,
    iterate_values,
)
from bioner_core.corpus.reading.mention_texts import is_same_text
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.placement import RawMention
from bioner_core.corpus.reading.split_names import refuse_documents
from bioner_core.corpus.reading.texts import AnnotatedText, build_passages, parse_offset
from bioner_core.corpus.reading.xml_trees import find_root_name, parse_xml
from bioner_core.errors import BionerError

NAME = "BioC"
_HEAD_LENGTH = 200_000  # characters inspected to detect the format
_DOCUMENT_LIST = re.compile(r'"(?:documents|PubTator3)"\s*:\s*(?=\[)')
_LABEL_KEYS = ("type", "entity_type", "entity type", "semantic_type", "label", "category", "class", "group")
_HINT = "A document needs passages, each with an offset and a text; an annotation needs infons and locations."
JsonObject = Mapping[str, Any]
_RELATIVE = (
    "locations count from the passage, where BioC counts from the document: they are read so, since more of "
    "them then fit."
)


class _Placed(NamedTuple):
    """A passage and its mentions, whose offsets count as in the file."""

    document: str
    offset: int
    text: str
    mentions: list[RawMention]


def claim(files: Mapping[str, str]) -> set[str]:
    """Return the files that hold BioC collections or documents."""
    return {name for name, text in files.items() if _is_xml(text) or _is_json(text)}


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read all documents, one passage per BioC passage.

    :raises BionerError: for XML or JSON that is not complete, or lacks passages
    """
    refuse_documents(documents, name=name, since="BioC names its documents")
    findings = Findings()
    passages: list[Passage] = []
    for file, text in files.items():
        file_documents = (
            _iterate_xml_documents(text, file) if _is_xml(text) else _iterate_json_documents(text, file)
        )
        placed: list[_Placed] = []
        for where, document in file_documents:
            placed += _parse_document(document, where, findings)
        is_relative = _count_from_passages(placed)
        if is_relative:
            findings.add("warning", file, _RELATIVE)
        texts = [_build_text(passage, is_relative=is_relative) for passage in placed]
        passages += build_passages(texts, file=file, findings=findings)
    return findings.build_reading(name=name, format_name=NAME, passages=passages)


def _is_xml(text: str) -> bool:
    return find_root_name(text) == "collection" and "<document" in text[:_HEAD_LENGTH]


def _is_json(text: str) -> bool:
    head = text[:_HEAD_LENGTH]
    if head.lstrip()[:1] not in ("{", "["):
        return False
    return all(re.search(rf'"{key}"\s*:', head) for key in ("passages", "infons", "offset"))


def _iterate_json_documents(text: str, file: str) -> Iterator[tuple[str, JsonObject]]:
    """Yield place and content of each document, inside collections or without one."""
    is_one = extract_first_line(text)[:1] == "{" and (is_one_line(text) or is_one_object(text))
    if is_one and (match := _DOCUMENT_LIST.search(text, 0, _HEAD_LENGTH)):
        yield from iterate_items(text, match.end(), name=file, is_whole=False)
        return
    for where, value in iterate_values(text, name=file):
        if isinstance(value, dict) and "documents" in value:
            yield from ((where, document) for document in _list_objects(value, "documents", where))
        else:
            yield where, value


def _iterate_xml_documents(text: str, file: str) -> Iterator[tuple[str, JsonObject]]:
    for number, element in enumerate(parse_xml(text, where=file).iter("document"), 1):
        yield f"{file}, document {number}", _convert_element(element)


def _convert_element(element: Element) -> JsonObject:
    """Return an XML element in the structure of BioC JSON."""
    converted: dict[str, Any] = {
        "infons": {infon.get("key", ""): infon.text or "" for infon in element.findall("infon")}
    }
    converted["id"] = element.get("id", element.findtext("id", ""))
    converted["offset"] = element.findtext("offset", "")
    converted["text"] = element.findtext("text", "")
    converted["locations"] = [location.attrib for location in element.findall("location")]
    for name in ("passage", "sentence", "annotation", "relation"):
        converted[f"{name}s"] = [_convert_element(child) for child in element.findall(name)]
    return converted


def _parse_document(document: object, where: str, findings: Findings) -> list[_Placed]:
    """Return the passages, or else their sentences, that have a text, with their annotations."""
    if not isinstance(document, dict) or "passages" not in document:
        raise BionerError(f"{where}: found no BioC document. {_HINT}")
    key = str(document.get("id") or "")
    passages: list[_Placed] = []
    outside = [_list_objects(document, "annotations", where)]
    n_relations = len(_list_objects(document, "relations", where))
    for passage in _list_objects(document, "passages", where):
        sentences = _list_objects(passage, "sentences", where)
        nodes = [passage, *sentences]
        n_relations += sum(len(_list_objects(node, "relations", where)) for node in nodes)
        for node in [passage] if passage.get("text") else nodes:
            annotated = nodes if node is passage and node.get("text") else [node]
            annotations = [a for item in annotated for a in _list_objects(item, "annotations", where)]
            if node.get("text"):
                mentions = [_parse_mention(a, where, findings) for a in annotations]
                passages.append(_Placed(key, parse_offset(node.get("offset")), str(node["text"]), mentions))
            else:
                outside.append(annotations)
    if n_relations:
        message = f"{n_relations:,} relation{'s' * (n_relations != 1)} not read."
        findings.add("note", where, message, kind="relations not read.")
    mentions = [_parse_mention(a, where, findings) for annotations in outside for a in annotations]
    _assign_to_passages(mentions, passages, findings)
    return passages


def _count_from_passages(passages: list[_Placed]) -> bool:
    """Tell whether more mentions fit if their offsets count from the passage instead of the document."""
    n_relative = n_absolute = 0
    for passage in passages:
        for mention in passage.mentions:
            n_relative += _fits(mention, passage.text, 0)
            n_absolute += _fits(mention, passage.text, passage.offset)
    return n_relative > n_absolute


def _fits(mention: RawMention, text: str, offset: int) -> bool:
    fragments = [(start - offset, end - offset) for start, end in mention.fragments]
    if any(start < 0 or end > len(text) for start, end in fragments):
        return False
    return not mention.surface or is_same_text(text, fragments, mention.surface)


def _assign_to_passages(mentions: list[RawMention], passages: list[_Placed], findings: Findings) -> None:
    """Add annotations that stand outside the passages to the passage that contains their start."""
    in_order = sorted(passages, key=lambda passage: passage.offset)
    offsets = [passage.offset for passage in in_order]
    for mention in mentions:
        start = mention.fragments[0][0] if mention.fragments else -1
        index = bisect_right(offsets, start) - 1
        if index >= 0 and start < offsets[index] + len(in_order[index].text):
            in_order[index].mentions.append(mention)
            continue
        message = "an annotation without a place in any passage; left out."
        findings.add_unplaced(mention.where, message, label=mention.label, fragments=mention.fragments)


def _build_text(passage: _Placed, *, is_relative: bool) -> AnnotatedText:
    """Return a passage whose mentions count from its start instead of the document's."""
    offset = 0 if is_relative else passage.offset
    shifted = [
        RawMention(
            m.label,
            tuple((s - offset, e - offset) for s, e in m.fragments) or ((-1, -1),),
            m.surface,
            m.where,
        )
        for m in passage.mentions
    ]
    return AnnotatedText(text=passage.text, raw_mentions=shifted, document=passage.document)


def _parse_mention(annotation: JsonObject, where: str, findings: Findings) -> RawMention:
    infons = annotation.get("infons")
    values = {str(key).lower(): value for key, value in infons.items()} if isinstance(infons, dict) else {}
    label = next((str(values[key]).strip() for key in _LABEL_KEYS if values.get(key)), "")
    if not label:
        findings.add("warning", where, "an annotation without a type; its label is Entity.")
    fragments = []
    for location in _list_objects(annotation, "locations", where):
        start, length = parse_offset(location.get("offset")), parse_offset(location.get("length"))
        fragments.append((start, start + length) if start >= 0 and length > 0 else (-1, -1))
    return RawMention(label or "Entity", tuple(fragments), str(annotation.get("text") or ""), where)


def _list_objects(value: JsonObject, key: str, where: str) -> list[Any]:
    """Return the list of objects under a key; empty if absent."""
    objects = value.get(key) or []
    if not isinstance(objects, list) or not all(isinstance(item, dict) for item in objects):
        raise BionerError(f"{where}: {key!r} is not a list of objects. {_HINT}")
    return objects
