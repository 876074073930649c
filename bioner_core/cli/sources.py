"""``bioner sources``: whether adding a source to others helps, by how much, and how sure that is."""

import argparse

from bioner_core.analysis.additions import Addition, Gain, additions
from bioner_core.analysis.resampling import chance
from bioner_core.answers import additions_wording as told
from bioner_core.cli.output import Commands, add_format, note_synthetic, only, show, table
from bioner_core.study.store import RunStore

OPTIONS = ("target", "entity", "added")


def add_commands(commands: Commands) -> None:
    """Add ``sources``."""
    command = commands.add_parser("sources", help="whether adding a source to pretrain on helps")
    command.add_argument("run")
    command.add_argument("--target", help="only this target corpus")
    command.add_argument("--entity", help="only this entity type")
    command.add_argument("--added", metavar="CORPUS", help="only what this corpus adds")
    command.add_argument("--by-size", action="store_true", help="a row for each size, not their mean")
    add_format(command)
    command.set_defaults(call=show_additions)


def show_additions(args: argparse.Namespace) -> None:
    """Print a row for each source and corpus added to it."""
    store = RunStore()
    run = store.open(args.run)
    found = additions(run.curves(), chance=chance(run, store))
    chosen = only(found, args, OPTIONS, run=run.name)
    note_synthetic(run, {one.target for one in chosen})
    pairs = [(one, gain) for one in chosen for gain in (one.gains if args.by_size else [one.mean]) if gain]
    if args.format != "table":
        show([one.record(gain) for one, gain in pairs], form=args.format)
        return
    if not pairs:
        print(f"run {run.name}: no size was trained both with a source and without it")
        return
    print(table([_row(one, gain) for one, gain in pairs]))
    if not args.by_size:
        print(told.headline(chosen))


def _row(one: Addition, gain: Gain) -> dict[str, object]:
    needs = {f"saves at {100 * need.fraction:g} %": told.saves(need) for need in one.needs}
    return {
        "target": one.target,
        "entity": one.entity,
        "added": one.added,
        "to": one.to,
        "sentences": "mean" if gain.n is None else gain.n,
        "F1": told.points(gain.f1, is_signed=False),
        "without": told.points(gain.f1_without, is_signed=False),
        "difference": told.points(gain.difference),
        "90 %": told.interval(gain),
        "shown": told.VERDICTS[gain.verdict],
        "seeds": gain.n_seeds,
        **needs,
    }
