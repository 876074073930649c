"""Argilla's exports for named entities: version 2 (nested or flat), feedback data sets, and version 1."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.json_values import first_value, values
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.placement import Marked
from bioner_core.corpus.reading.records import span_of
from bioner_core.corpus.reading.text_field import Task, passages_of_tasks
from bioner_core.errors import BionerError

NAME = "Argilla"
_USERS = ".responses.users"
_TOKENS = {"annotation", "prediction", "status"}  # of a record of version 1
_LEFT_OUT = ("discarded", "draft", "Discarded", "Default")
_FORM = "A record needs fields and responses, or (version 1) a text and its annotation. Export as JSON again."
Object = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Record:
    """One record, whatever the version: what was shown, and each response with its spans."""

    fields: Object
    metadata: Object
    responses: list[list[Any]]  # spans of each person who submitted them
    n_other: int = 0  # responses that are drafts, or discarded
    is_pending: bool = False  # not enough people submitted it; nested records do not say which are drafts


def claims(files: Mapping[str, str]) -> set[str]:
    """Return the files whose first record is Argilla's."""
    return {name for name, text in files.items() if _reader(first_value(text))}


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read all records that somebody submitted: the first response of each.

    :raises BionerError: for a record that is not complete, or records without texts
    """
    findings = Findings()
    passages: list[Passage] = []
    n_unannotated = 0
    for file, text in files.items():
        tasks = []
        records = list(_records(text, file))
        has_completed = any(record.responses and not record.is_pending for _, record in records)
        for where, record in records:
            if record.n_other:
                findings.add("note", where, "responses that are drafts or were discarded are not read.")
            if not record.responses or (record.is_pending and has_completed):
                n_unannotated += 1
                findings.add("warning", where, "a record that nobody submitted is left out.")
                continue
            if len(record.responses) > 1:
                findings.add("note", where, "several responses to one record: the first is read.")
            marked = tuple(_marked(span, where) for span in record.responses[0])
            tasks.append(Task(where=where, data=record.fields, marked=marked, aside=record.metadata))
        passages += passages_of_tasks(tasks, file=file, documents=documents, findings=findings)
    return findings.reading(name=name, form=NAME, passages=passages, n_unannotated=n_unannotated)


def _records(text: str, file: str) -> Iterator[tuple[str, _Record]]:
    for where, value in values(text, name=file):
        reader = _reader(value)
        if reader is None:
            raise BionerError(f"{where}: found no record of Argilla. {_FORM}")
        record = reader(value)
        if record is None:
            raise BionerError(f"{where}: its annotation is no list of entities. {_FORM}")
        yield where, record


def _reader(value: object) -> Callable[[Object], _Record | None] | None:
    """Return what reads records such as this; None where it is not Argilla's."""
    if not isinstance(value, dict):
        return None
    if isinstance(value.get("fields"), dict) and "responses" in value:
        return _nested
    if any(isinstance(key, str) and key.endswith(_USERS) for key in value):
        return _flat
    return _old if value.keys() >= _TOKENS and "text" in value else None


def _nested(value: Object) -> _Record:
    """Return a record of version 2 (responses by question) or of a feedback data set (a list of them)."""
    given = value["responses"]
    if isinstance(given, list):
        given = [each for each in given if isinstance(each, dict)]
        found = [(each.get("status"), _of_spans(_dict(each.get("values")))) for each in given]
    else:
        lists = [each for each in _dict(given).values() if isinstance(each, list) and _holds_spans(each)]
        found = [
            (_dict(each).get("status"), _dict(each).get("value")) for each in (lists[0] if lists else [])
        ]
    record = _record(_dict(value["fields"]), _dict(value.get("metadata")), found)
    return replace(record, is_pending=value.get("status") == "pending")


def _flat(value: Object) -> _Record:
    """Return a record of version 2 whose fields, metadata and responses stand side by side."""
    questions = [key.removesuffix(_USERS) for key in value if key.endswith(_USERS)]
    for question in questions:
        given = value.get(f"{question}.responses") or []
        states = value.get(f"{question}.responses.status") or [None] * len(given)
        if isinstance(given, list) and isinstance(states, list) and any(_are_spans(each) for each in given):
            return _record(value, {}, list(zip(states, given, strict=False)))
    return _record(value, {}, [])


def _old(value: Object) -> _Record | None:
    """Return a record of version 1, for token classification; None where it annotates something else."""
    spans = value.get("annotation")
    if spans is not None and not _are_spans(spans):
        return None
    found = [] if spans is None else [(value.get("status"), spans)]
    return _record({"text": value.get("text")}, _dict(value.get("metadata")), found)


def _record(fields: Object, metadata: Object, found: list[tuple[Any, Any]]) -> _Record:
    good = [spans for status, spans in found if status not in _LEFT_OUT and _are_spans(spans)]
    return _Record(fields, metadata, good, n_other=sum(status in _LEFT_OUT for status, _ in found))


def _of_spans(answers: Object) -> Any:
    """Return the answer that is a list of spans, of a response to several questions."""
    given = [_dict(each).get("value") for each in answers.values()]
    return next((each for each in given if _are_spans(each)), None)


def _holds_spans(responses: list[Any]) -> bool:
    return any(_are_spans(_dict(each).get("value")) for each in responses)


def _are_spans(value: object) -> bool:
    """Tell whether this is a list of spans: objects with a start, or [label, start, end]."""
    return isinstance(value, list) and all(
        ("start" in each and "label" in each) if isinstance(each, dict) else isinstance(each, list)
        for each in value
    )


def _marked(span: object, where: str) -> Marked:
    """Return a mention; version 1 writes [label, start, end], sometimes with a score."""
    if isinstance(span, list) and len(span) in (3, 4) and isinstance(span[0], str):
        span = [span[1], span[2], span[0]]
    return span_of(span, where)


def _dict(value: object) -> Object:
    return value if isinstance(value, dict) else {}
