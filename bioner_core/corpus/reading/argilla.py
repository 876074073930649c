"""Argilla exports for named entities: version 2 (nested or flat), feedback data sets, and version 1."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bioner_core.corpus.reading.agreement import compute_agreement
from bioner_core.corpus.reading.annotation_fields import parse_span
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.json_values import iterate_values, parse_first_value
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.placement import RawMention
from bioner_core.corpus.reading.text_field import (
    Task,
    build_task_passages,
    keep_unannotated_tasks,
)
from bioner_core.errors import BionerError

NAME = "Argilla"
_USERS_SUFFIX = ".responses.users"
_VERSION_1_KEYS = {"annotation", "prediction", "status"}  # of a record of version 1
_NOT_SUBMITTED = ("discarded", "draft", "Discarded", "Default")
_HINT = "A record needs fields and responses, or (version 1) a text and its annotation. Export as JSON again."
JsonObject = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Record:
    """A record of any version: the displayed fields, and the spans of each submitted response."""

    fields: JsonObject
    metadata: JsonObject
    responses: list[list[Any]]  # spans of each submitted response
    users: list[str]  # who submitted each of them; their place where the file does not say
    n_not_submitted: int = 0  # drafts and discarded responses
    is_pending: bool = False  # too few people submitted it; nested records do not mark drafts


def claim(files: Mapping[str, str]) -> set[str]:
    """Return the files whose first record is an Argilla record."""
    return {name for name, text in files.items() if _find_parser(parse_first_value(text))}


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read the first response of every record that somebody submitted.

    :raises BionerError: for a record that is not complete, or records without texts
    """
    findings = Findings()
    passages: list[Passage] = []
    n_unannotated = 0
    versions: defaultdict[str, dict[str, set[RawMention]]] = defaultdict(dict)  # by annotator and record
    for file, text in files.items():
        tasks, unannotated = list[Task](), list[Task]()
        records = list(_iterate_records(text, file))
        has_completed = any(record.responses and not record.is_pending for _, record in records)
        for where, record in records:
            if record.n_not_submitted:
                findings.add("note", where, "responses that are drafts or were discarded are not read.")
            if not record.responses or (record.is_pending and has_completed):
                n_unannotated += 1
                unannotated.append(
                    Task(where=where, data=record.fields, raw_mentions=(), metadata=record.metadata)
                )
                findings.add("warning", where, "a record that nobody submitted is left out.")
                continue
            if len(record.responses) > 1:
                findings.add("note", where, "several responses to one record: the first is read.")
            raw_mentions = tuple(_parse_mention(span, where) for span in record.responses[0])
            for user, spans in zip(record.users, record.responses, strict=True):
                versions[user][where] = {_parse_mention(span, where) for span in spans}
            tasks.append(
                Task(where=where, data=record.fields, raw_mentions=raw_mentions, metadata=record.metadata)
            )
        passages += build_task_passages(tasks, file=file, documents=documents, findings=findings)
        keep_unannotated_tasks(unannotated, tasks, documents=documents, findings=findings)
    reading = findings.build_reading(
        name=name, format_name=NAME, passages=passages, n_unannotated=n_unannotated
    )
    return replace(reading, agreement_f1=compute_agreement(versions)[0])


def _iterate_records(text: str, file: str) -> Iterator[tuple[str, _Record]]:
    for where, value in iterate_values(text, name=file):
        parse = _find_parser(value)
        if parse is None:
            raise BionerError(f"{where}: found no record of Argilla. {_HINT}")
        record = parse(value)
        if record is None:
            raise BionerError(f"{where}: its annotation is not a list of entities. {_HINT}")
        yield where, record


def _find_parser(value: object) -> Callable[[JsonObject], _Record | None] | None:
    """Return the parser for this kind of record; None if it is not an Argilla record."""
    if not isinstance(value, dict):
        return None
    if isinstance(value.get("fields"), dict) and "responses" in value:
        return _parse_nested
    if any(isinstance(key, str) and key.endswith(_USERS_SUFFIX) for key in value):
        return _parse_flat
    return _parse_version_1 if value.keys() >= _VERSION_1_KEYS and "text" in value else None


