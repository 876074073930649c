"""A run: the folder of one study, its plan, points, counts, failures, lock and log."""

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from bioner_core.corpus.sentences import Corpus
from bioner_core.curves.curve import Curve, Planned, SizeKey, curves
from bioner_core.curves.macro import with_macro
from bioner_core.curves.points import CurvePoint
from bioner_core.errors import BionerError
from bioner_core.files import private_folder, write_whole
from bioner_core.study import journal
from bioner_core.study.corpus_copies import read_copy
from bioner_core.study.counts_file import counts_from_npz, counts_npz
from bioner_core.study.jobs import Done, Failed, SentenceCounts, TrainJob
from bioner_core.study.journal import Failure, Row, failure_line, row_line, stamp, writing
from bioner_core.study.lock import held, is_held
from bioner_core.study.plan import Study
from bioner_core.study.provenance import device, host, now, session
from bioner_core.study.run_state import Live, RunState, is_about_to_work, live_text, read_live
from bioner_core.study.study_file import Record, read_study, study_text

PLAN, POINTS, COUNTS = "study.json", "points.jsonl", "counts"
FAILURES, LOCK, PROGRESS = "failures.jsonl", "worker.lock", "progress.json"
LOG, CANCEL = "worker.log", "cancel"

LOG_TAIL_BYTES = 65_536


@lru_cache(maxsize=2048)
def _study(path: Path, _: journal.Stamp) -> tuple[Record, Study]:
    return read_study(path)


@lru_cache(maxsize=64)
def _curves(run: "Run", macro: bool, _: tuple[journal.Stamp, ...]) -> tuple[Curve, ...]:
    points = run.points()
    return tuple(curves(with_macro(points) if macro else points, run.planned()))


