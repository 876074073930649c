"""Run jobs on this machine: one helper process per device, which ends with the worker."""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

from bioner_core.corpus.sentences import Corpus
from bioner_core.errors import BionerError, format_traceback
from bioner_core.study.executors.devices import list_devices
from bioner_core.study.jobs import JobFailure, JobOutcome, JobProgress, NextJobs, Runner, TrainJob

QUIET_SECONDS = 0.5  # after which the last progress is repeated
END_SECONDS = 5.0  # limit for a helper to end
NO_RESULT = "its training ended without a result. This is a fault in the program"

_SPAWN = multiprocessing.get_context("spawn")  # a fork would share the worker's lock, and breaks CUDA


@dataclass(frozen=True)
class _BatchEnd:
    """The end of a helper's batch of jobs."""

    reason: str = ""  # why the helper could not go on; "" if all jobs are done
    is_final: bool = False  # the reason holds for all jobs, so the others are not tried


@dataclass(frozen=True, kw_only=True)
class _TrainingContext:
    """What every helper needs to train jobs."""

    runner: Runner
    corpora: Mapping[str, Corpus]
    cache: Path


def run_locally(
    jobs: Sequence[TrainJob],
    *,
    corpora: Mapping[str, Corpus],
    runner: Runner,
    cache: Path,
    next_jobs: NextJobs | None = None,
    device_names: Sequence[str] | None = None,
) -> Generator[JobOutcome, None, None]:
    """Yield the outcomes of jobs; each device has a helper process, which lives until all jobs are done.

    If a helper dies or raises, its current job fails with the reason, and the others go on.

    :param runner: a module-level function, so that helpers can import it.
    :param next_jobs: returns more jobs for a device that is idle.
    :param device_names: names in torch; None uses the devices of this machine.
    """
    names = [device.name for device in list_devices()] if device_names is None else device_names
    batches = _group_into_batches(jobs, len(names))
    context = _TrainingContext(runner=runner, corpora=corpora, cache=cache)
    helpers: dict[str, _Helper] = {}  # by device; started with their first batch
    try:
        is_asking = True  # idle devices ask for jobs, but only once after each result
        while True:
            for name in names if is_asking else ():
                if name in helpers and helpers[name].is_busy:
                    continue
                if batch := _take_batch(batches, helpers.values(), next_jobs):
                    helpers[name] = helpers.get(name) or _Helper(name, context)
                    helpers[name].assign(batch)
            busy = {helper.channel: helper for helper in helpers.values() if helper.is_busy}
            if not busy:
                break
            is_asking = False
            ready = wait(list(busy), QUIET_SECONDS)
            if not ready:
                yield from (helper.last for helper in busy.values() if helper.jobs)
            for channel in ready:
                helper = busy[channel]  # type: ignore[index]  # ``wait`` returns the channels it was given
                for outcome in helper.receive_outcomes():
                    yield outcome
                    is_asking |= not isinstance(outcome, JobProgress)
                is_asking |= not helper.is_busy
    finally:
        for helper in helpers.values():
            helper.stop()


def _take_batch(
    batches: list[list[TrainJob]], helpers: Iterable["_Helper"], next_jobs: NextJobs | None
) -> Sequence[TrainJob]:
    """Return the jobs for an idle device: the next batch of the plan, then what ``next_jobs`` returns."""
    if batches:
        return batches.pop(0)
    under_way = [job for helper in helpers for job in helper.jobs.values()]
    return next_jobs(under_way) if next_jobs else ()


def _group_into_batches(jobs: Sequence[TrainJob], n_devices: int) -> list[list[TrainJob]]:
    """Group jobs so that those with the same pretrained source stay together; one device gets all jobs."""
    batches: dict[object, list[TrainJob]] = {}
    for job in jobs:
        key = (job.source, job.seed) if n_devices > 1 else ()
        batches.setdefault(key, []).append(job)
    return list(batches.values())


def _build_start_progress(job: TrainJob) -> JobProgress:
    return JobProgress(job=job, phase="starting", done=0, total=1)