def _parse_nested(value: JsonObject) -> _Record:
    """Parse a record of version 2 (responses by question) or of a feedback data set (a list of responses)."""
    raw = value["responses"]
    if isinstance(raw, list):
        listed = [response for response in raw if isinstance(response, dict)]
        responses = [(r.get("status"), _find_span_answer(_ensure_dict(r.get("values")))) for r in listed]
        users = [str(r.get("user_id", number)) for number, r in enumerate(listed)]
    else:
        by_question = [r for r in _ensure_dict(raw).values() if isinstance(r, list) and _has_spans(r)]
        answered = [_ensure_dict(response) for response in (by_question[0] if by_question else [])]
        responses = [(response.get("status"), response.get("value")) for response in answered]
        users = [str(response.get("user_id", number)) for number, response in enumerate(answered)]
    record = _build_record(
        _ensure_dict(value["fields"]), _ensure_dict(value.get("metadata")), responses, users=users
    )
    return replace(record, is_pending=value.get("status") == "pending")


def _parse_flat(value: JsonObject) -> _Record:
    """Parse a record of version 2 whose fields, metadata and responses are keys of one object."""
    questions = [key.removesuffix(_USERS_SUFFIX) for key in value if key.endswith(_USERS_SUFFIX)]
    for question in questions:
        answers = value.get(f"{question}.responses") or []
        statuses = value.get(f"{question}.responses.status") or [None] * len(answers)
        if isinstance(answers, list) and isinstance(statuses, list) and any(map(_is_span_list, answers)):
            return _build_record(value, {}, list(zip(statuses, answers, strict=False)))
    return _build_record(value, {}, [])


def _parse_version_1(value: JsonObject) -> _Record | None:
    """Parse a record of version 1 for token classification; None for other tasks."""
    spans = value.get("annotation")
    if spans is not None and not _is_span_list(spans):
        return None
    responses = [] if spans is None else [(value.get("status"), spans)]
    return _build_record({"text": value.get("text")}, _ensure_dict(value.get("metadata")), responses)


def _build_record(
    fields: JsonObject,
    metadata: JsonObject,
    responses: list[tuple[Any, Any]],
    *,
    users: Sequence[str] | None = None,
) -> _Record:
    """Return a record with the responses that were submitted.

    :param users: who gave each response; where None, its place.
    """
    names = map(str, range(len(responses))) if users is None else users
    submitted = [
        (name, spans)
        for name, (status, spans) in zip(names, responses, strict=True)
        if status not in _NOT_SUBMITTED and _is_span_list(spans)
    ]
    return _Record(
        fields,
        metadata,
        [spans for _, spans in submitted],
        [name for name, _ in submitted],
        n_not_submitted=sum(status in _NOT_SUBMITTED for status, _ in responses),
    )


def _find_span_answer(answers: JsonObject) -> Any:
    """Return the answer that is a list of spans, among the answers to several questions."""
    values = [_ensure_dict(answer).get("value") for answer in answers.values()]
    return next((value for value in values if _is_span_list(value)), None)


def _has_spans(responses: list[Any]) -> bool:
    return any(_is_span_list(_ensure_dict(response).get("value")) for response in responses)


def _is_span_list(value: object) -> bool:
    """Tell whether this is a list of spans: objects with a start, or [label, start, end]."""
    return isinstance(value, list) and all(
        ("start" in span and "label" in span) if isinstance(span, dict) else isinstance(span, list)
        for span in value
    )


def _parse_mention(span: object, where: str) -> RawMention:
    """Parse a mention; version 1 writes [label, start, end], sometimes with a score."""
    if isinstance(span, list) and len(span) in (3, 4) and isinstance(span[0], str):
        span = [span[1], span[2], span[0]]
    return parse_span(span, where)


def _ensure_dict(value: object) -> JsonObject:
    return value if isinstance(value, dict) else {}
