"""lease/ of a run on a network disk, where the system's locks may not hold: a file for each holder.

The file with the highest number counts. Only one process can create it, so its number is a fencing token: it
grows with each holder, and what a former holder still writes is recognised by a lower one. filelock's
``SoftFileLease`` has a heartbeat, but no such number.
"""

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from bioner_core.files import sync_folder
from bioner_core.processes import read_start_time
from bioner_core.study.provenance import read_hostname

LEASE_SECONDS = 60.0  # without a sign of life, by the clock of the disk; then another process may take over
SIGN_SECONDS = 10.0  # between two signs of life
_CLOCK = "clock"  # touched to learn the time of the disk
_FREE = b'{"free": true}'


@dataclass(frozen=True, kw_only=True)
class Lease:
    """What a holder knows: its file, and what it wrote there."""

    path: Path
    content: bytes

    @property
    def token(self) -> int:
        """Return the number of this holder, from 1."""
        return int(self.path.name)

    def is_lost(self) -> bool:
        """Return whether another process has taken over, or the run is gone.

        :raises OSError: the disk does not answer.
        """
        try:
            return self.path.read_bytes() != self.content  # opening asks the server; attributes may be old
        except FileNotFoundError:
            return True

    def sign(self) -> None:
        """Give a sign of life."""
        os.utime(self.path)

    def free(self) -> None:
        """Let the next process have it at once. The file stays, so that no number comes twice."""
        with suppress(OSError):  # taken over, deleted with its run, or out of reach
            if not self.is_lost():
                handle = os.open(self.path, os.O_WRONLY | os.O_TRUNC)
                with os.fdopen(handle, "wb") as file:
                    file.write(_FREE)


def take_lease(folder: Path) -> Lease | None:
    """Return the lease of a run, or None while another process has it.

    :param folder: of the leases; that of the run must exist.
    :raises OSError: the folder cannot be written.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    latest = _find_latest(folder)
    if latest and _is_live(folder / str(latest), now=_read_clock(folder)):
        return None
    path = folder / str(latest + 1)
    holder = {"host": read_hostname(), "pid": os.getpid(), "born": read_start_time(os.getpid())}
    lease = Lease(path=path, content=json.dumps({**holder, "id": uuid4().hex}).encode())
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return None
    with os.fdopen(handle, "wb") as file:
        file.write(lease.content)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(folder)  # after a power cut no number comes twice
    if _find_latest(folder) != lease.token:  # others were faster, by several holders
        path.unlink(missing_ok=True)
        return None
    for number in _list_numbers(folder):
        if number < lease.token:
            (folder / str(number)).unlink(missing_ok=True)
    return lease


@contextmanager
def keep_alive(lease: Lease) -> Iterator[None]:
    """Give signs of life from a thread, and free the lease at the end."""
    ended = threading.Event()

    def sign_regularly() -> None:
        while not ended.wait(SIGN_SECONDS):
            with suppress(OSError):  # the disk may answer again; the next append says whether it is lost
                lease.sign()

    thread = threading.Thread(target=sign_regularly, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        lease.free()


def is_leased(folder: Path) -> bool:
    """Return whether a process holds the lease, as far as this machine's clock can say without writing."""
    try:
        latest = _find_latest(folder)
        return latest > 0 and _is_live(folder / str(latest), now=time.time())
    except OSError:
        return False


def _is_live(path: Path, *, now: float) -> bool:
    try:
        with path.open("rb") as file:
            content, signed = file.read(), os.fstat(file.fileno()).st_mtime
    except FileNotFoundError:
        return True  # it has just been replaced by the next one
    if content == _FREE:
        return False
    with suppress(ValueError, KeyError, TypeError, AttributeError):  # its holder has not written it yet
        record = json.loads(content)
        if record["host"] == read_hostname() and read_start_time(record["pid"]) != record["born"]:
            return False  # the process has ended
    return abs(now - signed) < LEASE_SECONDS  # a clock that was set back does not keep it for ever


def _read_clock(folder: Path) -> float:
    (folder / _CLOCK).touch(mode=0o600)
    return (folder / _CLOCK).stat().st_mtime


def _find_latest(folder: Path) -> int:
    """Return the highest number; 0 where nobody ever held the lease."""
    return max(_list_numbers(folder), default=0)


def _list_numbers(folder: Path) -> list[int]:
    return [int(name) for name in os.listdir(folder) if name.isdecimal()]
