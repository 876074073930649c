"""worker.lock: held by the process that writes to a run; the kernel frees it when the process dies."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from bioner_core.errors import BionerError
from bioner_core.study.journal import build_write_error

WAIT_SECONDS = 2.0  # ``is_held`` of another process takes the lock for a moment
FileId = tuple[int, int]  # device and number of a file: others have other ones


def read_file_id(path: Path) -> FileId:
    """Return the id of a file, which changes where another one takes its place; (0, 0) if it is absent."""
    try:
        status = path.stat()
    except OSError:
        return (0, 0)
    return (status.st_dev, status.st_ino)


def is_held(path: Path) -> bool:
    """Return whether a process, including this one, holds the lock."""
    if not os.path.exists(path):  # Path.exists raises where a folder is another account's
        return False
    lock = _build_lock(path, 0)
    try:
        lock.acquire()
    except Timeout:
        return True
    except OSError:  # a read-only folder: this process cannot test the lock
        return False
    lock.release()
    return False


@contextmanager
def hold_lock(path: Path, *, describe_holder: Callable[[], str]) -> Iterator[None]:
    """Hold the lock.

    Programs started meanwhile do not inherit its descriptor. Do not fork while it is held: a fork would share
    the lock (helper processes are spawned).

    :param describe_holder: returns the error message that names the holder.
    :raises BionerError: another process holds it, it cannot be written, or the run is gone.
    """
    if not path.parent.is_dir():  # filelock would create the folder
        raise build_absence_error(path.parent)
    lock = _build_lock(path, WAIT_SECONDS)
    try:
        lock.acquire()
    except Timeout as error:
        raise BionerError(describe_holder()) from error
    except OSError as error:
        raise build_write_error(path, error) from error
    try:
        yield
    finally:
        lock.release()


def build_absence_error(folder: Path) -> BionerError:
    """Return the error for a run whose folder is gone."""
    return BionerError(f"run {folder.name}: no longer exists; someone deleted it.")


def _build_lock(path: Path, seconds: float) -> FileLock:
    # The worker is a generator that may move between threads. A soft lock would outlive its holder.
    return FileLock(path, timeout=seconds, thread_local=False, fallback_to_soft=False)