class _Helper:
    """A process that trains on one device; it is restarted when it dies."""

    def __init__(self, device: str, context: _TrainingContext) -> None:
        self.device = device
        self.context = context
        self.jobs: dict[str, TrainJob] = {}  # assigned and not finished, by id
        self.is_busy = False  # from the assignment of a batch until its end
        self.is_silent = True  # has sent nothing since the assignment
        self._start()

    def _start(self) -> None:
        self.channel, far_end = _SPAWN.Pipe()
        arguments = (far_end, self.context, self.device)
        self.process: SpawnProcess = _SPAWN.Process(target=_run_helper, args=arguments, daemon=True)
        self.process.start()
        far_end.close()  # otherwise the channel would stay open when the helper dies

    def assign(self, jobs: Sequence[TrainJob]) -> None:
        """Send a batch of jobs to the process."""
        self.jobs = {job.id: job for job in jobs}
        self.is_silent = self.is_busy = True
        self.last = _build_start_progress(jobs[0])
        with suppress(OSError):  # the process has died; ``receive_outcomes`` notices
            self.channel.send(list(jobs))

    def receive_outcomes(self) -> Iterator[JobOutcome]:
        """Yield the outcome of one message; at the end of a batch or helper, failures of its open jobs."""
        try:
            message = self.channel.recv()
        except (EOFError, OSError):
            message = _BatchEnd(self._explain_death())
            self.stop()
            self._start()
        if isinstance(message, _BatchEnd):
            yield from self._finish_batch(message)
            return
        self.is_silent = False
        if isinstance(message, JobProgress):
            self.last = message
        elif not self.jobs.pop(message.job.id, None):
            return  # reported before: no job counts twice
        elif self.jobs:
            self.last = _build_start_progress(next(iter(self.jobs.values())))
        yield message

    def _finish_batch(self, end: _BatchEnd) -> Iterator[JobFailure]:
        """Fail the current job and assign the others again; fail all if the others cannot run either."""
        jobs, self.jobs, self.is_busy = self.jobs, {}, False
        if jobs and end.reason and not self.is_silent and not end.is_final:
            current = self.last.job.id
            failed = [jobs.pop(current if current in jobs else next(iter(jobs)))]
            if jobs:
                self.assign(list(jobs.values()))
        else:
            failed = list(jobs.values())
        for job in failed:
            yield JobFailure(job=job, reason=end.reason or NO_RESULT)

    def _explain_death(self) -> str:
        self.process.join(END_SECONDS)
        code = self.process.exitcode
        if code == -9:
            return "its process was killed, most often for want of memory. Close other programs, then retry"
        return f"its process ended with exit code {code}; worker.log may say more"

    def stop(self) -> None:
        """End the helper process."""
        self.channel.close()
        self.process.terminate()
        self.process.join(END_SECONDS)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


def _run_helper(channel: "Connection[Any, Any]", context: _TrainingContext, device: str) -> None:
    """Train the batches that the worker sends, until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the worker handles Ctrl-C
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with suppress(EOFError, OSError):  # the worker has closed the channel
        while True:
            for message in _train_batch(channel.recv(), context, device):
                channel.send(message)


def _train_batch(
    jobs: Sequence[TrainJob], context: _TrainingContext, device: str
) -> Iterator[JobOutcome | _BatchEnd]:
    try:
        yield from context.runner(jobs, corpora=context.corpora, device=device, cache=context.cache)
    except BionerError as error:
        yield _BatchEnd(" ".join(str(error).split()), is_final=True)
    except Exception as error:  # a bug: the traceback goes to the log, the other jobs go on
        print(format_traceback(error), file=sys.stderr)
        yield _BatchEnd(f"{type(error).__name__}, a fault in the program; worker.log has the details")
    else:
        yield _BatchEnd()


def _end_with_parent() -> None:
    """End this process at once when the worker's process ends, for whatever reason."""
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
    os._exit(1)
