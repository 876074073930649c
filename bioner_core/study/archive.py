"""Runs travel: as a zip to another machine and back, or as a CSV of points; what comes in is checked."""

import io
import re
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bioner_core.corpus.jsonl import load_corpus
from bioner_core.corpus.library import proposed_name
from bioner_core.corpus.reading.bounds import is_skipped
from bioner_core.corpus.reading.zips import is_zip, members
from bioner_core.corpus.sentences import Corpus
from bioner_core.curves.points import points_from_csv
from bioner_core.errors import BionerError
from bioner_core.files import why_unwritable, write_whole
from bioner_core.study.corpus_copies import CORPORA
from bioner_core.study.counts_file import counts_from_npz
from bioner_core.study.jobs import Failed
from bioner_core.study.journal import Failure, Row, parse_failures, parse_rows, row_line, whole_jobs
from bioner_core.study.plan import Study
from bioner_core.study.run import COUNTS, FAILURES, LOG, PLAN, POINTS, Run
from bioner_core.study.store import RunStore
from bioner_core.study.study_file import study_from_record, study_record

MAX_BYTES = 500_000_000  # of a zip, packed and unpacked
MAX_FILES = 20_000
_MEMBER = re.compile(
    rf"{PLAN}|{POINTS}|{FAILURES}|{LOG}|{COUNTS}/[0-9a-f]{{16}}\.npz|{CORPORA}/[^/\\]+\.jsonl"
)
_OF_JOB = ("target", "source", "model", "method", "n_sentences", "is_full", "seed")


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What an import has done."""

    name: str  # of the run
    n_added: int  # points
    n_skipped: int  # points that were there already
    n_failed: int = 0  # models that failed there, neither done nor failed here
    is_new: bool

    @property
    def message(self) -> str:
        """Say it in a sentence."""
        run = "new run" if self.is_new else "run"
        skipped = f", {self.n_skipped:,} skipped, since they were there" if self.n_skipped else ""
        points = "1 point" if self.n_added == 1 else f"{self.n_added:,} points"
        return f"{run} {self.name}: {points} added{skipped}.{self._failed}"

    @property
    def _failed(self) -> str:
        if not self.n_failed:
            return ""
        if self.n_failed == 1:
            return " 1 model that failed there counts as failed here, too."
        return f" {self.n_failed:,} models that failed there count as failed here, too."


def export_run(run: Run, out: Path, *, with_text: bool = False) -> None:
    """Write a run as a zip: plan, points, failures, counts; corpora and log only ``with_text``."""
    try:
        write_whole(out, exported(run, with_text=with_text))
    except OSError as error:
        raise BionerError(why_unwritable(out, error)) from error


def exported(run: Run, *, with_text: bool = False) -> bytes:
    """Return the zip; of a run that is being worked on what is finished."""
    rows = run.rows()
    paths = [run.folder / PLAN, run.folder / FAILURES]
    paths += [run.counts_path(job) for job in sorted({row.job for row in rows if row.job})]
    if with_text:
        paths += [*sorted((run.folder / CORPORA).glob("*.jsonl")), run.folder / LOG]
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(POINTS, "".join(map(row_line, rows)))
        for path in paths:
            if path.exists():
                archive.writestr(path.relative_to(run.folder).as_posix(), path.read_bytes())
    return content.getvalue()


def import_run(store: RunStore, path: Path, *, name: str | None = None) -> Imported:
    """Add the new points of an exported zip, or of a CSV with our columns, to a run of the store.

    :param name: of the run; where None, the zip's own, or one near to the CSV's file name. A run that exists
        is added to, if its points can be compared; one that does not is made.
    :raises BionerError: it is not as this program writes it, too large, or does not fit the run.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BionerError(f"{path.name}: larger than {MAX_BYTES // 1_000_000} MB, which no run is.")
        content = path.read_bytes()
    except OSError as error:
        raise BionerError(f"{path}: cannot be read ({error.strerror}).") from error
    if is_zip(content, name=path.name):
        found = _unpacked(content, where=path.name, name=name)
    else:
        found = _table(content, where=path.name, name=name)
    return found.added_to(store)


