"""The names of the runs in a folder, read anew only where the folder may have changed."""

import os
import time
from functools import lru_cache
from pathlib import Path
from threading import Lock

from bioner_core.errors import BionerError
from bioner_core.study.journal import FileStamp, read_stamp
from bioner_core.study.run_files import STUDY_FILE

MAX_AGE = 2.0  # s; a plan that another process changes moves its run up the list within this time
_TIME_STEP = 0.1  # s; two changes of a folder within it may leave the same time


class RunList:
    """The list of one folder, as it was read last."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._lock = folder, Lock()
        self._names: tuple[str, ...] = ()
        self._stamp: FileStamp | None = None  # of the folder: it changes where a run comes or goes
        self._read_at = 0.0

    def read(self) -> tuple[str, ...]:
        """Return the names, last changed first. :raises BionerError: the folder cannot be read."""
        with self._lock:
            stamp, now = read_stamp(self._folder), time.time()
            is_recent = 0 <= now - self._read_at < MAX_AGE and now - stamp[0] / 1e9 > _TIME_STEP
            if stamp != self._stamp or not is_recent:
                self._names, self._stamp, self._read_at = _read_names(self._folder), stamp, now
            return self._names

    def forget(self) -> None:
        """Read the folder again when it is asked for next: this process has changed a plan in it."""
        self._stamp = None


@lru_cache(maxsize=8)
def open_list(folder: Path) -> RunList:
    """Return the list of a folder, the same object for all of a process."""
    return RunList(folder)


def _read_names(folder: Path) -> tuple[str, ...]:
    changed = {}
    try:
        entries = list(os.scandir(folder))
    except FileNotFoundError:
        entries = []
    except OSError as error:
        raise BionerError(
            f"{folder}: cannot be read ({error.strerror}). Set BIONER_RUNS to a folder of yours."
        ) from error
    for entry in entries:
        if entry.name.isprintable() and not entry.name.startswith("."):
            try:
                changed[entry.name] = os.stat(os.path.join(entry.path, STUDY_FILE)).st_mtime_ns
            except (FileNotFoundError, NotADirectoryError):
                continue  # no run
            except OSError:  # another account's: listed, with its problem
                changed[entry.name] = 0
    return tuple(sorted(changed, key=lambda name: (-changed[name], name)))
