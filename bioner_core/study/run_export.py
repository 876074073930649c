"""Export a run as a zip, for another machine or as a backup."""

import io
import zipfile
from pathlib import Path

from bioner_core.curves.points import write_points_csv
from bioner_core.errors import BionerError
from bioner_core.files import explain_write_error, write_atomically
from bioner_core.study.counts_file import locate_counts
from bioner_core.study.external_results import list_external_points
from bioner_core.study.journal import serialize_row
from bioner_core.study.ro_crate import CRATE_FILE, TABLE_FILE, CrateOptions, describe_run
from bioner_core.study.run import Run
from bioner_core.study.run_files import (
    ANNOTATION_FILE,
    CORPORA_FOLDER,
    ESTIMATE_FILE,
    EXTERNAL_FOLDER,
    FAILURES_FILE,
    LOG_FILE,
    POINTS_FILE,
    STUDY_FILE,
)


def export_run(run: Run, out: Path, *, with_text: bool = False, crate: CrateOptions | None = None) -> None:
    """Write a run as a zip: plan, points, failures, counts, external results, what its estimate learned from.

    :param with_text: add corpora, status and log.
    """
    try:
        write_atomically(out, zip_run(run, with_text=with_text, crate=crate))
    except OSError as error:
        raise BionerError(explain_write_error(out, error)) from error


def zip_run(run: Run, *, with_text: bool = False, crate: CrateOptions | None = None) -> bytes:
    """Return the zip of a run; of a run in training, the jobs finished so far.

    :param crate: add a table of the points and the description of an RO-Crate.
    """
    rows = run.rows()
    paths = [run.folder / STUDY_FILE, run.folder / FAILURES_FILE, run.folder / ESTIMATE_FILE]
    paths += [locate_counts(run.folder, job) for job in sorted({row.job for row in rows if row.job})]
    paths += sorted((run.folder / EXTERNAL_FOLDER).glob("*.*"))
    if with_text:
        paths += [*sorted((run.folder / CORPORA_FOLDER).glob("*.jsonl"))]
        paths += [run.folder / ANNOTATION_FILE, run.folder / LOG_FILE]
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as zip_file:
        zip_file.writestr(POINTS_FILE, "".join(map(serialize_row, rows)))
        for path in paths:
            if path.exists():
                zip_file.writestr(path.relative_to(run.folder).as_posix(), path.read_bytes())
        if crate:
            points = (*(row.point for row in rows), *list_external_points(run))
            zip_file.writestr(TABLE_FILE, write_points_csv(points))
            zip_file.writestr(CRATE_FILE, describe_run(run.study, zip_file.namelist(), crate))
    return content.getvalue()
