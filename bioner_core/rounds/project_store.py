"""Projects on disk: a folder each, readable by the user alone.

``project.json`` holds what the user chose, ``start.jsonl`` the corpus that it began with, ``pool.jsonl`` the
texts, ``sent.json`` what annotators have got, ``sending.json`` a push that is under way or broke off,
``rounds/0001.json`` a round. Each file is replaced whole.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from bioner_core.connections.tool import ToolSettings
from bioner_core.corpus.jsonl import load_corpus, serialize_corpus
from bioner_core.corpus.library import is_safe_name, validate_name
from bioner_core.corpus.sentences import Corpus
from bioner_core.costs.rates import Rates
from bioner_core.errors import BionerError
from bioner_core.files import create_private_folder, locate_projects_folder, write_atomically
from bioner_core.rounds.pool_texts import PoolText, parse_texts, serialize_texts
from bioner_core.rounds.project import Project, Round, SentTask
from bioner_core.rounds.project_files import (
    VERSION,
    build_dataclass,
    parse_record,
    read_record,
    report_write_errors,
    write_record,
)
from bioner_core.users.audit import record_action
from bioner_core.users.limits import check_room

_PROJECT, _START, _POOL, _SENT, _ROUNDS = "project.json", "start.jsonl", "pool.jsonl", "sent.json", "rounds"
_CURRENT, _LOCK = "annotated.jsonl", "project.lock"


class ProjectStore:
    """The folder of the user's projects."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = locate_projects_folder() if folder is None else folder

    def names(self) -> tuple[str, ...]:
        """Return the names of all projects, sorted."""
        names = (path.parent.name for path in self.folder.glob(f"*/{_PROJECT}"))
        return tuple(sorted(name for name in names if is_safe_name(name)))

    def list_with_corpus(self, name: str) -> tuple[str, ...]:
        """Return the projects that began with a corpus of this name, and keep a copy of it."""
        projects = []
        for project in self.names():
            with suppress(BionerError):
                start = self.load_start(project)
                projects += [project] if start and start.name == name else []
        return tuple(projects)

    def create(self, project: Project, texts: Sequence[PoolText], start: Corpus | None) -> None:
        """Make the folder of a project; it is there as soon as it is complete.

        :param start: the corpus that it begins with; None where nothing is annotated yet.
        :raises BionerError: there is one of this name, or it cannot be written.
        """
        if project.name.casefold() in {name.casefold() for name in self.names()}:
            raise BionerError(
                f"project {project.name}: exists already. Choose another name, or remove it first: "
                f"bioner rounds remove {project.name!r}."
            )
        check_room()
        folder = self.folder / project.name
        with report_write_errors(folder):
            if folder.is_dir():  # of a creation or deletion that broke off
                shutil.rmtree(folder)
            create_private_folder(folder / _ROUNDS)
            if start:
                write_atomically(folder / _START, serialize_corpus(start))
            write_atomically(folder / _POOL, serialize_texts(texts))
            self.save(project)
        record_action("create project", project.name)

    def load(self, name: str) -> Project:
        """Return a project. :raises BionerError: there is none of this name, or it is damaged."""
        path = self.locate(name) / _PROJECT
        return parse_record(path, read_record(path), _parse_project)

    def save(self, project: Project) -> None:
        """Replace what is kept of a project's choices."""
        path = self.folder / project.name / _PROJECT
        write_record(path, {"version": VERSION, **asdict(project)})

    def load_start(self, name: str) -> Corpus | None:
        """Return the corpus that a project began with; None where nothing was annotated."""
        path = self.locate(name) / _START
        return load_corpus(path) if path.is_file() else None

    def load_pool(self, name: str) -> tuple[PoolText, ...]:
        """Return the texts of a project, sent or not."""
        path = self.locate(name) / _POOL
        try:
            status = path.stat()
            return _load_texts(path, (status.st_ino, status.st_mtime_ns, status.st_size))
        except (OSError, UnicodeDecodeError) as error:
            raise BionerError(f"{path}: cannot be read. Make the project anew.") from error

    def load_sent(self, name: str) -> tuple[SentTask, ...]:
        """Return the tasks that annotators have got, in order."""
        path = self.locate(name) / _SENT
        if not path.is_file():
            return ()
        return parse_record(
            path,
            read_record(path),
            lambda record: tuple(build_dataclass(SentTask, of) for of in record["tasks"]),
        )

    def add_sent(self, name: str, tasks: Sequence[SentTask]) -> None:
        """Keep that annotators have got these tasks, too."""
        rows = [asdict(task) for task in (*self.load_sent(name), *tasks)]
        write_record(self.locate(name) / _SENT, {"version": VERSION, "tasks": rows})

    def load_rounds(self, name: str) -> tuple[Round, ...]:
        """Return the rounds of a project, the oldest first."""
        paths = sorted((self.locate(name) / _ROUNDS).glob("[0-9]*.json"))
        return tuple(
            parse_record(path, read_record(path), lambda record: build_dataclass(Round, record))
            for path in paths
        )

    def save_round(self, name: str, step: Round) -> None:
        """Keep a round, in place of one of the same number."""
        folder = self.locate(name) / _ROUNDS
        with report_write_errors(folder):
            create_private_folder(folder)
        write_record(folder / f"{step.number:04}.json", {"version": VERSION, **asdict(step)})

    def save_corpus(self, name: str, corpus: Corpus) -> None:
        """Keep all that is annotated, in place of what was."""
        path = self.locate_corpus(name)
        with report_write_errors(path):
            write_atomically(path, serialize_corpus(corpus))

    def locate_corpus(self, name: str) -> Path:
        """Return the file with all that is annotated, as of the last round."""
        return self.locate(name) / _CURRENT

    def load_corpus(self, name: str) -> Corpus:
        """Return all that is annotated, as of the last round."""
        return load_corpus(self.locate_corpus(name))

    def delete(self, name: str) -> None:
        """Delete a project with its texts; its runs and what stands in the tool stay."""
        folder = self.locate(name)
        with report_write_errors(folder):
            (folder / _PROJECT).unlink()  # first: what is left of a deletion is no project
            shutil.rmtree(folder)
        record_action("delete project", name)

    @contextmanager
    def hold(self, name: str) -> Iterator[None]:
        """Let no other process send or fetch for this project. :raises BionerError: one does so now."""
        lock = FileLock(self.locate(name) / _LOCK, timeout=0, mode=0o600)
        try:
            lock.acquire()
        except Timeout as error:
            raise BionerError(
                f"project {name}: another push or pull is at work. Wait until it has ended."
            ) from error
        try:
            yield
        finally:
            lock.release()

    def locate(self, name: str) -> Path:
        """Return the folder of a project. :raises BionerError: there is none of this name."""
        folder = self.folder / validate_name(name, what="project")
        if not (folder / _PROJECT).is_file():
            available = ", ".join(self.names()) or "none yet"
            raise BionerError(f"{name}: no such project. Available: {available}.")
        return folder


@lru_cache(maxsize=4)
def _load_texts(path: Path, _: object) -> tuple[PoolText, ...]:
    """Return the texts of a file, read once as long as it stays as it is."""
    return parse_texts(path.read_text(encoding="utf-8"), where=str(path))


def _parse_project(record: Mapping[str, Any]) -> Project:
    rates = record.get("rates")
    nested = {"settings": ToolSettings(**record["settings"]), "rates": Rates(**rates) if rates else None}
    return build_dataclass(Project, {**record, **nested})
