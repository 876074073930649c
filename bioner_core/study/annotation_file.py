"""annotation.json: documents of an upload without annotation, and the time that annotating took."""

import json
from contextlib import suppress
from dataclasses import asdict, dataclass

from bioner_core.errors import BionerError
from bioner_core.files import read_file, write_atomically
from bioner_core.study.journal import report_write_errors
from bioner_core.study.json_text import parse_json
from bioner_core.study.run import Run
from bioner_core.study.run_files import ANNOTATION_FILE, ESTIMATE_FILE
from bioner_core.study.study_file import validate_fields

_REMEDY = "Delete it and upload the files again."


@dataclass(frozen=True, kw_only=True)
class AnnotationStatus:
    """How far the annotation of an uploaded corpus is, and how fast it went."""

    n_unannotated: int = 0  # documents of the upload that nobody annotated
    seconds_per_sentence: float | None = None  # mean annotation time; None where the export records none
    seconds_source: str = ""  # such as "read from 30 timed texts of notes"


def save_annotation_status(run: Run, status: AnnotationStatus) -> None:
    """Keep the status with its run, in place of an earlier one. :raises BionerError: it cannot be written."""
    path = run.folder / ANNOTATION_FILE
    with suppress(BionerError):  # a damaged file is replaced
        if path.is_file() and load_annotation_status(run) == status:
            return
    with report_write_errors(path):
        write_atomically(path, json.dumps(asdict(status), ensure_ascii=False, indent=1) + "\n")


def is_estimate(run: Run) -> bool:
    """Return whether a run is the probe of an estimate: only these keep a status, or references."""
    return any((run.folder / name).is_file() for name in (ANNOTATION_FILE, ESTIMATE_FILE))


def load_annotation_status(run: Run) -> AnnotationStatus:
    """Return the status kept with a run; the default where none is. :raises BionerError: it is damaged."""
    path = run.folder / ANNOTATION_FILE
    try:
        text = read_file(path).decode("utf-8")
    except FileNotFoundError:
        return AnnotationStatus()
    except (OSError, UnicodeDecodeError) as error:
        raise BionerError(f"{path}: cannot be read. {_REMEDY}") from error
    return parse_annotation_status(text, where=str(path))


def parse_annotation_status(text: str, *, where: str) -> AnnotationStatus:
    """Return the status in the JSON. :raises BionerError: a field is unknown or of another type."""
    try:
        record = parse_json(text)
    except ValueError as error:
        raise BionerError(f"{where}: is not JSON. {_REMEDY}") from error
    if not isinstance(record, dict):
        raise BionerError(f"{where}: is not a JSON object. {_REMEDY}")
    return AnnotationStatus(**validate_fields(AnnotationStatus, record, where=where))
