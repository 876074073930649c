"""Batches of sentences or texts that a page asks for: a process of their own chooses them, and leaves a file.

Texts, request and result are in a folder that the user alone can read, under an id that nobody guesses.
"""

import json
import os
import re
import secrets
import shutil
import sys
import tempfile
import time
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

from bioner_core.errors import BionerError
from bioner_core.files import (
    create_private_folder,
    explain_write_error,
    list_folder_variables,
    locate_runs_folder,
    write_atomically,
)
from bioner_core.processes import read_start_time, start_detached_process
from bioner_core.users.audit import record_action
from bioner_core.users.limits import check_room

MAX_DAYS = 7  # after which texts and result are deleted
GONE = f"This batch is no longer here: it was removed, or is older than {MAX_DAYS} days. Choose anew."
_FOLDER = ".next"  # in the folder of runs, which lists no hidden names
_TEXTS, _RESULT, _LOG, _PROCESS = "texts.zip", "batch-train.jsonl", "log", "process.json"
_ID = re.compile(r"[\w-]{32}", re.ASCII)
COMMAND = (sys.executable, "-m", "bioner_core")


@dataclass(frozen=True, kw_only=True)
class BatchRequest:
    """What to choose: how many sentences, how, and for what is annotated so far."""

    n: int
    strategy: str
    corpus: Path | None = None  # a corpus file; None where nothing is annotated
    language: str = ""  # ISO 639-1; "" guesses
    has_suggestions: bool = False

    @property
    def arguments(self) -> tuple[str, ...]:
        """Return the words of the command before those of its files."""
        return (
            "next",
            *([str(self.corpus)] if self.corpus else []),
            *("--n", str(self.n), "--strategy", self.strategy),
            *(["--language", self.language] if self.language else []),
            *(["--predictions"] if self.has_suggestions else []),
        )


@dataclass(frozen=True, kw_only=True)
class ProjectBatchRequest:
    """What to choose of the texts of an annotation project."""

    project: str
    n: int  # texts to train on
    n_test: int  # and to test on, which are set aside
    strategy: str
    has_suggestions: bool = False

    @property
    def arguments(self) -> tuple[str, ...]:
        """Return the words of the command before those of its file."""
        return (
            *("rounds", "choose", self.project, "--n", str(self.n), "--test", str(self.n_test)),
            *("--strategy", self.strategy),
            *(["--predictions"] if self.has_suggestions else []),
        )


@dataclass(frozen=True, kw_only=True)
class BatchState:
    """How far a batch is."""

    is_running: bool
    problem: str = ""  # why there is none
    content: bytes | None = None  # JSON lines, once chosen
    project_request: ProjectBatchRequest | None = None  # what was asked of a project


class NextBatches:
    """The batches of a user; each is a folder."""

    def __init__(self) -> None:
        self.folder = locate_runs_folder() / _FOLDER

    def start(self, files: Mapping[str, bytes], request: BatchRequest) -> str:
        """Keep the texts, start to choose, and return the id of the batch.

        :raises BionerError: there is no text, no room, or it cannot be written.
        """
        self._delete_old()
        if not files:
            raise BionerError("no texts: add the files with the texts that nobody has annotated yet.")
        batch_id, folder = self._create(files)
        self._run((*request.arguments, "--pool", str(folder / _TEXTS)), folder, {})
        record_action("choose sentences", f"{request.n} by {request.strategy}")
        return batch_id

    def start_for_project(self, request: ProjectBatchRequest) -> str:
        """Start to choose texts of a project, and return the id of the batch.

        :raises BionerError: there is no room, or it cannot be written.
        """
        self._delete_old()
        batch_id, folder = self._create({})
        self._run(request.arguments, folder, asdict(request))
        record_action("choose texts", f"{request.project}: {request.n} by {request.strategy}")
        return batch_id

    def _create(self, files: Mapping[str, bytes]) -> tuple[str, Path]:
        """Make the folder of a batch, with its texts; return id and folder."""
        check_room(sum(map(len, files.values())))
        batch_id = secrets.token_urlsafe(24)
        try:
            create_private_folder(self.folder)
            folder = Path(tempfile.mkdtemp(dir=self.folder, prefix=".unfinished-"))
            if files:
                _pack(folder / _TEXTS, files)
            os.rename(folder, self.folder / batch_id)
        except OSError as error:
            raise BionerError(explain_write_error(self.folder, error)) from error
        return batch_id, self.folder / batch_id

    def read_state(self, batch_id: str) -> BatchState:
        """Return how far a batch is; one that is gone has a problem."""
        self._delete_old()
        try:
            folder = self._locate(batch_id)
            process = json.loads((folder / _PROCESS).read_bytes())
            is_running = read_start_time(process["pid"]) == process["born"] != 0
            wanted = process.get("request")
            request = ProjectBatchRequest(**wanted) if wanted else None
            content = (
                None if is_running or not (folder / _RESULT).is_file() else (folder / _RESULT).read_bytes()
            )
            problem = "" if is_running or content is not None else _read_problem(folder)
            return BatchState(
                is_running=is_running, problem=problem, content=content, project_request=request
            )
        except BionerError as error:
            return BatchState(is_running=False, problem=str(error))
        except (OSError, ValueError, KeyError, TypeError):
            return BatchState(is_running=False, problem=GONE)

    def delete(self, batch_id: str) -> None:
        """Delete texts and result of a batch, if it is there."""
        shutil.rmtree(self._locate(batch_id), ignore_errors=True)

    def _run(self, words: Sequence[str], folder: Path, request: Mapping[str, object]) -> None:
        command = (*COMMAND, *words, "--out", str(folder / _RESULT))
        log = os.open(folder / _LOG, os.O_WRONLY | os.O_CREAT, 0o600)
        pid = start_detached_process(command, list_folder_variables(), log)
        record = {"pid": pid, "born": read_start_time(pid), "request": request}
        write_atomically(folder / _PROCESS, json.dumps(record))

    def _locate(self, batch_id: str) -> Path:
        if not _ID.fullmatch(batch_id):
            raise BionerError(GONE)
        return self.folder / batch_id

    def _delete_old(self) -> None:
        oldest = time.time() - MAX_DAYS * 86_400
        for folder in self.folder.iterdir() if self.folder.is_dir() else ():
            with suppress(FileNotFoundError):
                if folder.stat().st_mtime < oldest:
                    shutil.rmtree(folder, ignore_errors=True)


def _pack(path: Path, files: Mapping[str, bytes]) -> None:
    """Write the texts as a zip, one that is uploaded as it is; names lose their folders."""
    [(name, content), *others] = files.items()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(handle, "wb") as file:
        if not others and name.lower().endswith(".zip"):
            file.write(content)
            return
        with zipfile.ZipFile(file, "w") as archive:
            for name, content in files.items():
                archive.writestr(PurePosixPath(name.replace("\\", "/")).name, content)


def _read_problem(folder: Path) -> str:
    """Return what the process said last, without the name of the program."""
    lines = (folder / _LOG).read_text(encoding="utf-8", errors="replace").strip().splitlines()
    said = [line.removeprefix("bioner: ") for line in lines if line.startswith("bioner: ")]
    return (
        said[-1].replace(f"{folder}{os.sep}", "") if said else "Choosing ended without a result. Try again."
    )
