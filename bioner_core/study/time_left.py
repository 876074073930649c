"""Estimate the time left of a worker by the sentences that its training reads."""

import os
import time
from collections.abc import Mapping, Sequence

from bioner_core.curves.sources import parse_stages
from bioner_core.files import format_current_time
from bioner_core.processes import read_start_time
from bioner_core.study.jobs import JobOutcome, JobProgress, TrainJob
from bioner_core.study.provenance import read_hostname
from bioner_core.study.run_state import RunningJob, WorkerProgress
from bioner_core.study.workload import (
    compute_job_workload,
    count_pretraining_passes,
    count_training_passes,
)

MAX_REPORTED_JOBS = 8  # running jobs in progress.json
MIN_MEASURED_SECONDS = 3.0  # a speed measured over less time is too noisy


class TimeLeftEstimator:
    """Measures the speed of one worker and estimates its time left; see ``workload`` for the units."""

    def __init__(self, jobs: Sequence[TrainJob], train_sizes: Mapping[str, int]) -> None:
        """Compute the workload of the jobs."""
        self.pid, self.born, self.started = os.getpid(), read_start_time(os.getpid()), format_current_time()
        self.training_began: float | None = None  # monotonic time of the first progress report
        self.running: dict[str, RunningJob] = {}  # by job id, newest last
        self.finished = 0.0  # workload of finished jobs and their pretraining
        self.workloads: dict[str, float] = {}  # unfinished jobs
        # Sentence passes of pretraining by (source, seed): of unfinished sources in all, and read so far.
        self.pretraining: dict[tuple[str, int], float] = {}
        self.pretraining_read: dict[tuple[str, int], float] = {}
        self.total = 0.0
        self._train_sizes = train_sizes
        self._pretrained: set[tuple[str, int]] = set()
        self.add_jobs(jobs)

    def add_jobs(self, jobs: Sequence[TrainJob]) -> None:
        """Add jobs to the work; a source with a seed is pretrained once."""
        self.workloads.update({job.id: compute_job_workload(job, self._train_sizes) for job in jobs})
        pretraining = count_pretraining_passes(jobs, self._train_sizes)
        new = {key: n for key, n in pretraining.items() if key not in self._pretrained}
        self._pretrained |= new.keys()
        self.pretraining.update(new)
        self.total += sum(self.workloads[job.id] for job in jobs) + sum(new.values())

    def observe(self, outcome: JobOutcome) -> None:
        """Update the measurement with an outcome of a job."""
        job, source = outcome.job, (outcome.job.source, outcome.job.seed)
        if isinstance(outcome, JobProgress):
            if outcome.phase == "starting" and job.id in self.running:
                return  # a repeated report
            running = RunningJob(job=job, phase=outcome.phase, done=outcome.done, total=outcome.total)
            self.running.pop(job.id, None)
            self.running[job.id] = running
            read = self.pretraining.get(source, 0) * _estimate_pretrained_share(running)
            self.pretraining_read[source] = max(self.pretraining_read.get(source, 0), read)
            if self.training_began is None and outcome.phase != "starting":
                self.training_began = time.monotonic()
        else:
            self.running.pop(job.id, None)
            self.pretraining_read.pop(source, None)
            self.finished += self.workloads.pop(job.id, 0) + self.pretraining.pop(source, 0)

    def measure_progress(self) -> WorkerProgress:
        """Return the current progress, with the estimated time left."""
        return WorkerProgress(
            pid=self.pid,
            born=self.born,
            host=read_hostname(),
            started=self.started,
            seconds_left=self._estimate_seconds_left(),
            running=tuple(self.running.values())[-MAX_REPORTED_JOBS:],
        )

    def _estimate_seconds_left(self) -> float | None:
        """Return the time for the remaining workload at the speed measured so far; None before a speed."""
        if self.training_began is None:
            return None
        seconds = time.monotonic() - self.training_began
        read = self.finished + sum(self.pretraining_read.values())
        read += sum(map(_count_trained_passes, self.running.values()))
        is_measured = self.finished or seconds > MIN_MEASURED_SECONDS
        return seconds / read * max(0.0, self.total - read) if read and is_measured else None


def _estimate_pretrained_share(running: RunningJob) -> float:
    """Return the share of a job's pretraining that is read, in [0, 1].

    Of a source of several stages, the current stage counts as the first.
    """
    if running.phase.startswith("pretraining"):
        return running.done / running.total / len(parse_stages(running.job.source)) if running.total else 0.0
    return float(running.phase in ("training", "scoring"))


def _count_trained_passes(running: RunningJob) -> float:
    """Return the sentence passes that a job's training has read, without pretraining."""
    if running.phase == "training" and running.total:
        return count_training_passes(running.job) * running.done / running.total
    return float(count_training_passes(running.job)) if running.phase == "scoring" else 0.0
