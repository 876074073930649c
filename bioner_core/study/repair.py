"""Repair points.jsonl and failures.jsonl when a process begins to write to a run."""

import os
from pathlib import Path

from bioner_core.files import write_atomically
from bioner_core.study.journal import (
    FENCE,
    parse_failures,
    parse_rows,
    read_complete_lines,
    select_complete_jobs,
    serialize_failure,
    serialize_fence,
    serialize_row,
)


def repair_files(points: Path, failures: Path, *, fence: int = 0) -> None:
    """Remove what a crash left: incomplete last lines, and points of jobs that lack other points.

    :param fence: the number of a new lease. Both files are then written anew, without former numbers, and end
        with it; a former writer that has one of them open reaches the old file only.
    """
    end = serialize_fence(fence) if fence else ""
    text = _cut_last_line(points)
    rows = parse_rows(text, where=str(points))
    complete = select_complete_jobs(rows, where=str(points))
    if end or FENCE in text or len(complete) < len(rows):
        write_atomically(points, "".join(map(serialize_row, complete)) + end)
    text = _cut_last_line(failures)
    if end or FENCE in text:
        kept = parse_failures(text, where=str(failures)).values()
        write_atomically(failures, "".join(map(serialize_failure, kept)) + end)


def _cut_last_line(path: Path) -> str:
    """Return the complete lines of a file, and remove what follows them."""
    text = read_complete_lines(path)
    if path.exists() and path.stat().st_size > len(text.encode("utf-8")):
        os.truncate(path, len(text.encode("utf-8")))
    return text
