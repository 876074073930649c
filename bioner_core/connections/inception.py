"""INCEpTION by its remote API (AERO v1): documents with annotations in, finished annotations out.

https://inception-project.github.io, “Remote API” of the admin guide: it is off until an administrator
switches it on; the user needs the role ROLE_REMOTE, and has to manage the project.
"""

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from bioner_core.connections.cas_xmi import serialize_cas
from bioner_core.connections.credentials import Credential
from bioner_core.connections.json_answers import parse_time, require_list, require_object
from bioner_core.connections.tool import (
    Export,
    KeepReceipt,
    Task,
    ToolSettings,
    ToolStatus,
    WorkTime,
    drop_receipt,
)
from bioner_core.connections.web_session import RefusedError, WebAnswer, WebSession
from bioner_core.corpus.reading.bounds import MAX_BYTES, MAX_FILES
from bioner_core.errors import BionerError

_CURATED, _CURATOR = "CURATION-COMPLETE", "CURATION_USER"
_COMPLETE = "COMPLETE"  # state of an annotator's version
_BEGUN = ("ANNOTATION-IN-PROGRESS", "ANNOTATION-COMPLETE", "CURATION-IN-PROGRESS")  # of a document


class Inception:
    """A project of an INCEpTION server."""

    def __init__(self, settings: ToolSettings, credential: Credential) -> None:
        self._session = WebSession(settings.address, is_insecure=settings.is_insecure)
        self._path = f"/api/aero/v1/projects/{settings.project}"
        pair = f"{credential.user}:{credential.secret}".encode()
        self._headers = {"Authorization": f"Basic {b64encode(pair).decode('ascii')}"}

    def check(self) -> ToolStatus:
        """Look at the project. :raises BionerError: it cannot be reached, or its remote API is off."""
        project = require_object(self._load(""), self._session.host)
        documents = self._list_documents()
        n_complete = sum(document.get("state") == "ANNOTATION-COMPLETE" for document in documents)
        n_curated = sum(document.get("state") == _CURATED for document in documents)
        title = project.get("title") or project.get("name") or ""
        return ToolStatus(
            title=str(title), labels=(), n_tasks=len(documents), n_annotated=n_complete + n_curated
        )

    def push(self, tasks: Sequence[Task], _: KeepReceipt = drop_receipt, /) -> Iterator[int]:
        """Create a document for each task, named by its key, with suggestions as named entities; yield 1."""
        for task in tasks:
            name = f"{task.key}.txt"
            content = serialize_cas(task.text, task.mentions) if task.mentions else task.text.encode("utf-8")
            self._send(
                "POST",
                "/documents",
                data={"name": name, "format": "xmi" if task.mentions else "text"},
                files={"content": (name, content, "application/octet-stream")},
            )
            yield 1

    def list_keys(self, _: str = "", /) -> frozenset[str]:
        """Return the keys of all documents that a push has named."""
        return frozenset(str(of.get("name")).removesuffix(".txt") for of in self._list_documents())

    def pull(self) -> Export:
        """Return curated documents, and of the others the versions that annotators have finished."""
        files: dict[str, bytes] = {}
        times: list[WorkTime] = []
        for document in self._list_documents():
            number, state = document.get("id"), document.get("state")
            if not isinstance(number, int) or state not in (*_BEGUN, _CURATED):
                continue
            versions, at = self._list_versions(number)
            for user in versions:
                path = f"/documents/{number}/annotations/{quote(user, safe='')}"
                self._add(files, f"annotation/{number}/{quote(user, safe='')}.json", path)
            if state == _CURATED:
                self._add(files, f"curation/{number}/{_CURATOR}.json", f"/documents/{number}/curation")
            times += [WorkTime(at=at)] if at else []
        return Export(files=files, times=tuple(times))

    def _list_documents(self) -> list[Mapping[str, Any]]:
        documents = require_list(self._load("/documents"), self._session.host)
        return [document for document in documents if isinstance(document, dict)]

    def _list_versions(self, number: int) -> tuple[list[str], str]:
        """Return the annotators who have finished a document, and when the first of them had."""
        rows = require_list(self._load(f"/documents/{number}/annotations"), self._session.host)
        finished = [row for row in rows if isinstance(row, dict) and row.get("state") == _COMPLETE]
        users = [str(row.get("user")) for row in finished]
        times = [at for row in finished if (at := parse_time(row.get("timestamp")))]
        return users, min(times, default="")

    def _add(self, files: dict[str, bytes], name: str, path: str) -> None:
        """Fetch one version of a document as CAS in JSON."""
        files[name] = self._send("GET", path, params={"format": "jsoncas"}).content
        if len(files) > MAX_FILES or sum(map(len, files.values())) > MAX_BYTES:
            raise BionerError(
                f"{self._session.host}: the annotations are larger than {MAX_BYTES // 1_000_000} MB, more "
                "than is read at once. Nothing was kept."
            )

    def _load(self, path: str) -> Any:
        """Return the body of an answer, which AERO wraps."""
        answer = self._send("GET", path)
        return require_object(answer.parse_json(), self._session.host).get("body")

    def _send(self, method: str, path: str, **content: Any) -> WebAnswer:
        try:
            return self._session.send(method, f"{self._path}{path}", headers=self._headers, **content)
        except RefusedError as error:
            if error.status not in (403, 404):
                raise
            raise BionerError(
                f"{self._session.host}: has no such project for the remote API ({error.status}). Is the API "
                "switched on (remote-api.enabled=true), and may this user manage the project (ROLE_REMOTE)?"
            ) from error
