"""``bioner predictions timed``: two timed batches, one of them with a system's annotations to correct."""

import argparse
from typing import TYPE_CHECKING

from bioner_core.errors import BionerError

if TYPE_CHECKING:
    from bioner_core.cli.output import Commands
    from bioner_core.costs.pre_annotation import TimedBatch


def add_timed_batches(actions: "Commands") -> argparse.ArgumentParser:
    """Add ``timed``."""
    timed = actions.add_parser(
        "timed", help="say from two timed batches what correcting a system's annotations takes"
    )
    timed.add_argument("run", help="name of the run")
    timed.add_argument("name", help="name of the system whose annotations were corrected")
    for option, what in (("--without", "annotated from nothing"), ("--with", "with its annotations")):
        timed.add_argument(
            option,
            dest=f"batch_{option[2:]}",
            nargs=2,
            type=float,
            required=True,
            metavar=("SENTENCES", "MINUTES"),
            help=f"the batch {what}, and the time of one person",
        )
    timed.add_argument("--save", action="store_true", help="keep speed and share of marking in Settings")
    timed.set_defaults(call=measure_marking)
    return timed


def measure_marking(args: argparse.Namespace) -> None:
    """Print the share of the time that marks mentions, and keep it on request."""
    from bioner_core.analysis.external_scoring import choose_target
    from bioner_core.analysis.pre_annotation import measure_systems
    from bioner_core.answers.wording.pre_annotation import describe_timed_batches
    from bioner_core.costs.pre_annotation import apply_timed_batches
    from bioner_core.costs.rates import load_rates, save_rates
    from bioner_core.study.store import RunStore

    run = RunStore().open(args.run)
    target = choose_target(run, args.target)
    systems = {system.name: system for system in measure_systems(run, target, run.curves())}
    if args.name not in systems:
        available = ", ".join(systems) or "none yet"
        raise BionerError(f"run {run.name}: no system {args.name!r} on {target}. Available: {available}.")
    without, corrected = _build_batch(args.batch_without), _build_batch(args.batch_with)
    rates = apply_timed_batches(without, corrected, systems[args.name].proposals, load_rates())
    print(describe_timed_batches(without, corrected, rates))
    if args.save:
        save_rates(rates)
        print("kept with the rates of Settings")


def _build_batch(values: list[float]) -> "TimedBatch":
    from bioner_core.costs.pre_annotation import TimedBatch

    return TimedBatch(n_sentences=int(values[0]), minutes=values[1])
