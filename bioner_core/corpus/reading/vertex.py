"""Google Vertex AI's JSON lines: ``textContent`` and ``textSegmentAnnotations``."""

from collections.abc import Iterator, Mapping
from typing import Any

from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.json_formats import claim_values, list_objects, read_values, require_object
from bioner_core.corpus.reading.passages import Reading
from bioner_core.corpus.reading.placement import RawMention
from bioner_core.corpus.reading.records import select_field
from bioner_core.corpus.reading.split_names import parse_part
from bioner_core.corpus.reading.texts import AnnotatedText, parse_offset
from bioner_core.errors import BionerError

NAME = "Vertex AI"
_HINT = "A line is {textContent, textSegmentAnnotations: [{startOffset, endOffset, displayName}]}."


def claim(files: Mapping[str, str]) -> set[str]:
    """Return the files whose first line has annotations of text segments."""
    return claim_values(files, lambda value: isinstance(value, dict) and "textSegmentAnnotations" in value)


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read all lines; the part is the label ``aiplatform.googleapis.com/ml_use``.

    :param documents: the field that names documents
    :raises BionerError: where texts are links, or a line is of another form
    """

    def parse(value: Any, where: str, findings: Findings) -> Iterator[AnnotatedText]:
        line = require_object(value, where, _HINT)
        if not isinstance(line.get("textContent"), str):
            raise BionerError(f"{where}: found no textContent, perhaps a link to it. {_HINT}")
        mentions = [
            RawMention(
                str(segment.get("displayName") or "Entity"),
                ((parse_offset(segment.get("startOffset", 0)), parse_offset(segment.get("endOffset"))),),
                "",
                where,
            )
            for segment in list_objects(line.get("textSegmentAnnotations"), where, _HINT)
        ]
        labels = line.get("dataItemResourceLabels")
        use = labels.get("aiplatform.googleapis.com/ml_use", "") if isinstance(labels, dict) else ""
        yield AnnotatedText(
            text=line["textContent"],
            raw_mentions=mentions,
            document=select_field(line, documents, where) if documents else "",
            part=parse_part(str(use)),
        )

    return read_values(files, parse, name=name, format_name=NAME)
