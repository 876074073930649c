"""The worker: trains the pending jobs of a run and stores the results; detached, it outlives its parent."""

import os
import sys
import time
from collections.abc import Generator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bioner_core.corpus.library import Library
from bioner_core.errors import BionerError
from bioner_core.files import format_current_time, list_folder_variables
from bioner_core.processes import DETACHED, read_start_time, start_detached_process
from bioner_core.study.chooser import Chooser
from bioner_core.study.corpus_copies import copy_from_library
from bioner_core.study.executors.backend import read_backend
from bioner_core.study.executors.slots import count_models_at_once
from bioner_core.study.jobs import (
    SCORING_VERSION,
    Executor,
    JobFailure,
    JobOutcome,
    JobResult,
    Runner,
    TrainJob,
)
from bioner_core.study.journal import report_write_errors
from bioner_core.study.live_runs import list_live_runs
from bioner_core.study.pace import count_words_to_read, load_pace, save_pace
from bioner_core.study.plan import Study
from bioner_core.study.provenance import read_hostname
from bioner_core.study.run import Run
from bioner_core.study.run_files import LOG_FILE, PROGRESS_FILE
from bioner_core.study.run_state import WorkerProgress, save_progress
from bioner_core.study.run_writer import RunWriter
from bioner_core.study.search import Search, merge_searches
from bioner_core.study.store import RunStore
from bioner_core.study.time_left import TimeLeftEstimator
from bioner_core.users.audit import record_action
from bioner_core.users.limits import check_studies

PROGRESS_SECONDS = 1.0  # between two updates of progress.json
COMMAND = (sys.executable, "-m", "bioner_core", "runs", "resume")


def train_pending_jobs(
    run: Run,
    *,
    executor: Executor,
    runner: Runner,
    cache: Path,
    retry: bool = False,
    chooser: Chooser | None = None,
) -> Generator[JobOutcome, None, None]:
    """Train the pending jobs: store each outcome, then yield it. Stop soon after ``run.cancel()``.

    :param retry: train the failed jobs, too.
    :param chooser: adds jobs to a run whose search is open, whenever a device is idle.
    :raises BionerError: another worker trains the run, a corpus is missing, or the disk is full or read-only.
    """
    with run.lock() as writer:
        if DETACHED not in os.environ:
            run.clear_cancel()
        study = run.study
        _check_scoring_version(study)
        jobs = run.pending(retry=retry)
        if not jobs and not (chooser and study.is_searching):
            return
        with report_write_errors(run.folder):
            copy_from_library(study, run.folder, Library())  # for a run that was imported without text
        corpora = run.corpora()
        writer.replace_study(study, "worked on")
        place = read_backend(run).place
        words = count_words_to_read(jobs, corpora, place)
        pace = load_pace(run.folder.parent, study.jobs, place)
        n_at_once = None if place else count_models_at_once(study.jobs, is_open=study.is_searching)
        time_left = TimeLeftEstimator(jobs, study.train_sizes, words=words, pace=pace, n_at_once=n_at_once)
        options: dict[str, Any] = {}
        if chooser and study.is_searching:
            options["next_jobs"] = SearchGrowth(run, writer, chooser, time_left).add_jobs
        outcomes = executor(jobs, corpora=corpora, runner=runner, cache=cache, **options)
        reported_at = -PROGRESS_SECONDS
        try:
            for outcome in outcomes:
                if isinstance(outcome, JobResult):
                    writer.append_result(outcome)
                elif isinstance(outcome, JobFailure):
                    writer.append_failure(outcome)
                time_left.observe(outcome)
                if time.monotonic() - reported_at >= PROGRESS_SECONDS:
                    writer.save_progress(time_left.measure_progress())
                    reported_at = time.monotonic()
                yield outcome
                if run.is_cancelled:
                    return
        finally:
            outcomes.close()
            writer.save_progress(None)
            if measured := time_left.measure_pace():
                save_pace(run.folder.parent, study.jobs, measured, place)


class SearchGrowth:
    """Adds the jobs that a chooser decides on to a run, round by round, while its worker trains."""

    def __init__(self, run: Run, writer: RunWriter, chooser: Chooser, time_left: TimeLeftEstimator) -> None:
        self._run, self._writer, self._chooser, self._time_left = run, writer, chooser, time_left
        search = run.study.search
        self._began = time.monotonic() - (search.seconds if search else 0)

    def add_jobs(self, under_way: Sequence[TrainJob]) -> Sequence[TrainJob]:
        """Return the next jobs, which are stored in the plan; none to wait, or where the search is over."""
        study = self._run.study
        if study.search is None or not study.is_searching or self._run.is_cancelled:
            return ()
        seconds = time.monotonic() - self._began
        step = self._chooser(self._run, under_way=under_way, seconds=seconds)
        if step is None:
            return ()
        search = study.search.add_round(step.round)
        searches = (*study.searches[:-1], search)
        self._writer.save_study(replace(study, jobs=(*study.jobs, *step.jobs), searches=searches))
        self._time_left.add_jobs(step.jobs)
        self._note_end(search)
        return step.jobs

    def _note_end(self, search: Search) -> None:
        """Note when a search ends: when it expects to be exact enough, at its limit at the latest."""
        step, ends = search.last_round, []
        if search.is_open and search.max_seconds is not None:
            ends.append(self._began + search.max_seconds)
        if search.is_open and step and step.seconds_more is not None:
            ends.append(time.monotonic() + step.seconds_more)
        self._time_left.search_ends = min(ends, default=None)


def start_search(run: Run, search: Search) -> None:
    """Store a search in a run, whose next worker adds models to it; the same search goes on where it was.

    :raises BionerError: the run has no plan, is shipped, or a worker trains it.
    """
    with run.lock() as writer:
        study = run.study
        if not study.jobs:
            raise BionerError(f"run {run.name}: has no plan, so no model can be added. Train a new run.")
        writer.replace_study(replace(study, searches=merge_searches(study.searches, (search,))), "searched")


def start_detached(run_name: str, *, retry: bool = False, store: RunStore | None = None) -> int:
    """Start ``python -m bioner_core runs resume RUN`` so that it outlives this process; return its id.

    An earlier cancel is withdrawn. The worker's output goes to ``worker.log``.

    :raises BionerError: there is no such run, or a worker trains it already.
    """
    store = store or RunStore()
    run = store.open(run_name)
    if run.state().is_live:
        raise BionerError(f"run {run.name}: another process is already training it.")
    check_studies(lambda: sum(not other.owner for other in list_live_runs(store)))
    run.clear_cancel()
    command = [*COMMAND, run.name, *(["--retry"] if retry else [])]
    with report_write_errors(run.folder / LOG_FILE):
        log = os.open(run.folder / LOG_FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(log, f"{format_current_time()} started: {' '.join(command[1:])}\n".encode())
    variables = {**list_folder_variables(), "BIONER_RUNS": str(store.folder.resolve())}
    pid = start_detached_process(command, variables, log)
    started = WorkerProgress(
        pid=pid, born=read_start_time(pid), host=read_hostname(), started=format_current_time()
    )
    save_progress(run.folder / PROGRESS_FILE, started)
    record_action("start study", run.name)
    return pid


def _check_scoring_version(study: Study) -> None:
    planned = {job.scoring_version for job in study.jobs} - {SCORING_VERSION}
    if planned:
        raise BionerError(
            f"run {study.name}: was planned for scoring version {min(planned)}, this program scores by "
            f"version {SCORING_VERSION}, so that points could not be compared. Start a new run."
        )
