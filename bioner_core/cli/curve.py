"""``bioner curve`` and ``bioner transfer``: plan a study, train it in the foreground, print what it says."""

import argparse
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import get_args

from bioner_core.answers.planned_work import plan_work
from bioner_core.answers.wording.planned_work import describe_work, warn_of_long_work
from bioner_core.answers.wording.search import describe_search
from bioner_core.cli.backend import read_backend_options
from bioner_core.cli.budget import show_budgets
from bioner_core.cli.corpus_argument import add_reading_options, open_argument
from bioner_core.cli.output import Commands, add_format, add_goal
from bioner_core.cli.performance_tables import show_transfer
from bioner_core.cli.plan_only import add_plan_only, show_plan
from bioner_core.cli.plan_options import add_model_options, add_training_options, parse_seeds, prepare_plan
from bioner_core.cli.runs import train_or_follow
from bioner_core.cli.search_options import add_search_options, read_search
from bioner_core.corpus.sentences import Corpus
from bioner_core.corpus.split import SamplingUnit
from bioner_core.costs.rates import load_rates
from bioner_core.curves.points import NONE
from bioner_core.curves.sources import join_stages, list_source_corpora, parse_stages
from bioner_core.errors import BionerError
from bioner_core.study.executors.backend import Backend, read_backend, remember_backend
from bioner_core.study.grid import list_subsets
from bioner_core.study.plan import Study, explain_missing_answer, plan_study
from bioner_core.study.run import Run
from bioner_core.study.search_plan import plan_search
from bioner_core.study.store import RunStore
from bioner_core.study.strategies import STRATEGIES, parse_strategies


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
        help="corpus to pretrain on: A, A+B (together), A:B (one after the other), A+B:C; may be repeated; "
        "a target may be the source of others",
    )
    curve.add_argument(
        "--subsets",
        type=int,
        metavar="N",
        help="pretrain on every combination of up to N of the sources (default preset: probe)",
    )
    curve.add_argument("--sizes", help="training sizes, such as 50:2000:50,full (default: the preset's)")
    curve.add_argument("--seeds", type=parse_seeds, help="such as 0,1,2 (default: the preset's)")
    curve.add_argument(
        "--sample",
        choices=get_args(SamplingUnit),
        default="sentences",
        help="draw single sentences or whole documents (default: sentences)",
    )
    curve.add_argument(
        "--full-sources", action="store_true", help="train sources on all their sentences, too"
    )
    curve.add_argument(
        "--strategy",
        action="append",
        default=[],
        metavar="S",
        help="choose sentences, too, in batches, such as margin,diverse/50; random is always trained: "
        f"{', '.join(STRATEGIES)} (default preset: probe)",
    )
    add_search_options(curve)
    add_goal(curve)
    curve.set_defaults(call=train_curve)

    transfer = commands.add_parser("transfer", help="train on each corpus, test on all")
    transfer.add_argument("corpora", nargs="+", metavar="CORPUS", help="two or more corpora")
    transfer.add_argument("--seeds", type=parse_seeds, help="such as 0,1,2 (default: the preset's)")
    transfer.set_defaults(call=train_transfer)

    for command in (curve, transfer):
        add_model_options(command)
        add_training_options(command)
        add_reading_options(command)
        add_plan_only(command)
        add_format(command)


def train_curve(args: argparse.Namespace) -> int:
    """Train the curves of the targets and print their budgets."""
    strategies = parse_strategies(",".join(args.strategy)) if args.strategy else ()
    args.preset = args.preset or ("quick" if args.subsets is None and not strategies else "probe")
    search, backend = read_search(args), read_backend_options(args)
    if strategies and search:
        raise BionerError(
            "--strategy and --search: a search adds random sentences only. Name --sizes instead."
        )
    targets = _open_corpora(args.targets, args)
    sources, corpora = _open_sources(args.source, args)
    if args.subsets is not None:
        sources = list(list_subsets(sources, args.subsets))
    plan = prepare_plan(args, plan_study if search is None else partial(plan_search, search))
    study = plan(
        targets=list(targets.values()),
        sources=sources,
        corpora=corpora,
        sizes=args.sizes,
        sample=args.sample,
        full_sources=args.full_sources,
        strategies=strategies,
        name=args.run or _propose_run_name(list(targets), args.preset),
    )
    if args.plan_only:
        return show_plan(study, {**corpora, **targets}, backend, args)
    run = create_or_extend_run(study, {**corpora, **targets}, backend=backend)
    for target in study.targets:
        if why := explain_missing_answer(run.study, target):
            print(f"note: {why}", file=sys.stderr)
    if code := train_or_follow(run):
        return code
    args.target = args.entity = args.source = None
    show_budgets(run, args=args, store=RunStore())
    if strategies:
        print(f"note: what choosing saves: bioner strategies {shlex.quote(run.name)}", file=sys.stderr)
    return 0


