"""``bioner reproduce ecir2020``: the paper's whole plan, beside its published tables and figure."""

import argparse
import sys
from collections.abc import Collection, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from bioner_core.cli.corpus_argument import add_reading_options
from bioner_core.cli.output import Commands, add_format, format_table, print_records
from bioner_core.cli.plan_options import parse_seeds
from bioner_core.errors import BionerError
from bioner_core.reproduce.protocol import (
    CORPORA,
    LANGUAGES,
    MODELS,
    PUBLISHED,
)
from bioner_core.study.duration import format_duration
from bioner_core.study.presets import PRESETS

if TYPE_CHECKING:
    from bioner_core.cli.reproduce_steps import ReproductionPlan
    from bioner_core.reproduce.paper_corpora import PaperCorpusInput
    from bioner_core.reproduce.planning import RunPart
    from bioner_core.reproduce.replication import Replication


def add_commands(commands: Commands) -> None:
    """Add ``reproduce``."""
    command = commands.add_parser(
        "reproduce",
        help="train the plan of a paper and compare its tables and figure with the published ones",
    )
    command.add_argument("paper", choices=(PUBLISHED,), help="which paper")
    for corpus in CORPORA.values():
        command.add_argument(
            f"--{corpus.option}",
            metavar="PATH",
            help=f"{corpus.name}: {corpus.title}, as distributed; with --from: its name in the runs",
        )
    command.add_argument(
        "--from",
        dest="runs",
        action="append",
        default=[],
        metavar="RUN",
        help="compare this run; may be repeated",
    )
    command.add_argument(
        "--models",
        type=_parse_models,
        default=tuple(MODELS),
        help=f"models to train (default: {','.join(MODELS)})",
    )
    command.add_argument("--model", help="encoder to use instead of Multi-BERT: hub id or folder")
    for language in LANGUAGES:
        corpora = " and ".join(name for name, corpus in CORPORA.items() if corpus.language == language)
        command.add_argument(
            f"--vectors-{language}",
            metavar="FILE",
            help=f"word vectors of the LSTM-CRF for {corpora} (default: trained on their own text)",
        )
    command.add_argument("--preset", choices=tuple(PRESETS), default="paper", help="default: paper")
    command.add_argument("--sizes", help="training sizes, such as 50:2000:50,full (default: the preset's)")
    command.add_argument("--seeds", type=parse_seeds, help="such as 0,1,2 (default: the preset's)")
    command.add_argument(
        "--full-sources", action="store_true", help="train sources on all their sentences, too"
    )
    command.add_argument("--run", metavar="PREFIX", help=f"prefix of the runs' names (default: {PUBLISHED})")
    command.add_argument("--plan-only", action="store_true", help="count models and time; train nothing")
    command.add_argument("--retry", action="store_true", help="also train what failed before")
    command.add_argument(
        "--out",
        type=Path,
        default=Path(f"{PUBLISHED}-reproduced"),
        metavar="DIR",
        help="folder for the result",
    )
    add_reading_options(command)
    add_format(command)
    command.set_defaults(call=reproduce)


def _parse_models(text: str) -> tuple[str, ...]:
    wanted = tuple(dict.fromkeys(part.strip() for part in text.split(",")))
    if unknown := [key for key in wanted if key not in MODELS]:
        raise argparse.ArgumentTypeError(f"{unknown[0]!r}: write some of {','.join(MODELS)}")
    return wanted


