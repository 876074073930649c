"""``bioner significance``: whether two models of a run differ by more than chance."""

import argparse
from collections.abc import Iterator

from bioner_core.analysis.comparison import Side, Versus, versus
from bioner_core.cli.output import Commands, add_format, show
from bioner_core.errors import BionerError
from bioner_core.scoring.significance import LEVEL, TRIALS
from bioner_core.study.store import RunStore


def add_commands(commands: Commands) -> None:
    """Add ``significance``."""
    command = commands.add_parser("significance", help="whether two models differ by more than chance")
    command.add_argument("run")
    command.add_argument("one", help="source@sentences, such as none@full or 'EN EHR@400'")
    command.add_argument("other", help="likewise")
    command.add_argument("--target", help="target corpus (needed where the run has several)")
    command.add_argument("--entity", help="entity type (default: all types of the target, each)")
    command.add_argument("--trials", type=int, default=TRIALS, help=f"of each test (default: {TRIALS})")
    add_format(command)
    command.set_defaults(call=show_significance)


def show_significance(args: argparse.Namespace) -> None:
    """Print a row for each entity type."""
    run = RunStore().open(args.run)
    one, other = Side.of(args.one), Side.of(args.other)
    if args.trials < 1:
        raise BionerError(f"--trials is {args.trials}; it must be 1 or more, such as {TRIALS}.")
    targets = sorted({point.target for point in run.points()})
    target = args.target or (targets[0] if len(targets) == 1 else None)
    if target not in targets:
        found = "no --target" if target is None else f"no target {target!r}"
        raise BionerError(f"run {run.name}: {found}. There are: {', '.join(targets) or 'no points yet'}.")
    types = sorted({point.entity for point in run.points() if point.target == target})
    entities = [args.entity] if args.entity else types
    tested = {entity: versus(run, target, entity, one, other, trials=args.trials) for entity in entities}
    show([_row(entity, each) for entity, each in tested.items()], form=args.format)
    if args.format == "table":
        for reason in dict.fromkeys(reason for each in tested.values() for reason in _untested(each)):
            print(reason)


def _untested(found: Versus) -> Iterator[str]:
    """Yield why tests could not be made."""
    if found.one is None or found.other is None:
        yield "no F1: the test part has no mention of the type"
        return
    if found.p_runs is None:
        is_few = min(found.n_one, found.n_other) < 2
        yield f"no p_runs: {'it takes two seeds or more of both' if is_few else 'the seeds have no spread'}"
    if found.p_test is None:
        yield "no p_test, low and high: these take counts of the test part, of a seed that both have"


def _row(entity: str, found: Versus) -> dict[str, object]:
    known = [p for p in (found.p_runs, found.p_test) if p is not None]
    return {
        "entity": entity,
        "f1_one": found.one,
        "f1_other": found.other,
        "seeds_one": found.n_one,
        "seeds_other": found.n_other,
        "difference": None if found.one is None or found.other is None else found.one - found.other,
        "low": found.low,
        "high": found.high,
        "p_runs": found.p_runs,
        "p_test": found.p_test,
        "unit": found.unit or None,
        "differs": all(p <= LEVEL for p in known) if known else None,
    }
