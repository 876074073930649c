"""Import a zip of a run, or a CSV of points, into the store, after checking its content."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias

from bioner_core.errors import BionerError
from bioner_core.files import write_atomically
from bioner_core.study.annotation_file import save_annotation_status
from bioner_core.study.estimate_file import save_estimate_basis
from bioner_core.study.exported_run import MAX_BYTES, ExportedRun, parse_exported_run
from bioner_core.study.external_results import load_external_results, write_external_result
from bioner_core.study.jobs import JobFailure
from bioner_core.study.journal import FailureRow, PointRow
from bioner_core.study.run import Run
from bioner_core.study.run_files import STUDY_FILE
from bioner_core.study.run_writer import RunWriter
from bioner_core.study.store import RunStore

_Added: TypeAlias = tuple[Sequence[PointRow], Mapping[str, FailureRow]]  # failures by job id


@dataclass(frozen=True, kw_only=True)
class ImportResult:
    """The outcome of an import, for the message to the user."""

    name: str  # of the run
    n_added: int  # points
    n_skipped: int  # points that the run already had
    n_failed: int = 0  # failed jobs of the file that the run has neither finished nor failed
    is_new: bool

    @property
    def message(self) -> str:
        """Return the outcome as a sentence."""
        run = "new run" if self.is_new else "run"
        skipped = f", {self.n_skipped:,} skipped, since the run already has them" if self.n_skipped else ""
        points = "1 point" if self.n_added == 1 else f"{self.n_added:,} points"
        text = f"{run} {self.name}: {points} added{skipped}."
        if self.n_failed == 1:
            text += " 1 model that failed in the imported run is marked as failed."
        elif self.n_failed:
            text += f" {self.n_failed:,} models that failed in the imported run are marked as failed."
        return text


def import_run(store: RunStore, path: Path, *, name: str | None = None) -> ImportResult:
    """Add the new points of an exported zip, or of a CSV of points, to a run of the store.

    :param name: of the run; None uses the name in the zip, or one made from the CSV's file name. A new run is
        created if there is none of this name.
    :raises BionerError: the file has another format, is too large, or its points cannot be compared with the
        run's.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BionerError(f"{path.name}: larger than {MAX_BYTES // 1_000_000} MB, the limit for a run.")
        content = path.read_bytes()
    except OSError as error:
        raise BionerError(f"{path}: cannot be read ({error.strerror}).") from error
    return _add_to(store, parse_exported_run(content, where=path.name, name=name))


def _add_to(store: RunStore, exported: ExportedRun) -> ImportResult:
    """Store the points and failures that the run lacks: all of them, or after an error none."""
    name, is_new = exported.study.name, exported.study.name not in store.names()
    if is_new:
        store.create(
            exported.study,
            exported.corpora,
            action="imported",
            require_corpora=False,
            fill=partial(_fill_run, exported),
        )
        added: _Added = exported.rows, exported.failures
    else:
        added = _extend_run(store, name, exported)
    rows, failures = added
    return ImportResult(
        name=store.open(name).name,
        n_added=len(rows),
        n_skipped=len(exported.rows) - len(rows),
        n_failed=len(failures),
        is_new=is_new,
    )


def _fill_run(exported: ExportedRun, run: Run) -> None:
    """Write all to the folder of a new run, which nobody sees yet."""
    _write(RunWriter(run.folder), exported, exported.rows, exported.failures)
    if exported.annotation:
        save_annotation_status(run, exported.annotation)
    if exported.estimate:
        save_estimate_basis(run, exported.estimate)
    for result in exported.external:
        write_external_result(run.folder, result)


def _extend_run(store: RunStore, name: str, exported: ExportedRun) -> _Added:
    """Add to a run the points and failures that it lacks, and return them; after an error its old plan."""
    run = store.open(name)
    before = (run.folder / STUDY_FILE).read_bytes()
    store.extend(name, exported.study, exported.corpora, action="imported into", require_corpora=False)
    try:
        with run.lock() as writer:
            finished, existing = run.finished_job_ids(), {_build_key(row) for row in run.rows()}
            rows = [
                row for row in exported.rows if row.job not in finished and _build_key(row) not in existing
            ]
            recorded = finished | {failure.job.id for failure in run.failures()}
            failures = {job: failure for job, failure in exported.failures.items() if job not in recorded}
            _write(writer, exported, rows, failures)
            present = {result.id for result in load_external_results(run)}
            for result in exported.external:
                if result.id not in present:
                    write_external_result(run.folder, result)
    except BaseException:
        write_atomically(run.folder / STUDY_FILE, before)
        raise
    return rows, failures


def _write(
    writer: RunWriter, exported: ExportedRun, rows: Sequence[PointRow], failures: Mapping[str, FailureRow]
) -> None:
    for job in {row.job for row in rows} & exported.counts.keys():
        writer.save_counts(str(job), exported.counts[str(job)])
    for job, failure in failures.items():
        writer.append_failure(JobFailure(job=exported.study.job_ids[job], reason=failure.reason))
    writer.append_rows(rows)  # last: the rest does no harm without its points


def _build_key(row: PointRow) -> tuple[object, ...]:
    """Return the key by which two points are the same; without a seed the whole point."""
    point = row.point
    if point.seed is None:
        return (row.job, point)
    names = (point.target, point.arm, point.model, point.method, point.entity, point.n_sentences)
    return (row.job, *names, point.seed)
