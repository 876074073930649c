"""``bioner strategies``: whether choosing sentences pays, by sentences, words and hours."""

import argparse
from itertools import groupby

from bioner_core.analysis.strategy_savings import FRACTIONS, StrategyNeed, has_strategies, measure_strategies
from bioner_core.answers.wording.strategies import (
    build_strategy_record,
    build_strategy_rows,
    describe_choosing,
    describe_hours,
)
from bioner_core.cli.output import Commands, add_format, filter_by_options, print_records, warn_of_synthetic
from bioner_core.cli.rates import add_rates, read_rates
from bioner_core.costs.rates import load_rates
from bioner_core.curves.budget import Budget
from bioner_core.curves.points import ALL
from bioner_core.errors import BionerError
from bioner_core.study.store import RunStore


def add_commands(commands: Commands) -> None:
    """Add ``strategies``."""
    command = commands.add_parser("strategies", help="show what choosing sentences saves against random ones")
    command.add_argument("run", help="name of a run with strategies")
    command.add_argument("--target", help="only this target corpus")
    command.add_argument(
        "--entity",
        help="an entity type; `every`: the number that all types need (default: all types together)",
    )
    command.add_argument(
        "--fraction", type=float, help="goal as a share of full F1 (default: 0.9, 0.95 and 0.99)"
    )
    add_rates(command)
    add_format(command)
    command.set_defaults(call=show_strategies)


def show_strategies(args: argparse.Namespace) -> None:
    """Print a row for each strategy and goal."""
    store = RunStore()
    run = store.open(args.run)
    if not has_strategies(run):
        raise BionerError(
            f"run {run.name}: has no strategies, only random sentences. Train some: bioner curve TARGET "
            "--preset probe --strategy margin,diverse."
        )
    rates = read_rates(args) or load_rates()
    fractions = FRACTIONS if args.fraction is None else (args.fraction,)
    needs = measure_strategies(run, store, rates, fractions=fractions)
    chosen = _choose_needs(needs, args, run=run.name)
    warn_of_synthetic(run, {need.sentences.target for need in chosen})
    if args.format != "table":
        print_records([build_strategy_record(need, rates) for need in chosen], form=args.format)
        return
    if not chosen:
        print(f"run {run.name}: no curve of two or more sizes yet")
        return
    print_records(build_strategy_rows(chosen, rates), form="table")
    print(describe_hours(rates))
    for _, group in groupby(
        chosen, key=lambda need: (need.sentences.target, need.sentences.entity, need.sentences.fraction)
    ):
        if text := describe_choosing(list(group), rates):
            print(text)


def _choose_needs(needs: list[StrategyNeed], args: argparse.Namespace, *, run: str) -> list[StrategyNeed]:
    """Return the needs that the options choose, goal by goal, random first."""
    rows = [need.sentences for need in needs]
    if args.entity is None:
        with_all = {row.target for row in rows if row.entity == ALL}
        rows = [row for row in rows if row.entity == ALL or row.target not in with_all]
    wanted: list[Budget] = filter_by_options(rows, args, ("target", "entity"), run=run)
    chosen = [need for need in needs if any(need.sentences is row for row in wanted)]
    return sorted(chosen, key=lambda n: (n.sentences.target, n.sentences.entity, n.sentences.fraction or 0))
