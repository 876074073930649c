"""The files of a project as JSON: checked when they are read, whole when they are written."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

from bioner_core.errors import BionerError
from bioner_core.files import Remedies, explain_write_error, write_atomically
from bioner_core.rounds.project import Project, Round, SentTask

VERSION = 1  # raise when older programs cannot read the files
_REMEDIES = Remedies(
    read_only="Make the folder writable, or set BIONER_PROJECTS to one that is",
    other="Set BIONER_PROJECTS to a folder of yours",
)
Parsed = TypeVar("Parsed")
Record = TypeVar("Record", Project, Round, SentTask)


def read_record(path: Path) -> Mapping[str, Any]:
    """Return the JSON object of a file."""
    try:
        record = json.loads(path.read_bytes())
    except OSError as error:
        raise BionerError(f"{path}: cannot be read ({error.strerror}).") from error
    except (ValueError, RecursionError) as error:
        raise BionerError(f"{path}: is not JSON. Restore it from a backup, or make a new project.") from error
    if not isinstance(record, dict):
        raise BionerError(f"{path}: is no JSON object. Restore it from a backup, or make a new project.")
    if isinstance(version := record.get("version"), int) and version > VERSION:
        raise BionerError(f"{path}: was written by a newer version of this program. Update it.")
    return record


def parse_record(
    path: Path, record: Mapping[str, Any], parse: Callable[[Mapping[str, Any]], Parsed]
) -> Parsed:
    """Return what a record holds. :raises BionerError: a field is missing or wrong."""
    try:
        return parse(record)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BionerError(f"{path}: a field is missing or wrong. Restore it from a backup.") from error


def build_dataclass(kind: type[Record], record: Mapping[str, Any]) -> Record:
    """Return a dataclass from the fields of a record that it knows; newer ones of this version are left."""
    names = {of.name for of in fields(kind)}
    return kind(**{name: value for name, value in record.items() if name in names})


def write_record(path: Path, record: Mapping[str, Any]) -> None:
    """Write a record whole, in place of what was."""
    with report_write_errors(path):
        write_atomically(path, json.dumps(record, ensure_ascii=False, indent=1) + "\n")


@contextmanager
def report_write_errors(path: Path) -> Iterator[None]:
    """Turn the system's errors into a message."""
    try:
        yield
    except OSError as error:
        raise BionerError(explain_write_error(path, error, _REMEDIES)) from error
