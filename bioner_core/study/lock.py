"""worker.lock: held by whoever writes to a run, freed by the kernel when its holder dies."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from bioner_core.errors import BionerError
from bioner_core.study.journal import cannot_write

WAIT_SECONDS = 2.0  # others hold the lock for a moment, to see whether a worker does


def is_held(path: Path) -> bool:
    """Say whether some process, this one included, holds the lock."""
    if not path.exists():
        return False
    lock = _lock(path, 0)
    try:
        lock.acquire()
    except Timeout:
        return True
    except OSError:  # a folder that we may only read: whoever may write knows better
        return False
    lock.release()
    return False


@contextmanager
def held(path: Path, *, busy: Callable[[], str]) -> Iterator[None]:
    """Hold the lock.

    Its descriptor is not inherited by programs started meanwhile. Processes must not be forked while it is
    held: a fork would share it (helper processes are spawned).

    :param busy: says who holds it, for the error.
    :raises BionerError: it is held by another, cannot be taken, or its run is gone.
    """
    if not path.parent.is_dir():  # filelock would make it anew
        raise BionerError(f"run {path.parent.name}: is gone; somebody deleted it.")
    lock = _lock(path, WAIT_SECONDS)
    try:
        lock.acquire()
    except Timeout as error:
        raise BionerError(busy()) from error
    except OSError as error:
        raise cannot_write(path, error) from error
    try:
        yield
    finally:
        lock.release()


def _lock(path: Path, seconds: float) -> FileLock:
    # Whoever works is a generator, which threads may hand on. A soft lock would outlive its holder.
    return FileLock(path, timeout=seconds, thread_local=False, fallback_to_soft=False)