@dataclass(frozen=True, kw_only=True)
class _Found:
    """What a file holds, checked."""

    study: Study
    rows: tuple[Row, ...]
    failures: Mapping[str, Failure] = field(default_factory=dict)  # by job
    counts: Mapping[str, bytes] = field(default_factory=dict)  # by job
    corpora: Mapping[str, Corpus] = field(default_factory=dict)

    def added_to(self, store: RunStore) -> Imported:
        """Write what the store lacks."""
        is_new = self.study.name not in store.names()
        if is_new:
            run = store.create(self.study, self.corpora, what="imported", is_whole=False)
        else:
            run = store.extend(
                self.study.name, self.study, self.corpora, what="imported into", is_whole=False
            )
        with run.lock():
            done, there = run.done(), {_key(row) for row in run.rows()}
            new = [row for row in self.rows if row.job not in done and _key(row) not in there]
            for job in {row.job for row in new} & self.counts.keys():
                run.keep_counts(str(job), self.counts[str(job)])
            run.append_rows(new)
            failed = self._failed(run)
            for each in failed:
                run.fail(each)
        return Imported(
            name=run.name,
            n_added=len(new),
            n_skipped=len(self.rows) - len(new),
            n_failed=len(failed),
            is_new=is_new,
        )

    def _failed(self, run: Run) -> list[Failed]:
        """Return the failures of jobs that are neither done nor failed in the run."""
        there = run.done() | {failed.job.id for failed in run.failures()}
        return [
            Failed(job=self.study.job_ids[job], reason=failure.reason)
            for job, failure in self.failures.items()
            if job not in there
        ]


def _key(row: Row) -> tuple[object, ...]:
    """Return what makes a point the same point; without a seed only all of it does."""
    point = row.point
    if point.seed is None:
        return (row.job, point)
    names = (point.target, point.source, point.model, point.method, point.entity, point.n_sentences)
    return (row.job, *names, point.seed)


def _table(content: bytes, *, where: str, name: str | None) -> _Found:
    """Return what a CSV holds: points without a plan."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BionerError(
            f"{where}: neither a zip of a run nor a CSV in UTF-8. Take what `bioner runs export` or "
            "`bioner export` writes."
        ) from error
    rows = tuple(Row(point=point) for point in points_from_csv(text, where=where))
    return _Found(study=Study(name=name or proposed_name(Path(where).stem)), rows=rows)


def _unpacked(content: bytes, *, where: str, name: str | None) -> _Found:
    """Return what a zip holds."""
    files = {}
    for member, read in members(content, name=where, room=MAX_BYTES, max_files=MAX_FILES):
        if is_skipped(member):
            continue
        if not _MEMBER.fullmatch(member):
            raise BionerError(
                f"{where}: holds {member[:80]!r}, which no run has. Take what `bioner runs export` writes."
            )
        files[member] = read()
    if PLAN not in files or POINTS not in files:
        raise BionerError(f"{where}: needs {PLAN} and {POINTS}. Take what `bioner runs export` writes.")
    record = study_record(_decoded(files, PLAN, where), where=f"{where}, {PLAN}")
    study = study_from_record(record, name=name or str(record.get("name")), where=f"{where}, {PLAN}")
    place = f"{where}, {POINTS}"
    rows = whole_jobs(parse_rows(_decoded(files, POINTS, where), where=place), where=place)
    for row in rows:
        _refuse_stray(row, study, where=place)
    failures = parse_failures(_decoded(files, FAILURES, where), where=f"{where}, {FAILURES}")
    return _Found(
        study=study,
        rows=rows,
        failures={job: failure for job, failure in failures.items() if job in study.job_ids},
        counts=dict(_counts(files, where=where)),
        corpora=_corpora(files, study, where=where),
    )


def _decoded(files: Mapping[str, bytes], member: str, where: str) -> str:
    try:
        return files.get(member, b"").decode("utf-8")
    except UnicodeDecodeError as error:
        raise BionerError(f"{where}, {member}: is not UTF-8. Export the run again.") from error


def _refuse_stray(row: Row, study: Study, *, where: str) -> None:
    """Refuse points that are not of the job they name."""
    job, point = study.job_ids.get(row.job or ""), row.point
    if row.job is None and not study.jobs:
        return
    if job is None or any(getattr(job, field) != getattr(point, field) for field in _OF_JOB):
        raise BionerError(f"{where}: the point {point.label} is of no job of the plan. Export the run again.")


def _counts(files: Mapping[str, bytes], *, where: str) -> Iterator[tuple[str, bytes]]:
    for member, content in files.items():
        if member.startswith(f"{COUNTS}/"):
            counts_from_npz(content, where=f"{where}, {member}")
            yield Path(member).stem, content


def _corpora(files: Mapping[str, bytes], study: Study, *, where: str) -> dict[str, Corpus]:
    """Return the corpora of the plan that a zip holds; they must be the ones it was planned with."""
    found = {}
    for name, digest in study.corpora.items():
        content = files.get(f"{CORPORA}/{name}.jsonl")
        if content is None:
            continue
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "corpus.jsonl"
            path.write_bytes(content)
            try:
                found[name] = load_corpus(path)
            except BionerError as error:
                message = str(error).replace(str(path), f"{where}, {CORPORA}/{name}.jsonl")
                raise BionerError(message) from error
        if found[name].digest != digest:
            raise BionerError(f"{where}: corpus {name} is not the one the run was planned with.")
    return found
