"""How far a run has come: derived from its files each time it is asked."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bioner_core.study.jobs import TrainJob

Word = Literal[
    "broken", "live", "stopping", "published", "imported", "done", "failed", "cancelled", "stopped"
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
    """What a living worker says of itself in progress.json; without its lock nobody believes it."""

    pid: int = 0  # 0 where it has not said yet
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
    is_cancelled: bool = False  # asked to stop, and not resumed since
    live: Live | None = None  # None where no worker holds the lock
    problem: str = ""  # why its files cannot be read

    @property
    def is_live(self) -> bool:
        """Say whether a worker holds the lock."""
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
            return "stopping" if self.is_cancelled else "live"
        if not self.n_jobs:
            return "published" if self.is_published else "imported"
        if not self.n_pending:
            return "failed" if self.n_failed else "done"
        return "cancelled" if self.is_cancelled else "stopped"


def live_text(live: Live) -> str:
    """Return the content of progress.json."""
    running = [{"id": r.job.id, "phase": r.phase, "done": r.done, "total": r.total} for r in live.running]
    record = {"pid": live.pid, "host": live.host, "started": live.started, "seconds_left": live.seconds_left}
    return json.dumps({**record, "running": running}, ensure_ascii=False)


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
