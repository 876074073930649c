"""Prodigy by files: JSON lines for its recipes go into a folder, its exports (``db-out``) are read from it.

https://prodi.gy/docs/api-interfaces: a task has ``text`` and, as suggestions, ``spans`` with characters.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from bioner_core.connections.json_answers import parse_time
from bioner_core.connections.tool import Export, Task, ToolSettings, ToolStatus, WorkTime
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

    def push(self, tasks: Sequence[Task]) -> Iterator[int]:
        """Write the tasks as the next file of the folder; yield their number."""
        self.check()
        number = 1 + sum(1 for _ in self._folder.glob(f"{_PREFIX}*.jsonl"))
        path = self._folder / _TASKS.format(number=number)
        content = "".join(json.dumps(_build_task(task), ensure_ascii=False) + "\n" for task in tasks)
        try:
            write_atomically(path, content)
        except OSError as error:
            raise BionerError(explain_write_error(path, error)) from error
        yield len(tasks)

    def pull(self) -> Export:
        """Return the files that Prodigy has exported into the folder, and when each text was answered."""
        self.check()
        files: dict[str, bytes] = {}
        try:
            for path in sorted(self._folder.glob("*.jsonl")):
                if not path.name.startswith(_PREFIX):
                    files[path.name] = _read_bounded(path, MAX_BYTES - sum(map(len, files.values())))
        except OSError as error:
            raise BionerError(f"{self._folder}: cannot be read ({error.strerror}).") from error
        times = tuple(time for content in files.values() for time in _iterate_times(content))
        return Export(
            files={name: content for name, content in files.items() if content.strip()}, times=times
        )


def _build_task(task: Task) -> dict[str, object]:
    spans = [
        {"start": of.fragments[0][0], "end": of.fragments[-1][1], "label": of.label} for of in task.mentions
    ]
    meta = {"meta": {"document": task.document}} if task.document else {}
    return {"text": task.text, **meta, **({"spans": spans} if spans else {})}


def _read_bounded(path: Path, n_bytes: int) -> bytes:
    with path.open("rb") as file:
        content = file.read(n_bytes + 1)
    if len(content) > n_bytes:
        raise BionerError(f"{path.parent}: its files are larger than {MAX_BYTES // 1_000_000} MB together.")
    return content


def _iterate_times(content: bytes) -> Iterator[WorkTime]:
    """Yield when each text was answered first; Prodigy does not measure the work."""
    first: dict[object, str] = {}
    for line in content.splitlines():
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):  # its reader says where
            continue
        if isinstance(record, dict) and record.get("answer") == "accept":
            key, at = record.get("_input_hash"), parse_time(record.get("_timestamp"))
            if at:
                first[key] = min(first.get(key, at), at)
    yield from (WorkTime(at=at) for at in first.values())
