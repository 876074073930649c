"""Argilla 2 by its REST API: records with suggestions in, records with responses out.

https://github.com/argilla-io/argilla, ``/api/v1``: ``POST …/datasets/{id}/records/bulk`` takes at most 500
records; offsets count characters. A record's ``external_id`` is its key here, and the server accepts each
once.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bioner_core.connections.credentials import Credential
from bioner_core.connections.json_answers import parse_time, require_list, require_object
from bioner_core.connections.tool import (
    Export,
    KeepReceipt,
    Task,
    ToolSettings,
    ToolStatus,
    WorkTime,
    build_key,
    drop_receipt,
    split_batches,
)
from bioner_core.connections.web_session import WebSession, encode_json
from bioner_core.errors import BionerError

_AGENT = "bioner"  # who suggests, as annotators see it
_PAGE = 500  # records of one answer
_MAX_PAGES = 2_000


@dataclass(frozen=True)
class _SpanQuestion:
    """The question of a dataset that is answered with spans."""

    id: str
    field: str  # which holds the text
    labels: tuple[str, ...]


class Argilla:
    """A dataset of an Argilla server."""

    def __init__(self, settings: ToolSettings, credential: Credential) -> None:
        self._session = WebSession(settings.address, is_insecure=settings.is_insecure)
        self._path = f"/api/v1/datasets/{settings.project}"
        self._headers = {"X-Argilla-Api-Key": credential.secret.strip()}

    def check(self) -> ToolStatus:
        """Look at the dataset. :raises BionerError: it cannot be reached, or asks for no spans."""
        dataset, progress = self._load(""), self._load("/progress")
        n_tasks, n_annotated = (progress.get(name) for name in ("total", "completed"))
        return ToolStatus(
            title=str(dataset.get("name") or ""),
            labels=self._find_question().labels,
            n_tasks=n_tasks if isinstance(n_tasks, int) else None,
            n_annotated=n_annotated if isinstance(n_annotated, int) else None,
        )

    def push(self, tasks: Sequence[Task], _: KeepReceipt = drop_receipt, /) -> Iterator[int]:
        """Create records with suggestions, batch by batch; yield the size of each accepted batch."""
        question, has_metadata = self._find_question(), self._load("").get("allow_extra_metadata") is True
        for batch in split_batches(tasks):
            items = [_build_record(task, question, has_metadata=has_metadata) for task in batch]
            content, headers = encode_json({"items": items}), {"Content-Type": "application/json"}
            self._session.send(
                "POST", f"{self._path}/records/bulk", data=content, headers={**headers, **self._headers}
            )
            yield len(batch)

    def list_keys(self, _: str = "", /) -> frozenset[str]:
        """Return the keys of all records."""
        source = self._find_question().field
        return frozenset(
            str(record.get("external_id") or build_key(str(fields.get(source, ""))))
            for record in self._iterate_records()
            if isinstance(fields := record.get("fields"), dict)
        )

    def pull(self) -> Export:
        """Return the records that somebody has submitted, and when each was submitted first."""
        records = [record for record in self._iterate_records() if _list_submitted(record)]
        content = json.dumps(records, ensure_ascii=False).encode("utf-8")
        times = [time for record in records if (time := _find_time(record))]
        return Export(files={"argilla.json": content} if records else {}, times=tuple(times))

    def _load(self, path: str, **parameters: Any) -> Mapping[str, Any]:
        answer = self._session.send("GET", f"{self._path}{path}", headers=self._headers, params=parameters)
        return require_object(answer.parse_json(), self._session.host)

    def _iterate_records(self) -> Iterator[Mapping[str, Any]]:
        for number in range(_MAX_PAGES):
            page = self._load("/records", include="responses", limit=_PAGE, offset=number * _PAGE)
            items = require_list(page.get("items"), self._session.host)
            yield from (item for item in items if isinstance(item, dict))
            if len(items) < _PAGE:
                return

    def _find_question(self) -> _SpanQuestion:
        """Return the first question about spans."""
        for item in require_list(self._load("/questions").get("items"), self._session.host):
            settings = item.get("settings") if isinstance(item, dict) else None
            if isinstance(settings, dict) and settings.get("type") == "span":
                options = settings.get("options")
                labels = tuple(
                    str(option.get("value"))
                    for option in (options if isinstance(options, list) else ())
                    if isinstance(option, dict)
                )
                return _SpanQuestion(str(item.get("id")), str(settings.get("field", "text")), labels)
        raise BionerError(f"{self._session.host}: this dataset of Argilla has no question about spans.")


def _build_record(task: Task, question: _SpanQuestion, *, has_metadata: bool) -> dict[str, Any]:
    record: dict[str, Any] = {"external_id": task.key, "fields": {question.field: task.text}}
    if has_metadata:
        document = {"document": task.document} if task.document else {}
        record["metadata"] = {**document, "bioner_batch": task.batch}
    if task.mentions:
        spans = [
            {"label": of.label, "start": of.fragments[0][0], "end": of.fragments[-1][1]}
            for of in task.mentions
        ]
        record["suggestions"] = [{"question_id": question.id, "value": spans, "agent": _AGENT}]
    return record


def _list_submitted(record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    responses = record.get("responses")
    return [
        response
        for response in (responses if isinstance(responses, list) else ())
        if isinstance(response, dict) and response.get("status") == "submitted"
    ]


def _find_time(record: Mapping[str, Any]) -> WorkTime | None:
    """Return when a record was submitted first; Argilla does not measure the work."""
    times = [parse_time(response.get("updated_at")) for response in _list_submitted(record)]
    first = min((time for time in times if time), default="")
    return WorkTime(at=first) if first else None
