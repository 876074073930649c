"""What readers of XML formats share: claim files by root, and read one document per file."""

from collections.abc import Callable, Iterable, Mapping
from xml.etree.ElementTree import Element

from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.texts import AnnotatedText, assign_parts, build_passages
from bioner_core.corpus.reading.xml_trees import parse_xml

ParseDocument = Callable[[Element, str, Findings], Iterable[AnnotatedText]]


def read_xml_documents(
    files: Mapping[str, str], parse: ParseDocument, *, name: str, format_name: str
) -> Reading:
    """Read the texts of all files.

    :param parse: returns the texts of a file's root element
    :raises BionerError: for XML that is not well-formed
    """
    findings = Findings()
    passages: list[Passage] = []
    for file, text in files.items():
        texts = list(parse(parse_xml(text, where=file), file, findings))
        passages += build_passages(texts, file=file, findings=findings)
    if not any(passage.part for passage in passages):
        passages = list(assign_parts(passages))
    return findings.build_reading(name=name, format_name=format_name, passages=passages)
