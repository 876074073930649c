"""The table of points, one outcome of a trained model each; everything else is computed from it."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import MISSING, dataclass, fields
from typing import Literal, get_args

from bioner_core.csv_text import format_csv, remove_guard
from bioner_core.errors import BionerError

Method = Literal["finetune", "probe", "partial"]  # of training
ExternalMethod = Literal["external", "pre-annotation"]  # on the test part; on training texts
PointMethod = Literal[Method, ExternalMethod]  # trained here, or a system that is not trained here
EXTERNAL_METHODS: tuple[Literal["external"], Literal["pre-annotation"]] = ("external", "pre-annotation")
ALL = "all"  # the entity name of the micro average over the kept types
MACRO = "macro"  # the entity name of the macro average over them: computed from points, never stored
AVERAGES = (ALL, MACRO)
NONE = "none"  # the source of a model that was not pretrained on a corpus
RANDOM = "random"  # the strategy of sentences that nobody chose
MAX_POINTS = 200_000  # rows of an imported CSV
MAX_NUMBER = 2**53  # larger integers lose digits in JSON and charts


@dataclass(frozen=True, kw_only=True)
class CurvePoint:
    """The outcome of one trained model for one entity type. None where unknown (published runs)."""

    target: str  # corpus trained and tested on
    source: str  # corpus pretrained on: "none", "A", "A+B" (together), "A:B" (one after the other)
    model: str  # encoder, "Multi-BERT" …; the name of an external system
    method: PointMethod
    entity: str  # entity type, or "all"
    n_sentences: int  # target sentences trained on; 0 is zero-shot
    n_mentions: int | None = None  # training mentions of this entity in them
    train_size: int | None = None  # sentences of the whole training part
    is_full: bool = False  # trained on the whole training part
    seed: int | None = None
    precision: float | None = None  # in [0, 1]
    recall: float | None = None  # in [0, 1]
    f1: float  # exact span and type, micro-averaged over the test part, in [0, 1]
    support: int | None = None  # test mentions of this entity
    seconds: float | None = None  # wall time of the whole job
    strategy: str = RANDOM  # that chose the sentences, such as "margin/100": name, sentences of a batch
    n_words: int | None = None  # of the target sentences trained on
    is_interpolated: bool = False  # not measured: interpolated between two neighbours

    def __post_init__(self) -> None:
        """Refuse scores outside [0, 1] and negative sizes."""
        for name in ("precision", "recall", "f1"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= 1:
                raise BionerError(f"point {self.label}: {name} is {value}; it must lie in 0 to 1.")
        if self.n_sentences < 0:
            raise BionerError(f"point {self.label}: n_sentences is {self.n_sentences}; 0 or more.")

    @property
    def label(self) -> str:
        """Return target, entity, arm and size in words, for messages."""
        return f"{self.target} {self.entity} from {self.arm} at {self.n_sentences}"

    @property
    def arm(self) -> str:
        """Return what tells the curves of a target apart: the source, or the strategy that chose."""
        return self.source if self.strategy == RANDOM else self.strategy

    @property
    def tested_f1(self) -> float | None:
        """Return F1; None where the test part has no mention of the entity."""
        return None if self.support == 0 else self.f1


COLUMNS = tuple(f.name for f in fields(CurvePoint) if f.name != "is_interpolated")
REQUIRED = tuple(f.name for f in fields(CurvePoint) if f.default is MISSING)
_SCORES = ("precision", "recall", "f1")
_LATER_FIELDS = {"strategy": RANDOM, "n_words": None}  # left out of records at these values, as before
_FIELD_KINDS = {
    **dict.fromkeys((f.name for f in fields(CurvePoint)), "text"),
    **dict.fromkeys(("n_sentences", "n_mentions", "n_words", "train_size", "seed", "support"), "whole"),
    **dict.fromkeys((*_SCORES, "seconds"), "number"),
    **dict.fromkeys(("is_full", "is_interpolated"), "truth"),
}


def write_points_csv(points: Iterable[CurvePoint]) -> str:
    """Return points as CSV text: one row per point, the columns of ``COLUMNS``, empty where unknown."""
    return format_csv(COLUMNS, ([getattr(point, name) for name in COLUMNS] for point in points))


def build_point_record(point: CurvePoint) -> dict[str, object]:
    """Return the JSON object of a point; ``points.jsonl`` adds the id of its job."""
    record = {name: getattr(point, name) for name in _FIELD_KINDS}
    return {name: value for name, value in record.items() if value != _LATER_FIELDS.get(name, ...)}


def parse_point_record(record: Mapping[str, object], *, where: str) -> CurvePoint:
    """Return the point of a JSON object; ``where`` names file and line in messages.

    :raises BionerError: a field is unknown, missing, of the wrong kind or out of range.
    """
    for name, value in record.items():
        if name not in _FIELD_CHECKS or not _FIELD_CHECKS[name](value):
            _refuse_field(name, value, where=where)
    if missing := [name for name in REQUIRED if name not in record]:
        raise BionerError(f"{where}: {', '.join(missing)} missing. Each point needs {', '.join(REQUIRED)}.")
    filled = {name: value for name, value in record.items() if value is not None}
    point = CurvePoint(**filled)  # type: ignore[arg-type]  # each value was checked above
    if point.is_full and point.train_size not in (None, point.n_sentences):
        raise BionerError(
            f"{where}: is_full is true, yet n_sentences is {point.n_sentences} and train_size "
            f"{point.train_size}. A full point is trained on all train_size sentences."
        )
    return point


def read_points_csv(text: str, *, where: str) -> tuple[CurvePoint, ...]:
    """Return the points of a CSV text with columns of ``COLUMNS`` in any order; ``where`` names the file.

    Columns that are not required may be absent. At most ``MAX_POINTS`` rows are read.

    :raises BionerError: with line and column of the first thing wrong.
    """
    rows = _read_csv_rows(text, where=where)
    first, header = next(rows, (1, []))
    _check_header(header, where=f"{where}, line {first}")
    lines: dict[tuple[object, ...], int] = {}  # identity of a point → its line
    result = []
    for line, cells in rows:
        position = f"{where}, line {line}"
        if len(cells) != len(header):
            raise BionerError(
                f"{position}: found {len(cells)} cells; the first line names {len(header)} columns."
            )
        record = {name: _parse_cell(name, cell) for name, cell in zip(header, cells, strict=True)}
        point = parse_point_record(record, where=position)
        key = (*(record[name] for name in REQUIRED if name != "f1"), point.strategy, point.seed)
        if point.seed is not None and key in lines:
            raise BionerError(f"{position}: repeats line {lines[key]} ({point.label}, seed {point.seed}).")
        lines[key] = line
        result.append(point)
    if not result:
        raise BionerError(f"{where}: no points below the first line.")
    return tuple(result)


def _read_csv_rows(text: str, *, where: str) -> Iterator[tuple[int, list[str]]]:
    """Yield line number and cells of each row that is not blank."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        for number, cells in enumerate(filter(None, reader)):
            if number > MAX_POINTS:
                raise BionerError(f"{where}: more than {MAX_POINTS:,} points. Import it in parts.")
            yield reader.line_num, cells
    except csv.Error as error:
        raise BionerError(f"{where}, line {reader.line_num}: not a CSV ({error}).") from error


