"""How far a worker has come and how long it still takes, by the sentences that training reads."""

import os
import time
from collections.abc import Mapping, Sequence

from bioner_core.curves.sources import stages
from bioner_core.processes import born
from bioner_core.study.jobs import Outcome, Progress, TrainJob
from bioner_core.study.passes import effort, passes, pretraining, total_effort
from bioner_core.study.provenance import host, now
from bioner_core.study.state import Live, Running

SHOWN = 8  # jobs in progress that are told of
SETTLED_SECONDS = 3.0  # before which a speed says nothing


class Meter:
    """Measures one worker's work."""

    def __init__(self, jobs: Sequence[TrainJob], train_sizes: Mapping[str, int]) -> None:
        """Weigh the jobs by the sentences they read."""
        self.pid, self.born, self.started = os.getpid(), born(os.getpid()), now()
        self.clock: float | None = None  # when the first job was at work
        self.running: dict[str, Running] = {}  # newest last
        self.done = 0.0  # sentences of finished jobs
        self.weights = {job.id: effort(job, train_sizes) for job in jobs}
        self.sources: dict[tuple[str, int], float] = dict(pretraining(jobs, train_sizes))
        self.total = total_effort(jobs, train_sizes)

    def note(self, outcome: Outcome) -> None:
        """Take in what came of a job."""
        job = outcome.job
        self.running.pop(job.id, None)
        if isinstance(outcome, Progress):
            self.running[job.id] = Running(
                job=job, phase=outcome.phase, done=outcome.done, total=outcome.total
            )
            if self.clock is None and outcome.phase != "starting":
                self.clock = time.monotonic()
        else:
            self.done += self.weights.pop(job.id, 0) + self.sources.pop((job.source, job.seed), 0)

    def live(self) -> Live:
        """Return what can be said now."""
        return Live(
            pid=self.pid,
            born=self.born,
            host=host(),
            started=self.started,
            seconds_left=self._seconds_left(),
            running=tuple(self.running.values())[-SHOWN:],
        )

    def _seconds_left(self) -> float | None:
        """Return the time for the sentences left, at the speed of those read so far."""
        if self.clock is None:
            return None
        seconds = time.monotonic() - self.clock
        read = self.done + sum(map(self._read, self.running.values()))
        is_settled = self.done or seconds > SETTLED_SECONDS
        return seconds / read * (self.total - read) if read and is_settled else None

    def _read(self, running: Running) -> float:
        """Return the sentences that a job in progress has read."""
        job, share = running.job, running.done / running.total if running.total else 0.0
        source = self.sources.get((job.source, job.seed), 0)
        if running.phase.startswith("pretraining"):
            return source * share / len(stages(job.source))
        if running.phase == "training":
            return source + passes(job) * share
        return source + passes(job) if running.phase == "scoring" else 0.0
