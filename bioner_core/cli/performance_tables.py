"""``bioner in-corpus`` and ``bioner zero-shot``: Tables 2 and 3 of the paper for any runs."""

import argparse
from collections.abc import Sequence
from typing import TypeVar

from bioner_core.analysis.in_corpus import InCorpusScore, compare_in_corpus
from bioner_core.analysis.transfer import Transfer, list_transfers
from bioner_core.answers.wording.names import append_method
from bioner_core.cli.output import Commands, add_format, format_table, print_records, warn_of_synthetic
from bioner_core.curves.points import ALL
from bioner_core.errors import BionerError
from bioner_core.scoring.significance import TRIALS
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore

T = TypeVar("T", Transfer, InCorpusScore)
SCORES = "Precision / recall / F1 (%)"


def add_commands(commands: Commands) -> None:
    """Add ``in-corpus`` and ``zero-shot``."""
    inside = commands.add_parser("in-corpus", help="compare models on full data, as in Table 2")
    inside.add_argument(
        "runs", nargs="+", metavar="RUN", help="name of a run, such as ecir2020; each run holds one model"
    )
    inside.add_argument("--entity", help="only this entity type")
    inside.add_argument(
        "--trials", type=int, default=TRIALS, help=f"number of trials of each test (default: {TRIALS})"
    )
    add_format(inside)
    inside.set_defaults(call=show_in_corpus)

    outside = commands.add_parser(
        "zero-shot", help="show models trained on one corpus and tested on another, as in Table 3"
    )
    outside.add_argument("run", help="name of the run, such as ecir2020")
    outside.add_argument("--entity", help="only this entity type")
    add_format(outside)
    outside.set_defaults(call=show_zero_shot)


def show_in_corpus(args: argparse.Namespace) -> None:
    """Print a row for each corpus, type and model, the best first."""
    if args.trials < 1:
        raise BionerError(f"--trials is {args.trials}; it must be 1 or more, such as {TRIALS}.")
    store = RunStore()
    names = list(dict.fromkeys(args.runs))
    runs = [store.open(name) for name in names]
    rows = compare_in_corpus(runs, trials=args.trials)
    if not rows:
        raise BionerError(
            f"run {', '.join(names)}: no model was trained on all of a corpus without pretraining yet."
        )
    rows = _select_entity(rows, args.entity, where=f"run {', '.join(names)}")
    for run in runs:
        warn_of_synthetic(run, {row.corpus for row in rows})
    print_records(
        [_format_row(row) if args.format == "table" else row.record() for row in rows], form=args.format
    )


def _format_row(row: InCorpusScore) -> dict[str, object]:
    """Return the columns for people: scores in percent, * at the best."""
    test = row.test if row.p is None else f"{row.test}: p {row.p:.3f}{', differs' if row.differs else ''}"
    return {
        "corpus": row.corpus,
        "entity": row.entity,
        "model": append_method(row.model, row.method),
        "run": row.run,
        "P": _format_percent(row.precision),
        "R": _format_percent(row.recall),
        "F1": None if row.f1 is None else f"{_format_percent(row.f1)}{'*' if row.is_best else ' '}",
        "seeds": row.n_seeds,
        "against the best (*)": test or None,
    }


def show_zero_shot(args: argparse.Namespace) -> None:
    """Print the matrix of a run."""
    show_transfer(RunStore().open(args.run), args=args)


def show_transfer(run: Run, *, args: argparse.Namespace) -> None:
    """Print scores by training and test corpus: in-corpus at full data, others without further training."""
    cells = list_transfers(run.curves())
    if not cells:
        raise BionerError(
            f"run {run.name}: no model was trained on one corpus and tested on all of it, or on another one."
        )
    cells = _select_entity(cells, vars(args).get("entity"), where=f"run {run.name}")
    warn_of_synthetic(run, {cell.test for cell in cells})
    if args.format != "table":
        print_records([cell.record() for cell in cells], form=args.format)
        return
    for number, (title, group) in enumerate(_group_cells(cells).items()):
        print(f"{chr(10) * bool(number)}{title}. {SCORES}")
        print(format_table(build_matrix(group)))


def _group_cells(cells: Sequence[Transfer]) -> dict[str, list[Transfer]]:
    """Return the cells of each model and type, types before all together, by title.

    Models that were only tested on their own corpus are left to ``in-corpus`` where another one was not.
    """
    tried = {(cell.model, cell.method) for cell in cells if not cell.is_in_corpus}
    kept = [cell for cell in cells if not tried or (cell.model, cell.method) in tried]
    kept.sort(key=lambda cell: (cell.model, cell.method, cell.entity == ALL, cell.entity))
    titled: dict[str, list[Transfer]] = {}
    for cell in kept:
        title = f"{cell.entity}, {append_method(cell.model, cell.method)}"
        titled.setdefault(title, []).append(cell)
    return titled


def build_matrix(cells: Sequence[Transfer]) -> list[dict[str, object]]:
    """Return a row for each corpus trained on, a column for each tested on; one model and type."""
    by_place = {(cell.train, cell.test): cell for cell in cells}
    tested = sorted({cell.test for cell in cells})
    trained = sorted({cell.train for cell in cells}, key=lambda name: (name not in tested, name))
    return [
        {"train \\ test": name, **{test: _format_scores(by_place.get((name, test))) for test in tested}}
        for name in trained
    ]


def _format_scores(cell: Transfer | None) -> str | None:
    if cell is None:
        return None
    scores = (cell.score("precision"), cell.score("recall"), cell.score("f1"))
    return " / ".join(_format_percent(score) or "–" for score in scores)


def _format_percent(value: float | None) -> str | None:
    return None if value is None else f"{100 * value:.2f}"


def _select_entity(rows: list[T], entity: str | None, *, where: str) -> list[T]:
    """Return the rows of one type, all where none is named. :raises BionerError: there are none of it."""
    available = sorted({row.entity for row in rows})
    if entity is not None and entity not in available:
        raise BionerError(f"{where}: no entity {entity!r}. Available: {', '.join(available)}.")
    return [row for row in rows if entity in (None, row.entity)]
