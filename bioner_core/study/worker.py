"""The worker: trains what a run lacks and keeps what comes of it; detached, it outlives its starter."""

import os
import sys
import time
from collections.abc import Generator
from pathlib import Path

from bioner_core.corpus.library import Library
from bioner_core.errors import BionerError
from bioner_core.processes import DETACHED, born, detach
from bioner_core.study.corpus_copies import take_copies
from bioner_core.study.jobs import SCORING_VERSION, Done, Executor, Failed, Outcome, Runner
from bioner_core.study.journal import writing
from bioner_core.study.plan import Study
from bioner_core.study.provenance import host, now
from bioner_core.study.run import LOG, Run
from bioner_core.study.run_state import Live
from bioner_core.study.store import RunStore
from bioner_core.study.time_left import Meter

NEWS_SECONDS = 1.0  # between two words on how far it is
COMMAND = (sys.executable, "-m", "bioner_core", "runs", "resume")


def work(
    run: Run, *, executor: Executor, runner: Runner, cache: Path, retry: bool = False
) -> Generator[Outcome, None, None]:
    """Train the jobs that are pending, keep each outcome, then yield it; stop soon after ``run.cancel()``.

    :param retry: train the failed ones, too.
    :raises BionerError: another worker is at it, a corpus is missing, or the disk is full or read-only.
    """
    with run.lock():
        if DETACHED not in os.environ:
            run.uncancel()
        study = run.study
        _refuse_other_scoring(study)
        jobs = run.pending(retry=retry)
        if not jobs:
            return
        with writing(run.folder):
            take_copies(study, run.folder, Library())  # of a run that came without text
        corpora = run.corpora()
        run.replace_study(study, "worked on")
        meter = Meter(jobs, study.train_sizes)
        outcomes = executor(jobs, corpora=corpora, runner=runner, cache=cache)
        told = -NEWS_SECONDS
        try:
            for outcome in outcomes:
                if isinstance(outcome, Done):
                    run.append(outcome)
                elif isinstance(outcome, Failed):
                    run.fail(outcome)
                meter.note(outcome)
                if time.monotonic() - told >= NEWS_SECONDS:
                    run.tell(meter.live())
                    told = time.monotonic()
                yield outcome
                if run.is_cancelled:
                    return
        finally:
            outcomes.close()
            run.tell(None)


def start_detached(run_name: str, *, retry: bool = False, store: RunStore | None = None) -> int:
    """Start ``python -m bioner_core runs resume RUN`` so that it outlives this process; return its number.

    An earlier cancel is taken back. What the worker says goes to ``worker.log``.

    :raises BionerError: there is no such run, or a worker is at it already.
    """
    store = store or RunStore()
    run = store.open(run_name)
    if run.state().is_live:
        raise BionerError(f"run {run.name}: is being worked on already.")
    run.uncancel()
    command = [*COMMAND, run.name, *(["--retry"] if retry else [])]
    with writing(run.folder / LOG):
        log = os.open(run.folder / LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(log, f"{now()} started: {' '.join(command[1:])}\n".encode())
    pid = detach(command, {"BIONER_RUNS": str(store.folder.resolve())}, log)
    run.tell(Live(pid=pid, born=born(pid), host=host(), started=now()))
    return pid


def _refuse_other_scoring(study: Study) -> None:
    planned = {job.scoring_version for job in study.jobs} - {SCORING_VERSION}
    if planned:
        raise BionerError(
            f"run {study.name}: was planned for scoring version {min(planned)}, this program scores by "
            f"version {SCORING_VERSION}, so that points could not be compared. Make a new run."
        )
