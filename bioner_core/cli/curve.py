"""``bioner curve`` and ``bioner transfer``: plan a study, train it in the foreground, print what it says."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bioner_core.analysis.resampling import chance
from bioner_core.cli.budget import show_budgets
from bioner_core.cli.corpus_argument import add_reading, open_told
from bioner_core.cli.output import Commands, add_format
from bioner_core.cli.performance_tables import show_transfer
from bioner_core.cli.plan_options import add_model, add_training, numbers, planner
from bioner_core.cli.runs import resume
from bioner_core.corpus.sentences import Corpus
from bioner_core.curves.budget import curve_budgets
from bioner_core.curves.points import NONE
from bioner_core.curves.sources import joined, parts, stages
from bioner_core.errors import BionerError
from bioner_core.study.duration import plan_in_words
from bioner_core.study.grid import every_subset
from bioner_core.study.plan import Study, unanswerable
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore


def add_commands(commands: Commands) -> None:
    """Add ``curve`` and ``transfer``."""
    curve = commands.add_parser("curve", help="train the learning curves of one corpus or several")
    curve.add_argument(
        "targets", nargs="+", metavar="TARGET", help="library name, file, zip or folder; several make one run"
    )
    curve.add_argument(
        "--source",
        action="append",
        default=[],
        metavar="S",
        help="corpus to pretrain on; A+B together, A:B one after the other, A+B:C; repeats; "
        "a target may be the source of others",
    )
    curve.add_argument(
        "--subsets",
        type=int,
        metavar="N",
        help="pretrain on every combination of up to N of the sources (default preset: probe)",
    )
    curve.add_argument("--sizes", help="such as 50:2000:50,full (default: the preset's)")
    curve.add_argument("--seeds", type=numbers, help="such as 0,1,2 (default: the preset's)")
    curve.add_argument("--sample", choices=("sentences", "documents"), default="sentences")
    curve.add_argument("--full-sources", action="store_true", help="train sources on all sentences, too")
    curve.set_defaults(call=train_curve)

    transfer = commands.add_parser("transfer", help="train on each corpus, test on all")
    transfer.add_argument("corpora", nargs="+", metavar="CORPUS", help="two or more corpora")
    transfer.add_argument("--seeds", type=numbers, help="such as 0,1,2 (default: the preset's)")
    transfer.set_defaults(call=train_transfer)

    for command in (curve, transfer):
        add_model(command)
        add_training(command)
        add_reading(command)
        add_format(command)


def train_curve(args: argparse.Namespace) -> int:
    """Train the curves of the targets and print their budgets."""
    args.preset = args.preset or ("quick" if args.subsets is None else "probe")
    targets = _by_name(args.targets, args)
    sources, corpora = _sources(args.source, args)
    if args.subsets is not None:
        sources = list(every_subset(sources, args.subsets))
    study = planner(args)(
        targets=list(targets.values()),
        sources=sources,
        corpora=corpora,
        sizes=args.sizes,
        sample=args.sample,
        full_sources=args.full_sources,
        name=args.run or _run_name(list(targets), args.preset),
    )
    run = kept(study, {**corpora, **targets})
    for target in study.targets:
        if why := unanswerable(run.study, target):
            print(f"note: {why}", file=sys.stderr)
    if code := resume(run):
        return code
    args.target = args.entity = args.source = None
    rows = curve_budgets(run.curves(macro=True), chance=chance(run, RunStore()))
    show_budgets(rows, run=run, args=args)
    return 0


def _run_name(targets: Sequence[str], preset: str) -> str:
    first, *others = targets
    return f"{first} and {len(others)} more {preset}" if others else f"{first} {preset}"


def train_transfer(args: argparse.Namespace) -> int:
    """Train on each corpus, score on every one, print precision, recall and F1."""
    args.preset = args.preset or "quick"
    corpora = _by_name(args.corpora, args)
    if len(corpora) < 2:
        raise BionerError("transfer: needs two corpora or more.")
    study = planner(args)(
        targets=list(corpora.values()),
        sources=list(corpora),
        corpora=corpora,
        sizes="full",
        name=args.run or f"transfer {args.preset}",
    )
    run = kept(study, corpora)
    if code := resume(run):
        return code
    show_transfer(run, args=args)
    return 0


def _by_name(arguments: Sequence[str], args: argparse.Namespace) -> dict[str, Corpus]:
    corpora: dict[str, Corpus] = {}
    for argument in arguments:
        corpus = open_told(argument, args, with_doubts=True).corpus
        if corpus.name in corpora:
            raise BionerError(
                f"{argument}: another corpus of this command is named {corpus.name}, too. Name each once, or "
                "add one of them to the library under a name of its own: bioner corpus add PATH --name NAME."
            )
        corpora[corpus.name] = corpus
    return corpora


def _sources(arguments: Sequence[str], args: argparse.Namespace) -> tuple[list[str], dict[str, Corpus]]:
    """Return the sources by corpus names, and the corpora they use.

    An argument that opens as it stands is one corpus; else + and : join names. Each is opened once.
    """
    opened: dict[str, Corpus] = {}

    def name_of(argument: str) -> str:
        if argument not in opened:
            opened[argument] = open_told(argument, args, with_doubts=True).corpus
        return opened[argument].name

    names: list[str] = []
    for argument in dict.fromkeys(arguments):
        if argument == NONE:
            continue
        try:
            names.append(name_of(argument))
        except BionerError:
            groups = stages(argument)
            if len(parts(argument)) == 1:
                raise
            names.append(joined([name_of(part) for part in group] for group in groups))
    return names, {corpus.name: corpus for corpus in opened.values()}


def kept(study: Study, corpora: Mapping[str, Corpus]) -> Run:
    """Make the run, or add what is missing to the one that is there."""
    store = RunStore()
    is_there = study.name in store.names()
    run = store.extend(study.name, study, corpora) if is_there else store.create(study, corpora)
    for note in study.notes:
        print(f"note: {note}", file=sys.stderr)
    pending = run.pending()
    if is_there:
        print(f"{run.name}: {_to_train(run, study)}", file=sys.stderr)
    if pending:
        planned = plan_in_words(replace(run.study, jobs=pending), store)
        print(f"{run.name}: {planned}", file=sys.stderr)
    return run


def _to_train(run: Run, study: Study) -> str:
    """Return how many models of a run are still to be trained, some of them by an earlier plan."""
    pending, state = run.pending(), run.state()
    n_earlier = sum(job.id not in study.job_ids for job in pending)
    earlier = f" ({n_earlier:,} of them from an earlier plan)" if n_earlier else ""
    failed = f", {state.n_failed:,} failed before" if state.n_failed else ""
    noun = "model" if len(pending) == 1 else "models"
    return f"{len(pending):,} {noun} pending{earlier}, {state.n_done:,} done already{failed}"
