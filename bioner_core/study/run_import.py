"""Import a zip of a run, or a CSV of points, into the store, after checking its content."""

import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bioner_core.corpus.jsonl import load_corpus
from bioner_core.corpus.library import propose_name
from bioner_core.corpus.reading.bounds import is_skipped
from bioner_core.corpus.reading.zips import is_zip, iterate_members
from bioner_core.corpus.sentences import Corpus
from bioner_core.curves.points import read_points_csv
from bioner_core.errors import BionerError
from bioner_core.study.annotation_file import (
    AnnotationStatus,
    parse_annotation_status,
    save_annotation_status,
)
from bioner_core.study.counts_file import decode_counts
from bioner_core.study.jobs import JobFailure
from bioner_core.study.journal import (
    FailureRow,
    PointRow,
    parse_failures,
    parse_rows,
    select_complete_jobs,
)
from bioner_core.study.plan import Study
from bioner_core.study.run import Run
from bioner_core.study.run_files import (
    ANNOTATION_FILE,
    CORPORA_FOLDER,
    COUNTS_FOLDER,
    FAILURES_FILE,
    LOG_FILE,
    POINTS_FILE,
    STUDY_FILE,
)
from bioner_core.study.store import RunStore
from bioner_core.study.study_file import parse_study, parse_study_record

MAX_BYTES = 500_000_000  # of a zip, packed and unpacked
MAX_FILES = 20_000
_ALLOWED_MEMBER = re.compile(
    rf"{STUDY_FILE}|{POINTS_FILE}|{FAILURES_FILE}|{LOG_FILE}|{ANNOTATION_FILE}|"
    rf"{COUNTS_FOLDER}/[0-9a-f]{{16}}\.npz|{CORPORA_FOLDER}/[^/\\]+\.jsonl"
)
_JOB_FIELDS = ("target", "source", "model", "method", "n_sentences", "is_full", "seed")


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
    if is_zip(content, name=path.name):
        imported = _parse_zip(content, where=path.name, name=name)
    else:
        imported = _parse_csv(content, where=path.name, name=name)
    return imported.add_to(store)


@dataclass(frozen=True, kw_only=True)
class _ImportContent:
    """The checked content of a file."""

    study: Study
    rows: tuple[PointRow, ...]
    failures: Mapping[str, FailureRow] = field(default_factory=dict)  # by job id
    counts: Mapping[str, bytes] = field(default_factory=dict)  # by job id
    corpora: Mapping[str, Corpus] = field(default_factory=dict)
    annotation: AnnotationStatus | None = None

    def add_to(self, store: RunStore) -> ImportResult:
        """Store the points and failures that the run lacks."""
        is_new = self.study.name not in store.names()
        if is_new:
            run = store.create(self.study, self.corpora, action="imported", require_corpora=False)
        else:
            run = store.extend(
                self.study.name, self.study, self.corpora, action="imported into", require_corpora=False
            )
        with run.lock() as writer:
            finished, existing = run.finished_job_ids(), {_point_key(row) for row in run.rows()}
            new = [row for row in self.rows if row.job not in finished and _point_key(row) not in existing]
            for job in {row.job for row in new} & self.counts.keys():
                writer.save_counts(str(job), self.counts[str(job)])
            writer.append_rows(new)
            failures = self._select_new_failures(run)
            for failure in failures:
                writer.append_failure(failure)
        if is_new and self.annotation:
            save_annotation_status(run, self.annotation)
        return ImportResult(
            name=run.name,
            n_added=len(new),
            n_skipped=len(self.rows) - len(new),
            n_failed=len(failures),
            is_new=is_new,
        )

    def _select_new_failures(self, run: Run) -> list[JobFailure]:
        """Return the failures of jobs that are neither finished nor failed in the run."""
        recorded = run.finished_job_ids() | {failure.job.id for failure in run.failures()}
        return [
            JobFailure(job=self.study.job_ids[job], reason=failure.reason)
            for job, failure in self.failures.items()
            if job not in recorded
        ]


def _point_key(row: PointRow) -> tuple[object, ...]:
    """Return the key by which two points are the same; without a seed the whole point."""
    point = row.point
    if point.seed is None:
        return (row.job, point)
    names = (point.target, point.source, point.model, point.method, point.entity, point.n_sentences)
    return (row.job, *names, point.seed)


