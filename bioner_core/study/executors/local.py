"""This machine as a place where jobs run: one helper process a device, which ends when its worker does."""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

from bioner_core.corpus.sentences import Corpus
from bioner_core.errors import BionerError, format_traceback
from bioner_core.study.executors.devices import list_devices
from bioner_core.study.jobs import JobFailure, JobOutcome, JobProgress, Runner, TrainJob

QUIET_SECONDS = 0.5  # after which the last progress comes again
END_SECONDS = 5.0  # for a helper to end by itself
NO_RESULT = "its training ended without a result. This is a fault in the program"

_SPAWN = multiprocessing.get_context("spawn")  # a fork would share the worker's lock, and breaks CUDA


@dataclass(frozen=True)
class _BatchEnd:
    """A helper's last word on the jobs it was given."""

    reason: str = ""  # why it could not go on; "" where all is done
    is_final: bool = False  # the reason holds for all jobs, so that trying the others is vain


@dataclass(frozen=True, kw_only=True)
class _TrainingContext:
    """What every helper gets."""

    runner: Runner
    corpora: Mapping[str, Corpus]
    cache: Path


def run_locally(
    jobs: Sequence[TrainJob],
    *,
    corpora: Mapping[str, Corpus],
    runner: Runner,
    cache: Path,
    device_names: Sequence[str] | None = None,
) -> Generator[JobOutcome, None, None]:
    """Yield what comes of the jobs; each device has a helper process.

    A job whose helper dies or raises fails with the reason, and the others go on.

    :param runner: a function of a module, so that helpers can import it.
    :param device_names: as torch names them; those of this machine where None.
    """
    names = [device.name for device in list_devices()] if device_names is None else device_names
    batches = _group_into_batches(jobs, len(names))
    work = _TrainingContext(runner=runner, corpora=corpora, cache=cache)
    helpers = [_Helper(name, work) for name in names[: len(batches)]]
    try:
        for helper in helpers:
            helper.give(batches.pop(0))
        while busy := {helper.channel: helper for helper in helpers if helper.is_busy}:
            ready = wait(list(busy), QUIET_SECONDS)
            if not ready:
                yield from (helper.last for helper in busy.values() if helper.jobs)
            for channel in ready:
                helper = busy[channel]  # type: ignore[index]  # what comes back is what was waited for
                yield from helper.outcomes()
                if not helper.is_busy and batches:
                    helper.give(batches.pop(0))
    finally:
        for helper in helpers:
            helper.stop()


def _group_into_batches(jobs: Sequence[TrainJob], n_devices: int) -> list[list[TrainJob]]:
    """Part jobs so that those which share a pretrained source stay together; one device takes all."""
    parted: dict[object, list[TrainJob]] = {}
    for job in jobs:
        key = (job.source, job.seed) if n_devices > 1 else ()
        parted.setdefault(key, []).append(job)
    return list(parted.values())


def _report_start(job: TrainJob) -> JobProgress:
    return JobProgress(job=job, phase="starting", done=0, total=1)


class _Helper:
    """A process that trains on one device; a new one takes its place when it dies."""

    def __init__(self, device: str, work: _TrainingContext) -> None:
        self.device = device
        self.work = work
        self.jobs: dict[str, TrainJob] = {}  # given and not finished
        self.is_busy = False  # from being given jobs until its last word on them
        self.is_silent = True  # has told nothing yet of what it was given
        self._start()

    def _start(self) -> None:
        self.channel, far_end = _SPAWN.Pipe()
        arguments = (far_end, self.work, self.device)
        self.process: SpawnProcess = _SPAWN.Process(target=_run_helper, args=arguments, daemon=True)
        self.process.start()
        far_end.close()  # else its death would not close the channel

    def give(self, jobs: Sequence[TrainJob]) -> None:
        """Hand over jobs."""
        self.jobs = {job.id: job for job in jobs}
        self.is_silent = self.is_busy = True
        self.last = _report_start(jobs[0])
        with suppress(OSError):  # it has died; what it says next tells so
            self.channel.send(list(jobs))

    def outcomes(self) -> Iterator[JobOutcome]:
        """Yield what one message says: an outcome, or what becomes of the jobs of a helper that ended."""
        try:
            message = self.channel.recv()
        except (EOFError, OSError):
            message = _BatchEnd(self._cause_of_death())
            self.stop()
            self._start()
        if isinstance(message, _BatchEnd):
            yield from self._ended(message)
            return
        self.is_silent = False
        if isinstance(message, JobProgress):
            self.last = message
        elif not self.jobs.pop(message.job.id, None):
            return  # it was told of before: no job counts twice
        elif self.jobs:
            self.last = _report_start(next(iter(self.jobs.values())))
        yield message

    def _ended(self, end: _BatchEnd) -> Iterator[JobFailure]:
        """Fail the job in hand and give the others again; fail all where that is vain."""
        jobs, self.jobs, self.is_busy = self.jobs, {}, False
        if jobs and end.reason and not self.is_silent and not end.is_final:
            culprit = self.last.job.id
            failed = [jobs.pop(culprit if culprit in jobs else next(iter(jobs)))]
            if jobs:
                self.give(list(jobs.values()))
        else:
            failed = list(jobs.values())
        for job in failed:
            yield JobFailure(job=job, reason=end.reason or NO_RESULT)

    def _cause_of_death(self) -> str:
        self.process.join(END_SECONDS)
        code = self.process.exitcode
        if code == -9:
            return "its process was killed, most often for want of memory. Close other programs, then retry"
        return f"its process ended with exit code {code}; worker.log may say more"

    def stop(self) -> None:
        """End the process."""
        self.channel.close()
        self.process.terminate()
        self.process.join(END_SECONDS)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


def _run_helper(channel: "Connection[Any, Any]", work: _TrainingContext, device: str) -> None:
    """Train what is handed over, until the worker ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the worker's to handle
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with suppress(EOFError, OSError):  # the worker has closed the channel
        while True:
            for message in _train_batch(channel.recv(), work, device):
                channel.send(message)


def _train_batch(
    jobs: Sequence[TrainJob], work: _TrainingContext, device: str
) -> Iterator[JobOutcome | _BatchEnd]:
    try:
        yield from work.runner(jobs, corpora=work.corpora, device=device, cache=work.cache)
    except BionerError as error:
        yield _BatchEnd(" ".join(str(error).split()), is_final=True)
    except Exception as error:  # a fault: the traceback goes to the log, the other jobs go on
        print(format_traceback(error), file=sys.stderr)
        yield _BatchEnd(f"{type(error).__name__}, a fault in the program; worker.log has the details")
    else:
        yield _BatchEnd()


def _end_with_parent() -> None:
    """End this process at once when the worker's ends, however that came about."""
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
    os._exit(1)
