"""Run jobs on a Slurm cluster: an array of workers on a shared disk; this process alone writes the points."""

import re
import shutil
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from bioner_core.corpus.sentences import Corpus
from bioner_core.errors import BionerError
from bioner_core.study.executors.inbox import Inbox
from bioner_core.study.executors.request import LostJobs, TrainingRequest
from bioner_core.study.executors.slurm_worker import SlurmWorker
from bioner_core.study.jobs import PAUSED, JobFailure, JobOutcome, JobProgress, NextJobs, Runner, TrainJob
from bioner_core.study.journal import report_write_errors
from bioner_core.study.run import Run
from bioner_core.study.run_files import INBOX_FOLDER

INSTALL = 'pip install "bioner-budget[slurm]"'
POLL_SECONDS = 1.0  # between looks at the inbox
END_SECONDS = 5.0  # limit for idle workers to end
MAX_ARRAYS = 5  # sent one after the other where all workers ended before the jobs
DEFAULT_WORKERS, DEFAULT_MINUTES = 8, 240
LOST = "it was lost twice with its worker on the Slurm cluster, most often for want of memory or time"


def run_on_slurm(
    jobs: Sequence[TrainJob],
    *,
    corpora: Mapping[str, Corpus],
    runner: Runner,
    cache: Path,
    next_jobs: NextJobs | None = None,
    run: Run,
    options: Mapping[str, str],
) -> Generator[JobOutcome, None, None]:
    """Yield the outcomes of jobs, which workers write to the run's inbox, each once.

    :param runner: a module-level function, so that the workers can import it.
    :param corpora: unused: workers read the copies in the run's folder; likewise ``cache``.
    :param options: of Slurm (partition, time …), ``workers`` of the array, ``cluster=local`` to test here.
    :raises BionerError: submitit is not installed, Slurm is missing or refuses the array, or
        the inbox cannot be written.
    """
    request = TrainingRequest(jobs=jobs, corpora=corpora, runner=runner, next_jobs=next_jobs, run=run)
    array = _Array(run, request, options)
    try:
        with report_write_errors(run.folder / INBOX_FOLDER):
            yield from array.run_jobs()
            array.is_done = True
    finally:
        array.stop()


