"""tagtog: ``.ann.json`` files of entities beside ``.plain.html`` files of the texts."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from xml.etree.ElementTree import Element

from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.json_formats import claim_values, list_objects, require_object
from bioner_core.corpus.reading.json_values import parse_first_value, parse_value
from bioner_core.corpus.reading.offsets import UTF16
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.placement import RawMention, is_checkable
from bioner_core.corpus.reading.split_names import refuse_documents
from bioner_core.corpus.reading.texts import AnnotatedText, build_passages, parse_offset
from bioner_core.corpus.reading.xml_trees import parse_xml, strip_namespace

NAME = "tagtog"
_HINT = "The file is {annotatable: {parts}, entities: [{classId, part, offsets: [{start, text}]}]}."
_DOCTYPE = re.compile(r"<!DOCTYPE[^<>]*>")
_PARTS = ("p", "pre", "h1", "h2", "h3", "h4", "li", "td")
_LEGEND = "annotations-legend.json"


def claim(files: Mapping[str, str]) -> set[str]:
    """Return the annotations, their texts and the legend of their labels."""
    annotations = claim_values(files, _is_annotations)
    if not annotations:
        return set()
    others = {file for file in files if file.endswith(".html") or PurePosixPath(file).name == _LEGEND}
    return annotations | others


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read one passage per part of a text; texts without annotations are left out and counted.

    :raises BionerError: for HTML or JSON that is not complete
    """
    refuse_documents(documents, name=name, since="tagtog's documents are its files")
    findings = Findings()
    passages: list[Passage] = []
    labels = _read_legend(files)
    texts = {_strip_name(file): file for file in files if file.endswith(".html")}
    for file in sorted(file for file in files if file.endswith(".json") and _strip_legend(file)):
        page = texts.pop(_strip_name(file), "")
        mentions = _parse_mentions(files[file], file, labels)
        if not page:
            unplaced = [(m.where, m.label, m.fragments) for listed in mentions.values() for m in listed]
            findings.add_all_unplaced(file, "no text: its .plain.html is missing; left out.", unplaced)
            continue
        parts = _parse_parts(files[page], page)
        document = _strip_name(file)
        passages += build_passages(
            [
                AnnotatedText(text=text, raw_mentions=mentions.get(part, ()), document=document)
                for part, text in parts.items()
            ],
            file=file,
            findings=findings,
            convention=None if any(is_checkable(m) for ms in mentions.values() for m in ms) else UTF16,
        )
    for page in texts.values():
        findings.add("warning", page, "no .ann.json, so the document is left out.")
    return findings.build_reading(name=name, format_name=NAME, passages=passages, n_unannotated=len(texts))


def _is_annotations(value: object) -> bool:
    return isinstance(value, dict) and "annotatable" in value and isinstance(value.get("entities"), list)


def _strip_legend(file: str) -> bool:
    return PurePosixPath(file).name != _LEGEND


def _strip_name(file: str) -> str:
    """Return the name that a text and its annotations share, without folders."""
    return re.sub(r"(?:\.plain)?\.html$|(?:\.ann)?\.json$", "", PurePosixPath(file).name)


def _read_legend(files: Mapping[str, str]) -> dict[str, str]:
    legends = [text for file, text in files.items() if PurePosixPath(file).name == _LEGEND]
    value = parse_first_value(legends[0]) if legends else {}
    return {str(key): str(label) for key, label in value.items()} if isinstance(value, dict) else {}


def _parse_mentions(text: str, file: str, labels: Mapping[str, str]) -> dict[str, list[RawMention]]:
    """Return the mentions by part."""
    record = require_object(parse_value(text, where=file), file, _HINT)
    mentions: dict[str, list[RawMention]] = {}
    for entity in list_objects(record.get("entities"), file, _HINT):
        label = str(entity.get("classId") or "Entity")
        for place in list_objects(entity.get("offsets"), file, _HINT):
            words, start = str(place.get("text") or ""), parse_offset(place.get("start"))
            mention = RawMention(labels.get(label, label), ((start, start + len(words)),), words, file)
            mentions.setdefault(str(entity.get("part")), []).append(mention)
    return mentions


def _parse_parts(text: str, file: str) -> dict[str, str]:
    """Return the text of each element that has an id and holds no other such element."""
    parts: dict[str, str] = {}
    _collect_parts(parse_xml(_DOCTYPE.sub("", text), where=file), parts)
    return parts


def _collect_parts(element: Element, parts: dict[str, str]) -> bool:
    """Add the texts below an element; return whether it or one of these has an id."""
    has_inner = any([_collect_parts(child, parts) for child in element])  # a list: each child is visited
    key = element.get("id")
    if key and not has_inner and strip_namespace(element) in _PARTS:
        parts[key] = "".join(element.itertext())
    return has_inner or key is not None
