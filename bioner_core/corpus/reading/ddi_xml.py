"""The DDI corpus: XML documents of sentences with entities, whose ends are the last character."""

import re
from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element

from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.passages import Reading
from bioner_core.corpus.reading.placement import RawMention
from bioner_core.corpus.reading.split_names import refuse_documents
from bioner_core.corpus.reading.texts import AnnotatedText
from bioner_core.corpus.reading.xml_documents import read_xml_documents
from bioner_core.corpus.reading.xml_trees import find_root_name

NAME = "DDI XML"
_HEAD_LENGTH = 50_000
_FRAGMENT = re.compile(r"(\d{1,9})-(\d{1,9})")


def claim(files: Mapping[str, str]) -> set[str]:
    """Return the XML files with a document or corpus of sentences that hold their text as an attribute."""
    return {name for name, text in files.items() if _is_document(text)}


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read one passage per sentence; pairs of drugs are not read."""
    refuse_documents(documents, name=name, since="DDI names its documents")
    return read_xml_documents(files, _parse_file, name=name, format_name=NAME)


def _is_document(text: str) -> bool:
    if find_root_name(text) not in ("document", "corpus"):
        return False
    return bool(re.search(r"<sentence\b[^>]*\btext=", text[:_HEAD_LENGTH]))


def _parse_file(root: Element, file: str, findings: Findings) -> Iterator[AnnotatedText]:
    for number, document in enumerate([root] if root.tag == "document" else root.iter("document"), 1):
        name = document.get("id") or f"{file}#{number}"
        for sentence in document.iter("sentence"):
            where = f"{file}, sentence {sentence.get('id', '')}"
            yield AnnotatedText(
                text=sentence.get("text", ""),
                raw_mentions=[_parse_entity(entity, where) for entity in sentence.findall("entity")],
                document=name,
            )


def _parse_entity(entity: Element, where: str) -> RawMention:
    """Return a mention; BioInfer's and AIMed's files in this form count ends in the same way."""
    places = _FRAGMENT.findall(entity.get("charOffset", ""))
    fragments = tuple((int(start), int(end) + 1) for start, end in places) or ((-1, -1),)
    return RawMention(entity.get("type") or "Entity", fragments, entity.get("text", ""), where)