def _propose_run_name(targets: Sequence[str], preset: str) -> str:
    first, *others = targets
    return f"{first} and {len(others)} more {preset}" if others else f"{first} {preset}"


def train_transfer(args: argparse.Namespace) -> int:
    """Train on each corpus, score on every one, print precision, recall and F1."""
    args.preset, backend = args.preset or "quick", read_backend_options(args)
    corpora = _open_corpora(args.corpora, args)
    if len(corpora) < 2:
        raise BionerError("transfer: needs two corpora or more.")
    study = prepare_plan(args)(
        targets=list(corpora.values()),
        sources=list(corpora),
        corpora=corpora,
        sizes="full",
        name=args.run or f"transfer {args.preset}",
    )
    if args.plan_only:
        return show_plan(study, corpora, backend, args)
    run = create_or_extend_run(study, corpora, backend=backend)
    if code := train_or_follow(run):
        return code
    show_transfer(run, args=args)
    return 0


def _open_corpora(arguments: Sequence[str], args: argparse.Namespace) -> dict[str, Corpus]:
    corpora: dict[str, Corpus] = {}
    for argument in arguments:
        corpus = open_argument(argument, args, with_doubts=True).corpus
        if corpus.name in corpora:
            raise BionerError(
                f"{argument}: another corpus of this command is named {corpus.name}, too. Name each once, or "
                "add one of them to the library under a name of its own: bioner corpus add PATH --name NAME."
            )
        corpora[corpus.name] = corpus
    return corpora


def _open_sources(arguments: Sequence[str], args: argparse.Namespace) -> tuple[list[str], dict[str, Corpus]]:
    """Return the sources by corpus names, and the corpora they use.

    An argument that opens as it stands is one corpus; else + and : join names. Each is opened once.
    """
    opened: dict[str, Corpus] = {}

    def name_of(argument: str) -> str:
        if argument not in opened:
            opened[argument] = open_argument(argument, args, with_doubts=True).corpus
        return opened[argument].name

    names: list[str] = []
    for argument in dict.fromkeys(arguments):
        if argument == NONE:
            continue
        try:
            names.append(name_of(argument))
        except BionerError:
            groups = parse_stages(argument)
            if len(list_source_corpora(argument)) == 1:
                raise
            names.append(join_stages([name_of(part) for part in group] for group in groups))
    return names, {corpus.name: corpus for corpus in opened.values()}


def create_or_extend_run(
    study: Study, corpora: Mapping[str, Corpus], *, backend: Backend | None = None
) -> Run:
    """Make the run, or add what is missing to the one that is there."""
    store = RunStore()
    exists = study.name in store.names()
    run = store.extend(study.name, study, corpora) if exists else store.create(study, corpora)
    if backend:
        remember_backend(run, backend)
    for note in study.notes:
        print(f"note: {note}", file=sys.stderr)
    pending = run.pending()
    if exists:
        print(f"{run.name}: {_count_pending(run, study)}", file=sys.stderr)
    if pending:
        left = replace(run.study, jobs=pending)
        work = plan_work(left, store, corpora, backend=read_backend(run), rates=load_rates())
        print(f"{run.name}: {describe_work(work)}. {work.basis.rstrip('.')}", file=sys.stderr)
        if warning := warn_of_long_work(work):
            print(f"note: {warning}", file=sys.stderr)
    if run.study.search and run.study.is_searching:
        print(f"{run.name}: {describe_search(run.study.search)}", file=sys.stderr)
    return run


def _count_pending(run: Run, study: Study) -> str:
    """Return how many models of a run are still to be trained, some of them by an earlier plan."""
    pending, state = run.pending(), run.state()
    n_earlier = sum(job.id not in study.job_ids for job in pending)
    earlier = f" ({n_earlier:,} of them from an earlier plan)" if n_earlier else ""
    failed = f", {state.n_failed:,} failed before" if state.n_failed else ""
    noun = "model" if len(pending) == 1 else "models"
    return f"{len(pending):,} {noun} pending{earlier}, {state.n_done:,} done already{failed}"
