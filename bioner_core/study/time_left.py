"""Estimate the time left of a worker: what is to be read and trained, at the speed of this machine."""

import os
import time
from collections.abc import Mapping, Sequence

from bioner_core.curves.sources import parse_stages
from bioner_core.files import format_current_time
from bioner_core.processes import read_start_time
from bioner_core.study.jobs import PAUSED, WAITING, JobOutcome, JobProgress, JobResult, TrainJob
from bioner_core.study.pace import Pace
from bioner_core.study.provenance import read_hostname
from bioner_core.study.reading_time import ReadingClock
from bioner_core.study.run_state import DeviceProgress, RunningJob, WorkerProgress
from bioner_core.study.slot_speed import SlotSpeed, compute_end
from bioner_core.study.throughput import Throughput
from bioner_core.study.workload import (
    compute_job_workload,
    count_pretraining_passes,
    count_training_passes,
)

MAX_REPORTED_JOBS = 64  # running jobs in progress.json
MIN_MEASURED_SECONDS = 3.0  # a speed measured over less time is too noisy
SETTLED_SECONDS = 6.0  # of training, after which its own speed alone counts
MIN_KEPT_SECONDS = 10.0  # of training, before its speed is kept for later runs
IDLE_PHASES = ("starting", WAITING, PAUSED, "sending")  # how phases begin in which no model is trained


