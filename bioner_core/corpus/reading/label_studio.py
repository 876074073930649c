"""Label Studio exports: JSON (tasks with annotations) and JSON-MIN (one record per annotation)."""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from bioner_core.corpus.reading.agreement import compute_agreement
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.json_values import iterate_values, parse_first_value
from bioner_core.corpus.reading.offsets import UTF16
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.placement import RawMention
from bioner_core.corpus.reading.text_field import (
    Task,
    build_task_passages,
    keep_unannotated_tasks,
)
from bioner_core.corpus.reading.texts import parse_offset
from bioner_core.errors import BionerError

NAME = "Label Studio"
_SPAN_TYPES = ("labels", "hypertextlabels")  # result types that are mentions
_JSON_MIN_FIELDS = ["id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time", "agreement"]
_MAX_SECONDS = 3_600  # for one annotation; a longer time includes breaks
_HINT = "A task needs data and annotations, each with a result. Export the project again as JSON or JSON-MIN."
JsonObject = Mapping[str, Any]


def claim(files: Mapping[str, str]) -> set[str]:
    """Return the files whose first record is a task or an annotation of Label Studio."""
    return {name for name, text in files.items() if _is_record(parse_first_value(text))}


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read the ground truth, or else the first annotation, of every completed task.

    :raises BionerError: for a record that is not a task, or tasks without texts
    """
    findings = Findings()
    passages: list[Passage] = []
    seconds: list[float] = []
    versions: defaultdict[str, dict[str, set[RawMention]]] = defaultdict(dict)  # by annotator and task
    n_unannotated = 0
    for file, text in files.items():
        tasks, unannotated = list[Task](), list[Task]()
        for where, data, annotations in _merge_tasks(_iterate_records(text, file)):
            annotation = _select_annotation(annotations, where, findings)
            if annotation is None:
                n_unannotated += 1
                unannotated.append(Task(where=where, data=data, raw_mentions=(), metadata={}))
                message = "a task that nobody completed, or that was skipped, is left out."
                findings.add("warning", where, message)
                continue
            raw_mentions = tuple(_iterate_mentions(annotation, where, findings))
            for other in _list_completed(annotations) if len(annotations) > 1 else ():
                mentions = set(_iterate_mentions(other, where, Findings()))
                versions[str(other.get("completed_by"))][f"{file} {where}"] = mentions
            tasks.append(Task(where=where, data=data, raw_mentions=raw_mentions, metadata={}))
            seconds += _list_seconds(annotation, where, findings)
        passages += build_task_passages(
            tasks, file=file, documents=documents, findings=findings, unstated=UTF16
        )
        keep_unannotated_tasks(unannotated, tasks, documents=documents, findings=findings)
    reading = findings.build_reading(
        name=name, format_name=NAME, passages=passages, n_unannotated=n_unannotated
    )
    total = math.fsum(seconds) if seconds else None
    agreement, _ = compute_agreement(versions)
    return replace(reading, annotation_seconds=total, n_timed=len(seconds), agreement_f1=agreement)


def _is_record(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    is_task = isinstance(value.get("data"), dict) and ("annotations" in value or "completions" in value)
    is_annotation = isinstance(value.get("task"), dict) and isinstance(value.get("result"), list)
    return is_task or is_annotation or {"annotator", "annotation_id"} <= value.keys()


def _iterate_records(text: str, file: str) -> Iterator[tuple[str, str, JsonObject, list[JsonObject]]]:
    """Yield place, id, data and annotations of each record of any export."""
    for where, value in iterate_values(text, name=file):
        if not _is_record(value):
            raise BionerError(f"{where}: found no task of Label Studio. {_HINT}")
        if isinstance(value.get("task"), dict):  # an annotation synchronised to cloud storage
            task = value["task"]
            yield where, str(task.get("id", where)), _require_object(task, "data", where), [value]
        elif "annotation_id" in value and "annotator" in value:
            regions = [region for field in value.values() for region in _filter_regions(field)]
            result = [{"type": "labels", "value": region} for region in regions]
            data = {key: field for key, field in value.items() if key not in _JSON_MIN_FIELDS}
            is_annotated = value["annotation_id"] is not None
            yield where, str(value.get("id", where)), data, [{**value, "result": result}] * is_annotated
        else:
            annotations = value.get("annotations", value.get("completions"))
            if not isinstance(annotations, list) or not all(isinstance(a, dict) for a in annotations):
                raise BionerError(f"{where}: its annotations are not a list of objects. {_HINT}")
            yield where, where, value["data"], annotations


def _require_object(value: JsonObject, key: str, where: str) -> JsonObject:
    item = value.get(key)
    if not isinstance(item, dict):
        raise BionerError(f"{where}: has no {key}. {_HINT}")
    return item


def _filter_regions(value: object) -> list[JsonObject]:
    """Return the regions in a field of JSON-MIN; empty for other fields."""
    if not isinstance(value, list):
        return []
    return [item for item in value if isinstance(item, dict) and "start" in item and "end" in item]


def _merge_tasks(
    records: Iterator[tuple[str, str, JsonObject, list[JsonObject]]],
) -> Iterator[tuple[str, JsonObject, list[JsonObject]]]:
    """Yield place, data and annotations of each task once."""
    tasks: dict[str, tuple[str, JsonObject, list[JsonObject]]] = {}
    for where, key, data, annotations in records:
        if key in tasks:
            tasks[key][2].extend(annotations)
        else:
            tasks[key] = where, data, list(annotations)
    yield from tasks.values()


def _select_annotation(annotations: list[JsonObject], where: str, findings: Findings) -> JsonObject | None:
    """Return the ground truth, or else the first completed annotation; None if there is none."""
    completed = _list_completed(annotations)
    if not completed:
        return None
    if len(completed) > 1:
        message = f"{len(completed)} annotations of one task: the ground truth, else the first, is read."
        kind = "several annotations of one task: the ground truth, else the first, is read."
        findings.add("note", where, message, kind=kind)
    return min(completed, key=lambda a: (not a.get("ground_truth"), str(a.get("created_at") or "")))


def _list_completed(annotations: list[JsonObject]) -> list[JsonObject]:
    return [a for a in annotations if not (a.get("was_cancelled") or a.get("skipped"))]


def _iterate_mentions(annotation: JsonObject, where: str, findings: Findings) -> Iterator[RawMention]:
    """Yield a mention for each label of each region."""
    results = annotation.get("result") or []
    if not isinstance(results, list) or not all(isinstance(result, dict) for result in results):
        raise BionerError(f"{where}: its result is not a list of objects. {_HINT}")
    for result in results:
        kind = str(result.get("type", "labels")).lower()
        if kind not in _SPAN_TYPES:
            skipped = "relations are" if kind == "relation" else "choices, ratings and other answers are"
            findings.add("note", where, f"{skipped} not read.")
            continue
        value = _require_object(result, "value", where)
        labels = value.get(kind) or value.get("labels") or value.get("hypertextlabels")
        if not isinstance(labels, list) or not labels:
            findings.add("warning", where, "a region without a label; left out.")
            continue
        offsets = value["globalOffsets"] if isinstance(value.get("globalOffsets"), dict) else value
        fragment = parse_offset(offsets.get("start")), parse_offset(offsets.get("end"))
        surface = value["text"] if isinstance(value.get("text"), str) else ""
        for label in labels:
            yield RawMention(str(label).strip() or "Entity", (fragment,), surface, where)


def _list_seconds(annotation: JsonObject, where: str, findings: Findings) -> list[float]:
    """Return the annotation time in seconds as a list of one; empty if unknown."""
    seconds = annotation.get("lead_time")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds < 1e15:
        return []
    if seconds > _MAX_SECONDS:
        findings.add("note", where, "more than an hour for one annotation: breaks are counted as work.")
    return [float(seconds)]
