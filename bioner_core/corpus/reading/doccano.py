"""doccano exports for sequence labelling: JSON lines of texts with entities, one file per member."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.json_values import iterate_values, parse_first_value
from bioner_core.corpus.reading.jsonl_records import is_record_file
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.records import RecordContent, parse_record
from bioner_core.corpus.reading.texts import AnnotatedText, build_passages
from bioner_core.errors import BionerError

NAME = "doccano"
_DOCCANO_KEYS = ("Comments", "comments", "annotation_approver")


@dataclass(frozen=True, slots=True)
class _Version:
    """A text as annotated in one file."""

    file: str
    where: str
    content: RecordContent


def claim(files: Mapping[str, str]) -> set[str]:
    """Return the files whose first record is from doccano; none if there are other JSON dialects."""
    claimed = {name for name, text in files.items() if _is_record(parse_first_value(text))}
    others = files.keys() - claimed if claimed else set()
    return set() if any(is_record_file(files[name]) for name in others) else claimed


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read every text once; of several annotated versions, that of the member with the most labelled texts.

    :raises BionerError: for a record that is not complete
    """
    findings = Findings()
    versions: dict[tuple[str, str], list[_Version]] = defaultdict(list)
    n_labelled: Counter[str] = Counter()
    for file, text in files.items():
        for number, (where, value) in enumerate(_iterate_records(text, file, findings)):
            content = parse_record(value, where=where, documents=documents)
            key = str(value.get("id", f"{file} {number}")), content.text
            versions[key].append(_Version(file, where, content))
            n_labelled[file] += bool(content.raw_mentions)
    kept: dict[str, list[AnnotatedText]] = {file: [] for file in files}
    for candidates in versions.values():
        best = min(candidates, key=lambda v: (not v.content.raw_mentions, -n_labelled[v.file], v.file))
        if sum(bool(version.content.raw_mentions) for version in candidates) > 1:
            message = "several members labelled the same text: one of them is read."
            findings.add("note", best.where, message)
        kept[best.file].append(_build_text(best.content))
    passages: list[Passage] = []
    for file, texts in kept.items():
        passages += build_passages(texts, file=file, findings=findings)
    _report_empty(passages, name, findings)
    return findings.build_reading(name=name, format_name=NAME, passages=passages)


def _build_text(record: RecordContent) -> AnnotatedText:
    return AnnotatedText(
        text=record.text, raw_mentions=record.raw_mentions, document=record.document, part=record.part
    )


def _is_record(value: object) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("text"), str):
        return False
    entities = value.get("entities")
    has_relations = isinstance(entities, list) and isinstance(value.get("relations"), list)
    has_entities = has_relations and all(isinstance(e, dict) and "start_offset" in e for e in entities or ())
    return has_entities or any(key in value for key in _DOCCANO_KEYS)


def _iterate_records(text: str, file: str, findings: Findings) -> Iterator[tuple[str, dict[str, Any]]]:
    for where, value in iterate_values(text, name=file):
        if not isinstance(value, dict):
            raise BionerError(f"{where}: found no record of doccano, which is an object with a text.")
        if value.get("relations"):
            findings.add("note", where, "relations are not read.")
        annotations = value.get("annotations")
        if isinstance(annotations, list):  # before version 1 labels were numbers
            converted = [{**a, "label": str(a.get("label"))} for a in annotations if isinstance(a, dict)]
            value = {**value, "annotations": converted}
        yield where, value


def _report_empty(passages: list[Passage], name: str, findings: Findings) -> None:
    """Report the number of texts without entities, since doccano also exports texts that nobody opened."""
    n = sum(not passage.mentions for passage in passages)
    if n:
        message = (
            f"{n:,} of {len(passages):,} texts have no entity. If some were never looked at, export approved "
            "documents only: all are read as annotated."
        )
        findings.add("note", name, message)
