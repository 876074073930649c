"""Prodigy by files: JSON lines for its recipes go into a folder, its exports (``db-out``) are read from it.

https://prodi.gy/docs/api-interfaces: a task has ``text`` and, as suggestions, ``spans`` with characters.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bioner_core.connections.json_answers import parse_time
from bioner_core.connections.tool import (
    ID_FIELD,
    Export,
    KeepReceipt,
    Task,
    ToolSettings,
    ToolStatus,
    WorkTime,
    drop_receipt,
    find_key,
)
from bioner_core.corpus.reading.bounds import MAX_BYTES
from bioner_core.errors import BionerError
from bioner_core.files import explain_write_error, write_atomically

_TASKS = "tasks-{number:03}.jsonl"  # for Prodigy; other .jsonl files of the folder come from it
_PREFIX = "tasks-"


class Prodigy:
    """A folder of files for Prodigy and from it."""

    def __init__(self, settings: ToolSettings) -> None:
        self._folder = Path(settings.address)

    def check(self) -> ToolStatus:
        """Look at the folder. :raises BionerError: it is gone."""
        if not self._folder.is_dir():
            raise BionerError(f"{self._folder}: the folder for Prodigy's files is gone. Make it again.")
        return ToolStatus(title=self._folder.name, labels=())

    def push(self, tasks: Sequence[Task], _: KeepReceipt = drop_receipt, /) -> Iterator[int]:
        """Write the tasks as the next file of the folder, whole or not at all; yield their number."""
        self.check()
        numbers = [int(path.stem.removeprefix(_PREFIX)) for path in self._list_task_files()]
        path = self._folder / _TASKS.format(number=1 + max(numbers, default=0))
        content = "".join(json.dumps(_build_task(task), ensure_ascii=False) + "\n" for task in tasks)
        try:
            write_atomically(path, content)
        except OSError as error:
            raise BionerError(explain_write_error(path, error)) from error
        yield len(tasks)

    def list_keys(self, _: str = "", /) -> frozenset[str]:
        """Return the keys of all tasks in the folder, also of those that Prodigy has exported."""
        self.check()
        return frozenset(
            find_key(record.get("meta"), record.get("text"))
            for content in self._read_files(self._folder.glob("*.jsonl")).values()
            for record in _iterate_records(content)
        )

    def _list_task_files(self) -> list[Path]:
        paths = self._folder.glob(f"{_PREFIX}*.jsonl")
        return [path for path in paths if path.stem.removeprefix(_PREFIX).isdecimal()]

    def pull(self) -> Export:
        """Return the files that Prodigy has exported into the folder, and when each text was answered."""
        self.check()
        paths = self._folder.glob("*.jsonl")
        files = self._read_files(path for path in paths if not path.name.startswith(_PREFIX))
        times = tuple(time for content in files.values() for time in _iterate_times(content))
        return Export(
            files={name: content for name, content in files.items() if content.strip()}, times=times
        )

    def _read_files(self, paths: Iterable[Path]) -> dict[str, bytes]:
        """Return files of the folder by name, all of them bounded together."""
        files: dict[str, bytes] = {}
        try:
            for path in sorted(paths):
                files[path.name] = _read_bounded(path, MAX_BYTES - sum(map(len, files.values())))
        except OSError as error:
            raise BionerError(f"{self._folder}: cannot be read ({error.strerror}).") from error
        return files


def _build_task(task: Task) -> dict[str, object]:
    spans = [
        {"start": of.fragments[0][0], "end": of.fragments[-1][1], "label": of.label} for of in task.mentions
    ]
    meta = {**({"document": task.document} if task.document else {}), ID_FIELD: task.id}
    return {"text": task.text, "meta": meta, **({"spans": spans} if spans else {})}


def _read_bounded(path: Path, n_bytes: int) -> bytes:
    with path.open("rb") as file:
        content = file.read(n_bytes + 1)
    if len(content) > n_bytes:
        raise BionerError(f"{path.parent}: its files are larger than {MAX_BYTES // 1_000_000} MB together.")
    return content


def _iterate_records(content: bytes) -> Iterator[Mapping[str, Any]]:
    """Yield the JSON objects of a file's lines."""
    for line in content.splitlines():
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):  # its reader says where
            continue
        if isinstance(record, dict):
            yield record


def _iterate_times(content: bytes) -> Iterator[WorkTime]:
    """Yield when each text was answered first; Prodigy does not measure the work."""
    first: dict[object, str] = {}
    for record in _iterate_records(content):
        if record.get("answer") == "accept":
            key, at = record.get("_input_hash"), parse_time(record.get("_timestamp"))
            if at:
                first[key] = min(first.get(key, at), at)
    yield from (WorkTime(at=at) for at in first.values())
