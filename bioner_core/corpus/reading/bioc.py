"""BioC, as XML or JSON: documents of passages, whose annotations count offsets from the document's start."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree.ElementTree import Element

from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.json_values import first_line, is_one_line, is_one_object, items, values
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.placement import Marked
from bioner_core.corpus.reading.split_names import refuse_documents
from bioner_core.corpus.reading.texts import Text, passages_of, whole
from bioner_core.corpus.reading.xml_trees import parsed, root_of
from bioner_core.errors import BionerError

NAME = "BioC"
_HEAD = 200_000  # characters that tell the format
_LIST = re.compile(r'"(?:documents|PubTator3)"\s*:\s*(?=\[)')
_LABELS = ("type", "entity_type", "entity type", "semantic_type", "label", "category", "class", "group")
_FORM = "A document needs passages, each with an offset and a text; an annotation needs infons and locations."
Object = Mapping[str, Any]


def claims(files: Mapping[str, str]) -> set[str]:
    """Return the files that hold BioC collections or documents."""
    return {name for name, text in files.items() if _is_xml(text) or _is_json(text)}


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read all documents, a passage of theirs as a passage of ours.

    :raises BionerError: for XML or JSON that is not complete, or lacks passages
    """
    refuse_documents(documents, name=name, since="BioC names its documents")
    findings = Findings()
    passages: list[Passage] = []
    for file, text in files.items():
        found = _xml_documents(text, file) if _is_xml(text) else _json_documents(text, file)
        texts = [each for where, document in found for each in _texts(document, where, findings)]
        passages += passages_of(texts, file=file, findings=findings)
    return findings.reading(name=name, form=NAME, passages=passages)


def _is_xml(text: str) -> bool:
    return root_of(text) == "collection" and "<document" in text[:_HEAD]


def _is_json(text: str) -> bool:
    head = text[:_HEAD]
    if head.lstrip()[:1] not in ("{", "["):
        return False
    return all(re.search(rf'"{key}"\s*:', head) for key in ("passages", "infons", "offset"))


def _json_documents(text: str, file: str) -> Iterator[tuple[str, Object]]:
    """Yield place and content of each document of a collection, of several, or without one."""
    is_one = first_line(text)[:1] == "{" and (is_one_line(text) or is_one_object(text))
    if is_one and (match := _LIST.search(text, 0, _HEAD)):
        yield from items(text, match.end(), name=file, is_whole=False)
        return
    for where, value in values(text, name=file):
        if isinstance(value, dict) and "documents" in value:
            yield from ((where, document) for document in _listed(value, "documents", where))
        else:
            yield where, value


def _xml_documents(text: str, file: str) -> Iterator[tuple[str, Object]]:
    for number, element in enumerate(parsed(text, where=file).iter("document"), 1):
        yield f"{file}, document {number}", _as_object(element)


def _as_object(element: Element) -> Object:
    """Return an XML node as BioC's JSON writes it."""
    found: dict[str, Any] = {
        "infons": {each.get("key", ""): each.text or "" for each in element.findall("infon")}
    }
    found["id"] = element.get("id", element.findtext("id", ""))
    found["offset"] = element.findtext("offset", "")
    found["text"] = element.findtext("text", "")
    found["locations"] = [each.attrib for each in element.findall("location")]
    for name in ("passage", "sentence", "annotation", "relation"):
        found[f"{name}s"] = [_as_object(each) for each in element.findall(name)]
    return found


def _texts(document: object, where: str, findings: Findings) -> list[Text]:
    """Return the passages of a document that have a text, each with its annotations."""
    if not isinstance(document, dict) or "passages" not in document:
        raise BionerError(f"{where}: found no BioC document. {_FORM}")
    key = str(document.get("id") or "")
    pieces: list[tuple[int, str, list[Marked]]] = []  # offset, text, mentions with offsets of the document
    loose = [_listed(document, "annotations", where)]
    n_relations = len(_listed(document, "relations", where))
    for passage in _listed(document, "passages", where):
        sentences = _listed(passage, "sentences", where)
        own = [passage, *sentences]
        n_relations += sum(len(_listed(each, "relations", where)) for each in own)
        for each in [passage] if passage.get("text") else own:
            inside = own if each is passage and each.get("text") else [each]
            annotations = [a for one in inside for a in _listed(one, "annotations", where)]
            if each.get("text"):
                marked = [_marked(a, where, findings) for a in annotations]
                pieces.append((whole(each.get("offset")), str(each["text"]), marked))
            else:
                loose.append(annotations)
    if n_relations:
        message = f"{n_relations:,} relation{'s' * (n_relations != 1)} not read."
        findings.add("note", where, message, kind="relations not read.")
    _settle([_marked(a, where, findings) for annotations in loose for a in annotations], pieces, findings)
    return [_text(key, *piece) for piece in pieces]


def _settle(mentions: list[Marked], pieces: list[tuple[int, str, list[Marked]]], findings: Findings) -> None:
    """Give annotations that stand outside the texts to those that hold their places."""
    in_order = sorted(pieces, key=lambda piece: piece[0])
    offsets = [offset for offset, *_ in in_order]
    for mention in mentions:
        start = mention.fragments[0][0] if mention.fragments else -1
        at = bisect_right(offsets, start) - 1
        if at >= 0 and start < offsets[at] + len(in_order[at][1]):
            in_order[at][2].append(mention)
            continue
        message = "an annotation without a place in any passage; left out."
        findings.unplaced(mention.where, message, label=mention.label, at=mention.fragments)


def _text(document: str, offset: int, text: str, marked: list[Marked]) -> Text:
    """Return a passage with mentions that count from its own start."""
    shifted = [
        Marked(
            m.label, tuple((s - offset, e - offset) for s, e in m.fragments) or ((-1, -1),), m.words, m.where
        )
        for m in marked
    ]
    return Text(text=text, marked=shifted, document=document)


def _marked(annotation: Object, where: str, findings: Findings) -> Marked:
    infons = annotation.get("infons")
    named = {str(key).lower(): value for key, value in infons.items()} if isinstance(infons, dict) else {}
    label = next((str(named[key]).strip() for key in _LABELS if named.get(key)), "")
    if not label:
        findings.add("warning", where, "an annotation without a type; its label is Entity.")
    fragments = []
    for location in _listed(annotation, "locations", where):
        start, length = whole(location.get("offset")), whole(location.get("length"))
        fragments.append((start, start + length) if start >= 0 and length > 0 else (-1, -1))
    return Marked(label or "Entity", tuple(fragments), str(annotation.get("text") or ""), where)


def _listed(value: Object, key: str, where: str) -> list[Any]:
    """Return the objects under a key; none where it is absent."""
    found = value.get(key) or []
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise BionerError(f"{where}: {key!r} is no list of objects. {_FORM}")
    return found
