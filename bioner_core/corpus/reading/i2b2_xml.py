"""i2b2 2012 and 2014: XML with a text and its tags, each with ``start``, ``end`` and often a type."""

import re
from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element

from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.mae_xml import is_tagged_text
from bioner_core.corpus.reading.passages import Reading
from bioner_core.corpus.reading.placement import RawMention
from bioner_core.corpus.reading.split_names import refuse_documents
from bioner_core.corpus.reading.texts import AnnotatedText, parse_offset
from bioner_core.corpus.reading.xml_documents import read_xml_documents

NAME = "i2b2 XML"


def claim(files: Mapping[str, str]) -> set[str]:
    """Return the XML files with TEXT and TAGS, if the tags of some have ``start`` and ``end``."""
    documents = {name for name, text in files.items() if is_tagged_text(text)}
    has_places = any(re.search(r'\bstart\s*=\s*"\d+"\s+end\s*=\s*"\d+"', files[name]) for name in documents)
    return documents if has_places else set()


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read one document per file; the label is the type of a tag, else its name."""
    refuse_documents(documents, name=name, since="i2b2's documents are its files")
    return read_xml_documents(files, _parse_document, name=name, format_name=NAME)


def _parse_document(root: Element, file: str, findings: Findings) -> Iterator[AnnotatedText]:
    tags = root.find("TAGS")
    mentions = []
    for tag in tags.iter() if tags is not None else ():  # of 2014's risk factors, tags inside tags
        if "fromID" in tag.attrib:
            findings.add("note", file, "links are not read.")
        elif "start" in tag.attrib and tag is not tags:
            fragment = parse_offset(tag.get("start")), parse_offset(tag.get("end"))
            label = tag.get("TYPE") or tag.get("type") or tag.tag
            where = f"{file}, {tag.get('id', tag.tag)}"
            mentions.append(RawMention(label, (fragment,), tag.get("text", ""), where))
    yield AnnotatedText(
        text=root.findtext("TEXT", ""), raw_mentions=mentions, document=file.rpartition(".")[0]
    )
