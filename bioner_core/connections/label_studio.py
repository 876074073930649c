"""Label Studio by its REST API: tasks with predictions in, its JSON export out.

https://api.labelstud.io: ``POST /api/projects/{id}/import``, ``GET /api/projects/{id}/export``. A personal
access token is changed into one that lasts minutes (``POST /api/token/refresh/``); a legacy token is sent as
it is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bioner_core.connections.credentials import Credential
from bioner_core.connections.json_answers import parse_seconds, parse_time, require_list, require_object
from bioner_core.connections.tool import (
    ID_FIELD,
    Export,
    KeepReceipt,
    Task,
    ToolSettings,
    ToolStatus,
    WorkTime,
    count_utf16,
    drop_receipt,
    find_key,
    split_batches,
)
from bioner_core.connections.web_session import RefusedError, WebAnswer, WebSession, encode_json
from bioner_core.errors import BionerError

_MODEL = "bioner"  # the version of predictions, as annotators see it
_JSON = {"Content-Type": "application/json"}
_CONTROLS = ("Labels",)
_PAGE = 500  # tasks of one answer
_MAX_PAGES = 2_000
_N_PARTS = 3  # of a JSON Web Token, which personal access tokens are


@dataclass(frozen=True)
class _LabelControl:
    """The part of a labelling interface that annotates spans of a text."""

    name: str  # of the control
    target: str  # the name of the text object
    field: str  # of the task, which holds the text
    labels: tuple[str, ...]


class LabelStudio:
    """A project of a Label Studio server."""

    def __init__(self, settings: ToolSettings, credential: Credential) -> None:
        self._session = WebSession(settings.address, is_insecure=settings.is_insecure)
        self._path = f"/api/projects/{settings.project}"
        self._token = credential.secret.strip()
        self._headers: dict[str, str] = {}

    def check(self) -> ToolStatus:
        """Look at the project. :raises BionerError: it cannot be reached, or annotates no spans of a text."""
        project = self._load_project()
        control = self._find_control(project)
        n_tasks, n_annotated = (project.get(name) for name in ("task_number", "num_tasks_with_annotations"))
        return ToolStatus(
            title=str(project.get("title") or ""),
            labels=control.labels,
            n_tasks=n_tasks if isinstance(n_tasks, int) else None,
            n_annotated=n_annotated if isinstance(n_annotated, int) else None,
        )

    def push(self, tasks: Sequence[Task], _: KeepReceipt = drop_receipt, /) -> Iterator[int]:
        """Import tasks with predictions, batch by batch; yield the size of each accepted batch."""
        control = self._find_control(self._load_project())
        for batch in split_batches(tasks):
            content = encode_json([_build_task(task, control) for task in batch])
            answer = self._send("POST", f"{self._path}/import", data=content, headers=_JSON)
            n = require_object(answer.parse_json(), self._session.host).get("task_count")
            if n != len(batch):
                raise BionerError(
                    f"{self._session.host}: took {n if isinstance(n, int) else 'an unknown number'} of "
                    f"{len(batch):,} texts. Push again: what it has is looked up first."
                )
            yield len(batch)

    def list_keys(self, _: str = "", /) -> frozenset[str]:
        """Return the keys of all tasks of the project."""
        source = self._find_control(self._load_project()).field
        data = (task.get("data") for task in self._iterate_tasks())
        return frozenset(find_key(of, of.get(source)) for of in data if isinstance(of, dict))

    def _iterate_tasks(self) -> Iterator[Mapping[str, Any]]:
        project, n_read = self._path.rpartition("/")[2], 0
        for number in range(1, _MAX_PAGES + 1):
            parameters = {"project": project, "page": number, "page_size": _PAGE, "include": "id,data"}
            answer = self._send("GET", "/api/tasks", params=parameters).parse_json()
            page = require_object(answer, self._session.host)
            tasks = require_list(page.get("tasks"), self._session.host)
            yield from (task for task in tasks if isinstance(task, dict))
            n_read += len(tasks)
            if not tasks or n_read >= page.get("total", 0):
                return

    def pull(self) -> Export:
        """Return the annotated tasks as JSON, and when each was first annotated."""
        answer = self._send("GET", f"{self._path}/export", params={"exportType": "JSON"})
        tasks = require_list(answer.parse_json(), self._session.host)
        times = [time for task in tasks if isinstance(task, dict) and (time := _find_time(task))]
        return Export(files={"label-studio.json": answer.content} if tasks else {}, times=tuple(times))

    def _load_project(self) -> Mapping[str, Any]:
        return require_object(self._send("GET", self._path).parse_json(), self._session.host)

    def _find_control(self, project: Mapping[str, Any]) -> _LabelControl:
        """Return the labels of the interface that mark spans of a text."""
        config = project.get("parsed_label_config")
        for name, control in (config if isinstance(config, dict) else {}).items():
            if not isinstance(control, dict) or control.get("type") not in _CONTROLS:
                continue
            targets, inputs = control.get("to_name"), control.get("inputs")
            if isinstance(targets, list) and isinstance(inputs, list):
                for target, source in zip(targets, inputs, strict=False):
                    if isinstance(source, dict) and source.get("type") == "Text":
                        labels = tuple(map(str, control.get("labels") or ()))
                        return _LabelControl(name, str(target), str(source.get("value", "text")), labels)
        raise BionerError(
            f"{self._session.host}: the labelling interface of this project has no Labels for a Text. Choose "
            "the template “Named Entity Recognition” in its settings."
        )

    def _send(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **content: Any
    ) -> WebAnswer:
        """Send a request; where the token that lasts minutes has run out, change it and send again."""
        try:
            return self._send_once(method, path, headers or {}, content)
        except RefusedError as error:
            if error.status != 401 or not (self._is_personal and self._headers):
                raise
        self._headers = {}
        return self._send_once(method, path, headers or {}, content)

    def _send_once(
        self, method: str, path: str, headers: Mapping[str, str], content: Mapping[str, Any]
    ) -> WebAnswer:
        self._headers = self._headers or self._build_headers()
        return self._session.send(method, path, headers={**headers, **self._headers}, **content)

    @property
    def _is_personal(self) -> bool:
        """Say whether the token is a personal access token, which is a JSON Web Token."""
        return self._token.count(".") == _N_PARTS - 1

    def _build_headers(self) -> dict[str, str]:
        if not self._is_personal:
            return {"Authorization": f"Token {self._token}"}
        content = encode_json({"refresh": self._token})
        answer = self._session.send("POST", "/api/token/refresh/", data=content, headers=_JSON)
        access = require_object(answer.parse_json(), self._session.host).get("access")
        if not isinstance(access, str):
            raise BionerError(f"{self._session.host}: answers without a token. Is it a Label Studio server?")
        return {"Authorization": f"Bearer {access}"}


def _build_task(task: Task, control: _LabelControl) -> dict[str, Any]:
    """Return a task as JSON; its suggestions are a prediction, which annotators correct."""
    name = "document" if control.field != "document" else "document_name"
    document = {name: task.document} if task.document else {}
    data = {control.field: task.text, **document, ID_FIELD: task.id}
    if not task.mentions:
        return {"data": data}
    result = [
        {
            "from_name": control.name,
            "to_name": control.target,
            "type": "labels",
            "value": {
                "start": count_utf16(task.text, start),
                "end": count_utf16(task.text, end),
                "text": task.text[start:end],
                "labels": [mention.label],
            },
        }
        for mention in task.mentions
        for start, end in [(mention.fragments[0][0], mention.fragments[-1][1])]
    ]
    score = {} if task.score is None else {"score": task.score}
    return {"data": data, "predictions": [{"model_version": _MODEL, "result": result, **score}]}


def _find_time(task: Mapping[str, Any]) -> WorkTime | None:
    """Return when a task was first completed, and the time of that annotation."""
    annotations = task.get("annotations")
    times = [
        WorkTime(at=at, seconds=parse_seconds(annotation.get("lead_time")))
        for annotation in (annotations if isinstance(annotations, list) else ())
        if isinstance(annotation, dict)
        and not annotation.get("was_cancelled")
        and (at := parse_time(annotation.get("created_at")))
    ]
    return min(times, key=lambda time: time.at, default=None)
