"""Read a run: the folder of one study, its plan, points, counts, failures, progress and log."""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bioner_core.computed_once import compute_once
from bioner_core.corpus.sentences import Corpus
from bioner_core.curves.curve import Curve, PlannedSeeds, SizeKey, build_curves
from bioner_core.curves.macro import add_macro_average
from bioner_core.curves.points import CurvePoint
from bioner_core.errors import BionerError
from bioner_core.study import journal, wishes
from bioner_core.study.corpus_copies import load_copy
from bioner_core.study.counts_file import decode_counts, list_test_sizes, locate_counts
from bioner_core.study.jobs import JobFailure, SentenceCounts, TrainJob
from bioner_core.study.journal import FileStamp, PointRow, read_stamp, report_write_errors
from bioner_core.study.plan import Study
from bioner_core.study.run_files import (
    CANCEL_FILE,
    FAILURES_FILE,
    LOG_FILE,
    POINTS_FILE,
    PROGRESS_FILE,
    STUDY_FILE,
)
from bioner_core.study.run_lock import is_run_held
from bioner_core.study.run_state import RunState, WorkerProgress, is_worker_starting, load_progress
from bioner_core.study.run_writer import RunWriter, lock_folder
from bioner_core.study.study_file import Record, load_study

LOG_TAIL_BYTES = 65_536  # of the worker's log that are read at most


@lru_cache(maxsize=2048)
def _load_study(path: Path, _: FileStamp) -> tuple[Record, Study]:
    return load_study(path)


@compute_once(maxsize=64)
def _build_curves(run: "Run", macro: bool, _: tuple[FileStamp, ...]) -> tuple[Curve, ...]:
    points = run.points_with_macro() if macro else run.points()
    return tuple(build_curves(points, run.planned_seeds()))


@compute_once(maxsize=64)
def _add_macro_average(run: "Run", _: tuple[FileStamp, ...]) -> tuple[CurvePoint, ...]:
    return tuple(add_macro_average(run.points()))


