"""How far a worker has come and how long it still takes, by the sentences that training reads."""

import os
import time
from collections.abc import Mapping, Sequence

from bioner_core.study.jobs import Done, Failed, Outcome, Progress, TrainJob
from bioner_core.study.plan import effort, pretraining, total_effort
from bioner_core.study.provenance import host, now
from bioner_core.study.state import Live, Running, born

SHOWN = 8  # jobs in progress that are told of
SETTLED_SECONDS = 3.0  # before which a speed says nothing


class Meter:
    """Measures one worker's work."""

    def __init__(self, jobs: Sequence[TrainJob], train_sizes: Mapping[str, int]) -> None:
        """Weigh the jobs by the sentences they read."""
        self.started, self.clock, self.born = now(), time.monotonic(), born(os.getpid())
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
        elif isinstance(outcome, Done | Failed):
            self.done += self.weights.pop(job.id, 0) + self.sources.pop((job.source, job.seed), 0)

    def live(self) -> Live:
        """Return what can be said now."""
        running = tuple(self.running.values())[-SHOWN:]
        return Live(
            pid=os.getpid(),
            born=self.born,
            host=host(),
            started=self.started,
            seconds_left=self._seconds_left(),
            running=running,
        )

    def _seconds_left(self) -> float | None:
        seconds = time.monotonic() - self.clock
        begun = sum(
            self.weights.get(job_id, 0) * r.done / r.total
            for job_id, r in self.running.items()
            if r.phase == "training" and r.total
        )
        done = self.done + begun
        if not done or seconds < SETTLED_SECONDS:
            return None
        return seconds * max(0.0, self.total - done) / done
