"""doccano by its web API: log-in, files of tasks in, the export of approved texts out.

https://github.com/doccano/doccano: ``/v1/auth/login/``, ``/v1/fp/process/`` and ``/v1/projects/{id}/upload``,
``/v1/projects/{id}/download``; the server works through both in tasks of its own, which are asked for.
"""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from bioner_core.connections.credentials import Credential
from bioner_core.connections.json_answers import require_list, require_object
from bioner_core.connections.tool import (
    ID_FIELD,
    Export,
    KeepReceipt,
    Task,
    ToolSettings,
    ToolStatus,
    drop_receipt,
    find_key,
    split_batches,
)
from bioner_core.connections.web_session import RefusedError, WebAnswer, WebSession, encode_json
from bioner_core.corpus.reading.bounds import open_uploads
from bioner_core.corpus.reading.zips import is_zip
from bioner_core.errors import BionerError

_JSON = {"Content-Type": "application/json"}
_FIRST_PAUSE, _LONGEST_PAUSE, _MAX_SECONDS = 0.2, 3.0, 900.0  # of waiting for the server's own tasks
_ALL_TEXTS = (
    1_000_000  # in one answer: the server orders texts by times that many share, so pages could lose some
)
_SHARED = "collaborative_annotation"


class Doccano:
    """A sequence labelling project of a doccano server."""

    def __init__(self, settings: ToolSettings, credential: Credential) -> None:
        self._session = WebSession(settings.address, is_insecure=settings.is_insecure)
        self._path = f"/v1/projects/{settings.project}"
        self._credential = credential
        self._host = self._session.host
        self._is_logged_in = False

    def check(self) -> ToolStatus:
        """Look at the project. :raises BionerError: it cannot be reached, or labels no spans."""
        project = require_object(self._send("GET", self._path).parse_json(), self._host)
        if project.get("project_type") != "SequenceLabeling":
            raise BionerError(f"{self._host}: this project of doccano is not for sequence labelling.")
        labels = require_list(self._send("GET", f"{self._path}/span-types").parse_json(), self._host)
        counts = require_object(self._send("GET", f"{self._path}/metrics/progress").parse_json(), self._host)
        n_tasks, n_annotated = (counts.get(name) for name in ("total", "complete"))
        note = (
            f"in this project suggestions are seen by {self._credential.user} alone: if others annotate, "
            "switch “Share annotations across all users” on"
        )
        return ToolStatus(
            title=str(project.get("name") or ""),
            labels=tuple(str(label.get("text")) for label in labels if isinstance(label, dict)),
            n_tasks=n_tasks if isinstance(n_tasks, int) else None,
            n_annotated=n_annotated if isinstance(n_annotated, int) else None,
            note="" if project.get(_SHARED) else note,
        )

    def push(self, tasks: Sequence[Task], keep_receipt: KeepReceipt = drop_receipt, /) -> Iterator[int]:
        """Upload tasks with their labels as files; yield the size of each once the server has read it."""
        for batch in split_batches(tasks):
            content = "".join(json.dumps(_build_record(task), ensure_ascii=False) + "\n" for task in batch)
            files = {"filepond": ("bioner.jsonl", content.encode("utf-8"), "application/octet-stream")}
            upload = self._send("POST", "/v1/fp/process/", files=files)
            request = {
                "format": "JSONL",
                "task": "SequenceLabeling",
                "uploadIds": [upload.content.decode("ascii", "replace").strip().strip('"')],
                "column_data": "text",
                "column_label": "label",
                "encoding": "utf_8",
            }
            task_id = self._start(f"{self._path}/upload", request)
            keep_receipt(task_id)
            if self._wait(task_id).get("error"):
                raise BionerError(
                    f"{self._host}: doccano could not import some of {len(batch):,} texts. Push again: what "
                    "it has is looked up first."
                )
            yield len(batch)

    def list_keys(self, receipt: str = "", /) -> frozenset[str]:
        """Return the keys of all texts of the dataset, once the server has ended the task of a receipt."""
        if receipt:
            with suppress(FailedTaskError):
                self._wait(receipt)
        answer = self._send("GET", f"{self._path}/examples", params={"limit": _ALL_TEXTS}).parse_json()
        texts = require_list(require_object(answer, self._host).get("results"), self._host)
        return frozenset(find_key(of.get("meta"), of.get("text")) for of in texts if isinstance(of, dict))

    def pull(self) -> Export:
        """Return the approved texts: a file, or a file of each member; doccano exports no times."""
        task_id = self._start(f"{self._path}/download", {"format": "JSONL", "exportApproved": True})
        ends, pause = time.monotonic() + _MAX_SECONDS, _FIRST_PAUSE
        while time.monotonic() < ends:
            answer = self._send("GET", f"{self._path}/download", params={"taskId": task_id})
            if is_zip(answer.content, name="answer"):
                files = open_uploads({"doccano.zip": answer.content})
                return Export(files={name: content for name, content in files.items() if content.strip()})
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        raise BionerError(f"{self._host}: {_SILENT}")

    def _start(self, path: str, request: Mapping[str, Any]) -> str:
        """Start a task of the server; return its id."""
        answer = self._send("POST", path, data=encode_json(request), headers=_JSON)
        return str(require_object(answer.parse_json(), self._host).get("task_id"))

    def _wait(self, task_id: str) -> Mapping[str, Any]:
        """Wait for a task of the server; return its result."""
        ends, pause = time.monotonic() + _MAX_SECONDS, _FIRST_PAUSE
        while time.monotonic() < ends:
            answer = self._send("GET", f"/v1/tasks/status/{task_id}")
            status = require_object(answer.parse_json(), self._host)
            if status.get("error"):
                raise FailedTaskError(f"{self._host}: doccano could not import the texts. Its log says why.")
            if status.get("ready"):
                result = status.get("result")
                return result if isinstance(result, dict) else {}
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        raise BionerError(f"{self._host}: {_SILENT}")

    def _send(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **content: Any
    ) -> WebAnswer:
        """Send a request as the user who has logged in, with the token against forged requests."""
        if not self._is_logged_in:
            self._log_in()
        protection = {
            "X-CSRFToken": self._session.read_cookie("csrftoken"),
            "Referer": self._session.address,
        }
        return self._session.send(method, path, headers={**protection, **(headers or {})}, **content)

    def _log_in(self) -> None:
        record = {"username": self._credential.user, "password": self._credential.secret}
        try:
            self._session.send("POST", "/v1/auth/login/", data=encode_json(record), headers=_JSON)
        except RefusedError as error:
            if error.status != 400:
                raise
            raise RefusedError(self._host, 401) from error  # doccano's way to refuse a password
        self._is_logged_in = True


class FailedTaskError(BionerError):
    """The server has given up a task of its own."""


_SILENT = (
    "doccano has not finished its own task in time. Is its task queue (`doccano task`) running? Try again "
    "later."
)


def _build_record(task: Task) -> dict[str, Any]:
    spans = [[mention.fragments[0][0], mention.fragments[-1][1], mention.label] for mention in task.mentions]
    document = {"document": task.document} if task.document else {}
    return {"text": task.text, **document, ID_FIELD: task.id, "label": spans}
