"""UIMA CAS as XMI or JSON (INCEpTION, WebAnno, cTAKES): a text with typed stand-off annotations."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from xml.etree.ElementTree import Element

from bioner_core.corpus.reading.annotators import select_versions
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.offsets import CHARACTERS, UTF16, OffsetConvention
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.placement import RawMention
from bioner_core.corpus.reading.split_names import refuse_documents
from bioner_core.corpus.reading.texts import AnnotatedText, assign_parts, build_passages, parse_offset
from bioner_core.corpus.reading.uima_json import is_cas_json, parse_cas_json
from bioner_core.corpus.reading.uima_layers import Annotation, is_structure, select_labels
from bioner_core.corpus.reading.xml_trees import find_root_name, parse_xml, strip_namespace
from bioner_core.errors import BionerError

NAME = "UIMA CAS"
_XMI = "http://www.omg.org/XMI"
_ID = f"{{{_XMI}}}id"
_SOFA, _VIEW = "{http:///uima/cas.ecore}Sofa", "{http:///uima/cas.ecore}View"
_TYPE_SYSTEM = "typeSystemDescription"
_INITIAL_VIEW = "_InitialView"
_POSITION_FEATURES = ("begin", "end", "sofa", _ID)
# Features of relations and chains.
_LINK_FEATURES = ("Governor", "Dependent", "next", "referenceRelation", "referenceType")


class _View(NamedTuple):
    """A text of a file with its annotations."""

    name: str
    text: str
    annotations: list[Annotation]


@dataclass(frozen=True)
class _Document:
    file: str
    name: str
    text: str
    convention: OffsetConvention
    annotations: list[Annotation]


def claim(files: Mapping[str, str]) -> set[str]:
    """Return the XMI and JSON files of a CAS, and their type systems."""
    roots = {name: find_root_name(text).rpartition(":")[2] for name, text in files.items() if _is_xml(text)}
    claimed = {name for name, root in roots.items() if root == "XMI" and _XMI in files[name][:100_000]}
    claimed |= {name for name, text in files.items() if is_cas_json(text)}
    return claimed | {name for name, root in roots.items() if claimed and root == _TYPE_SYSTEM}


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read all documents with the spans of all layers that hold entities.

    :raises BionerError: for a file that is not well-formed XML or JSON, or holds no text
    """
    refuse_documents(documents, name=name, since=f"{NAME} is a document a file")
    findings = Findings()
    type_systems = {file for file, text in files.items() if find_root_name(text) == _TYPE_SYSTEM}
    document_names, n_unannotated = select_versions(
        [file for file in files if file not in type_systems], findings
    )
    parsed_documents = [
        _read_document(files[file], file, document, findings) for file, document in document_names.items()
    ]
    labels = iter(
        select_labels(
            [annotation for d in parsed_documents for annotation in d.annotations],
            where=name,
            findings=findings,
        )
    )
    passages: list[Passage] = []
    for document in parsed_documents:
        raw_mentions = [RawMention(next(labels), a.fragments, where=a.where) for a in document.annotations]
        text = AnnotatedText(text=document.text, raw_mentions=raw_mentions, document=document.name)
        passages += build_passages(
            [text], file=document.file, findings=findings, convention=document.convention
        )
    return findings.build_reading(
        name=name, format_name=NAME, passages=assign_parts(passages), n_unannotated=n_unannotated
    )


def _is_xml(text: str) -> bool:
    return text[:200].lstrip()[:1] == "<"


def _read_document(text: str, file: str, name: str, findings: Findings) -> _Document:
    """Read one file: the view with most annotations."""
    root = parse_xml(text, where=file) if _is_xml(text) else parse_cas_json(text, where=file)
    views = _read_views(root, file, findings)
    if not views:
        raise BionerError(f"{file}: holds no text (sofaString). Export it again, with its text.")
    best = max(views, key=lambda view: (len(view.annotations), view.name == _INITIAL_VIEW))
    if len(views) > 1:
        findings.add("note", file, f"holds {len(views)} views: the one with most annotations is read.")
    ends = {parse_offset(element.get("end")) for element in root if element.get("begin") == "0"}
    utf16_length = len(best.text) + sum(character > "\uffff" for character in best.text)
    # Tools that are not in Java count characters.
    counts_characters = len(best.text) in ends and utf16_length not in ends
    convention = CHARACTERS if counts_characters else UTF16
    return _Document(file, name, best.text, convention, best.annotations)


def _read_views(root: Element, file: str, findings: Findings) -> list[_View]:
    """Return all texts with their entity annotations."""
    sofas = {sofa.get(_ID, ""): sofa for sofa in root.iter(_SOFA) if sofa.get("sofaString") is not None}
    indexed = _list_indexed_ids(root)
    chains = {_parse_type_name(element.tag).removesuffix("Chain") for element in root if element.get("first")}
    views = {
        key: _View(sofa.get("sofaID", ""), sofa.get("sofaString", ""), []) for key, sofa in sofas.items()
    }
    n_left_out: Counter[str] = Counter()
    for element in root:
        view = views.get(element.get("sofa", ""))
        if view is None or element.get("begin") is None or element.get("end") is None:
            continue
        layer = _parse_type_name(element.tag)
        if is_structure(layer):
            continue
        if layer.removesuffix("Link") in chains or any(link in element.attrib for link in _LINK_FEATURES):
            n_left_out["relations and links of chains are not read."] += 1
        elif indexed and element.get(_ID) not in indexed:
            n_left_out["annotations that were deleted in the tool are not read."] += 1
        else:
            view.annotations.append(
                _read_annotation(element, layer, f"{file}, id {element.get(_ID, '?')[:20]}")
            )
    for message, n in n_left_out.items():
        findings.add("note", file, f"{n:,} {message}", kind=message)
    return list(views.values())


def _list_indexed_ids(root: Iterable[Element]) -> set[str]:
    """Return the ids of all members of views; none if the file has no views."""
    return {key for element in root if element.tag == _VIEW for key in element.get("members", "").split()}


def _read_annotation(element: Element, layer: str, where: str) -> Annotation:
    features = {
        key: value for key, value in element.attrib.items() if key not in _POSITION_FEATURES and value
    }
    child_values: defaultdict[str, list[str]] = defaultdict(list)  # of features with several values
    for child in element:
        child_values[strip_namespace(child)].append(child.text or "")
    features |= {name: "|".join(filter(None, items)) for name, items in child_values.items()}
    fragment = (parse_offset(element.get("begin")), parse_offset(element.get("end")))
    return Annotation(layer, features, (fragment,), where)


def _parse_type_name(tag: str) -> str:
    """Return the full name of a type from its XMI tag.

    >>> _parse_type_name("{http:///webanno/custom.ecore}Span")
    'webanno.custom.Span'
    >>> _parse_type_name("{http:///uima/noNamespace.ecore}Drug")
    'Drug'
    """
    namespace, _, name = tag.removeprefix("{").rpartition("}")
    package = namespace.removeprefix("http:///").removesuffix(".ecore").replace("/", ".")
    return name if package in ("", "uima.noNamespace") else f"{package}.{name}"
