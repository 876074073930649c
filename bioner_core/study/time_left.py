"""How far a worker has come and how long it still takes, by the sentences that training reads."""

import os
import time
from collections.abc import Mapping, Sequence

from bioner_core.curves.sources import stages
from bioner_core.processes import born
from bioner_core.study.jobs import Outcome, Progress, TrainJob
from bioner_core.study.provenance import host, now
from bioner_core.study.run_state import Live, Running
from bioner_core.study.workload import effort, passes, pretraining, total_effort

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
        self.begun: dict[tuple[str, int], float] = {}  # sentences of these that are read, however many read
        self.total = total_effort(jobs, train_sizes)

    def note(self, outcome: Outcome) -> None:
        """Take in what came of a job."""
        job, source = outcome.job, (outcome.job.source, outcome.job.seed)
        if isinstance(outcome, Progress):
            if outcome.phase == "starting" and job.id in self.running:
                return  # a helper's last word, said again
            running = Running(job=job, phase=outcome.phase, done=outcome.done, total=outcome.total)
            self.running.pop(job.id, None)
            self.running[job.id] = running
            read = self.sources.get(source, 0) * _pretrained(running)
            self.begun[source] = max(self.begun.get(source, 0), read)
            if self.clock is None and outcome.phase != "starting":
                self.clock = time.monotonic()
        else:
            self.running.pop(job.id, None)
            self.begun.pop(source, None)
            self.done += self.weights.pop(job.id, 0) + self.sources.pop(source, 0)

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
        read = self.done + sum(self.begun.values()) + sum(map(_trained, self.running.values()))
        is_settled = self.done or seconds > SETTLED_SECONDS
        return seconds / read * max(0.0, self.total - read) if read and is_settled else None


def _pretrained(running: Running) -> float:
    """Return the share of a job's pretraining that is done; of several stages, of the first alone."""
    if running.phase.startswith("pretraining"):
        return running.done / running.total / len(stages(running.job.source)) if running.total else 0.0
    return float(running.phase in ("training", "scoring"))


def _trained(running: Running) -> float:
    """Return the sentences that the training of a job has read, pretraining not counted."""
    if running.phase == "training" and running.total:
        return passes(running.job) * running.done / running.total
    return float(passes(running.job)) if running.phase == "scoring" else 0.0
