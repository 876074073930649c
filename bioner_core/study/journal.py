"""points.jsonl and failures.jsonl: one fsynced append an outcome, read whole, mended after a crash."""

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bioner_core.curves.points import CurvePoint, point_from_record, point_record
from bioner_core.errors import BionerError
from bioner_core.files import Remedies, why_unwritable, write_whole

Stamp = tuple[int, int]  # nanoseconds of the last change, bytes
_REMEDIES = Remedies(
    full="Make room, then go on: what is finished is kept",
    read_only="Make the folder writable, or set BIONER_RUNS to one that is",
    other="Check the disk, then go on: what is finished is kept",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of points.jsonl."""

    point: CurvePoint
    job: str | None = None  # id; None for published and imported points
    n_points: int = 1  # lines of its job: fewer are the rest of an append that a crash cut short
    at: str = ""  # when it was finished, UTC, ISO 8601
    host: str = ""  # where it was trained
    device: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """A line of failures.jsonl."""

    job: str
    reason: str
    at: str = ""


def stamp(path: Path) -> Stamp:
    """Return what changes when a file changes; (0, 0) where there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)


def row_line(row: Row) -> str:
    """Return the line of a row, with its end."""
    own = {"job": row.job, "n_points": row.n_points, "at": row.at, "host": row.host, "device": row.device}
    return json.dumps({**own, **point_record(row.point)}, ensure_ascii=False) + "\n"


def failure_line(failure: Failure) -> str:
    """Return the line of a failure, with its end."""
    record = {"job": failure.job, "reason": failure.reason, "at": failure.at}
    return json.dumps(record, ensure_ascii=False) + "\n"


@lru_cache(maxsize=64)
def rows(path: Path, _: Stamp) -> tuple[Row, ...]:
    """Return the rows of points.jsonl, without what a running or interrupted append has left.

    :raises BionerError: a line in the middle is broken, or a job has more lines than it wrote.
    """
    return whole_jobs(parse_rows(_text(path), where=str(path)), where=str(path))


@dataclass(frozen=True, slots=True)
class Summary:
    """What is told of a points.jsonl without its points."""

    done: frozenset[str]  # ids of the jobs whose points are all there
    n_points: int


@lru_cache(maxsize=4096)
def summary(path: Path, when: Stamp) -> Summary:
    """Return the summary of points.jsonl, which stays at hand when its rows no longer do."""
    found = rows(path, when)
    return Summary(frozenset(row.job for row in found if row.job), len(found))


@lru_cache(maxsize=4096)
def failures(path: Path, _: Stamp) -> Mapping[str, Failure]:
    """Return the last failure of each job in failures.jsonl."""
    return parse_failures(_text(path), where=str(path))


def parse_failures(text: str, *, where: str) -> Mapping[str, Failure]:
    """Return the last failure of each job in the complete lines of a text."""
    found = {}
    for place, record in _records(text, where=where):
        values = [record.get(name, "") for name in ("job", "reason", "at")]
        if not record.get("job") or not all(isinstance(value, str) for value in values):
            raise _broken(place, "job, reason and at are needed, as text")
        found[str(values[0])] = Failure(*map(str, values))
    return found


def parse_rows(text: str, *, where: str) -> list[Row]:
    """Return all rows of the complete lines of a text; ``where`` names the file in messages."""
    return [_row(record, where=place) for place, record in _records(text, where=where)]


def whole_jobs(found: Iterable[Row], *, where: str) -> tuple[Row, ...]:
    """Return the rows of jobs that have all their lines."""
    found = tuple(found)
    counts = Counter(row.job for row in found if row.job)
    for row in found:
        if row.job and counts[row.job] > row.n_points:
            raise BionerError(
                f"{where}: job {row.job} has {counts[row.job]} lines and wrote {row.n_points}. "
                "Lines were doubled by hand; delete the copies."
            )
    return tuple(row for row in found if not row.job or counts[row.job] == row.n_points)


def append(path: Path, lines: str) -> None:
    """Add lines in one write and wait until they are on the disk; on failure the file is as before."""
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
    try:
        size = os.fstat(handle).st_size
        content = lines.encode("utf-8")
        try:
            while content:
                content = content[os.write(handle, content) :]
            os.fsync(handle)
        except OSError:
            os.ftruncate(handle, size)
            raise
    finally:
        os.close(handle)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what the system says against writing into what the user can do."""
    try:
        yield
    except OSError as error:
        raise cannot_write(path, error) from error


def cannot_write(path: Path, error: OSError) -> BionerError:
    """Return the error for a file of a run that cannot be written."""
    return BionerError(why_unwritable(path, error, _REMEDIES))


def mend(points: Path, failed: Path) -> None:
    """Cut what a crash has left: torn last lines, and the points of jobs that lack some."""
    for path in (points, failed):
        text = _text(path)
        if path.exists() and path.stat().st_size > len(text.encode("utf-8")):
            os.truncate(path, len(text.encode("utf-8")))
    found = parse_rows(_text(points), where=str(points))
    kept = whole_jobs(found, where=str(points))
    if len(kept) < len(found):
        write_whole(points, "".join(map(row_line, kept)))


def _text(path: Path) -> str:
    """Return the complete lines of a file; "" where there is none."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise BionerError(f"{path}: cannot be read ({error.strerror}).") from error
    content = content[: content.rfind(b"\n") + 1]
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _broken(f"{path}, line {line}", "it is not UTF-8") from error


def _records(text: str, *, where: str) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield place and object of each line."""
    for number, line in enumerate(text.split("\n")[:-1], start=1):
        place = f"{where}, line {number}"
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise _broken(place, "it is not JSON") from error
        if not isinstance(record, dict):
            raise _broken(place, "it is not a JSON object")
        yield place, record


def _row(record: dict[str, object], *, where: str) -> Row:
    job, n_points = record.pop("job", None), record.pop("n_points", 1)
    own = [record.pop(name, "") for name in ("at", "host", "device")]
    if not (job is None or isinstance(job, str)) or not all(isinstance(value, str) for value in own):
        raise _broken(where, "job, at, host and device must be text")
    if not isinstance(n_points, int) or n_points < 1:
        raise _broken(where, "n_points must be a whole number above 0")
    at, host, device = map(str, own)
    point = point_from_record(record, where=where)
    return Row(point=point, job=job, n_points=n_points, at=at, host=host, device=device)


def _broken(where: str, reason: str) -> BionerError:
    return BionerError(
        f"{where}: {reason}, so it was changed by hand or the disk is damaged. "
        "Put it right, or delete the line: its job is then trained again."
    )
