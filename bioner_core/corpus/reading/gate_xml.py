"""GATE documents as XML: a text with nodes, and annotation sets whose spans run from node to node."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from xml.etree.ElementTree import Element

from bioner_core.corpus.reading.bounds import format_names
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.offsets import CHARACTERS
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.placement import RawMention
from bioner_core.corpus.reading.split_names import refuse_documents
from bioner_core.corpus.reading.texts import AnnotatedText, assign_parts, build_passages
from bioner_core.corpus.reading.xml_trees import find_root_name, parse_xml
from bioner_core.errors import BionerError

NAME = "GATE XML"
_STRUCTURAL_TYPES = {
    *("Token", "SpaceToken", "DEFAULT_TOKEN", "Sentence", "Split", "Lookup", "VG", "NounChunk", "Paragraph"),
    *("paragraph", "body", "html", "p", "Unknown"),
}
_MARKUP_SET = "Original markups"  # annotations of the original document layout
_GOLD_NAMES = ("gold", "key", "consensus", "final", "adjudicat", "curat", "reference")
_GENERAL_TYPES = ("Mention", "Entity", "NamedEntity", "Annotation", "Span", "NE")  # a feature has the label
_LABEL_FEATURES = ("class", "type", "label", "category", "kind", "entityType", "majorType")
AnnotationSets = dict[str, list[Element]]  # annotations by name of their set; "" for the default set


@dataclass(frozen=True)
class _Document:
    file: str
    text: str
    nodes: Mapping[str, int]  # id → offset in characters
    sets: AnnotationSets


def claim(files: Mapping[str, str]) -> set[str]:
    """Return the files whose root element is GateDocument."""
    return {name for name, text in files.items() if find_root_name(text) == "GateDocument"}


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read one annotation set, the same in all documents.

    :raises BionerError: for a file that is not well-formed XML or has no TextWithNodes
    """
    refuse_documents(documents, name=name, since="GATE's documents are its files")
    findings = Findings()
    parsed_documents = [_parse_document(text, file) for file, text in files.items()]
    set_name = _choose_set(parsed_documents, name, findings)
    passages: list[Passage] = []
    n_unannotated = 0
    for document in parsed_documents:
        document_name = str(PurePosixPath(document.file).with_suffix(""))
        if set_name not in document.sets:
            n_unannotated += 1
            findings.keep_unannotated(document.text, document=document_name)
            message = "has no annotation set of the kind that is read, so the document is left out."
            findings.add("warning", document.file, message)
            continue
        text = AnnotatedText(
            text=document.text,
            raw_mentions=_parse_mentions(document, set_name),
            document=document_name,
        )
        passages += build_passages([text], file=document.file, findings=findings, convention=CHARACTERS)
    return findings.build_reading(
        name=name, format_name=NAME, passages=assign_parts(passages), n_unannotated=n_unannotated
    )


def _parse_document(text: str, file: str) -> _Document:
    root = parse_xml(text, where=file)
    content = root.find("TextWithNodes")
    if content is None:
        raise BionerError(f"{file}: holds no text (TextWithNodes). Save it again as GATE XML.")
    texts, nodes, length = [content.text or ""], {}, len(content.text or "")
    for node in content:
        nodes[node.get("id", "")] = length
        texts.append(node.tail or "")
        length += len(texts[-1])
    sets: AnnotationSets = {}
    for element in root.findall("AnnotationSet"):
        if (name := element.get("Name", "")) != _MARKUP_SET:
            annotations = element.findall("Annotation")
            entities = [a for a in annotations if a.get("Type", "") not in _STRUCTURAL_TYPES]
            sets.setdefault(name, []).extend(entities)
    return _Document(file, "".join(texts), nodes, sets)


def _choose_set(documents: list[_Document], where: str, findings: Findings) -> str:
    """Return the name of the gold set, or else of the set that most documents have."""
    n_documents = Counter(name for document in documents for name, a in document.sets.items() if a)
    n_annotations = Counter({name: 0 for name in n_documents})
    for document in documents:
        n_annotations.update({name: len(annotations) for name, annotations in document.sets.items()})
    if not n_documents:
        return ""

    def rank(name: str) -> tuple[bool, int, int, str]:
        is_gold = any(word in name.lower() for word in _GOLD_NAMES)
        return not is_gold, -n_documents[name], -n_annotations[name], name

    best, *others = sorted(n_documents, key=rank)
    if others:
        n = sum(n_annotations[name] for name in others)
        name = format_names([best or "without a name"])
        message = f"the set {name!r} is read; {n:,} annotations of {len(others)} other sets are not."
        findings.add("note", where, message)
    return best


def _parse_mentions(document: _Document, set_name: str) -> list[RawMention]:
    mentions = []
    for annotation in document.sets[set_name]:
        start, end = (document.nodes.get(annotation.get(key, ""), -1) for key in ("StartNode", "EndNode"))
        where = f"{document.file}, annotation {annotation.get('Id', '?')[:20]}"
        mentions.append(RawMention(_find_label(annotation), ((start, end),), where=where))
    return mentions


def _find_label(annotation: Element) -> str:
    """Return the type of an annotation, or the label feature if the type is a general one."""
    kind = annotation.get("Type", "").strip() or "Entity"
    if kind not in _GENERAL_TYPES:
        return kind
    features = {
        f.findtext("Name", ""): f.findtext("Value", "").strip() for f in annotation.findall("Feature")
    }
    return next((features[key] for key in _LABEL_FEATURES if features.get(key)), kind)
