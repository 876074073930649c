"""inbox/ of a run on a shared disk: jobs that workers take by renaming a file, and what they finished.

``todo/<job>`` waits, ``claims/<worker>.<job>`` is trained, ``<worker>/`` holds points, counts and failures
of a worker, as a run's folder does. A rename is atomic on network disks, too, where locks may not hold.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from bioner_core.files import create_private_folder, write_atomically
from bioner_core.study.counts_file import decode_counts, list_test_sizes, locate_counts
from bioner_core.study.jobs import JobFailure, JobOutcome, JobProgress, JobResult, TrainJob
from bioner_core.study.journal import load_failures, load_rows, read_stamp
from bioner_core.study.plan import Study
from bioner_core.study.run_files import FAILURES_FILE, INBOX_FOLDER, POINTS_FILE

DEAD_SECONDS = 60.0  # without a sign of life; both times are those of the shared disk
_STOP, _WRITER = "stop", "writer"
_SIGN = "progress.json"  # of a worker: rewritten about every second


class Inbox:
    """The inbox of a run. The process that holds the run's lock is its writer; all others are workers."""

    def __init__(self, run_folder: Path) -> None:
        """Name the folders; nothing is written yet."""
        self.folder = run_folder / INBOX_FOLDER
        self.todo, self.claims = self.folder / "todo", self.folder / "claims"

    def open(self) -> None:
        """Create the folders, and withdraw an earlier stop."""
        for folder in (self.folder, self.todo, self.claims):
            create_private_folder(folder)
        (self.folder / _STOP).unlink(missing_ok=True)

    # The writer's part.

    def add(self, jobs: Iterable[TrainJob]) -> None:
        """Offer jobs to the workers, except those that one has."""
        claimed = {path.name.split(".")[-1] for path in self.claims.iterdir()}
        for job in jobs:
            if job.id not in claimed:
                (self.todo / job.id).touch()

    def withdraw(self, job_id: str) -> None:
        """Offer a job no longer."""
        (self.todo / job_id).unlink(missing_ok=True)

    def count_todo(self) -> int:
        """Return the number of jobs that no worker has."""
        return sum(1 for _ in self.todo.iterdir())

    def stop(self) -> None:
        """Tell the workers to end."""
        (self.folder / _STOP).touch()

    def list_workers(self) -> list[str]:
        """Return the names of all workers that ever wrote, or have a job."""
        signed = {path.parent.name for path in self.folder.glob(f"*/{_SIGN}")}
        return sorted(signed | {path.name.split(".")[0] for path in self.claims.iterdir()})

    def is_alive(self, worker: str) -> bool:
        """Return whether a worker gave a sign of life of late."""
        return _measure_age(self.folder / _WRITER, self.folder / worker / _SIGN) < DEAD_SECONDS

    def sign_as_writer(self) -> None:
        """Give the writer's sign of life: its time is that of the shared disk."""
        write_atomically(self.folder / _WRITER, "")

    def take_back(self, worker: str) -> list[str]:
        """Return the ids of the jobs of a dead worker, which has them no longer."""
        ids = []
        for path in self.claims.glob(f"{worker}.*"):
            with suppress(FileNotFoundError):
                path.unlink()
                ids.append(path.name.split(".")[-1])
        return ids

    def read(self, study: Study, open_jobs: Mapping[str, TrainJob]) -> Iterator[JobOutcome]:
        """Yield what workers wrote of the open jobs: the results, the failures, the latest progress."""
        for worker in self.list_workers():
            folder = self.folder / worker
            rows = load_rows(folder / POINTS_FILE, read_stamp(folder / POINTS_FILE))
            for job_id in dict.fromkeys(row.job for row in rows if row.job in open_jobs):
                rows_of_job = [row for row in rows if row.job == job_id]
                job, path = open_jobs[str(job_id)], locate_counts(folder, str(job_id))
                counts = decode_counts(
                    path.read_bytes(), where=str(path), test_sizes=list_test_sizes(study, job.target)
                )
                points = tuple(row.point for row in rows_of_job)
                yield JobResult(
                    job=job,
                    points=points,
                    counts=counts,
                    host=rows_of_job[0].host,
                    device=rows_of_job[0].device,
                )
            failures = load_failures(folder / FAILURES_FILE, read_stamp(folder / FAILURES_FILE))
            for job_id, failure in failures.items():
                if job_id in open_jobs:
                    yield JobFailure(job=open_jobs[job_id], reason=failure.reason)
            if self.is_alive(worker):
                yield from _read_progress(folder / _SIGN, open_jobs)

    # A worker's part.

    def take(self, worker: str) -> str | None:
        """Return the id of a job that this worker now has; None where none waits."""
        for path in sorted(self.todo.iterdir()):
            claim = self.claims / f"{worker}.{path.name}"
            try:
                os.rename(path, claim)
            except FileNotFoundError:
                if not claim.exists():  # a network disk may report an error after it has renamed
                    continue
            return path.name
        return None

    def finish(self, worker: str, job_id: str) -> None:
        """Give up a job whose outcome is written."""
        (self.claims / f"{worker}.{job_id}").unlink(missing_ok=True)

    def give_back(self, worker: str) -> None:
        """Offer this worker's jobs to others: it must end."""
        for path in self.claims.glob(f"{worker}.*"):
            with suppress(FileNotFoundError):
                os.rename(path, self.todo / path.name.split(".")[-1])

    def sign(self, worker: str, progress: JobProgress | None = None) -> None:
        """Give a worker's sign of life, with the progress of its job."""
        record = {} if progress is None else {**vars(progress), "job": progress.job.id}
        write_atomically(self.folder / worker / _SIGN, json.dumps(record))

    def is_stopped(self) -> bool:
        """Return whether workers shall end."""
        return (self.folder / _STOP).exists()

    def is_deserted(self, worker: str) -> bool:
        """Return whether the writer gave no sign of life for long."""
        return _measure_age(self.folder / worker / _SIGN, self.folder / _WRITER) > DEAD_SECONDS


def _measure_age(now: Path, then: Path) -> float:
    """Return the seconds between the last changes of two files; infinite where one is missing.

    A sign from the future counts as old: the clock was set back, and who lives gives another one at once.
    """
    try:
        return abs(now.stat().st_mtime - then.stat().st_mtime)
    except FileNotFoundError:
        return float("inf")


def _read_progress(path: Path, open_jobs: Mapping[str, TrainJob]) -> Iterator[JobProgress]:
    with suppress(OSError, ValueError, TypeError):  # of another version
        record = json.loads(path.read_text(encoding="utf-8"))
        if record.get("job") in open_jobs:
            yield JobProgress(**{**record, "job": open_jobs[record["job"]]})
