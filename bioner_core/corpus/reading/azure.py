"""Azure's custom NER: a JSON project of labels, beside the files of its texts."""

from collections.abc import Iterator, Mapping
from typing import Any

from bioner_core.corpus.reading.companion_texts import find_text_files
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.json_formats import claim_values, list_objects
from bioner_core.corpus.reading.json_values import iterate_values
from bioner_core.corpus.reading.offsets import UTF16
from bioner_core.corpus.reading.passages import Reading
from bioner_core.corpus.reading.placement import RawMention
from bioner_core.corpus.reading.split_names import refuse_documents
from bioner_core.corpus.reading.standoff import Standoff, read_standoff
from bioner_core.corpus.reading.texts import parse_offset

NAME = "Azure"
_HINT = "The file is {assets: {documents: [{location, entities: [{labels: [{category, offset, length}]}]}]}}."


def claim(files: Mapping[str, str]) -> set[str]:
    """Return the projects, and the files of their texts."""
    projects = claim_values(files, lambda value: bool(_find_documents(value)))
    names = [
        str(document.get("location"))
        for file in projects
        for _, value in iterate_values(files[file], name=file)
        for document in _find_documents(value)
    ]
    return projects | find_text_files(names, files.keys() - projects) if projects else set()


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read all documents of all projects; offsets count UTF-16 units.

    :raises BionerError: for a project of another form
    """
    refuse_documents(documents, name=name, since="Azure's documents are its files")
    findings = Findings()
    projects = claim_values(files, lambda value: bool(_find_documents(value)))
    annotations = [
        Standoff(
            document=str(document.get("location")),
            file=file,
            raw_mentions=list(_iterate_mentions(document, where)),
        )
        for file in sorted(projects)
        for where, value in iterate_values(files[file], name=file)
        for document in _find_documents(value)
    ]
    texts = {file: text for file, text in files.items() if file not in projects}
    return read_standoff(annotations, texts, name=name, format_name=NAME, findings=findings, convention=UTF16)


def _find_documents(value: object) -> list[dict[str, Any]]:
    """Return the documents of a project, of the form of today or before; [] for other values."""
    if not isinstance(value, dict):
        return []
    assets = value.get("assets")
    documents = (assets if isinstance(assets, dict) else value).get("documents")
    if not isinstance(documents, list) or not all(isinstance(document, dict) for document in documents):
        return []
    is_project = any("location" in d and ("entities" in d or "extractors" in d) for d in documents)
    return documents if is_project else []


def _iterate_mentions(document: Mapping[str, Any], where: str) -> Iterator[RawMention]:
    for region in list_objects(document.get("entities", document.get("extractors")), where, _HINT):
        for label in list_objects(region.get("labels"), where, _HINT):
            start, length = parse_offset(label.get("offset")), parse_offset(label.get("length"))
            name = label.get("category") or label.get("extractorName") or "Entity"
            yield RawMention(str(name), ((start, start + length),), "", where)
