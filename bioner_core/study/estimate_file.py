"""estimate.json: what the first estimate of an upload rested on, so that a shared link stays true."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from bioner_core import __version__
from bioner_core.errors import BionerError
from bioner_core.files import format_current_time, read_file, write_atomically
from bioner_core.study.journal import report_write_errors
from bioner_core.study.json_text import parse_json
from bioner_core.study.run import Run
from bioner_core.study.run_files import ESTIMATE_FILE

_REMEDY = "Delete it; the next estimate writes a new one."
_MAX_RUNS = 10_000  # that an estimate learned from
_MAX_LENGTH = 255  # characters of a run's name, of the time and of the version


@dataclass(frozen=True, kw_only=True)
class EstimateBasis:
    """The runs that an estimate learned from, with their size at that time."""

    n_points: Mapping[str, int] = field(default_factory=dict, hash=False)  # points of each run, by its name
    at: str = field(default_factory=format_current_time)  # when the estimate was made, UTC, ISO 8601
    program: str = __version__  # version that made it


def save_estimate_basis(run: Run, basis: EstimateBasis) -> None:
    """Keep a basis with its run, in place of an earlier one. :raises BionerError: it cannot be written."""
    path = run.folder / ESTIMATE_FILE
    with report_write_errors(path):
        write_atomically(path, json.dumps(asdict(basis), ensure_ascii=False, indent=1) + "\n")


def load_estimate_basis(run: Run) -> EstimateBasis | None:
    """Return the basis kept with a run; None where there is none. :raises BionerError: it is damaged."""
    path = run.folder / ESTIMATE_FILE
    try:
        text = read_file(path).decode("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise BionerError(f"{path}: cannot be read. {_REMEDY}") from error
    return parse_estimate_basis(text, where=str(path))


def parse_estimate_basis(text: str, *, where: str) -> EstimateBasis:
    """Return the basis in the JSON. :raises BionerError: it is not one as this program writes it."""
    try:
        record = parse_json(text)
    except ValueError as error:
        raise BionerError(f"{where}: is not JSON as this program writes it. {_REMEDY}") from error
    if not isinstance(record, dict) or not _is_basis(record):
        raise BionerError(f"{where}: is not the basis of an estimate. {_REMEDY}")
    return EstimateBasis(**record)


def _is_basis(record: Mapping[str, object]) -> bool:
    """Say whether a JSON object has the fields of a basis, each of its type and within bounds."""
    n_points = record.get("n_points")
    return (
        record.keys() == {"n_points", "at", "program"}
        and all(_is_short_text(record[name]) for name in ("at", "program"))
        and isinstance(n_points, dict)
        and len(n_points) <= _MAX_RUNS
        and all(_is_short_text(name) and type(n) is int and n >= 0 for name, n in n_points.items())
    )


def _is_short_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _MAX_LENGTH and value.isprintable()
