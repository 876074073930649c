"""How far a run has come: derived from its files each time it is asked."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bioner_core.processes import born
from bioner_core.study.jobs import TrainJob
from bioner_core.study.provenance import host

Word = Literal[
    "broken",
    "starting",
    "live",
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
class Running:
    """A job that the worker is at."""

    job: TrainJob
    phase: str  # "training", "pretraining on …"
    done: int
    total: int


@dataclass(frozen=True, kw_only=True)
class Live:
    """What is told of a worker in progress.json, by its starter, then by itself.

    Nobody believes it unless the lock is held, or the very process it names is alive and about to take it.
    """

    pid: int = 0  # 0 where nothing is told yet
    born: float = 0.0  # when the process came to be, as the system counts: numbers are given again
    host: str = ""
    started: str = ""  # UTC, ISO 8601
    seconds_left: float | None = None  # None until it can be measured
    running: tuple[Running, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RunState:
    """How far a run has come."""

    n_jobs: int = 0
    n_done: int = 0
    n_failed: int = 0
    n_points: int = 0
    is_published: bool = False
    is_shipped: bool = False  # came with the program: nothing is trained into it
    is_cancelled: bool = False  # asked to stop, and not resumed since
    live: Live | None = None  # None where no worker holds the lock, nor is about to
    is_starting: bool = False  # its process has been started and has not yet taken the lock
    problem: str = ""  # why its files cannot be read

    @property
    def is_live(self) -> bool:
        """Say whether a worker holds the lock or is about to take it."""
        return self.live is not None

    @property
    def n_pending(self) -> int:
        """Return the jobs that are neither done nor failed."""
        return self.n_jobs - self.n_done - self.n_failed

    @property
    def seconds_left(self) -> float | None:
        """Return the worker's estimate of the time to the end; None where unknown."""
        return self.live.seconds_left if self.live else None

    @property
    def word(self) -> Word:
        """Return the state in a word."""
        if self.problem:
            return "broken"
        if self.live:
            return "stopping" if self.is_cancelled else "starting" if self.is_starting else "live"
        if not self.n_jobs:
            return "published" if self.is_published else "imported"
        if not self.n_pending:
            return "failed" if self.n_failed else "done"
        if self.is_shipped:
            return "partial"
        return "cancelled" if self.is_cancelled else "stopped"


def live_text(live: Live) -> str:
    """Return the content of progress.json."""
    running = [{"id": r.job.id, "phase": r.phase, "done": r.done, "total": r.total} for r in live.running]
    own = {name: getattr(live, name) for name in ("pid", "born", "host", "started", "seconds_left")}
    return json.dumps({**own, "running": running}, ensure_ascii=False)


def read_live(path: Path, jobs: Mapping[str, TrainJob]) -> Live:
    """Return what progress.json says; nothing where it is absent or from another version."""
    try:
        record = json.loads(path.read_bytes())
        running = tuple(
            Running(job=jobs[row["id"]], phase=row["phase"], done=row["done"], total=row["total"])
            for row in record.pop("running")
            if row["id"] in jobs
        )
        return Live(**record, running=running)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Live()


def is_about_to_work(live: Live) -> bool:
    """Say whether the process that was started is another one than this, and alive."""
    if not live.pid or live.host != host() or live.pid in (os.getpid(), os.getppid()):
        return False  # Windows starts Python by a process between
    return live.born == born(live.pid) != 0
