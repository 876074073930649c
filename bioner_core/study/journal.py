"""points.jsonl and failures.jsonl: appended with fsync per job, read whole.

On a network disk each line has the number of its writer's lease. A new writer first appends a line with its
number, a fence; a line behind it with a lower number is of a former writer and does not count.
"""

import errno
import json
import os
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bioner_core.computed_once import compute_once
from bioner_core.curves.points import CurvePoint, build_point_record, parse_point_record
from bioner_core.errors import BionerError
from bioner_core.files import Remedies, explain_write_error, read_file, sync_folder
from bioner_core.study.json_text import parse_json

FENCE = '"fence": '  # JSON text escapes quotation marks, so no other value holds it
_CHECKSUM_START = -len(', "crc": "01234567"}')  # of a line
FileStamp = tuple[int, int]  # time of the last change in ns, size in bytes
ABSENT: FileStamp = (0, 0)
_REMEDIES = Remedies(
    full="Free some disk space, then resume: finished models are kept",
    read_only="Make the folder writable, or set BIONER_RUNS to one that is",
    other="Check the disk, then resume: finished models are kept",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PointRow:
    """A line of points.jsonl."""

    point: CurvePoint
    job: str | None = None  # job id; None for published and imported points
    n_points: int = 1  # lines of its job; a crash can cut an append so that fewer are stored
    at: str = ""  # when the job was finished, UTC, ISO 8601
    host: str = ""  # where the job was trained
    device: str = ""


@dataclass(frozen=True, slots=True)
class FailureRow:
    """A line of failures.jsonl."""

    job: str
    reason: str
    at: str = ""


def read_stamp(path: Path) -> FileStamp:
    """Return a file's time of change and size, to notice changes; (0, 0) if it is absent or not readable."""
    try:
        status = path.stat()
    except OSError:  # whoever reads the file reports it
        return ABSENT
    return (status.st_mtime_ns, status.st_size)


def serialize_row(row: PointRow, *, fence: int = 0) -> str:
    """Return the line of a row, with its checksum and line end.

    :param fence: the number of the writer's lease; 0 without one.
    """
    head = {"job": row.job, "n_points": row.n_points, "at": row.at, "host": row.host, "device": row.device}
    return _serialize({**head, **build_point_record(row.point)}, fence)


def _serialize(record: Mapping[str, object], fence: int) -> str:
    line = json.dumps({**record, **({"fence": fence} if fence else {})}, ensure_ascii=False)
    return _add_checksum(line) + "\n"


def _add_checksum(line: str) -> str:
    """Return the JSON object of a line with the CRC-32 of its text as last field."""
    return f'{line[:-1]}, "crc": "{zlib.crc32(line.encode()):08x}"}}'


def serialize_fence(number: int) -> str:
    """Return the line behind which lines of leases with lower numbers do not count."""
    return _serialize({}, number)


def serialize_failure(failure: FailureRow, *, fence: int = 0) -> str:
    """Return the line of a failure, with its line end; ``fence`` as for a row."""
    return _serialize({"job": failure.job, "reason": failure.reason, "at": failure.at}, fence)


@compute_once(maxsize=64)
def load_rows(path: Path, _: FileStamp) -> tuple[PointRow, ...]:
    """Return the rows of points.jsonl, without incomplete jobs of a running or interrupted append.

    :raises BionerError: a line in the middle is damaged, or a job has more lines than it wrote.
    """
    return select_complete_jobs(parse_rows(read_complete_lines(path), where=str(path)), where=str(path))


@dataclass(frozen=True, slots=True)
class PointsSummary:
    """The finished jobs and the number of points of a points.jsonl."""

    finished_jobs: frozenset[str]  # ids of the jobs whose points are all stored
    n_points: int


@lru_cache(maxsize=4096)
def load_summary(path: Path, stamp: FileStamp) -> PointsSummary:
    """Return the summary of points.jsonl; its cache is larger than that of the rows."""
    rows = load_rows(path, stamp)
    return PointsSummary(frozenset(row.job for row in rows if row.job), len(rows))


@lru_cache(maxsize=4096)
def load_failures(path: Path, _: FileStamp) -> Mapping[str, FailureRow]:
    """Return the last failure of each job in failures.jsonl."""
    return parse_failures(read_complete_lines(path), where=str(path))


def parse_failures(text: str, *, where: str) -> Mapping[str, FailureRow]:
    """Return the last failure of each job in the complete lines of a text."""
    failures = {}
    for place, record in _parse_lines(text, where=where):
        values = [record.get(name, "") for name in ("job", "reason", "at")]
        if not record.get("job") or not all(isinstance(value, str) for value in values):
            raise _build_damage_error(place, "job, reason and at are needed, as text")
        failures[str(values[0])] = FailureRow(*map(str, values))
    return failures


def parse_rows(text: str, *, where: str) -> list[PointRow]:
    """Return all rows of the complete lines of a text; ``where`` names the file in messages."""
    return [_parse_row(record, where=place) for place, record in _parse_lines(text, where=where)]


def select_complete_jobs(rows: Iterable[PointRow], *, where: str) -> tuple[PointRow, ...]:
    """Return the rows of jobs that have all their lines.

    :raises BionerError: a job has more lines than it wrote.
    """
    rows = tuple(rows)
    counts = Counter(row.job for row in rows if row.job)
    for row in rows:
        if row.job and counts[row.job] > row.n_points:
            raise BionerError(
                f"{where}: job {row.job} has {counts[row.job]} lines and wrote {row.n_points}. "
                "Lines were doubled by hand; delete the copies."
            )
    return tuple(row for row in rows if not row.job or counts[row.job] == row.n_points)


def append_lines(path: Path, lines: str) -> None:
    """Append lines in one write and fsync; after an error the file is as before."""
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
    try:
        size = os.fstat(handle).st_size
        if size and os.lseek(handle, -1, os.SEEK_END) >= 0 and os.read(handle, 1) != b"\n":
            raise OSError(errno.EIO, "its last line is incomplete")  # another writer died amid it
        content = lines.encode("utf-8")
        n_left = len(content)
        try:
            while n_left:
                n_left -= os.write(handle, content[-n_left:])
            os.fsync(handle)
        except OSError:
            if os.fstat(handle).st_size == size + len(content) - n_left:  # else another writer has appended
                os.ftruncate(handle, size)
            raise
        if not size:
            sync_folder(path.parent)
    finally:
        os.close(handle)


@contextmanager
def report_write_errors(path: Path) -> Iterator[None]:
    """Turn the operating system's write errors into a BionerError that says what to do."""
    try:
        yield
    except OSError as error:
        raise build_write_error(path, error) from error


def build_write_error(path: Path, error: OSError) -> BionerError:
    """Return the error for a run's file that cannot be written."""
    return BionerError(explain_write_error(path, error, _REMEDIES))


def read_complete_lines(path: Path) -> str:
    """Return the complete lines of a file; "" if the file is absent."""
    try:
        content = read_file(path)
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise BionerError(f"{path}: cannot be read ({error.strerror}).") from error
    content = content[: content.rfind(b"\n") + 1]
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _build_damage_error(f"{path}, line {line}", "it is not UTF-8") from error


def _parse_lines(text: str, *, where: str) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield the place (file and line) and the JSON object of each line that counts."""
    fence = 0
    for number, line in enumerate(text.split("\n")[:-1], start=1):
        place = f"{where}, line {number}"
        try:
            record = parse_json(line)
        except ValueError as error:
            raise _build_damage_error(place, "it is not JSON") from error
        if not isinstance(record, dict):
            raise _build_damage_error(place, "it is not a JSON object")
        if "crc" in record and _add_checksum(line[:_CHECKSUM_START] + "}") != line:  # older lines have none
            raise _build_damage_error(place, "it does not fit its checksum")
        record.pop("crc", None)
        lease = record.pop("fence", 0)
        if not isinstance(lease, int):
            raise _build_damage_error(place, "fence must be a whole number")
        is_current, is_fence = lease >= fence, lease and not record
        fence = max(fence, lease)
        if is_current and not is_fence:
            yield place, record


def _parse_row(record: dict[str, object], *, where: str) -> PointRow:
    job, n_points = record.pop("job", None), record.pop("n_points", 1)
    texts = [record.pop(name, "") for name in ("at", "host", "device")]
    if not (job is None or isinstance(job, str)) or not all(isinstance(value, str) for value in texts):
        raise _build_damage_error(where, "job, at, host and device must be text")
    if not isinstance(n_points, int) or n_points < 1:
        raise _build_damage_error(where, "n_points must be a whole number above 0")
    at, host, device = map(str, texts)
    point = parse_point_record(record, where=where)
    return PointRow(point=point, job=job, n_points=n_points, at=at, host=host, device=device)


def _build_damage_error(where: str, reason: str) -> BionerError:
    return BionerError(
        f"{where}: {reason}, so it was changed by hand or the disk is damaged. "
        "Delete the line: its job is then trained again."
    )