@dataclass(frozen=True)
class Run:
    """One folder of the store. Reading is always allowed; writing needs the lock."""

    folder: Path
    is_shipped: bool = False  # came with the program: read-only

    @property
    def name(self) -> str:
        """Return the run's name, which is its folder's."""
        return self.folder.name

    @property
    def record(self) -> Record:
        """Return study.json as it is."""
        return _study(self.folder / PLAN, stamp(self.folder / PLAN))[0]

    @property
    def study(self) -> Study:
        """Return the plan. :raises BionerError: study.json is broken or of a newer version."""
        return _study(self.folder / PLAN, stamp(self.folder / PLAN))[1]

    @property
    def changed(self) -> tuple[journal.Stamp, journal.Stamp]:
        """Return what changes when the plan or the points do."""
        return stamp(self.folder / PLAN), stamp(self.folder / POINTS)

    @property
    def title(self) -> str:
        """Return the run's title where it has one, else its name."""
        return str(self.record.get("title") or self.name)

    def corpora(self) -> dict[str, Corpus]:
        """Return the copies of the corpora by name. :raises BionerError: one is missing or changed."""
        return {name: read_copy(self.folder, name, of) for name, of in self.study.corpora.items()}

    def rows(self) -> tuple[Row, ...]:
        """Return the points with their jobs, hosts and times. :raises BionerError: a line is broken."""
        return journal.rows(self.folder / POINTS, stamp(self.folder / POINTS))

    def points(self) -> tuple[CurvePoint, ...]:
        """Return the points. :raises BionerError: a line is broken."""
        return tuple(row.point for row in self.rows())

    def curves(self, *, macro: bool = False) -> tuple[Curve, ...]:
        """Return the curves, those of a run that has not changed from memory.

        :param macro: with the macro average beside each "all".
        :raises BionerError: the plan or a line of the points is broken.
        """
        return _curves(self, macro, (*self.changed, stamp(self.folder / FAILURES)))

    def counts(self, job_id: str) -> SentenceCounts:
        """Return true and false positives and false negatives of every test sentence of a job."""
        path = self.counts_path(job_id)
        if not path.exists():
            raise BionerError(f"{path}: is missing; take it from where the job was trained.")
        return counts_from_npz(path.read_bytes(), where=str(path))

    def counts_path(self, job_id: str) -> Path:
        """Return where a job's counts are."""
        return self.folder / COUNTS / f"{job_id}.npz"

    def done(self) -> frozenset[str]:
        """Return the ids of the jobs whose points are there."""
        return journal.summary(self.folder / POINTS, stamp(self.folder / POINTS)).done

    def failures(self) -> tuple[Failed, ...]:
        """Return the jobs that failed and did not succeed since, each with its last reason."""
        failed, done = journal.failures(self.folder / FAILURES, stamp(self.folder / FAILURES)), self.done()
        jobs = (job for job in self.study.jobs if job.id in failed and job.id not in done)
        return tuple(Failed(job=job, reason=failed[job.id].reason) for job in jobs)

    def pending(self, *, retry: bool = False) -> tuple[TrainJob, ...]:
        """Return the jobs that are neither done nor failed, in order; with ``retry`` the failed ones too."""
        left_out = self.done()
        if not retry:
            left_out |= {failed.job.id for failed in self.failures()}
        return tuple(job for job in self.study.jobs if job.id not in left_out)

    def planned(self) -> dict[SizeKey, Planned]:
        """Return the seeds wanted of each size, and those that failed, as ``curves`` takes them."""
        return self.study.planned(failed={failure.job.id for failure in self.failures()})

    def state(self) -> RunState:
        """Return how far the run has come; a run whose files are broken says so there."""
        try:
            jobs = self.study.job_ids
            points = journal.summary(self.folder / POINTS, stamp(self.folder / POINTS))
            n_done = len(points.done & jobs.keys())
            is_held = is_starting = False
            if n_done < len(jobs) and not self.is_shipped:
                told, is_held = read_live(self.folder / PROGRESS, jobs), self.is_locked()
                is_starting = not is_held and is_about_to_work(told)
            return RunState(
                n_jobs=len(jobs),
                n_done=n_done,
                n_failed=len(self.failures()),
                n_points=points.n_points,
                is_published=self.study.is_published,
                is_shipped=self.is_shipped,
                is_cancelled=self.is_cancelled,
                live=told if is_held or is_starting else None,
                is_starting=is_starting,
            )
        except BionerError as error:
            return RunState(problem=str(error), live=Live() if self.is_locked() else None)

    def log_tail(self, n: int = 20) -> tuple[str, ...]:
        """Return the last ``n`` lines of the worker's log; none where there is no log."""
        try:
            with (self.folder / LOG).open("rb") as file:
                file.seek(max(0, file.seek(0, io.SEEK_END) - LOG_TAIL_BYTES))
                return tuple(file.read().decode("utf-8", errors="replace").splitlines()[-n:])
        except FileNotFoundError:
            return ()

    def is_locked(self) -> bool:
        """Say whether a worker, an import or a deletion holds the lock."""
        return not self.is_shipped and is_held(self.folder / LOCK)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the run for writing, as long as this process lives; cut first what a crash has left.

        :raises BionerError: it is shipped, held by another process, read-only, or its files are broken.
        """
        self._refuse_shipped()
        with held(self.folder / LOCK, busy=self._busy):
            with writing(self.folder / POINTS):
                journal.mend(self.folder / POINTS, self.folder / FAILURES)
            yield

    @property
    def is_cancelled(self) -> bool:
        """Say whether the run was asked to stop, and not resumed since."""
        return (self.folder / CANCEL).exists()

    def cancel(self) -> None:
        """Ask the worker to stop; it does within seconds, and the run can be resumed."""
        self._refuse_shipped()
        with writing(self.folder / CANCEL):
            (self.folder / CANCEL).touch()

    def uncancel(self) -> None:
        """Take the request to stop back."""
        with writing(self.folder / CANCEL):
            (self.folder / CANCEL).unlink(missing_ok=True)

    # What only the holder of the lock does.

    def append(self, done: Done) -> None:
        """Keep a finished job: its counts, then all its points in one write, on the disk on return.

        :raises BionerError: the disk is full or read-only; then nothing of the job is kept.
        """
        job, n_points, at = done.job.id, len(done.points), now()
        rows = [
            Row(point=point, job=job, n_points=n_points, at=at, host=host(), device=device())
            for point in done.points
        ]
        self.keep_counts(done.job.id, counts_npz(done.counts))
        self.append_rows(rows)

    def keep_counts(self, job_id: str, content: bytes) -> None:
        """Write the counts of a job, before its points."""
        path = self.counts_path(job_id)
        with writing(path):
            private_folder(path.parent)
            write_whole(path, content)

    def append_rows(self, rows: Iterable[Row]) -> None:
        """Add rows to the points in one write."""
        with writing(self.folder / POINTS):
            journal.append(self.folder / POINTS, "".join(map(row_line, rows)))

    def fail(self, failed: Failed) -> None:
        """Keep why a job failed; a later success outweighs it."""
        line = failure_line(Failure(failed.job.id, failed.reason, now()))
        with writing(self.folder / FAILURES):
            journal.append(self.folder / FAILURES, line)

    def tell(self, live: Live | None) -> None:
        """Say how far the worker is, for whoever looks; None once it ends."""
        with suppress(OSError):  # a full disk stops points, not news
            if live is None:
                (self.folder / PROGRESS).unlink(missing_ok=True)
            else:
                write_whole(self.folder / PROGRESS, live_text(live))

    def replace_study(self, study: Study, what: str) -> None:
        """Replace the plan, with a record of who did what to it."""
        study = replace(study, sessions=(*study.sessions, session(what)))
        with writing(self.folder / PLAN):
            write_whole(self.folder / PLAN, study_text(study))

    def _busy(self) -> str:
        live = read_live(self.folder / PROGRESS, {})
        who = f" by process {live.pid} on {live.host}" if live.pid else ""
        return f"run {self.name}: is being worked on{who}. Wait until it is done, or cancel it first."

    def _refuse_shipped(self) -> None:
        if self.is_shipped:
            raise BionerError(f"run {self.name}: comes with the program and stays as it is.")
