"""UIMA CAS, which INCEpTION, WebAnno and cTAKES write as XMI or JSON: a text and typed annotations in it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from xml.etree.ElementTree import Element

from bioner_core.corpus.reading.annotators import one_each
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.offsets import CHARACTERS, UTF16, Rule
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.placement import Marked
from bioner_core.corpus.reading.split_names import refuse_documents
from bioner_core.corpus.reading.texts import Text, passages_of, whole, with_parts
from bioner_core.corpus.reading.uima_json import is_cas_json, tree_of
from bioner_core.corpus.reading.uima_layers import Annotation, is_structure, labels_of
from bioner_core.corpus.reading.xml_trees import local, parsed, root_of
from bioner_core.errors import BionerError

NAME = "UIMA CAS"
_XMI = "http://www.omg.org/XMI"
_ID = f"{{{_XMI}}}id"
_SOFA, _VIEW = "{http:///uima/cas.ecore}Sofa", "{http:///uima/cas.ecore}View"
_TYPES = "typeSystemDescription"
_FIRST_VIEW = "_InitialView"
_NO_LABELS = ("begin", "end", "sofa", _ID)
_LINKS = ("Governor", "Dependent", "next", "referenceRelation", "referenceType")  # of relations and chains


class _View(NamedTuple):
    """A text of a file, and what is indexed as annotating it."""

    name: str
    text: str
    annotations: list[Annotation]


@dataclass(frozen=True)
class _Document:
    file: str
    name: str
    text: str
    rule: Rule
    annotations: list[Annotation]


def claims(files: Mapping[str, str]) -> set[str]:
    """Return XMI and JSON files of a CAS, and the type systems beside them."""
    roots = {name: root_of(text).rpartition(":")[2] for name, text in files.items() if _may_be(text)}
    found = {name for name, root in roots.items() if root == "XMI" and _XMI in files[name][:100_000]}
    found |= {name for name, text in files.items() if is_cas_json(text)}
    return found | {name for name, root in roots.items() if found and root == _TYPES}


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read all documents with the spans of all layers that hold entities.

    :raises BionerError: for a file that is no well-formed XML or JSON, or holds no text
    """
    refuse_documents(documents, name=name, since=f"{NAME} is a document a file")
    findings = Findings()
    of_types = {file for file, text in files.items() if root_of(text) == _TYPES}
    read_as, n_unannotated = one_each([file for file in files if file not in of_types], findings)
    read_ = [_document(files[file], file, document, findings) for file, document in read_as.items()]
    labels = iter(labels_of([each for d in read_ for each in d.annotations], where=name, findings=findings))
    passages: list[Passage] = []
    for document in read_:
        marked = [Marked(next(labels), a.fragments, where=a.where) for a in document.annotations]
        text = Text(text=document.text, marked=marked, document=document.name)
        passages += passages_of([text], file=document.file, findings=findings, rule=document.rule)
    return findings.reading(name=name, form=NAME, passages=with_parts(passages), n_unannotated=n_unannotated)


def _may_be(text: str) -> bool:
    return text[:200].lstrip()[:1] == "<"


def _document(text: str, file: str, name: str, findings: Findings) -> _Document:
    """Return what one file holds: the view whose text most of its annotations are about."""
    root = parsed(text, where=file) if _may_be(text) else tree_of(text, where=file)
    views = _views(root, file, findings)
    if not views:
        raise BionerError(f"{file}: holds no text (sofaString). Export it again, with its text.")
    best = max(views, key=lambda view: (len(view.annotations), view.name == _FIRST_VIEW))
    if len(views) > 1:
        findings.add("note", file, f"holds {len(views)} views: the one with most annotations is read.")
    ends = {whole(each.get("end")) for each in root if each.get("begin") == "0"}
    length_16 = len(best.text) + sum(sign > "\uffff" for sign in best.text)
    counts_characters = len(best.text) in ends and length_16 not in ends  # as some tools beside Java write
    rule = CHARACTERS if counts_characters else UTF16
    return _Document(file, name, best.text, rule, best.annotations)


def _views(root: Element, file: str, findings: Findings) -> list[_View]:
    """Return all texts with their annotations that are no structure and no link."""
    sofas = {sofa.get(_ID, ""): sofa for sofa in root.iter(_SOFA) if sofa.get("sofaString") is not None}
    indexed = _indexed(root)
    chains = {_type_of(each.tag).removesuffix("Chain") for each in root if each.get("first")}
    views = {
        key: _View(sofa.get("sofaID", ""), sofa.get("sofaString", ""), []) for key, sofa in sofas.items()
    }
    n_left_out: Counter[str] = Counter()
    for element in root:
        view = views.get(element.get("sofa", ""))
        if view is None or element.get("begin") is None or element.get("end") is None:
            continue
        layer = _type_of(element.tag)
        if is_structure(layer):
            continue
        if layer.removesuffix("Link") in chains or any(link in element.attrib for link in _LINKS):
            n_left_out["relations and links of chains are not read."] += 1
        elif indexed and element.get(_ID) not in indexed:
            n_left_out["annotations that were deleted in the tool are not read."] += 1
        else:
            view.annotations.append(_annotation(element, layer, f"{file}, id {element.get(_ID, '?')[:20]}"))
    for what, n in n_left_out.items():
        findings.add("note", file, f"{n:,} {what}", kind=what)
    return list(views.values())


def _indexed(root: Iterable[Element]) -> set[str]:
    """Return the ids that some view lists as its members; none where views are not written."""
    return {key for each in root if each.tag == _VIEW for key in each.get("members", "").split()}


def _annotation(element: Element, layer: str, where: str) -> Annotation:
    features = {key: value for key, value in element.attrib.items() if key not in _NO_LABELS and value}
    several: defaultdict[str, list[str]] = defaultdict(list)  # values of features that may have many
    for child in element:
        several[local(child)].append(child.text or "")
    features |= {name: "|".join(filter(None, found)) for name, found in several.items()}
    place = (whole(element.get("begin")), whole(element.get("end")))
    return Annotation(layer, features, (place,), where)


def _type_of(tag: str) -> str:
    """Return the full name of a type.

    >>> _type_of("{http:///webanno/custom.ecore}Span"), _type_of("{http:///uima/noNamespace.ecore}Drug")
    ('webanno.custom.Span', 'Drug')
    """
    space, _, name = tag.removeprefix("{").rpartition("}")
    package = space.removeprefix("http:///").removesuffix(".ecore").replace("/", ".")
    return name if package in ("", "uima.noNamespace") else f"{package}.{name}"
