"""Export a run as a zip, for another machine or as a backup."""

import io
import zipfile
from pathlib import Path

from bioner_core.errors import BionerError
from bioner_core.files import explain_write_error, write_atomically
from bioner_core.study.counts_file import locate_counts
from bioner_core.study.journal import serialize_row
from bioner_core.study.run import Run
from bioner_core.study.run_files import (
    ANNOTATION_FILE,
    CORPORA_FOLDER,
    FAILURES_FILE,
    LOG_FILE,
    POINTS_FILE,
    STUDY_FILE,
)


def export_run(run: Run, out: Path, *, with_text: bool = False) -> None:
    """Write a run as a zip: plan, points, failures, counts; ``with_text`` adds corpora, status, log."""
    try:
        write_atomically(out, zip_run(run, with_text=with_text))
    except OSError as error:
        raise BionerError(explain_write_error(out, error)) from error


def zip_run(run: Run, *, with_text: bool = False) -> bytes:
    """Return the zip of a run; of a run in training, the jobs finished so far."""
    rows = run.rows()
    paths = [run.folder / STUDY_FILE, run.folder / FAILURES_FILE]
    paths += [locate_counts(run.folder, job) for job in sorted({row.job for row in rows if row.job})]
    if with_text:
        paths += [*sorted((run.folder / CORPORA_FOLDER).glob("*.jsonl"))]
        paths += [run.folder / ANNOTATION_FILE, run.folder / LOG_FILE]
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as zip_file:
        zip_file.writestr(POINTS_FILE, "".join(map(serialize_row, rows)))
        for path in paths:
            if path.exists():
                zip_file.writestr(path.relative_to(run.folder).as_posix(), path.read_bytes())
    return content.getvalue()
