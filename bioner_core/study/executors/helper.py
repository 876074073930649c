"""A helper: a process that trains batches of jobs on one slot, and ends with the worker."""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

import psutil

from bioner_core.corpus.sentences import Corpus
from bioner_core.errors import BionerError, format_traceback
from bioner_core.processes import end_with_parent
from bioner_core.study.jobs import JobOutcome, JobProgress, Runner, TrainJob

END_SECONDS = 5.0  # limit for a helper to end

_SPAWN = multiprocessing.get_context("spawn")  # a fork would share the worker's lock, and breaks CUDA


@dataclass(frozen=True, kw_only=True)
class BatchEnd:
    """The end of a helper's batch of jobs."""

    reason: str = ""  # why the helper could not go on; "" if all jobs are done
    is_final: bool = False  # the reason holds for all jobs, so the others are not tried
    is_dead: bool = False  # the process has ended
    is_killed: bool = False  # most often for want of memory


@dataclass(frozen=True, kw_only=True)
class TrainingContext:
    """What every helper needs to train jobs."""

    runner: Runner
    corpora: Mapping[str, Corpus]
    cache: Path


class Helper:
    """A process that trains on one device.

    :param n_threads: of its products
    """

    def __init__(self, device: str, context: TrainingContext, *, n_threads: int = 1) -> None:
        self.jobs: dict[str, TrainJob] = {}  # assigned and not finished, by id
        self.is_busy = False  # from the assignment of a batch until its end
        self.is_silent = True  # has sent nothing yet
        self.channel, far_end = _SPAWN.Pipe()
        arguments = (far_end, context, device, n_threads)
        self.process: SpawnProcess = _SPAWN.Process(target=_run_helper, args=arguments, daemon=True)
        self.process.start()
        far_end.close()  # otherwise the channel would stay open when the helper dies

    def assign(self, jobs: Sequence[TrainJob]) -> None:
        """Send a batch of jobs to the process."""
        self.jobs = {job.id: job for job in jobs}
        self.is_busy = True
        self.last = _build_start_progress(jobs[0])
        with suppress(OSError):  # the process has died; ``receive`` notices
            self.channel.send(list(jobs))

    @property
    def current(self) -> TrainJob | None:
        """Return the job that reported last, or the next one; None where all are finished."""
        return self.jobs.get(self.last.job.id) or next(iter(self.jobs.values()), None)

    def receive(self) -> JobOutcome | BatchEnd | None:
        """Return a message of the process; None for a result that was reported before."""
        try:
            message: JobOutcome | BatchEnd = self.channel.recv()
        except (EOFError, OSError):
            self.is_busy = False
            return self._explain_death()
        self.is_silent = False
        if isinstance(message, BatchEnd):
            self.is_busy = False
        elif isinstance(message, JobProgress):
            self.last = message
        elif not self.jobs.pop(message.job.id, None):
            return None  # no job counts twice
        elif self.jobs:
            self.last = _build_start_progress(next(iter(self.jobs.values())))
        return message

    def _explain_death(self) -> BatchEnd:
        self.process.join(END_SECONDS)
        code = self.process.exitcode
        if code == -9:
            killed = "its process was killed, most often for want of memory. Close other programs, then retry"
            return BatchEnd(reason=killed, is_dead=True, is_killed=True)
        ended = f"its process ended with exit code {code}; worker.log may say more"
        return BatchEnd(reason=ended, is_dead=True)

    def stop(self) -> None:
        """End the helper process."""
        self.channel.close()
        self.process.terminate()
        self.process.join(END_SECONDS)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


def _build_start_progress(job: TrainJob) -> JobProgress:
    return JobProgress(job=job, phase="starting", done=0, total=1)


def _run_helper(
    channel: "Connection[Any, Any]", context: TrainingContext, device: str, n_threads: int
) -> None:
    """Train the batches that the worker sends, until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the worker handles Ctrl-C
    threading.Thread(target=end_with_parent, daemon=True).start()
    os.environ["OMP_NUM_THREADS"] = str(n_threads)  # torch, which is not loaded yet, reads it
    with suppress(EOFError, OSError):  # the worker has closed the channel
        while True:
            for message in train_batch(channel.recv(), context, device):
                channel.send(message)


def train_batch(
    jobs: Sequence[TrainJob], context: TrainingContext, device: str
) -> Iterator[JobOutcome | BatchEnd]:
    """Yield the outcomes of jobs, then the end of the batch, whatever the runner raises.

    Progress names the device and the memory that this process holds.
    """
    process = psutil.Process()
    try:
        for outcome in context.runner(jobs, corpora=context.corpora, device=device, cache=context.cache):
            if isinstance(outcome, JobProgress):
                memory = outcome.memory or process.memory_info().rss
                outcome = replace(outcome, device=device, memory=memory)
            yield outcome
    except BionerError as error:
        yield BatchEnd(reason=" ".join(str(error).split()), is_final=True)
    except Exception as error:  # a bug: the traceback goes to the log, the other jobs go on
        print(format_traceback(error), file=sys.stderr)
        reason = f"{type(error).__name__}, a fault in the program; worker.log has the details"
        yield BatchEnd(reason=reason)
    else:
        yield BatchEnd()
