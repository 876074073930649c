"""GATE documents as XML: a text with nodes, and sets of annotations between them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from xml.etree.ElementTree import Element

from bioner_core.corpus.reading.bounds import shown
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.offsets import CHARACTERS
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.placement import Marked
from bioner_core.corpus.reading.split_names import refuse_documents
from bioner_core.corpus.reading.texts import Text, passages_of, with_parts
from bioner_core.corpus.reading.xml_trees import parsed, root_of
from bioner_core.errors import BionerError

NAME = "GATE XML"
_STRUCTURE = {
    *("Token", "SpaceToken", "DEFAULT_TOKEN", "Sentence", "Split", "Lookup", "VG", "NounChunk", "Paragraph"),
    *("paragraph", "body", "html", "p", "Unknown"),
}
_MARKUP = "Original markups"  # what the document was formatted with
_GOLD = ("gold", "key", "consensus", "final", "adjudicat", "curat", "reference")
_GENERAL = (
    "Mention",
    "Entity",
    "NamedEntity",
    "Annotation",
    "Span",
    "NE",
)  # types that a feature tells apart
_LABELS = ("class", "type", "label", "category", "kind", "entityType", "majorType")
Sets = dict[str, list[Element]]  # set of annotations by name, "" for the one without


@dataclass(frozen=True)
class _Document:
    file: str
    text: str
    nodes: Mapping[str, int]  # where each stands in the text
    sets: Sets


def claims(files: Mapping[str, str]) -> set[str]:
    """Return the files whose root is a GATE document."""
    return {name for name, text in files.items() if root_of(text) == "GateDocument"}


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read all documents with one set of annotations, the same in all.

    :raises BionerError: for a file that is no well-formed XML, or holds no text with nodes
    """
    refuse_documents(documents, name=name, since="GATE's documents are its files")
    findings = Findings()
    found = [_document(text, file) for file, text in files.items()]
    chosen = _chosen(found, name, findings)
    passages: list[Passage] = []
    n_unannotated = 0
    for each in found:
        if chosen not in each.sets:
            n_unannotated += 1
            message = "has no such set of annotations as the others, so the document is left out."
            findings.add("warning", each.file, message)
            continue
        document = str(PurePosixPath(each.file).with_suffix(""))
        text = Text(text=each.text, marked=_marked(each, chosen), document=document)
        passages += passages_of([text], file=each.file, findings=findings, rule=CHARACTERS)
    return findings.reading(name=name, form=NAME, passages=with_parts(passages), n_unannotated=n_unannotated)


def _document(text: str, file: str) -> _Document:
    root = parsed(text, where=file)
    content = root.find("TextWithNodes")
    if content is None:
        raise BionerError(f"{file}: holds no text (TextWithNodes). Save it again as GATE XML.")
    pieces, nodes, length = [content.text or ""], {}, len(content.text or "")
    for node in content:
        nodes[node.get("id", "")] = length
        pieces.append(node.tail or "")
        length += len(pieces[-1])
    sets: Sets = {}
    for each in root.findall("AnnotationSet"):
        if each.get("Name", "") != _MARKUP:
            entities = [a for a in each.findall("Annotation") if a.get("Type", "") not in _STRUCTURE]
            sets.setdefault(each.get("Name", ""), []).extend(entities)
    return _Document(file, "".join(pieces), nodes, sets)


def _chosen(found: list[_Document], where: str, findings: Findings) -> str:
    """Return the set that is called gold or the like, else the one that most documents have."""
    n_documents = Counter(name for each in found for name, annotations in each.sets.items() if annotations)
    n_annotations = Counter({name: 0 for name in n_documents})
    for each in found:
        n_annotations.update({name: len(annotations) for name, annotations in each.sets.items()})
    if not n_documents:
        return ""

    def rank(name: str) -> tuple[bool, int, int, str]:
        is_gold = any(word in name.lower() for word in _GOLD)
        return not is_gold, -n_documents[name], -n_annotations[name], name

    best, *others = sorted(n_documents, key=rank)
    if others:
        n = sum(n_annotations[name] for name in others)
        names = shown([best or "without a name"])
        message = f"the set {names!r} is read; {n:,} annotations of {len(others)} other sets are not."
        findings.add("note", where, message)
    return best


def _marked(document: _Document, chosen: str) -> list[Marked]:
    marked = []
    for each in document.sets[chosen]:
        start, end = (document.nodes.get(each.get(key, ""), -1) for key in ("StartNode", "EndNode"))
        where = f"{document.file}, annotation {each.get('Id', '?')[:20]}"
        marked.append(Marked(_label(each), ((start, end),), where=where))
    return marked


def _label(annotation: Element) -> str:
    """Return the type, or the feature that tells annotations of a general type apart."""
    kind = annotation.get("Type", "").strip() or "Entity"
    if kind not in _GENERAL:
        return kind
    features = {
        f.findtext("Name", ""): f.findtext("Value", "").strip() for f in annotation.findall("Feature")
    }
    return next((features[key] for key in _LABELS if features.get(key)), kind)
