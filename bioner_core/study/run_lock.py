"""The right to write to a run: the system's lock on a local disk, a lease on a network disk."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import psutil

from bioner_core.errors import BionerError
from bioner_core.study import lease, lock
from bioner_core.study.journal import report_write_errors
from bioner_core.study.lease import Lease
from bioner_core.study.lock import FileId, read_file_id
from bioner_core.study.run_files import LEASE_FOLDER, LOCK_FILE

LEASE = "lease"  # of BIONER_LOCK
NETWORK_DISKS = frozenset(
    [
        "9p",
        "afpfs",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "glusterfs",
        "gpfs",
        "lustre",
        "nfs",
        "nfs4",
        "panfs",
        "smb3",
        "smbfs",
        "sshfs",
        "webdav",
        "wekafs",
    ]
)
_POLL_SECONDS = 0.2


@dataclass(frozen=True, kw_only=True)
class Hold:
    """The right to write to a run, for as long as it is not lost."""

    folder: Path
    lock_id: FileId = (0, 0)  # of the system's lock
    lease: Lease | None = None  # in place of the lock

    @property
    def fence(self) -> int:
        """Return the number of the lease, which rows carry; 0 with the system's lock, which needs none."""
        return self.lease.token if self.lease else 0

    def check(self) -> None:
        """Raise if the right is lost; call it before each write.

        :raises BionerError: the run was removed or made anew, or another worker has taken over.
        """
        if self.lease is None:
            is_lost = read_file_id(self.folder / LOCK_FILE) != self.lock_id
        else:
            with report_write_errors(self.lease.path):
                is_lost = self.lease.is_lost()
        if is_lost and self.lease and self.lease.path.parent.is_dir():
            raise BionerError(
                f"run {self.folder.name}: another worker has taken over, since this one gave no sign of life "
                f"for {lease.LEASE_SECONDS:.0f} s. It goes on there; nothing more is stored from here."
            )
        if is_lost:
            raise BionerError(
                f"run {self.folder.name}: was deleted while it was worked on, so nothing more is stored."
            )


@contextmanager
def hold_run(folder: Path, *, describe_holder: Callable[[], str]) -> Iterator[Hold]:
    """Hold the right to write to a run.

    :param describe_holder: returns the error message that names the holder.
    :raises BionerError: another process holds it, it cannot be written, the run is gone, or BIONER_LOCK has
        another value.
    """
    if (wish := os.environ.get("BIONER_LOCK")) not in (None, "", LEASE):
        raise BionerError(f"BIONER_LOCK is {wish!r}. Allowed is {LEASE}; unset it for the choice by disk.")
    if not _needs_lease(folder):
        with lock.hold_lock(folder / LOCK_FILE, describe_holder=describe_holder):
            yield Hold(folder=folder, lock_id=read_file_id(folder / LOCK_FILE))
        return
    if not folder.is_dir():
        raise lock.build_absence_error(folder)
    with report_write_errors(folder / LEASE_FOLDER):
        held = _wait_for_lease(folder / LEASE_FOLDER)
    if held is None:
        raise BionerError(describe_holder())
    with lease.keep_alive(held):
        yield Hold(folder=folder, lease=held)


def is_run_held(folder: Path) -> bool:
    """Return whether a process, including this one, holds the right to write to a run."""
    if _needs_lease(folder):
        return lease.is_leased(folder / LEASE_FOLDER)
    return lock.is_held(folder / LOCK_FILE)


def _wait_for_lease(folder: Path) -> Lease | None:
    end = time.monotonic() + lock.WAIT_SECONDS
    while (held := lease.take_lease(folder)) is None and time.monotonic() < end:
        time.sleep(_POLL_SECONDS)
    return held


def _needs_lease(folder: Path) -> bool:
    """Return whether the system's lock may not hold. A run that was leased once stays so on all machines."""
    is_leased_before = os.path.isdir(folder / LEASE_FOLDER)
    return is_leased_before or os.environ.get("BIONER_LOCK") == LEASE or is_on_network_disk(folder.parent)


@lru_cache(maxsize=256)
def is_on_network_disk(folder: Path) -> bool:
    """Return whether a folder lies on a disk of another machine, as far as the system tells."""
    path, best = folder.resolve(), ("", False)
    for disk in psutil.disk_partitions(all=True):
        if path.is_relative_to(disk.mountpoint) and len(disk.mountpoint) >= len(best[0]):
            is_remote = disk.fstype.removeprefix("fuse.") in NETWORK_DISKS or "remote" in disk.opts.split(",")
            best = (disk.mountpoint, is_remote)
    return best[1]
