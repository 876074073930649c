"""external/<id>.json, .npz: what systems that are not trained here reach on a run's test parts."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from bioner_core.corpus.library import validate_name
from bioner_core.curves.points import (
    EXTERNAL_METHODS,
    CurvePoint,
    build_point_record,
    parse_point_record,
    write_points_csv,
)
from bioner_core.errors import BionerError
from bioner_core.files import write_atomically
from bioner_core.study.counts_file import decode_counts, encode_counts, list_test_sizes
from bioner_core.study.jobs import SentenceCounts
from bioner_core.study.journal import FileStamp, read_stamp, report_write_errors
from bioner_core.study.json_text import parse_json
from bioner_core.study.plan import Study
from bioner_core.study.run import Run
from bioner_core.study.run_files import EXTERNAL_FOLDER

MAX_COST_LENGTH = 40  # characters
_REMEDY = "Delete it and add the predictions again."
_FIELDS = {"cost": str, "n_matched": int, "points": list}


@dataclass(frozen=True, kw_only=True, eq=False)
class ExternalResult:
    """The scores of a system on the test part of a target, or on training texts as pre-annotation."""

    points: tuple[CurvePoint, ...]  # of each type that it annotates, and of "all" if it annotates all types
    counts: SentenceCounts | None = None  # of the test part; None for training texts, and from a CSV
    cost: str = ""  # of annotating these texts, such as "12.50 EUR"; "" where nothing is stated
    n_matched: int = 0  # sentences of the part that its file holds; 0 where unknown

    def __post_init__(self) -> None:
        """Refuse points of several systems or targets, or of models, and names that are not allowed."""
        if len({(p.model, p.target, p.source, p.method, p.n_sentences) for p in self.points}) != 1:
            raise BionerError("external result: needs one or more points, all of the same system and target.")
        if self.points[0].method not in EXTERNAL_METHODS:
            allowed = " or ".join(EXTERNAL_METHODS)
            raise BionerError(f"external result {self.name}: its method must be {allowed}.")
        validate_name(self.name, what="system")
        if len(self.cost) > MAX_COST_LENGTH or not (self.cost.isprintable() or not self.cost):
            raise BionerError(
                f"cost {self.cost[:MAX_COST_LENGTH]!r}: at most {MAX_COST_LENGTH} printable characters, such "
                "as 12.50 EUR."
            )

    @property
    def name(self) -> str:
        """Return the name of the system."""
        return self.points[0].model

    @property
    def target(self) -> str:
        """Return the corpus whose test part it annotated."""
        return self.points[0].target

    @property
    def n_sentences(self) -> int:
        """Return the training sentences of the target whose annotation it was made from; mostly 0."""
        return self.points[0].n_sentences

    @property
    def is_pre_annotation(self) -> bool:
        """Say whether it was scored on training texts, so that no curve can be compared with it."""
        return self.points[0].method == "pre-annotation"

    @property
    def id(self) -> str:
        """Return 16 hex digits that stand for target, name, and the part that was annotated."""
        key = [self.target, self.name, *(["pre-annotation"] * self.is_pre_annotation)]
        return hashlib.sha256(json.dumps(key).encode()).hexdigest()[:16]


def load_external_results(run: Run) -> tuple[ExternalResult, ...]:
    """Return the external results of a run by target and name. :raises BionerError: a file is damaged."""
    paths = [path for path in sorted((run.folder / EXTERNAL_FOLDER).glob("*.json")) if path.is_file()]
    results = [
        _load_result(run, path, read_stamp(path), read_stamp(path.with_suffix(".npz"))) for path in paths
    ]
    return tuple(sorted(results, key=lambda result: (result.target, result.name)))


@lru_cache(maxsize=256)
def _load_result(run: Run, path: Path, _: FileStamp, __: FileStamp) -> ExternalResult:
    counts = path.with_suffix(".npz")
    files = {file.name: file.read_bytes() for file in (path, counts) if file.is_file()}
    return parse_external_results(files, run.study, where=str(path.parent))[0]


def list_external_points(run: Run) -> tuple[CurvePoint, ...]:
    """Return the points of all external results, which no curve of the run holds."""
    return tuple(point for result in load_external_results(run) for point in result.points)


def write_all_points(run: Run) -> str:
    """Return the points of a run's models and of external systems as CSV."""
    return write_points_csv((*run.points(), *list_external_points(run)))


