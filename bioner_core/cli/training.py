"""``bioner curve`` and ``bioner transfer``: plan a study, train it in the foreground, print what it says."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from bioner_core.cli.answers import show_budgets
from bioner_core.cli.corpora import add_reading
from bioner_core.cli.output import Commands, add_format
from bioner_core.cli.runs import resume
from bioner_core.cli.transfers import show_transfer
from bioner_core.corpus.library import open_corpus
from bioner_core.corpus.sentences import Corpus
from bioner_core.curves.budget import curve_budgets
from bioner_core.curves.points import NONE
from bioner_core.curves.sources import joined, parts, stages
from bioner_core.errors import BionerError
from bioner_core.study.estimate import plan_in_words
from bioner_core.study.evidence import chance
from bioner_core.study.executors.devices import bfloat16_warning
from bioner_core.study.grid import every_subset
from bioner_core.study.models import ModelChoice, choose_model
from bioner_core.study.plan import Study, plan
from bioner_core.study.presets import PRESETS
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore

BACKENDS = ("local",)
OVERRIDES = (  # fields of Settings that an option of the same name changes
    *("epochs", "learning_rate", "head_rate", "batch_size", "min_steps", "dtype", "decoding"),
    *("patience", "dropout", "warmup", "weight_decay", "clip_norm", "max_pieces"),
)


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
        _add_model(command)
        _add_training(command)
        add_reading(command)
        add_format(command)


def _add_model(command: argparse.ArgumentParser) -> None:
    """Give a command the options of a model, of what it is trained on and of its run."""
    command.add_argument(
        "--model", help="hub id or folder of an encoder, or lstm-crf (default: the preset's)"
    )
    command.add_argument(
        "--vectors",
        metavar="FILE",
        help="word vectors for lstm-crf, of word2vec or fastText (default: trained on the corpora's text)",
    )
    command.add_argument("--preset", choices=tuple(PRESETS), help="default: quick; probe with --subsets")
    command.add_argument("--split-seed", type=int, default=0, help="draws the test part (default: 0)")
    command.add_argument(
        "--leave-out-shared", action="store_true", help="train without sentences that are in the test part"
    )
    command.add_argument("--backend", choices=BACKENDS, default="local")
    command.add_argument("--run", metavar="NAME", help="run to make, or to add what is missing to")


def _add_training(command: argparse.ArgumentParser) -> None:
    """Give a command the options of training; those not named are the preset's."""
    command.add_argument("--epochs", type=int)
    command.add_argument("--lr", type=float, dest="learning_rate", metavar="LR", help="peak learning rate")
    command.add_argument("--head-rate", type=float, metavar="X", help="the head's rate, in multiples of LR")
    command.add_argument("--batch-size", type=int, help="sentences a step")
    command.add_argument("--min-steps", type=int, help="least steps a model trains")
    command.add_argument(
        "--patience", type=int, metavar="N", help="stop after N epochs without a lower loss; 0 never stops"
    )
    command.add_argument("--dropout", type=float, metavar="SHARE", help="0 to below 1")
    command.add_argument("--warmup", type=float, metavar="SHARE", help="of the steps, before the peak of LR")
    command.add_argument("--weight-decay", type=float, metavar="X", help="0 to below 1")
    command.add_argument("--clip-norm", type=float, metavar="X", help="largest norm of a gradient")
    command.add_argument(
        "--max-pieces", type=int, metavar="N", help="longest window in word pieces, 8 or more"
    )
    command.add_argument("--dtype", choices=("float32", "bfloat16"), help="of the matrix products")
    command.add_argument(
        "--decoding",
        choices=("words", "bio"),
        help="each word's best tag, or the best sequence of BIO",
    )


def numbers(text: str) -> tuple[int, ...]:
    """Read seeds such as 0,1,2."""
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r}: write numbers joined by commas, such as 0,1,2"
        ) from error


def train_curve(args: argparse.Namespace) -> int:
    """Train the curves of the targets and print their budgets."""
    args.preset = args.preset or ("quick" if args.subsets is None else "probe")
    targets = _by_name(args.targets, args)
    sources, corpora = _sources(args.source, args)
    if args.subsets is not None:
        sources = list(every_subset(sources, args.subsets))
    study = _planner(args)(
        targets=list(targets.values()),
        sources=sources,
        corpora=corpora,
        sizes=args.sizes,
        sample=args.sample,
        full_sources=args.full_sources,
        name=args.run or _run_name(list(targets), args.preset),
    )
    run = kept(study, {**corpora, **targets})
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
    study = _planner(args)(
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


def _open(argument: str, args: argparse.Namespace) -> Corpus:
    opened = open_corpus(argument, label_map=dict(args.map), documents=args.documents)
    for finding in opened.findings:
        if finding.level != "note":
            print(f"{finding.level}: {finding.where}: {finding.message}", file=sys.stderr)
    return opened.corpus


def _by_name(arguments: Sequence[str], args: argparse.Namespace) -> dict[str, Corpus]:
    corpora: dict[str, Corpus] = {}
    for argument in arguments:
        corpus = _open(argument, args)
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
            opened[argument] = _open(argument, args)
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


def _model(args: argparse.Namespace) -> tuple[ModelChoice, str]:
    """Return the model to train and its file of vectors; a run keeps its own unless another one is named."""
    vectors = str(Path(args.vectors).expanduser().resolve()) if args.vectors else ""
    store = RunStore()
    if args.model is None and args.run in store.names():
        study = store.open(args.run).study
        if study.model:
            return study.model, vectors or (study.settings.vectors if study.settings else "")
    return choose_model(args.model, args.preset, vectors=vectors), vectors


def _planner(args: argparse.Namespace) -> "partial[Study]":
    """Return ``plan`` with the model and the training that the options name."""
    model, vectors = _model(args)
    if model.note:
        print(f"note: {model.note}", file=sys.stderr)
    settings = PRESETS[args.preset].settings_for(model.name)
    changed = {name: getattr(args, name) for name in OVERRIDES if getattr(args, name) is not None}
    settings = replace(settings, vectors=vectors, **changed)
    if warning := bfloat16_warning(settings.dtype):
        print(f"note: {warning}", file=sys.stderr)
    return partial(
        plan,
        model=model,
        preset=args.preset,
        seeds=args.seeds,
        settings=settings,
        split_seed=args.split_seed,
        leave_out_shared=args.leave_out_shared,
    )


def kept(study: Study, corpora: Mapping[str, Corpus]) -> Run:
    """Make the run, or add what is missing to the one that is there."""
    store = RunStore()
    run = (
        store.extend(study.name, study, corpora)
        if study.name in store.names()
        else store.create(study, corpora)
    )
    for note in study.notes:
        print(f"note: {note}", file=sys.stderr)
    print(f"{run.name}: {plan_in_words(study, store)}", file=sys.stderr)
    return run
