"""eHOST and Knowtator: XML of annotations and their classes, beside the files of the texts."""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from xml.etree.ElementTree import Element

from bioner_core.corpus.reading.companion_texts import find_text_files
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.passages import Reading
from bioner_core.corpus.reading.placement import RawMention
from bioner_core.corpus.reading.split_names import refuse_documents
from bioner_core.corpus.reading.standoff import Standoff, read_standoff
from bioner_core.corpus.reading.texts import parse_offset
from bioner_core.corpus.reading.xml_trees import find_root_name, parse_xml

NAME = "eHOST"
_ENDINGS = (".knowtator.xml", ".xml")


def claim(files: Mapping[str, str]) -> set[str]:
    """Return the XML files of annotations, and the files of their texts."""
    annotations = {name for name, text in files.items() if _is_annotations(text)}
    if not annotations:
        return set()
    names = [_name_document(file, files[file]) for file in annotations]
    return annotations | find_text_files(names, files.keys() - annotations)


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read all documents; the label is the class of an annotation."""
    refuse_documents(documents, name=name, since="eHOST's documents are its files")
    findings = Findings()
    annotations = []
    for file in sorted(file for file, text in files.items() if _is_annotations(text)):
        root = parse_xml(files[file], where=file)
        annotations.append(
            Standoff(
                document=_name_document(file, files[file], root),
                file=file,
                raw_mentions=list(_iterate_mentions(root, file, findings)),
            )
        )
    texts = {file: text for file, text in files.items() if not _is_annotations(text)}
    return read_standoff(annotations, texts, name=name, format_name=NAME, findings=findings)


def _is_annotations(text: str) -> bool:
    is_root = find_root_name(text) == "annotations"
    return is_root and ("textSource" in text[:2_000] or "<classMention" in text[:200_000])


def _name_document(file: str, text: str, root: Element | None = None) -> str:
    """Return the name of the text, as the file says or else as it is named."""
    source = (root if root is not None else parse_xml(text, where=file)).get("textSource", "")
    if source:
        return PurePosixPath(source.replace("\\", "/")).name
    name = PurePosixPath(file).name
    return next((name[: -len(ending)] for ending in _ENDINGS if name.lower().endswith(ending)), name)


def _iterate_mentions(root: Element, file: str, findings: Findings) -> Iterator[RawMention]:
    labels = {
        mention.get("id", ""): element.get("id", "")
        for mention in root.iter("classMention")
        if (element := mention.find("mentionClass")) is not None
    }
    for annotation in root.findall("annotation"):
        element = annotation.find("mention")
        key = element.get("id", "") if element is not None else ""
        places = [
            (parse_offset(s.get("start")), parse_offset(s.get("end"))) for s in annotation.findall("span")
        ]
        if not places:
            findings.add("note", file, "annotations without a place in the text are not read.")
            continue
        words = annotation.findtext("spannedText", "").replace(" ... ", " ")
        yield RawMention(labels.get(key) or "Entity", tuple(places), words, f"{file}, {key}")