def check_system_name(run: Run, target: str, name: str, *, is_pre_annotation: bool = False) -> str:
    """Return the name if a new system may have it for a target; on training texts it may be there, too.

    :raises BionerError: it is not allowed, or stands for a corpus or another system of the run.
    """
    name = validate_name(name, what="system")
    for corpus in run.study.corpora:
        if corpus.casefold() == name.casefold():
            raise BionerError(f"run {run.name}: {corpus} is one of its corpora. Choose another --name.")
    for result in load_external_results(run):
        is_same = (result.target, result.name.casefold()) == (target, name.casefold())
        if is_same and result.is_pre_annotation == is_pre_annotation:
            raise BionerError(
                f"run {run.name}: has scored {result.name} on {target}. Choose another --name, or remove the "
                f"old one first: bioner predictions remove {run.name} {result.name!r} --target {target}."
            )
    return name


def save_external_result(run: Run, result: ExternalResult) -> None:
    """Keep a result with a run, beside those of other systems.

    :raises BionerError: its name is not free, the run can only be read, or the files cannot be written.
    """
    run.check_writable()
    check_system_name(run, result.target, result.name, is_pre_annotation=result.is_pre_annotation)
    write_external_result(run.folder, result)


def write_external_result(folder: Path, result: ExternalResult) -> None:
    """Write the files of a result to a run's folder, its counts first."""
    path = folder / EXTERNAL_FOLDER / f"{result.id}.json"
    record = {
        "cost": result.cost,
        "n_matched": result.n_matched,
        "points": [build_point_record(point) for point in result.points],
    }
    with report_write_errors(path):
        path.parent.mkdir(mode=0o700, exist_ok=True)
        if result.counts:
            write_atomically(path.with_suffix(".npz"), encode_counts(result.counts))
        write_atomically(path, json.dumps(record, ensure_ascii=False, indent=1) + "\n")


def delete_external_result(run: Run, result: ExternalResult) -> None:
    """Delete a result from a run. :raises BionerError: the run can only be read."""
    run.check_writable()
    path = run.folder / EXTERNAL_FOLDER / f"{result.id}.json"
    with report_write_errors(path):
        path.unlink(missing_ok=True)
        path.with_suffix(".npz").unlink(missing_ok=True)


def parse_external_results(
    files: Mapping[str, bytes], study: Study, *, where: str
) -> tuple[ExternalResult, ...]:
    """Return the results in the files of the folder, by name without the folder; others are ignored.

    :raises BionerError: a file is damaged, or does not fit the plan.
    """
    results = []
    for name, content in files.items():
        if name.endswith(".json"):
            counts = files.get(name.removesuffix(".json") + ".npz")
            result = _parse_result(content, counts, study, where=f"{where}, {name}")
            if result.id != name.removesuffix(".json"):
                raise BionerError(f"{where}, {name}: is of another system or corpus. {_REMEDY}")
            results.append(result)
    return tuple(results)


def _parse_result(content: bytes, counts: bytes | None, study: Study, *, where: str) -> ExternalResult:
    try:
        record: Any = parse_json(content.decode("utf-8"))
    except ValueError as error:
        raise BionerError(f"{where}: is not JSON in UTF-8. {_REMEDY}") from error
    if (
        not isinstance(record, dict)
        or record.keys() != _FIELDS.keys()
        or any(type(record[name]) is not kind for name, kind in _FIELDS.items())
        or not all(isinstance(point, dict) for point in record["points"])
    ):
        raise BionerError(f"{where}: needs {', '.join(_FIELDS)} of the right kinds. {_REMEDY}")
    points = tuple(parse_point_record(point, where=where) for point in record["points"])
    sizes = list_test_sizes(study, points[0].target if points else "")
    return ExternalResult(
        points=points,
        counts=decode_counts(counts, where=where, test_sizes=sizes) if counts else None,
        cost=record["cost"],
        n_matched=record["n_matched"],
    )


def group_external_points(points: Iterable[CurvePoint]) -> tuple[ExternalResult, ...]:
    """Return the results that points of a CSV stand for: one for each target, system and part."""
    groups: dict[tuple[str, str, str], list[CurvePoint]] = defaultdict(list)
    for point in points:
        groups[point.target, point.model, point.method].append(point)
    return tuple(ExternalResult(points=tuple(members)) for members in groups.values())