class _Array:
    """The workers of a run and the jobs that they have not done."""

    def __init__(self, run: Run, request: TrainingRequest, options: Mapping[str, str]) -> None:
        self._run, self._request, self._options = run, request, options
        self._inbox = Inbox(run.folder)
        self._open = {job.id: job for job in request.jobs}
        self._lost = LostJobs()
        self._tasks: list[Any] = []
        self._n_arrays = 0
        self.is_done = False  # all outcomes were taken, so they are stored

    def run_jobs(self) -> Iterator[JobOutcome]:
        """Yield the outcomes until no job is left."""
        self._inbox.open()
        self._inbox.sign_as_writer()
        yield from self._read()  # what an earlier array finished
        self._ask_for_jobs()
        self._inbox.add(self._open.values())
        while self._open:
            self._send_array()
            time.sleep(POLL_SECONDS)
            self._inbox.sign_as_writer()
            outcomes = list(self._read())
            yield from outcomes
            yield from self._take_back()
            if any(not isinstance(outcome, JobProgress) for outcome in outcomes):
                self._ask_for_jobs()
            if not outcomes and self._open:
                phase = PAUSED if self._request.is_paused else "waiting for Slurm"
                yield JobProgress(job=next(iter(self._open.values())), phase=phase, done=0, total=1)

    def _read(self) -> Iterator[JobOutcome]:
        """Yield what came in; a job that two workers finished counts once."""
        for outcome in self._inbox.read(self._run.study, dict(self._open)):
            if isinstance(outcome, JobProgress):
                yield outcome
            elif outcome.job.id in self._open:
                del self._open[outcome.job.id]
                self._inbox.withdraw(outcome.job.id)
                yield outcome

    def _ask_for_jobs(self) -> None:
        while self._request.next_jobs and not self._inbox.count_todo():
            jobs = self._request.next_jobs(list(self._open.values()))
            if not jobs:
                return
            self._open.update({job.id: job for job in jobs})
            self._inbox.add(jobs)

    def _take_back(self) -> Iterator[JobFailure]:
        """Offer the jobs of dead workers once more; the second time they fail."""
        for worker in self._inbox.list_workers():
            if self._inbox.is_alive(worker):
                continue
            for job_id in self._inbox.take_back(worker):
                job = self._open.get(job_id)
                if job and (failure := self._lost.add(job, LOST)):
                    del self._open[job_id]
                    yield failure
                elif job:
                    self._inbox.add([job])

    def _send_array(self) -> None:
        """Send an array of workers where none waits or works. :raises BionerError: all ended too soon."""
        if not all(task.done() for task in self._tasks):
            return
        if any(map(self._inbox.is_alive, self._inbox.list_workers())) and not self._tasks:
            return  # an array that an earlier process sent
        if self._n_arrays == MAX_ARRAYS:
            raise BionerError(
                f"run {self._run.name}: {MAX_ARRAYS} arrays of Slurm ended before its models were trained. "
                f"Their logs are in {self._inbox.folder / 'logs'}. Finished models are kept."
            )
        self._n_arrays += 1
        n_workers = min(len(self._open), int(self._options.get("workers", DEFAULT_WORKERS)))
        executor = _open_submitit(self._inbox.folder / "logs", self._options, n_workers)
        with executor.batch():
            folder = self._run.folder.resolve()
            self._tasks = [
                executor.submit(SlurmWorker(folder, self._request.runner)) for _ in range(n_workers)
            ]

    def stop(self) -> None:
        """End all workers; where all jobs are done and stored, delete the inbox with its logs."""
        with suppress(OSError):
            self._inbox.stop()
        end = time.monotonic() + (END_SECONDS if not self._open else 0.0)
        while time.monotonic() < end and not all(task.done() for task in self._tasks):
            time.sleep(POLL_SECONDS / 5)  # workers with nothing to do end by themselves
        for task in self._tasks:
            with suppress(Exception):  # Slurm may be gone; workers see the stop
                task.cancel()
        if self.is_done:
            shutil.rmtree(self._inbox.folder, ignore_errors=True)


def _open_submitit(folder: Path, options: Mapping[str, str], n_workers: int) -> Any:
    """Return submitit's executor for an array. :raises BionerError: it is missing, or there is no Slurm."""
    try:
        import submitit
    except ImportError as error:
        message = f"backend slurm: the package submitit is not installed. Install it: {INSTALL}"
        raise BionerError(message) from error
    others = {name: value for name, value in options.items() if name not in ("cluster", "workers", "time")}
    minutes = parse_minutes(options["time"]) if "time" in options else DEFAULT_MINUTES
    try:
        executor = submitit.AutoExecutor(folder, cluster=options.get("cluster", "slurm"))
        if executor.cluster == "local":
            executor.update_parameters(timeout_min=minutes)
        else:
            executor.update_parameters(
                timeout_min=minutes,
                slurm_array_parallelism=n_workers,
                slurm_additional_parameters={"requeue": True, **others},
            )
    except (RuntimeError, ValueError, NameError) as error:
        raise BionerError(f"backend slurm: {' '.join(str(error).split())[:200]}") from error
    return executor


def parse_minutes(text: str) -> int:
    """Return a time limit in minutes, as Slurm writes it: minutes, H:MM:SS or D-HH:MM:SS.

    >>> parse_minutes("90"), parse_minutes("04:00:00"), parse_minutes("1-00:30:00")
    (90, 240, 1470)

    :raises BionerError: it is none.
    """
    match = re.fullmatch(r"(?:(\d+)-)?(\d+):(\d\d):(\d\d)|(\d+)", text.strip())
    if match is None:
        raise BionerError(f"Slurm time {text!r}: write minutes, HH:MM:SS or D-HH:MM:SS, such as 04:00:00.")
    days, hours, minutes, seconds, alone = (int(group or 0) for group in match.groups())
    return alone or days * 1440 + hours * 60 + minutes + (seconds > 0)
