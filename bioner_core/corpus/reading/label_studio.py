"""Label Studio's exports: JSON (tasks with their annotations) and JSON-MIN (a record for each annotation)."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.json_values import first_value, values
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.placement import Marked
from bioner_core.corpus.reading.text_field import Task, passages_of_tasks
from bioner_core.corpus.reading.texts import whole
from bioner_core.errors import BionerError

NAME = "Label Studio"
_SPANS = ("labels", "hypertextlabels")  # kinds of results that are mentions
_OWN = (
    "id",
    "annotator",
    "annotation_id",
    "created_at",
    "updated_at",
    "lead_time",
    "agreement",
)  # of JSON-MIN
_LONG = 3_600  # seconds; who takes longer for a task has left it open
_FORM = "A task needs data and annotations, each with a result. Export the project again as JSON or JSON-MIN."
Object = Mapping[str, Any]


def claims(files: Mapping[str, str]) -> set[str]:
    """Return the files whose first record is a task or an annotation of Label Studio."""
    return {name for name, text in files.items() if _is_ours(first_value(text))}


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read all tasks that somebody completed: the ground truth, else the first annotation of each.

    :raises BionerError: for a record that is no task, or tasks without texts
    """
    findings = Findings()
    passages: list[Passage] = []
    seconds: list[float] = []
    n_unannotated = 0
    for file, text in files.items():
        tasks = []
        for where, data, annotations in _merged(_records(text, file)):
            annotation = _taken(annotations, where, findings)
            if annotation is None:
                n_unannotated += 1
                message = "a task that nobody completed, or that was skipped, is left out."
                findings.add("warning", where, message)
                continue
            marked = tuple(_marked(annotation, where, findings))
            tasks.append(Task(where=where, data=data, marked=marked, aside={}))
            seconds += _times(annotation, where, findings)
        passages += passages_of_tasks(tasks, file=file, documents=documents, findings=findings)
    reading = findings.reading(name=name, form=NAME, passages=passages, n_unannotated=n_unannotated)
    total = math.fsum(seconds) if seconds else None
    return replace(reading, annotation_seconds=total, n_timed=len(seconds))


def _is_ours(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    is_task = isinstance(value.get("data"), dict) and ("annotations" in value or "completions" in value)
    is_annotation = isinstance(value.get("task"), dict) and isinstance(value.get("result"), list)
    return is_task or is_annotation or {"annotator", "annotation_id"} <= value.keys()


def _records(text: str, file: str) -> Iterator[tuple[str, str, Object, list[Object]]]:
    """Yield place, id, data and annotations of each record, whatever the export."""
    for where, value in values(text, name=file):
        if not _is_ours(value):
            raise BionerError(f"{where}: found no task of Label Studio. {_FORM}")
        if isinstance(value.get("task"), dict):  # an annotation, as it is synchronised to a storage
            task = value["task"]
            yield where, str(task.get("id", where)), _objects(task, "data", where), [value]
        elif "annotation_id" in value and "annotator" in value:
            regions = [each for key in value for each in _regions(value[key])]
            result = [{"type": "labels", "value": region} for region in regions]
            data = {key: each for key, each in value.items() if key not in _OWN}
            is_annotated = value["annotation_id"] is not None
            yield where, str(value.get("id", where)), data, [{**value, "result": result}] * is_annotated
        else:
            annotations = value.get("annotations", value.get("completions"))
            if not isinstance(annotations, list) or not all(isinstance(a, dict) for a in annotations):
                raise BionerError(f"{where}: its annotations are no list of objects. {_FORM}")
            yield where, where, value["data"], annotations


def _objects(value: Object, key: str, where: str) -> Object:
    found = value.get(key)
    if not isinstance(found, dict):
        raise BionerError(f"{where}: has no {key}. {_FORM}")
    return found


def _regions(value: object) -> list[Object]:
    """Return the mentions that a field of JSON-MIN holds; none where it holds something else."""
    if not isinstance(value, list):
        return []
    return [each for each in value if isinstance(each, dict) and "start" in each and "end" in each]


def _merged(
    records: Iterator[tuple[str, str, Object, list[Object]]],
) -> Iterator[tuple[str, Object, list[Object]]]:
    """Yield each task once, with all its annotations."""
    found: dict[str, tuple[str, Object, list[Object]]] = {}
    for where, key, data, annotations in records:
        if key in found:
            found[key][2].extend(annotations)
        else:
            found[key] = where, data, list(annotations)
    yield from found.values()


def _taken(annotations: list[Object], where: str, findings: Findings) -> Object | None:
    """Return the ground truth, else the first that was completed."""
    done = [each for each in annotations if not (each.get("was_cancelled") or each.get("skipped"))]
    if not done:
        return None
    if len(done) > 1:
        message = f"{len(done)} annotations of one task: the ground truth, else the first, is read."
        kind = "several annotations of one task: the ground truth, else the first, is read."
        findings.add("note", where, message, kind=kind)
    return min(done, key=lambda each: (not each.get("ground_truth"), str(each.get("created_at") or "")))


def _marked(annotation: Object, where: str, findings: Findings) -> Iterator[Marked]:
    """Yield a mention for each label of each region."""
    result = annotation.get("result") or []
    if not isinstance(result, list) or not all(isinstance(each, dict) for each in result):
        raise BionerError(f"{where}: its result is no list of objects. {_FORM}")
    for each in result:
        kind = str(each.get("type", "labels")).lower()
        if kind not in _SPANS:
            what = "relations are" if kind == "relation" else "choices, ratings and other answers are"
            findings.add("note", where, f"{what} not read.")
            continue
        value = _objects(each, "value", where)
        labels = value.get(kind) or value.get("labels") or value.get("hypertextlabels")
        if not isinstance(labels, list) or not labels:
            findings.add("warning", where, "a region without a label; left out.")
            continue
        at = value.get("globalOffsets") if isinstance(value.get("globalOffsets"), dict) else value
        place = (whole(at.get("start")), whole(at.get("end"))) if isinstance(at, dict) else (-1, -1)
        words = value.get("text")
        for label in labels:
            yield Marked(
                str(label).strip() or "Entity", (place,), words if isinstance(words, str) else "", where
            )


def _times(annotation: Object, where: str, findings: Findings) -> list[float]:
    """Return the seconds that an annotation took, as one item, if the tool says so."""
    seconds = annotation.get("lead_time")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds < math.inf:
        return []
    if seconds > _LONG:
        findings.add("note", where, "more than an hour for one annotation: breaks are counted as work.")
    return [float(seconds)]
