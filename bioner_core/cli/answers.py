"""``bioner answers``: the paper's research questions, answered from any run."""

import argparse

from bioner_core.analysis.resampling import estimate_sampling_noise
from bioner_core.answers.research_questions import QUESTIONS, answer_questions, build_answer_record
from bioner_core.cli.output import Commands, add_format, filter_by_options, print_records, warn_of_synthetic
from bioner_core.study.store import RunStore


def add_commands(commands: Commands) -> None:
    """Add ``answers``."""
    command = commands.add_parser("answers", help="answer the paper's three questions from a run")
    command.add_argument("run", help="name of the run, such as ecir2020")
    command.add_argument("--target", help="only this target corpus")
    command.add_argument("--entity", help="only this entity type")
    add_format(command)
    command.set_defaults(call=show_answers)


def show_answers(args: argparse.Namespace) -> None:
    """Print a sentence for each answer, or its numbers."""
    store = RunStore()
    run = store.open(args.run)
    chosen = filter_by_options(run.curves(), args, ("target", "entity"), run=run.name)
    warn_of_synthetic(run, {curve.target for curve in chosen})
    answers = answer_questions(chosen, chance=estimate_sampling_noise(run, store))
    if args.format != "table":
        print_records([build_answer_record(answer) for answer in answers], form=args.format)
        return
    if not answers:
        print(f"run {run.name}: no model with pretraining and none on full data to compare it with")
    for answer in answers:
        print(f"{QUESTIONS[type(answer)]}  {answer.sentence}")