@dataclass(frozen=True)
class Run:
    """One folder of the store. Reading needs no lock; ``lock`` returns what writes."""

    folder: Path
    is_shipped: bool = False  # comes with the program: read-only
    owner: str = ""  # another user, who shares it: read-only

    @property
    def name(self) -> str:
        """Return the run's name: the name of its folder; of another user's run, ``owner/name``."""
        return f"{self.owner}/{self.folder.name}" if self.owner else self.folder.name

    @property
    def is_read_only(self) -> bool:
        """Return whether the run comes with the program, or belongs to another user."""
        return self.is_shipped or bool(self.owner)

    @property
    def record(self) -> Record:
        """Return the content of study.json as JSON."""
        return _load_study(self.folder / STUDY_FILE, read_stamp(self.folder / STUDY_FILE))[0]

    @property
    def study(self) -> Study:
        """Return the plan. :raises BionerError: study.json is broken or of a newer version."""
        return _load_study(self.folder / STUDY_FILE, read_stamp(self.folder / STUDY_FILE))[1]

    @property
    def stamps(self) -> tuple[FileStamp, ...]:
        """Return the stamps of plan, points and failures: while they are the same, so are the curves."""
        return tuple(read_stamp(self.folder / name) for name in (STUDY_FILE, POINTS_FILE, FAILURES_FILE))

    def counts_stamp(self, job_id: str) -> FileStamp:
        """Return the file stamp of a job's counts; (0, 0) if they are missing."""
        return read_stamp(locate_counts(self.folder, job_id))

    @property
    def title(self) -> str:
        """Return the run's title, or its name if it has none."""
        return str(self.record.get("title") or self.name)

    def corpora(self) -> dict[str, Corpus]:
        """Return the copies of the corpora by name. :raises BionerError: a copy is missing or was changed."""
        return {name: load_copy(self.folder, name, digest) for name, digest in self.study.corpora.items()}

    def rows(self) -> tuple[PointRow, ...]:
        """Return the points with their jobs, hosts and times. :raises BionerError: a line is broken."""
        return journal.load_rows(self.folder / POINTS_FILE, read_stamp(self.folder / POINTS_FILE))

    def points(self) -> tuple[CurvePoint, ...]:
        """Return the points. :raises BionerError: a line is broken."""
        return tuple(row.point for row in self.rows())

    def points_with_macro(self) -> tuple[CurvePoint, ...]:
        """Return the points with the macro average beside each "all"; they are kept until the run changes."""
        return _add_macro_average(self, self.stamps)

    def curves(self, *, macro: bool = False) -> tuple[Curve, ...]:
        """Return the curves; they are cached until the run changes.

        :param macro: add the macro average beside each "all".
        :raises BionerError: the plan or a line of the points is broken.
        """
        return _build_curves(self, macro, self.stamps)

    def counts(self, job_id: str) -> SentenceCounts:
        """Return true and false positives and false negatives of every test sentence of a job."""
        path = locate_counts(self.folder, job_id)
        if not path.is_file():
            raise BionerError(f"{path}: is missing; take it from where the job was trained.")
        job = self.study.job_ids.get(job_id)
        sizes = list_test_sizes(self.study, job.target if job else "")
        return decode_counts(path.read_bytes(), where=str(path), test_sizes=sizes)

    def finished_job_ids(self) -> frozenset[str]:
        """Return the ids of the jobs whose points are all stored."""
        return journal.load_summary(
            self.folder / POINTS_FILE, read_stamp(self.folder / POINTS_FILE)
        ).finished_jobs

    def failures(self) -> tuple[JobFailure, ...]:
        """Return the jobs that failed and were not finished later, each with its last reason."""
        path = self.folder / FAILURES_FILE
        failures, finished = journal.load_failures(path, read_stamp(path)), self.finished_job_ids()
        jobs = (job for job in self.study.jobs if job.id in failures and job.id not in finished)
        return tuple(JobFailure(job=job, reason=failures[job.id].reason) for job in jobs)

    def pending(self, *, retry: bool = False) -> tuple[TrainJob, ...]:
        """Return the jobs that are neither finished nor failed, in order; with ``retry`` also failed ones."""
        excluded = self.finished_job_ids()
        if not retry:
            excluded |= {failure.job.id for failure in self.failures()}
        return tuple(job for job in self.study.jobs if job.id not in excluded)

    def planned_seeds(self) -> dict[SizeKey, PlannedSeeds]:
        """Return the planned and the failed seeds of each size, as ``build_curves`` takes them.

        A search adds a model to a size that is trained already; the size counts while that one is trained.
        """
        failed = {failure.job.id for failure in self.failures()}
        pending = {job.id for job in self.pending()} if self.study.searches else set[str]()
        return self.study.planned_seeds(failed=failed, pending=pending)

    def state(self) -> RunState:
        """Return how far the run is; if its files cannot be read, ``problem`` says why."""
        try:
            jobs, search = self.study.job_ids, self.study.search
            points = journal.load_summary(self.folder / POINTS_FILE, read_stamp(self.folder / POINTS_FILE))
            n_done = len(points.finished_jobs & jobs.keys())
            is_held = is_starting = False
            if (n_done < len(jobs) or self.study.is_searching) and not self.is_shipped:
                progress, is_held = load_progress(self.folder / PROGRESS_FILE, jobs), self.is_locked()
                is_starting = not is_held and is_worker_starting(progress)
            return RunState(
                n_jobs=len(jobs),
                n_done=n_done,
                n_failed=len(self.failures()),
                n_points=points.n_points,
                is_published=self.study.is_published,
                is_shipped=self.is_shipped,
                is_cancelled=self.is_cancelled,
                is_paused=wishes.is_paused(self.folder),
                worker=progress if is_held or is_starting else None,
                is_starting=is_starting,
                search=search,
            )
        except BionerError as error:
            return RunState(problem=str(error), worker=WorkerProgress() if self.is_locked() else None)

    def log_tail(self, n: int = 20) -> tuple[str, ...]:
        """Return the last ``n`` lines of the worker's log; none if there is no log that can be read."""
        try:
            with (self.folder / LOG_FILE).open("rb") as file:
                file.seek(max(0, file.seek(0, io.SEEK_END) - LOG_TAIL_BYTES))
                return tuple(file.read().decode("utf-8", errors="replace").splitlines()[-n:])
        except OSError:
            return ()

    def is_locked(self) -> bool:
        """Return whether a worker, an import or a deletion holds the lock."""
        return not self.is_shipped and is_run_held(self.folder)

    @contextmanager
    def lock(self) -> Iterator[RunWriter]:
        """Lock the run for writing while this process lives; first remove incomplete lines of a crash.

        :raises BionerError: it is shipped, locked by another process, read-only, or its files are damaged.
        """
        self.check_writable()
        with lock_folder(self.folder) as writer:
            yield writer

    @property
    def is_cancelled(self) -> bool:
        """Return whether the run was cancelled and not resumed since."""
        return os.path.exists(self.folder / CANCEL_FILE)

    def cancel(self) -> None:
        """Ask the worker to stop. It stops within seconds; the run can be resumed."""
        self.check_writable()
        with report_write_errors(self.folder / CANCEL_FILE):
            (self.folder / CANCEL_FILE).touch()

    def pause(self, paused: bool = True) -> None:
        """Ask the worker to begin no further model, or to go on; models in training end first."""
        self.check_writable()
        wishes.set_paused(self.folder, paused)

    @property
    def priority(self) -> wishes.Priority:
        """Return the priority among the studies that share this machine."""
        return wishes.read_priority(self.folder)

    def set_priority(self, priority: wishes.Priority) -> None:
        """Store the priority; the worker follows it before its next model."""
        self.check_writable()
        wishes.write_priority(self.folder, priority)

    def clear_cancel(self) -> None:
        """Withdraw the requests to stop and to pause."""
        self.check_writable()
        wishes.set_paused(self.folder, False)
        with report_write_errors(self.folder / CANCEL_FILE):
            (self.folder / CANCEL_FILE).unlink(missing_ok=True)

    def check_writable(self) -> None:
        """Raise if the run can only be read.

        :raises BionerError: it comes with the program, or belongs to another user.
        """
        if self.is_shipped:
            raise BionerError(f"run {self.name}: comes with the program and cannot be changed.")
        if self.owner:
            raise BionerError(f"run {self.name}: belongs to {self.owner}. You can only read it.")