def _parse_csv(content: bytes, *, where: str, name: str | None) -> _ImportContent:
    """Return the content of a CSV: points without a plan."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BionerError(
            f"{where}: neither a zip of a run nor a CSV in UTF-8. Use a file that `bioner runs export` "
            "or `bioner export` wrote."
        ) from error
    rows = tuple(PointRow(point=point) for point in read_points_csv(text, where=where))
    return _ImportContent(study=Study(name=name or propose_name(Path(where).stem)), rows=rows)


def _parse_zip(content: bytes, *, where: str, name: str | None) -> _ImportContent:
    """Return the content of a zip, each member checked."""
    files = {}
    for member, read in iterate_members(content, name=where, max_bytes=MAX_BYTES, max_files=MAX_FILES):
        if is_skipped(member):
            continue
        if not _ALLOWED_MEMBER.fullmatch(member):
            raise BionerError(
                f"{where}: holds {member[:80]!r}, which is not part of a run. Use a file that `bioner runs "
                "export` wrote."
            )
        files[member] = read()
    if STUDY_FILE not in files or POINTS_FILE not in files:
        raise BionerError(
            f"{where}: needs {STUDY_FILE} and {POINTS_FILE}. Use a file that `bioner runs export` wrote."
        )
    record = parse_study_record(_decode_member(files, STUDY_FILE, where), where=f"{where}, {STUDY_FILE}")
    study = parse_study(record, name=name or str(record.get("name")), where=f"{where}, {STUDY_FILE}")
    place = f"{where}, {POINTS_FILE}"
    rows = select_complete_jobs(
        parse_rows(_decode_member(files, POINTS_FILE, where), where=place), where=place
    )
    for row in rows:
        _check_row(row, study, where=place)
    failures = parse_failures(_decode_member(files, FAILURES_FILE, where), where=f"{where}, {FAILURES_FILE}")
    annotation = _decode_member(files, ANNOTATION_FILE, where)
    return _ImportContent(
        study=study,
        rows=rows,
        annotation=parse_annotation_status(annotation, where=f"{where}, {ANNOTATION_FILE}")
        if annotation
        else None,
        failures={job: failure for job, failure in failures.items() if job in study.job_ids},
        counts=dict(_check_counts(files, where=where)),
        corpora=_parse_corpora(files, study, where=where),
    )


def _decode_member(files: Mapping[str, bytes], member: str, where: str) -> str:
    try:
        return files.get(member, b"").decode("utf-8")
    except UnicodeDecodeError as error:
        raise BionerError(f"{where}, {member}: is not UTF-8. Export the run again.") from error


def _check_row(row: PointRow, study: Study, *, where: str) -> None:
    """Raise if a point does not belong to the job it names."""
    job, point = study.job_ids.get(row.job or ""), row.point
    if row.job is None and not study.jobs:
        return
    if job is None or any(getattr(job, field) != getattr(point, field) for field in _JOB_FIELDS):
        raise BionerError(
            f"{where}: the point {point.label} belongs to no job of the plan. Export the run again."
        )


def _check_counts(files: Mapping[str, bytes], *, where: str) -> Iterator[tuple[str, bytes]]:
    for member, content in files.items():
        if member.startswith(f"{COUNTS_FOLDER}/"):
            decode_counts(content, where=f"{where}, {member}")
            yield Path(member).stem, content


def _parse_corpora(files: Mapping[str, bytes], study: Study, *, where: str) -> dict[str, Corpus]:
    """Return the corpora of a zip. :raises BionerError: one is not the corpus the run was planned with."""
    corpora = {}
    for name, digest in study.corpora.items():
        content = files.get(f"{CORPORA_FOLDER}/{name}.jsonl")
        if content is None:
            continue
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "corpus.jsonl"
            path.write_bytes(content)
            try:
                corpora[name] = load_corpus(path)
            except BionerError as error:
                message = str(error).replace(str(path), f"{where}, {CORPORA_FOLDER}/{name}.jsonl")
                raise BionerError(message) from error
        if corpora[name].digest != digest:
            raise BionerError(f"{where}: corpus {name} is not the one the run was planned with.")
    return corpora
