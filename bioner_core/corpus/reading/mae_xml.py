"""MAE and MedTator: XML with a text and its tags, each with ``spans`` such as ``5~12,20~24``."""

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

NAME = "MAE XML"
_SPAN = re.compile(r"(\d{1,9})~(\d{1,9})")


def claim(files: Mapping[str, str]) -> set[str]:
    """Return the XML files with the elements TEXT and TAGS, if the tags of some have spans with ``~``."""
    documents = {name for name, text in files.items() if is_tagged_text(text)}
    has_spans = any(re.search(r'\bspans\s*=\s*"\d+~\d+', files[name]) for name in documents)
    return documents if has_spans else set()


def is_tagged_text(text: str) -> bool:
    """Tell whether a file is XML that holds a text and its tags."""
    return bool(find_root_name(text)) and "<TEXT>" in text and ("<TAGS>" in text or "<TAGS/>" in text)


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read one document per file; links and tags without a place are not read."""
    refuse_documents(documents, name=name, since="MAE's documents are its files")
    return read_xml_documents(files, _parse_document, name=name, format_name=NAME)


def _parse_document(root: Element, file: str, findings: Findings) -> Iterator[AnnotatedText]:
    tags = root.find("TAGS")
    mentions = []
    for tag in tags if tags is not None else ():
        if "fromID" in tag.attrib:
            findings.add("note", file, "links are not read.")
        elif fragments := tuple((int(s), int(e)) for s, e in _SPAN.findall(tag.get("spans", ""))):
            where = f"{file}, {tag.get('id', tag.tag)}"
            words = tag.get("text", "").replace(" ... ", " ")
            mentions.append(RawMention(tag.tag, fragments, words, where))
    yield AnnotatedText(
        text=root.findtext("TEXT", ""), raw_mentions=mentions, document=file.rpartition(".")[0]
    )
