"""Parse what an export wrote, a zip of a run or a CSV of points, and check it against its plan."""

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
from bioner_core.curves.points import EXTERNAL_METHODS, read_points_csv
from bioner_core.errors import BionerError
from bioner_core.study.annotation_file import AnnotationStatus, parse_annotation_status
from bioner_core.study.counts_file import decode_counts, list_test_sizes
from bioner_core.study.estimate_file import EstimateBasis, parse_estimate_basis
from bioner_core.study.external_results import (
    ExternalResult,
    group_external_points,
    parse_external_results,
)
from bioner_core.study.journal import (
    FailureRow,
    PointRow,
    parse_failures,
    parse_rows,
    select_complete_jobs,
)
from bioner_core.study.plan import Study
from bioner_core.study.ro_crate import CRATE_FILE, TABLE_FILE
from bioner_core.study.run_files import (
    ANNOTATION_FILE,
    CORPORA_FOLDER,
    COUNTS_FOLDER,
    ESTIMATE_FILE,
    EXTERNAL_FOLDER,
    FAILURES_FILE,
    LOG_FILE,
    POINTS_FILE,
    STUDY_FILE,
)
from bioner_core.study.study_file import parse_study, parse_study_record

MAX_BYTES = 500_000_000  # of a zip, packed and unpacked
MAX_FILES = 20_000
_ALLOWED_MEMBER = re.compile(
    rf"{STUDY_FILE}|{POINTS_FILE}|{FAILURES_FILE}|{LOG_FILE}|{ANNOTATION_FILE}|{ESTIMATE_FILE}|"
    rf"{CRATE_FILE}|{TABLE_FILE}|"
    rf"{EXTERNAL_FOLDER}/[0-9a-f]{{16}}\.(json|npz)|"
    rf"{COUNTS_FOLDER}/[0-9a-f]{{16}}\.npz|{CORPORA_FOLDER}/[^/\\]+\.jsonl"
)
_JOB_FIELDS = ("target", "source", "strategy", "model", "method", "n_sentences", "is_full", "seed")


@dataclass(frozen=True, kw_only=True)
class ExportedRun:
    """The content of a file, checked against its plan."""

    study: Study
    rows: tuple[PointRow, ...]
    failures: Mapping[str, FailureRow] = field(default_factory=dict)  # by job id
    counts: Mapping[str, bytes] = field(default_factory=dict)  # by job id
    corpora: Mapping[str, Corpus] = field(default_factory=dict)
    annotation: AnnotationStatus | None = None
    estimate: EstimateBasis | None = None
    external: tuple[ExternalResult, ...] = ()


def parse_exported_run(content: bytes, *, where: str, name: str | None) -> ExportedRun:
    """Return the content of a zip of a run, or of a CSV of points.

    :param where: its name in messages.
    :param name: of the run; None uses the name in the zip, or one made from the CSV's file name.
    :raises BionerError: the file has another format, is too large, or does not fit its plan.
    """
    if is_zip(content, name=where):
        return _parse_zip(content, where=where, name=name)
    return _parse_csv(content, where=where, name=name)


def _parse_csv(content: bytes, *, where: str, name: str | None) -> ExportedRun:
    """Return the content of a CSV: points without a plan."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BionerError(
            f"{where}: neither a zip of a run nor a CSV in UTF-8. Use a file that `bioner runs export` "
            "or `bioner export` wrote."
        ) from error
    points = read_points_csv(text, where=where)
    return ExportedRun(
        study=Study(name=name or propose_name(Path(where).stem)),
        rows=tuple(PointRow(point=point) for point in points if point.method not in EXTERNAL_METHODS),
        external=group_external_points(point for point in points if point.method in EXTERNAL_METHODS),
    )


def _parse_zip(content: bytes, *, where: str, name: str | None) -> ExportedRun:
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
    finished = {row.job for row in rows}
    failures = parse_failures(_decode_member(files, FAILURES_FILE, where), where=f"{where}, {FAILURES_FILE}")
    annotation, estimate = (_decode_member(files, name, where) for name in (ANNOTATION_FILE, ESTIMATE_FILE))
    return ExportedRun(
        study=study,
        rows=rows,
        annotation=parse_annotation_status(annotation, where=f"{where}, {ANNOTATION_FILE}")
        if annotation
        else None,
        estimate=parse_estimate_basis(estimate, where=f"{where}, {ESTIMATE_FILE}") if estimate else None,
        failures={job: failures[job] for job in failures.keys() & study.job_ids.keys() - finished},
        counts=dict(_check_counts(files, study, where=where)),
        corpora=_parse_corpora(files, study, where=where),
        external=parse_external_results(
            _select_members(files, EXTERNAL_FOLDER), study, where=f"{where}, {EXTERNAL_FOLDER}"
        ),
    )


def _select_members(files: Mapping[str, bytes], folder: str) -> dict[str, bytes]:
    """Return the files of a folder by their names in it."""
    return {
        name.removeprefix(f"{folder}/"): content
        for name, content in files.items()
        if name.startswith(f"{folder}/")
    }


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


def _check_counts(files: Mapping[str, bytes], study: Study, *, where: str) -> Iterator[tuple[str, bytes]]:
    """Yield job and content of counts that fit the plan. :raises BionerError: some do not."""
    for name, content in _select_members(files, COUNTS_FOLDER).items():
        member, job = f"{COUNTS_FOLDER}/{name}", study.job_ids.get(Path(name).stem)
        if job is None:
            raise BionerError(f"{where}, {member}: belongs to no job of the plan. Export the run again.")
        sizes = list_test_sizes(study, job.target)
        decode_counts(content, where=f"{where}, {member}", test_sizes=sizes)
        yield job.id, content


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
