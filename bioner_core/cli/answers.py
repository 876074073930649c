"""``bioner answers``: the paper's research questions, answered from any run."""

import argparse

from bioner_core.analysis.resampling import chance
from bioner_core.answers.research_questions import QUESTIONS, answers, record
from bioner_core.cli.output import Commands, add_format, note_synthetic, only, show
from bioner_core.study.store import RunStore


def add_commands(commands: Commands) -> None:
    """Add ``answers``."""
    command = commands.add_parser("answers", help="the paper's three questions, answered from a run")
    command.add_argument("run")
    command.add_argument("--target", help="only this target corpus")
    command.add_argument("--entity", help="only this entity type")
    add_format(command)
    command.set_defaults(call=show_answers)


def show_answers(args: argparse.Namespace) -> None:
    """Print a sentence for each answer, or its numbers."""
    store = RunStore()
    run = store.open(args.run)
    chosen = only(run.curves(), args, ("target", "entity"), run=run.name)
    note_synthetic(run, {curve.target for curve in chosen})
    found = answers(chosen, chance=chance(run, store))
    if args.format != "table":
        show([record(one) for one in found], form=args.format)
        return
    if not found:
        print(f"run {run.name}: no model with pretraining and none on full data to compare it with")
    for one in found:
        print(f"{QUESTIONS[type(one)]}  {one.sentence}")