def _check_header(header: list[str], *, where: str) -> None:
    """Refuse a header that does not name the columns of points."""
    unknown = [name for name in header if name not in COLUMNS]
    missing = [name for name in REQUIRED if name not in header]
    twice = sorted({name for name in header if header.count(name) > 1})
    for names, problem in ((unknown, "unknown"), (missing, "missing"), (twice, "named twice")):
        if names:
            listed = ", ".join(repr(name[:40]) for name in names[:5])
            raise BionerError(
                f"{where}: column {listed} {problem}. "
                f"Allowed, parted by commas: {', '.join(COLUMNS)}; needed: {', '.join(REQUIRED)}."
            )


def _parse_cell(name: str, cell: str) -> object:
    """Parse a CSV cell; text that is no value of its kind stays text, which ``_FIELD_CHECKS`` refuses."""
    cell, kind = cell.strip(), _FIELD_KINDS[name]
    if not cell:
        return False if kind == "truth" else None
    if kind == "text":
        return remove_guard(cell)
    if kind == "truth":
        return {"true": True, "1": True, "false": False, "0": False}.get(cell.lower(), cell)
    if kind == "whole" and re.fullmatch(r"-?[0-9]{1,18}(\.0)?", cell):
        return int(cell.removesuffix(".0"))  # tables with gaps are often written with 12.0 for 12
    if kind == "number" and re.fullmatch(r"-?[0-9]{0,18}\.?[0-9]{0,30}([eE]-?[0-9]{1,3})?", cell):
        with suppress(ValueError):  # "." and "e5" pass the pattern
            return float(cell)
    return cell


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 500 and value.isprintable()


def _is_whole(value: object) -> bool:
    return type(value) is int and 0 <= value <= MAX_NUMBER


def _is_number(value: object) -> bool:
    return (type(value) is float or type(value) is int) and 0 <= value <= MAX_NUMBER  # NaN fails, too


def _is_score(value: object) -> bool:
    return (type(value) is float or type(value) is int) and 0 <= value <= 1


_KIND_CHECKS: Mapping[str, Callable[[object], bool]] = {
    "text": _is_text,
    "whole": _is_whole,
    "number": _is_number,
    "truth": lambda value: isinstance(value, bool),
}


def _build_field_check(name: str) -> Callable[[object], bool]:
    """Return a function that tells whether a field may have a value."""
    kind = _FIELD_KINDS[name]
    check = _is_score if name in _SCORES else _KIND_CHECKS[kind]
    if name == "method":
        return get_args(PointMethod).__contains__
    if name in REQUIRED or kind == "truth":
        return check
    return lambda value: value is None or check(value)


_FIELD_CHECKS = {name: _build_field_check(name) for name in _FIELD_KINDS}


def _refuse_field(name: str, value: object, *, where: str) -> None:
    """Raise the error for a field that is unknown, or whose value is of a wrong kind or out of range."""
    kind = _FIELD_KINDS.get(name)
    if kind is None:
        raise BionerError(
            f"{where}: unknown field {name[:40]!r}; a newer version may have written it. "
            f"Known: {', '.join(_FIELD_KINDS)}."
        )
    if kind == "text":
        methods = ", ".join(get_args(PointMethod))
        allowed = methods if name == "method" else "1 to 500 printable characters"
    elif kind == "truth":
        allowed = "true or false"
    else:
        noun = "a whole number" if kind == "whole" else "a number such as 0.85"
        allowed = f"{noun} from 0 to 1" if name in _SCORES else f"{noun}, 0 or more"
    received = "nothing" if value is None else repr(value)[:60]
    raise BionerError(f"{where}, {name}: found {received}; allowed is {allowed}.")
