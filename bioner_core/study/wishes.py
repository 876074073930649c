"""What a user asks of the worker of a run: to pause, and its priority among the studies of the machine."""

import os
from pathlib import Path
from typing import Literal

from bioner_core.files import read_file, write_atomically
from bioner_core.study.journal import report_write_errors
from bioner_core.study.run_files import PAUSE_FILE, PRIORITY_FILE

Priority = Literal["high", "normal", "low"]
PRIORITIES: tuple[Priority, ...] = ("high", "normal", "low")  # the first in line first


def is_paused(folder: Path) -> bool:
    """Return whether the worker of a run shall begin no further model."""
    return os.path.exists(folder / PAUSE_FILE)


def set_paused(folder: Path, paused: bool) -> None:
    """Ask the worker of a run to pause, or to go on."""
    with report_write_errors(folder / PAUSE_FILE):
        if paused:
            (folder / PAUSE_FILE).touch()
        else:
            (folder / PAUSE_FILE).unlink(missing_ok=True)


def read_priority(folder: Path) -> Priority:
    """Return the priority of a run; "normal" where the file is absent or damaged."""
    try:
        text = read_file(folder / PRIORITY_FILE).decode("utf-8").strip()
    except (OSError, ValueError):
        return "normal"
    return next((priority for priority in PRIORITIES if priority == text), "normal")


def write_priority(folder: Path, priority: Priority) -> None:
    """Store the priority of a run; its worker follows it before its next model."""
    with report_write_errors(folder / PRIORITY_FILE):
        write_atomically(folder / PRIORITY_FILE, f"{priority}\n")
