"""Write to a run's folder while its lock is held."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from bioner_core.errors import BionerError
from bioner_core.files import format_current_time, write_atomically
from bioner_core.study import journal
from bioner_core.study.counts_file import encode_counts, locate_counts
from bioner_core.study.jobs import JobFailure, JobResult
from bioner_core.study.journal import (
    FailureRow,
    PointRow,
    report_write_errors,
    serialize_failure,
    serialize_row,
)
from bioner_core.study.plan import Study
from bioner_core.study.provenance import (
    build_session_record,
    describe_devices,
    read_hostname,
)
from bioner_core.study.repair import repair_files
from bioner_core.study.run_files import FAILURES_FILE, POINTS_FILE, PROGRESS_FILE, STUDY_FILE
from bioner_core.study.run_list import open_list
from bioner_core.study.run_lock import Hold, hold_run
from bioner_core.study.run_state import WorkerProgress, load_progress, save_progress
from bioner_core.study.study_file import serialize_study


@dataclass(frozen=True)
class RunWriter:
    """Writes the files of a run. ``Run.lock`` returns one for as long as it holds the lock.

    It never writes into a run that has taken the place of the locked one.
    """

    folder: Path
    hold: Hold | None = None  # None for a folder that nobody else sees

    @property
    def _fence(self) -> int:
        return self.hold.fence if self.hold else 0

    def append_result(self, result: JobResult) -> None:
        """Store a finished job: its counts, then all its points in one write; they are on the disk on return.

        :raises BionerError: the disk is full or read-only; then no point of the job is stored.
        """
        job, n_points, at = result.job.id, len(result.points), format_current_time()
        host, device = result.host or read_hostname(), result.device or describe_devices()
        rows = [
            PointRow(point=point, job=job, n_points=n_points, at=at, host=host, device=device)
            for point in result.points
        ]
        self.save_counts(job, encode_counts(result.counts))
        self.append_rows(rows)

    def save_counts(self, job_id: str, content: bytes) -> None:
        """Write the counts of a job; call it before its points are appended."""
        self._check_hold()
        path = locate_counts(self.folder, job_id)
        with report_write_errors(path):
            path.parent.mkdir(mode=0o700, exist_ok=True)  # without parents: a deleted run stays deleted
            write_atomically(path, content)

    def append_rows(self, rows: Iterable[PointRow]) -> None:
        """Append rows to points.jsonl in one write."""
        lines = "".join(serialize_row(row, fence=self._fence) for row in rows)
        self._check_hold()
        with report_write_errors(self.folder / POINTS_FILE):
            journal.append_lines(self.folder / POINTS_FILE, lines)
        self._check_hold()  # else the lines may stand behind the fence of another writer

    def append_failure(self, failure: JobFailure) -> None:
        """Store why a job failed; a later result of the job overrides it."""
        row = FailureRow(failure.job.id, failure.reason, format_current_time())
        line = serialize_failure(row, fence=self._fence)
        self._check_hold()
        with report_write_errors(self.folder / FAILURES_FILE):
            journal.append_lines(self.folder / FAILURES_FILE, line)
        self._check_hold()

    def save_progress(self, progress: WorkerProgress | None) -> None:
        """Replace progress.json, or delete it (None) when the worker ends."""
        with suppress(BionerError):  # the next point reports it
            self._check_hold()
            save_progress(self.folder / PROGRESS_FILE, progress)

    def replace_study(self, study: Study, action: str) -> None:
        """Replace study.json, with a record of this session.

        :param action: what the session did, such as "extended".
        """
        self.save_study(replace(study, sessions=(*study.sessions, build_session_record(action))))

    def save_study(self, study: Study) -> None:
        """Replace study.json."""
        self._check_hold()
        with report_write_errors(self.folder / STUDY_FILE):
            write_atomically(self.folder / STUDY_FILE, serialize_study(study))
        open_list(self.folder.parent).forget()

    def _check_hold(self) -> None:
        if self.hold:
            self.hold.check()


@contextmanager
def lock_folder(folder: Path) -> Iterator[RunWriter]:
    """Hold the lock of a run's folder, and first remove incomplete lines that a crash left.

    :raises BionerError: another process holds the lock, the folder is read-only, or its files are damaged.
    """
    with hold_run(folder, describe_holder=lambda: _describe_holder(folder)) as hold:
        with report_write_errors(folder / POINTS_FILE):
            repair_files(folder / POINTS_FILE, folder / FAILURES_FILE, fence=hold.fence)
        yield RunWriter(folder, hold)


def _describe_holder(folder: Path) -> str:
    progress = load_progress(folder / PROGRESS_FILE, {})
    process = f" by process {progress.pid} on {progress.host}" if progress.pid else ""
    return f"run {folder.name}: is being worked on{process}. Wait until it is done, or cancel it first."
