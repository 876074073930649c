"""``bioner estimate``: from a corpus to the number of sentences, start to end."""

import argparse
import sys
from contextlib import suppress
from dataclasses import replace

from bioner_core.analysis.estimate_basis import freeze_references, load_references
from bioner_core.answers.corpus_estimate import build_request, describe_annotation, estimate_corpus
from bioner_core.answers.first_batch import estimate_unannotated
from bioner_core.answers.probe_study import PRESET, find_run, open_or_create_run, plan_probe
from bioner_core.answers.wording.numbers import format_count
from bioner_core.answers.wording.search import describe_search
from bioner_core.cli.corpus_argument import add_language, add_reading_options, open_argument
from bioner_core.cli.estimate_output import print_estimate, print_first_estimate
from bioner_core.cli.output import Commands, add_format
from bioner_core.cli.rates import add_rates, read_rates
from bioner_core.cli.runs import train_or_follow
from bioner_core.corpus.opening import OpenedCorpus
from bioner_core.corpus.sentences import Corpus
from bioner_core.costs.rates import Rates, load_rates
from bioner_core.errors import BionerError
from bioner_core.study.annotation_file import (
    AnnotationStatus,
    load_annotation_status,
    save_annotation_status,
)
from bioner_core.study.duration import format_planned_work
from bioner_core.study.encoder_choice import choose_model
from bioner_core.study.plan import Study
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore


def add_commands(commands: Commands) -> None:
    """Add ``estimate``."""
    estimate = commands.add_parser(
        "estimate", help="estimate how many sentences of a corpus must be annotated"
    )
    estimate.add_argument(
        "path", nargs="?", help="library name, file, zip or folder; without it: nothing is annotated yet"
    )
    estimate.add_argument(
        "--types", metavar="TYPES", help="without PATH: the entity types, such as Drug,Disease"
    )
    estimate.add_argument("--domain", help="kind of text, such as UGT, EHR, abstracts")
    estimate.add_argument(
        "--pool", type=int, metavar="N", help="sentences that could be annotated for training at most"
    )
    estimate.add_argument(
        "--fraction",
        type=float,
        help="share of what the pool would reach (default: 0.99, or 0.95 where that tells more)",
    )
    estimate.add_argument(
        "--stop-at", type=int, metavar="N", help="say what stopping at N training sentences gives"
    )
    estimate.add_argument("--now", action="store_true", help="use similar curves only; train nothing")
    estimate.add_argument(
        "--newest",
        action="store_true",
        help="learn from all studies of today, not from those of the first estimate of this corpus",
    )
    add_reading_options(estimate)
    add_language(estimate)
    add_rates(estimate)
    add_format(estimate)
    estimate.set_defaults(call=run_estimate)


def run_estimate(args: argparse.Namespace) -> int:
    """Estimate from similar curves, then train the probe unless ``--now``; print all estimates and notes.

    :returns: 0, or the exit code of training that was cancelled or failed.
    """
    rates = read_rates(args) or load_rates()  # what is wrong with them is reported before minutes of training
    if args.path is None:
        _estimate_unannotated(args, rates)
        return 0
    if args.types is not None:
        raise BionerError(
            "--types is for a corpus of which nothing is annotated yet. Leave it out, or leave out the path."
        )
    opened = open_argument(args.path, args, with_doubts=True, language=args.language, domain=args.domain)
    store, study = RunStore(), plan_probe(opened.corpus, choose_model(None, PRESET))
    run = find_run(study, store)
    status = _read_status(opened, run)
    request = build_request(
        _select_corpus(opened.corpus, run, args),
        status,
        rates,
        n_pool=args.pool,
        fraction=args.fraction,
        n_test=args.test_sentences,
        stop_at=args.stop_at,
    )
    if not request.pool.is_specified:
        _note_pool(request.pool.n_all)
    if args.now:
        print_estimate(estimate_corpus(request, store), None, args.format)
        return 0
    estimate_corpus(request, store)  # what is wrong with the request is reported before minutes of training
    run = _open_run(study, opened.corpus, status, store)
    if code := train_or_follow(run):
        return code
    freeze_references(run, store, is_renewed=args.newest)
    print_estimate(estimate_corpus(request, store, run), run, args.format)
    return 0


def _estimate_unannotated(args: argparse.Namespace, rates: Rates) -> None:
    """Print the range from similar curves and the first batch, where nothing is annotated yet."""
    if args.types is None:
        raise BionerError(
            "name a corpus. Where nothing is annotated yet, name the entity types instead, such as "
            "--types Drug,Disease, with --language and --domain."
        )
    first = estimate_unannotated(
        args.types.split(","),
        load_references(None, RunStore()),
        rates,
        language=args.language or "",
        domain=args.domain or "",
        n_pool=args.pool,
        fraction=args.fraction,
    )
    if not first.estimate.pool.is_specified:
        _note_pool(first.estimate.pool.n_all)
    print_first_estimate(first, rates, args.format, stop_at=args.stop_at)


def _note_pool(n: int) -> None:
    print(
        f"note: assuming that at most {format_count(n)} sentences could be annotated; set another number "
        "with --pool N",
        file=sys.stderr,
    )


def _read_status(opened: OpenedCorpus, run: Run | None) -> AnnotationStatus:
    """Return what the files tell of the annotation; of a library corpus what its upload told."""
    if opened.reading:
        return describe_annotation(opened.reading, opened.corpus)
    return load_annotation_status(run) if run else AnnotationStatus()


def _select_corpus(corpus: Corpus, run: Run | None, args: argparse.Namespace) -> Corpus:
    """Return the run's copy of the corpus, whose language and domain its user has confirmed."""
    with suppress(BionerError):  # the run travelled without text
        copies = run.corpora() if run else {}
        corpus = copies.get(corpus.name, corpus)
    return replace(corpus, language=args.language or corpus.language, domain=args.domain or corpus.domain)


def _open_run(study: Study, corpus: Corpus, status: AnnotationStatus, store: RunStore) -> Run:
    """Return the probe's run of a corpus, created where there is none, and say what is to be trained."""
    run = open_or_create_run(study, corpus, store)
    save_annotation_status(run, status)
    if pending := run.pending():
        planned = format_planned_work(replace(run.study, jobs=pending), store, {corpus.name: corpus})
        print(f"{run.name}: {planned}", file=sys.stderr)
    if run.study.search and run.study.is_searching:
        print(f"{run.name}: {describe_search(run.study.search)}", file=sys.stderr)
    return run
