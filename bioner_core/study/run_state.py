"""The state of a run, derived from its files at each call, and its worker's progress."""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bioner_core.files import read_file, write_atomically
from bioner_core.processes import read_start_time
from bioner_core.study.jobs import WAITING, TrainJob
from bioner_core.study.provenance import read_hostname
from bioner_core.study.search import Search

RunStatus = Literal[
    "broken",
    "starting",
    "live",
    "searching",
    "waiting",
    "paused",
    "stopping",
    "published",
    "imported",
    "done",
    "failed",
    "cancelled",
    "stopped",
    "partial",
]


@dataclass(frozen=True, kw_only=True)
class RunningJob:
    """A job that the worker trains now."""

    job: TrainJob
    phase: str  # "training", "pretraining on …"
    done: int  # steps of this phase
    total: int
    device: str = ""  # "cpu", "cuda:1"; of another machine with its name, "node2 cuda:0"
    memory: int = 0  # bytes that its process holds of the device's memory; 0 where unknown


@dataclass(frozen=True, kw_only=True)
class DeviceProgress:
    """What a device does now."""

    name: str  # as in ``RunningJob.device``
    n_running: int  # models in training that have reported
    memory: int  # bytes that their processes hold
    passes_per_second: float | None = None  # sentences read in training; None until it is measured


@dataclass(frozen=True, kw_only=True)
class WorkerProgress:
    """The content of progress.json: written by the process that starts a worker, then by the worker.

    It is valid only while the lock is held, or while the process it names is alive and about to lock the run.
    """

    pid: int = 0  # 0 before anything is reported
    born: float = 0.0  # start time of the process as the system reports it: process ids are reused
    host: str = ""
    started: str = ""  # UTC, ISO 8601
    seconds_left: float | None = None  # None until it can be measured
    running: tuple[RunningJob, ...] = ()
    devices: tuple[DeviceProgress, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RunState:
    """How far a run is."""

    n_jobs: int = 0
    n_done: int = 0
    n_failed: int = 0
    n_points: int = 0
    is_published: bool = False
    is_shipped: bool = False  # comes with the program: read-only
    is_cancelled: bool = False  # cancelled and not resumed since
    is_paused: bool = False  # its worker begins no further model
    worker: WorkerProgress | None = None  # None if no worker holds the lock or is about to
    is_starting: bool = False  # the worker's process is started and does not yet hold the lock
    search: Search | None = None  # that adds jobs; None for a plan that is complete from the start
    problem: str = ""  # why its files cannot be read

    @property
    def is_searching(self) -> bool:
        """Say whether a search may still add jobs."""
        return self.search is not None and self.search.is_open and not self.is_shipped

    @property
    def place(self) -> int:
        """Return the place in the machine's queue, from 1, while nothing is trained; 0 otherwise."""
        running = self.worker.running if self.worker else ()
        return running[0].total if [job.phase for job in running] == [WAITING] else 0

    @property
    def is_live(self) -> bool:
        """Return whether a worker holds the lock or is about to take it."""
        return self.worker is not None

    @property
    def n_pending(self) -> int:
        """Return the number of jobs that are neither finished nor failed."""
        return self.n_jobs - self.n_done - self.n_failed

    @property
    def seconds_left(self) -> float | None:
        """Return the worker's estimate of the time left; None if unknown."""
        return self.worker.seconds_left if self.worker else None

    @property
    def status(self) -> RunStatus:
        """Return the state as a single word."""
        if self.problem:
            return "broken"
        if self.worker:
            if self.is_cancelled or self.is_starting:
                return "stopping" if self.is_cancelled else "starting"
            if self.is_paused or self.place:
                return "paused" if self.is_paused else "waiting"
            return "searching" if self.is_searching else "live"
        if not self.n_jobs:
            return "published" if self.is_published else "imported"
        if not self.n_pending and not self.is_searching:
            return "failed" if self.n_failed else "done"
        if self.is_shipped:
            return "partial"
        return "cancelled" if self.is_cancelled else "stopped"


def save_progress(path: Path, progress: WorkerProgress | None) -> None:
    """Replace progress.json, or delete it (None). A disk that cannot be written is ignored here."""
    with suppress(OSError):  # appending points reports it
        if progress is None:
            path.unlink(missing_ok=True)
        else:
            write_atomically(path, _serialize_progress(progress))


def load_progress(path: Path, jobs: Mapping[str, TrainJob]) -> WorkerProgress:
    """Return the content of progress.json; an empty one if the file is absent or of another version."""
    try:
        record = json.loads(read_file(path))
        running = tuple(
            RunningJob(**{**row, "job": jobs[row["job"]]})
            for row in record.pop("running")
            if row["job"] in jobs
        )
        devices = tuple(DeviceProgress(**row) for row in record.pop("devices"))
        return WorkerProgress(**record, running=running, devices=devices)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return WorkerProgress()


def is_worker_starting(progress: WorkerProgress) -> bool:
    """Return whether the process that was started is alive and not this one."""
    if not progress.pid or progress.host != read_hostname() or progress.pid in (os.getpid(), os.getppid()):
        return False  # Windows starts Python through a launcher process
    return progress.born == read_start_time(progress.pid) != 0


def _serialize_progress(progress: WorkerProgress) -> str:
    """Return the content of progress.json."""
    running = [{**vars(running), "job": running.job.id} for running in progress.running]
    devices = [vars(device) for device in progress.devices]
    return json.dumps({**vars(progress), "running": running, "devices": devices}, ensure_ascii=False)
