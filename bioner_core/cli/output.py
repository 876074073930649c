"""What commands share: records as tables, JSON and CSV, common options, files that the user names."""

import argparse
import json
import os
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias, TypeVar

from bioner_core.answers.wording.caveats import describe_agreement, describe_synthetic
from bioner_core.corpus.sentences import Corpus
from bioner_core.csv_text import format_csv
from bioner_core.errors import BionerError
from bioner_core.files import explain_write_error, write_atomically
from bioner_core.study.run import Run
from bioner_core.study.run_corpora import describe_run_corpora

Record = Mapping[str, object]
Row = TypeVar("Row")
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_format(command: argparse.ArgumentParser) -> None:
    """Give a command ``--format``."""
    command.add_argument(
        "--format", choices=("table", "json", "csv"), default="table", help="output format (default: table)"
    )


def add_goal(command: argparse.ArgumentParser) -> None:
    """Give a command what is to be reached: ``--fraction`` or ``--f1``."""
    goal = command.add_mutually_exclusive_group()
    goal.add_argument(
        "--fraction", type=float, default=0.99, help="goal as a share of full F1 (default: 0.99)"
    )
    goal.add_argument("--f1", type=float, help="goal as an F1 instead, such as 0.80")


def print_records(records: Sequence[Record] | Record, *, form: str, columns: Sequence[str] = ()) -> None:
    """Print records: JSON keeps their shape, CSV all fields, a table the ``columns`` (default: all)."""
    if form == "json":
        print(json.dumps(records, ensure_ascii=False, indent=1, allow_nan=False))
        return
    rows = [dict(records)] if isinstance(records, Mapping) else [dict(r) for r in records]
    if form == "csv":
        import pandas as pd  # half a second that no other form needs

        table = pd.json_normalize(rows)
        print(format_csv(table.columns.tolist(), table.itertuples(index=False, name=None)), end="")
        return
    print(format_table(rows, columns=columns))


def filter_by_options(
    rows: Sequence[Row], options: argparse.Namespace, names: Sequence[str], *, run: str
) -> list[Row]:
    """Return the rows whose fields are what the options of these names ask for.

    :raises BionerError: an option fits no row that is left.
    """
    chosen = list(rows)
    for name in names:
        wanted = getattr(options, name)
        available = sorted({str(getattr(row, name)) for row in chosen})
        if wanted is not None and chosen and wanted not in available:
            raise BionerError(f"run {run}: no {name} {wanted!r}. Available: {', '.join(available)}.")
        chosen = [row for row in chosen if wanted in (None, getattr(row, name))]
    return chosen


def format_table(rows: Sequence[Record], *, columns: Sequence[str] = ()) -> str:
    """Return rows in aligned columns, "–" where a value is unknown.

    >>> print(format_table([{"source": "none", "n_plan": None}, {"source": "EN EHR", "n_plan": 850}]))
    source  n_plan
    none         –
    EN EHR     850
    """
    if not rows:
        return "nothing"
    names = list(columns or dict.fromkeys(name for row in rows for name in row))
    cells = [names, *([_format_cell(row.get(name)) for name in names] for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(names))]
    numeric = [all(_is_number(row.get(name)) for row in rows) for name in names]
    lines = (
        "  ".join(c.rjust(w) if n else c.ljust(w) for c, w, n in zip(line, widths, numeric, strict=True))
        for line in cells
    )
    return "\n".join(line.rstrip() for line in lines)


def _format_cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{k} {_format_cell(v)}" for k, v in value.items())
    return str(value)


def _is_number(value: object) -> bool:
    if isinstance(value, str):
        return value.lstrip(">").replace(".", "", 1).isdigit()
    return isinstance(value, int | float | None)


def format_mention_counts(corpus: Corpus) -> str:
    """Return how many mentions of each type a corpus holds, such as "Disease 45, Drug 120"."""
    return ", ".join(f"{entity} {corpus.mentions[entity]}" for entity in corpus.types)


def check_writable(out: Path) -> None:
    """Refuse, before any work is done, to write over what is there or into a folder that is not.

    :raises BionerError: something is there, or there is no folder.
    """
    if os.path.exists(out):  # Path.exists raises where a name is too long
        raise BionerError(
            f"{out}: already exists. Choose another file name, or move the old file away first."
        )
    if not os.path.isdir(out.parent):
        raise BionerError(
            f"{out}: cannot be written (the folder {out.parent} does not exist). Create it first."
        )


def write_new_file(out: Path, text: str) -> None:
    """Write a file that the user names, never over one that is there.

    :raises BionerError: something is there, there is no folder, or it cannot be written.
    """
    check_writable(out)
    try:
        write_atomically(out, text)
    except OSError as error:
        raise BionerError(explain_write_error(out, error)) from error


def is_agreed(question: str) -> bool:
    """Ask on the terminal; nothing but y agrees, nor does an end of input."""
    try:
        return input(f"{question} [y/N] ").strip().lower() == "y"
    except EOFError:
        print()
        return False


def warn_of_synthetic(run: Run, targets: Collection[str]) -> None:
    """Say on stderr which of the targets in view are synthetic."""
    if note := describe_synthetic(
        name for name, corpus in describe_run_corpora(run).items() if corpus.is_synthetic and name in targets
    ):
        print(f"note: {note}", file=sys.stderr)


def note_agreement(run: Run, targets: Collection[str]) -> None:
    """Say on stderr what annotators of the targets in view reach, where that is known."""
    for name, corpus in describe_run_corpora(run).items():
        if name in targets and (note := describe_agreement(corpus)):
            print(f"note: {name}: {note}", file=sys.stderr)
