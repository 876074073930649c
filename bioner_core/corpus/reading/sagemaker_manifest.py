"""Manifests of SageMaker Ground Truth and Amazon Comprehend: JSON lines of a source and its entities."""

from collections.abc import Iterator, Mapping
from typing import Any

from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.json_formats import claim_values, list_objects, read_values, require_object
from bioner_core.corpus.reading.passages import Reading
from bioner_core.corpus.reading.placement import RawMention
from bioner_core.corpus.reading.records import find_document_name, select_field
from bioner_core.corpus.reading.texts import AnnotatedText, parse_offset
from bioner_core.errors import BionerError

NAME = "SageMaker manifest"
_HINT = "A line is {source: text, JOB: {annotations: {entities: [{startOffset, endOffset, label}]}}}."


def claim(files: Mapping[str, str]) -> set[str]:
    """Return the files whose first line has a source, and a job with entities."""
    return claim_values(files, lambda value: isinstance(value, dict) and bool(_find_jobs(value)))


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read the entities of the only, or the last, job of each line.

    :param documents: the field that names documents
    :raises BionerError: where texts are links, or a line is of another form
    """

    def parse(value: Any, where: str, findings: Findings) -> Iterator[AnnotatedText]:
        line = require_object(value, where, _HINT)
        text = line.get("source")
        if not isinstance(text, str):
            reason = "the source is a link, not a text. Put the texts into `source`."
            raise BionerError(f"{where}: {reason if 'source-ref' in line else _HINT}")
        jobs = _find_jobs(line)
        if not jobs:
            findings.add_unannotated(where, text)
            return
        if len(jobs) > 1:
            findings.add("note", where, f"several jobs: the last one is read ({jobs[-1][:40]}).")
        annotations = line[jobs[-1]]["annotations"]
        mentions = [
            RawMention(
                str(entity.get("label") or "Entity"),
                ((parse_offset(entity.get("startOffset")), parse_offset(entity.get("endOffset"))),),
                "",
                where,
            )
            for entity in list_objects(annotations.get("entities"), where, _HINT)
        ]
        document = select_field(line, documents, where) if documents else find_document_name(line)
        yield AnnotatedText(text=text, raw_mentions=mentions, document=document)

    return read_values(files, parse, name=name, format_name=NAME)


def _find_jobs(line: Mapping[str, Any]) -> list[str]:
    """Return the names of the jobs that annotated entities."""
    if not ("source" in line or "source-ref" in line):
        return []
    return [
        key
        for key, job in line.items()
        if isinstance(job, dict)
        and isinstance(job.get("annotations"), dict)
        and isinstance(job["annotations"].get("entities"), list)
    ]
