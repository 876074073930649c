"""TAC 2017 ADR: XML of a drug label with sections and mentions in them."""

from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element

from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.passages import Reading
from bioner_core.corpus.reading.placement import RawMention
from bioner_core.corpus.reading.split_names import refuse_documents
from bioner_core.corpus.reading.texts import AnnotatedText, parse_offset
from bioner_core.corpus.reading.xml_documents import read_xml_documents
from bioner_core.corpus.reading.xml_trees import find_root_name

NAME = "TAC ADR"


def claim(files: Mapping[str, str]) -> set[str]:
    """Return the XML files of labels with sections."""
    return {name for name, text in files.items() if find_root_name(text) == "Label" and "<Section" in text}


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read one passage per section; relations and reactions are not read."""
    refuse_documents(documents, name=name, since="a label is a document")
    return read_xml_documents(files, _parse_label, name=name, format_name=NAME)


def _parse_label(root: Element, file: str, findings: Findings) -> Iterator[AnnotatedText]:
    by_section: dict[str, list[RawMention]] = {}
    for mention in root.iter("Mention"):
        starts, lengths = mention.get("start", "").split(","), mention.get("len", "").split(",")
        places = [(parse_offset(s), parse_offset(n)) for s, n in zip(starts, lengths, strict=False)]
        fragments = tuple((s, s + n) if s >= 0 <= n else (-1, -1) for s, n in places)
        where = f"{file}, {mention.get('id', '')}"
        item = RawMention(mention.get("type") or "Entity", fragments, mention.get("str", ""), where)
        by_section.setdefault(mention.get("section", ""), []).append(item)
    sections = {section.get("id", ""): section.text or "" for section in root.iter("Section")}
    for key in by_section.keys() - sections.keys():
        for item in by_section[key]:
            findings.add_unplaced(item.where, "its section is missing; left out.", label=item.label)
    for key, text in sections.items():
        yield AnnotatedText(
            text=text, raw_mentions=by_section.get(key, ()), document=root.get("drug") or file
        )
