"""Anafora: XML of entities with ``span`` and ``type``, beside the files of the texts."""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from xml.etree.ElementTree import Element

from bioner_core.corpus.reading.companion_texts import find_text_files
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.passages import Reading
from bioner_core.corpus.reading.placement import RawMention
from bioner_core.corpus.reading.split_names import refuse_documents
from bioner_core.corpus.reading.standoff import Standoff, read_standoff
from bioner_core.corpus.reading.xml_trees import find_root_name, parse_xml

NAME = "Anafora"
_FRAGMENT = re.compile(r"(\d{1,9}),(\d{1,9})")


def claim(files: Mapping[str, str]) -> set[str]:
    """Return the XML files of entities, and the files of their texts."""
    annotations = {name for name, text in files.items() if _is_annotations(text)}
    if not annotations:
        return set()
    others = files.keys() - annotations
    return annotations | find_text_files([_name_document(file) for file in annotations], others)


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read all documents; of several annotators of one text, the gold or else the first file is read."""
    refuse_documents(documents, name=name, since="Anafora's documents are its files")
    findings = Findings()
    texts = {file: text for file, text in files.items() if not _is_annotations(text)}
    chosen: dict[str, str] = {}
    for file in sorted(files.keys() - texts.keys(), key=lambda file: (".gold." not in file, file)):
        if chosen.setdefault(_name_document(file), file) != file:
            findings.add("note", file, "another version of the same document is read, so this one is not.")
    annotations = [
        Standoff(document=document, file=file, raw_mentions=list(_iterate_mentions(files[file], file)))
        for document, file in chosen.items()
    ]
    return read_standoff(annotations, texts, name=name, format_name=NAME, findings=findings)


def _is_annotations(text: str) -> bool:
    return find_root_name(text) == "data" and "<annotations" in text[:5_000]


def _name_document(file: str) -> str:
    """Return the name of the text: ID of ``ID.Task.annotator.completed.xml``."""
    name = PurePosixPath(file).name
    return re.sub(
        r"\.xml$", "", re.sub(r"\.[^.]+\.[^.]+\.(?:completed|inprogress|preannotation)\.xml$", "", name)
    )


def _iterate_mentions(text: str, file: str) -> Iterator[RawMention]:
    root: Element = parse_xml(text, where=file)
    for entity in root.iter("entity"):
        places = _FRAGMENT.findall(entity.findtext("span", ""))
        fragments = tuple((int(start), int(end)) for start, end in places)
        label = entity.findtext("type", "").strip() or "Entity"
        yield RawMention(label, fragments or ((-1, -1),), "", f"{file}, {entity.findtext('id', '')}")