class TimeLeftEstimator:
    """Measures the speed of one worker and estimates its time left; see ``workload`` for the units."""

    def __init__(
        self,
        jobs: Sequence[TrainJob],
        train_sizes: Mapping[str, int],
        *,
        words: Mapping[str, int] | None = None,
        pace: Pace | None = None,
        n_at_once: int | None = 1,
    ) -> None:
        """Compute the workload of the jobs.

        :param words: that an encoder must read first, by corpus.
        :param pace: of earlier runs, until this one is measured.
        :param n_at_once: models that are trained side by side; None counts those that report.
        """
        self.pid, self.born, self.started = os.getpid(), read_start_time(os.getpid()), format_current_time()
        self.training_began: float | None = None  # monotonic time of the first report of training
        self.search_ends: float | None = None  # monotonic time when a search that has begun to add jobs ends
        self.running: dict[str, RunningJob] = {}  # by job id, newest last
        self.finished = 0.0  # workload of finished jobs and their pretraining
        self.workloads: dict[str, float] = {}  # unfinished jobs
        # Sentence passes of pretraining by (source, seed): of unfinished sources in all, and read so far.
        self.pretraining: dict[tuple[str, int], float] = {}
        self.pretraining_read: dict[tuple[str, int], float] = {}
        self._train_sizes = train_sizes
        self._reading = ReadingClock(words or {})
        self._pace = pace or Pace()
        self._trial: float | None = None  # seconds per unit of workload
        self._n_at_once = n_at_once
        self._throughput = Throughput()
        self._speed = SlotSpeed()
        self._has_waited = False
        self._paused_at: float | None = None
        self._pretrained: set[tuple[str, int]] = set()
        self.add_jobs(jobs)

    def add_jobs(self, jobs: Sequence[TrainJob]) -> None:
        """Add jobs to the work; a source with a seed is pretrained once."""
        self.workloads.update({job.id: compute_job_workload(job, self._train_sizes) for job in jobs})
        pretraining = count_pretraining_passes(jobs, self._train_sizes)
        new = {key: n for key, n in pretraining.items() if key not in self._pretrained}
        self._pretrained |= new.keys()
        self.pretraining.update(new)

    def observe(self, outcome: JobOutcome) -> None:
        """Update the measurement with an outcome of a job."""
        job, source = outcome.job, (outcome.job.source, outcome.job.seed)
        self._speed.note(self._count_training_seconds(), self._count_busy())
        if isinstance(outcome, JobProgress):
            if outcome.phase == "starting" and job.id in self.running:
                return  # a repeated report
            self._forget_waiting(outcome)
            running = _note_running(outcome)
            self.running.pop(job.id, None)
            self.running[job.id] = running
            read = self.pretraining.get(source, 0) * _estimate_pretrained_share(running)
            self.pretraining_read[source] = max(self.pretraining_read.get(source, 0), read)
            if outcome.seconds_per_pass:
                self._trial = outcome.seconds_per_pass / (self._n_at_once or len(self.running))
            is_reading = self._reading.observe(outcome)
            self._has_waited |= outcome.phase in (WAITING, PAUSED) or (
                outcome.phase.startswith(WAITING) and self.training_began is not None  # for a cluster
            )
            if not outcome.phase.startswith(IDLE_PHASES) and not is_reading:
                self._note_passes(running, read)
                self._reading.end()
                self.training_began = self.training_began or time.monotonic()
        else:
            self.running.pop(job.id, None)
            if isinstance(outcome, JobResult):
                self._throughput.note(job.id, "training", count_training_passes(job), device="")
            self._throughput.forget(job.id)
            self.pretraining_read.pop(source, None)
            self.finished += self.workloads.pop(job.id, 0) + self.pretraining.pop(source, 0)

    def _note_passes(self, running: RunningJob, pretrained: float) -> None:
        """Note what a job has read in its phase.

        :param pretrained: sentence passes of its pretraining.
        """
        is_pretraining = running.phase.startswith("pretraining")
        passes = pretrained if is_pretraining else _count_trained_passes(running)
        phase = running.phase if is_pretraining else "training"
        self._throughput.note(running.job.id, phase, passes, device=running.device)

    def _forget_waiting(self, outcome: JobProgress) -> None:
        """Drop a job that waited, or the clock during a pause; waiting for others stays part of the time."""
        now = time.monotonic()
        if outcome.phase == PAUSED and self._paused_at and self.training_began is not None:
            self.training_began += now - self._paused_at
        self._paused_at = now if outcome.phase == PAUSED else None
        for job_id, running in list(self.running.items()):
            if running.phase in (WAITING, PAUSED):
                del self.running[job_id]

    def measure_progress(self) -> WorkerProgress:
        """Return the current progress, with the estimated time left."""
        return WorkerProgress(
            pid=self.pid,
            born=self.born,
            host=read_hostname(),
            started=self.started,
            seconds_left=self._estimate_seconds_left(),
            running=tuple(self.running.values())[-MAX_REPORTED_JOBS:],
            devices=tuple(map(self._measure_device, self._list_devices())),
        )

    def _list_devices(self) -> list[str]:
        return sorted({running.device for running in self.running.values()} - {""})

    def _measure_device(self, name: str) -> DeviceProgress:
        running = [running for running in self.running.values() if running.device == name]
        return DeviceProgress(
            name=name,
            n_running=len(running),
            memory=sum(job.memory for job in running),
            passes_per_second=self._throughput.measure(name),
        )

    def measure_pace(self) -> Pace | None:
        """Return the speed to keep for later runs; None where it is not measured well enough."""
        seconds = self._count_training_seconds()
        if seconds < MIN_KEPT_SECONDS or self._has_waited:
            return None
        return Pace(
            words_per_second=self._reading.words_per_second or self._pace.words_per_second,
            seconds_per_unit=seconds / self._count_read() if self._count_read() else None,
        )

    def _estimate_seconds_left(self) -> float | None:
        """Return the time for what is left to read and to train, and for a search; None before a speed."""
        reading = self._reading.estimate_seconds_left(self._pace.words_per_second)
        training = self._estimate_training_seconds()
        if reading is None or training is None:
            return None
        search = 0.0 if self.search_ends is None else self.search_ends - time.monotonic()
        return max(reading + training, search)

    def _estimate_training_seconds(self) -> float | None:
        """Return the time of what is left to train: at an earlier speed or a trial's, then as measured."""
        (running, waiting), unit = self._list_lengths(), self._compute_earlier_unit_seconds()
        left = sum(running) + sum(waiting)
        earlier = None if unit is None else unit * left
        seconds = self._count_training_seconds()
        self._speed.note(seconds, self._count_busy())
        measured = self._speed.measure(self._count_read())
        if measured is None or not (self.finished or seconds > MIN_MEASURED_SECONDS):
            return earlier if left else 0.0
        unit, n_slots = measured
        training = unit * compute_end(running, waiting, n_slots)
        weight = 1.0 if earlier is None else min(1.0, seconds / SETTLED_SECONDS)
        return (1 - weight) * (earlier or 0.0) + weight * training

    def _list_lengths(self) -> tuple[list[float], list[float]]:
        """Return the workload that is left of each model that runs, and of each other one and pretraining."""
        read = {job_id: _count_trained_passes(running) for job_id, running in self.running.items()}
        running = [workload - read[job_id] for job_id, workload in self.workloads.items() if job_id in read]
        waiting = [workload for job_id, workload in self.workloads.items() if job_id not in read]
        waiting += [n - self.pretraining_read.get(source, 0.0) for source, n in self.pretraining.items()]
        return running, waiting

    def _count_busy(self) -> int:
        return sum(not running.phase.startswith((WAITING, PAUSED)) for running in self.running.values())

    def _compute_earlier_unit_seconds(self) -> float | None:
        """Return the seconds per unit of earlier runs, at the speed of reading now; else of a trial."""
        before, now = self._pace.words_per_second, self._reading.words_per_second
        if self._pace.seconds_per_unit is None:
            return self._trial
        return self._pace.seconds_per_unit * (before / now if before and now else 1.0)

    def _count_training_seconds(self) -> float:
        return 0.0 if self.training_began is None else time.monotonic() - self.training_began

    def _count_read(self) -> float:
        """Return the workload that is done, pretraining and unfinished jobs included."""
        read = self.finished + sum(self.pretraining_read.values())
        return read + sum(map(_count_trained_passes, self.running.values()))


def _note_running(progress: JobProgress) -> RunningJob:
    return RunningJob(
        job=progress.job,
        phase=progress.phase,
        done=progress.done,
        total=progress.total,
        device=f"{progress.host} {progress.device}".strip(),
        memory=progress.memory,
    )


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
