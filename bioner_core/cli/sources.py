"""``bioner sources``: whether adding a source to others helps, by how much, and how sure that is."""

import argparse

from bioner_core.analysis.additions import Addition, Gain, measure_additions
from bioner_core.analysis.resampling import estimate_sampling_noise
from bioner_core.answers.wording.additions import (
    VERDICT_LABELS,
    format_gain_interval,
    format_saved,
    summarize_additions,
)
from bioner_core.answers.wording.numbers import format_difference
from bioner_core.cli.output import (
    Commands,
    add_format,
    filter_by_options,
    format_table,
    print_records,
    warn_of_synthetic,
)
from bioner_core.study.store import RunStore

OPTIONS = ("target", "entity", "added")


def add_commands(commands: Commands) -> None:
    """Add ``sources``."""
    command = commands.add_parser("sources", help="show whether adding a source helps")
    command.add_argument("run", help="name of the run")
    command.add_argument("--target", help="only this target corpus")
    command.add_argument("--entity", help="only this entity type")
    command.add_argument("--added", metavar="CORPUS", help="only what this corpus adds")
    command.add_argument(
        "--by-size", action="store_true", help="show a row for each size instead of their mean"
    )
    add_format(command)
    command.set_defaults(call=show_additions)


def show_additions(args: argparse.Namespace) -> None:
    """Print a row for each source and corpus added to it."""
    store = RunStore()
    run = store.open(args.run)
    comparisons = measure_additions(run.curves(), noise=estimate_sampling_noise(run, store))
    chosen = filter_by_options(comparisons, args, OPTIONS, run=run.name)
    warn_of_synthetic(run, {addition.target for addition in chosen})
    pairs = [
        (addition, gain)
        for addition in chosen
        for gain in (addition.gains if args.by_size else [addition.mean])
        if gain
    ]
    if args.format != "table":
        print_records([addition.record(gain) for addition, gain in pairs], form=args.format)
        return
    if not pairs:
        print(f"run {run.name}: no size was trained both with a source and without it")
        return
    print(format_table([_build_row(addition, gain) for addition, gain in pairs]))
    if not args.by_size:
        print(summarize_additions(chosen))


def _build_row(addition: Addition, gain: Gain) -> dict[str, object]:
    needs = {f"saves at {100 * need.fraction:g} %": format_saved(need) for need in addition.needs}
    return {
        "target": addition.target,
        "entity": addition.entity,
        "added": addition.added,
        "to": addition.to,
        "sentences": "mean" if gain.n is None else gain.n,
        "F1": format_difference(gain.f1, is_signed=False),
        "without": format_difference(gain.f1_without, is_signed=False),
        "difference": format_difference(gain.difference),
        "90 %": format_gain_interval(gain),
        "shown": VERDICT_LABELS[gain.verdict],
        "seeds": gain.n_seeds,
        **needs,
    }
