"""``bioner significance``: whether two models of a run differ by more than chance."""

import argparse
from collections.abc import Iterator

from bioner_core.analysis.comparison import ModelComparison, ModelSpec, compare_models
from bioner_core.cli.output import Commands, add_format, print_records
from bioner_core.errors import BionerError
from bioner_core.scoring.significance import LEVEL, TRIALS
from bioner_core.study.store import RunStore


def add_commands(commands: Commands) -> None:
    """Add ``significance``."""
    command = commands.add_parser("significance", help="test whether two models differ by more than chance")
    command.add_argument("run", help="name of the run")
    command.add_argument(
        "first", metavar="one", help="first model as source@sentences, such as none@full or 'EN EHR@400'"
    )
    command.add_argument("second", metavar="other", help="second model, in the same form")
    command.add_argument("--target", help="target corpus; needed if the run has several")
    command.add_argument("--entity", help="entity type (default: each type of the target)")
    command.add_argument(
        "--trials", type=int, default=TRIALS, help=f"number of trials of each test (default: {TRIALS})"
    )
    add_format(command)
    command.set_defaults(call=show_significance)


def show_significance(args: argparse.Namespace) -> None:
    """Print a row for each entity type."""
    run = RunStore().open(args.run)
    first, second = ModelSpec.parse(args.first), ModelSpec.parse(args.second)
    if args.trials < 1:
        raise BionerError(f"--trials is {args.trials}; it must be 1 or more, such as {TRIALS}.")
    targets = sorted({point.target for point in run.points()})
    target = args.target or (targets[0] if len(targets) == 1 else None)
    if target not in targets:
        problem = "no --target" if target is None else f"no target {target!r}"
        raise BionerError(f"run {run.name}: {problem}. Available: {', '.join(targets) or 'no points yet'}.")
    types = sorted({point.entity for point in run.points() if point.target == target})
    entities = [args.entity] if args.entity else types
    comparisons = {
        entity: compare_models(run, target, entity, first, second, trials=args.trials) for entity in entities
    }
    print_records(
        [_build_row(entity, comparison) for entity, comparison in comparisons.items()], form=args.format
    )
    if args.format == "table":
        for reason in dict.fromkeys(
            reason for comparison in comparisons.values() for reason in _explain_missing(comparison)
        ):
            print(reason)


def _explain_missing(comparison: ModelComparison) -> Iterator[str]:
    """Yield why tests could not be made."""
    if comparison.f1 is None or comparison.other_f1 is None:
        yield "no F1: the test part has no mention of the type"
        return
    if comparison.p_runs is None:
        is_few = min(comparison.n_seeds, comparison.n_other_seeds) < 2
        yield f"no p_runs: {'it takes two seeds or more of both' if is_few else 'the seeds have no spread'}"
    if comparison.p_test is None:
        yield "no p_test, low and high: these take counts of the test part, of a seed that both have"


def _build_row(entity: str, comparison: ModelComparison) -> dict[str, object]:
    p_values = [p for p in (comparison.p_runs, comparison.p_test) if p is not None]
    return {
        "entity": entity,
        "f1_one": comparison.f1,
        "f1_other": comparison.other_f1,
        "seeds_one": comparison.n_seeds,
        "seeds_other": comparison.n_other_seeds,
        "difference": None
        if comparison.f1 is None or comparison.other_f1 is None
        else comparison.f1 - comparison.other_f1,
        "low": comparison.low,
        "high": comparison.high,
        "p_runs": comparison.p_runs,
        "p_test": comparison.p_test,
        "unit": comparison.unit or None,
        "differs": all(p <= LEVEL for p in p_values) if p_values else None,
    }