def reproduce(args: argparse.Namespace) -> int:
    """Plan, train what is missing and compare; or compare finished runs.

    :returns: exit code: 0 done, 1 stopped or with failed models
    """
    from bioner_core.cli import reproduce_steps

    _check_out_folder(args.out)
    names = {
        name: value
        for name, corpus in CORPORA.items()
        if (value := getattr(args, corpus.option.replace("-", "_"))) is not None
    }
    if args.runs:
        return _write_comparison(reproduce_steps.load_runs(args, names), args)
    if not names:
        options = ", ".join(f"--{corpus.option}" for corpus in CORPORA.values())
        raise BionerError(
            f"reproduce: name one corpus or more ({options}), or finished runs by --from RUN. "
            "docs/reproduce.md says where each corpus comes from."
        )
    inputs = reproduce_steps.read_corpora(args, names)
    plan = reproduce_steps.plan_studies(args, inputs)
    if args.plan_only or args.format == "table":
        _show_plan(plan, inputs, args)
    if args.plan_only:
        return 0
    code = reproduce_steps.train_missing(plan, inputs, retry=args.retry)
    return (
        _write_comparison(reproduce_steps.load_trained(plan, inputs), args, printed_notes=plan.all_notes)
        or code
    )


def _check_out_folder(out: Path) -> None:
    """Check, before hours of training, that the folder can be written."""
    if out.exists() and not out.is_dir():
        raise BionerError(f"--out {out}: is a file. Name a folder.")
    if not out.parent.is_dir():
        raise BionerError(f"--out {out}: the folder {out.parent} does not exist. Create it first.")


def _show_plan(
    plan: "ReproductionPlan", inputs: "Mapping[str, PaperCorpusInput]", args: argparse.Namespace
) -> None:
    """Print the corpora as read beside Table 1, then the models by purpose."""
    from bioner_core.answers.finetuning_cost import PAPER_GPU_HOURS, PAPER_MODELS
    from bioner_core.cli import reproduce_steps

    parts = plan.list_parts()
    if args.format != "table":
        print_records([asdict(part) for part in parts], form=args.format)
        return
    print(format_table(reproduce_steps.build_count_rows(inputs)))
    print()
    print(format_table([_build_part_row(part) for part in parts]))
    n, n_scored = sum(part.n_models for part in parts), sum(part.n_scored for part in parts)
    seconds = plan.estimate_seconds()
    duration = (
        "not known yet: no similar training was timed on this machine"
        if seconds is None
        else format_duration(seconds)
    )
    print(
        f"\n{n:,} models to train, {n_scored:,} more scored without training. "
        f"The paper reports {PAPER_MODELS} and {PAPER_GPU_HOURS} GPU hours (8 P40 for 96 h); "
        f"at its pace these would take {n * PAPER_GPU_HOURS / PAPER_MODELS:,.0f}. Time here: {duration}."
    )
    for note in plan.all_notes if args.plan_only else plan.notes:  # training prints the notes of its studies
        print(f"note: {note}", file=sys.stderr)


def _build_part_row(part: "RunPart") -> dict[str, object]:
    return {
        "run": part.run,
        "for": part.purpose,
        "models": part.n_models,
        "scored only": part.n_scored,
        "sentence-passes": f"{part.passes:,}",
    }


def _write_comparison(
    replication: "Replication", args: argparse.Namespace, *, printed_notes: Collection[str] = ()
) -> int:
    """Write the comparison and print the summary.

    :param printed_notes: notes that are not printed again.
    """
    from bioner_core.reproduce.agreement import measure_agreements
    from bioner_core.reproduce.page import build_agreement_row, describe_table5
    from bioner_core.reproduce.tables import compare_tables
    from bioner_core.reproduce.writing import write_result

    tables = compare_tables(replication)
    path = write_result(args.out, tables, replication)
    agreements = measure_agreements(tables)
    if args.format == "table":
        print(format_table([build_agreement_row(agreement) for agreement in agreements]))
        lines = list(describe_table5(tables["table5"])) or ["nothing to compare yet"]
        print("\n".join(("\nTable 5:", *lines)))
    else:
        print_records([agreement.record() for agreement in agreements], form=args.format)
    for note in replication.notes:
        if note not in printed_notes:
            print(f"note: {note}", file=sys.stderr)
    print(f"comparison written to {path}", file=sys.stderr)
    return 0
