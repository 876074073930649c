"""``bioner estimate``: from a corpus to the number of sentences, start to end."""

import argparse
import sys
from contextlib import suppress
from dataclasses import asdict, replace

from bioner_core.answers.corpus_estimate import (
    CorpusEstimate,
    build_request,
    describe_annotation,
    estimate_corpus,
)
from bioner_core.answers.estimate import Estimate
from bioner_core.answers.probe_study import PRESET, find_run, open_or_create_run, plan_probe
from bioner_core.answers.wording.numbers import format_count
from bioner_core.cli.corpus_argument import add_language, add_reading_options, open_argument
from bioner_core.cli.output import Commands, add_format, format_table, print_records
from bioner_core.cli.rates import add_rates, read_rates
from bioner_core.cli.runs import train_or_follow
from bioner_core.corpus.opening import OpenedCorpus
from bioner_core.corpus.sentences import Corpus
from bioner_core.costs.hours_and_money import NO_COST
from bioner_core.costs.rates import load_rates
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

BASES = {"similar": "similar corpora", "probe": "probe", "trained": "fine-tuned"}


def add_commands(commands: Commands) -> None:
    """Add ``estimate``."""
    estimate = commands.add_parser(
        "estimate", help="estimate how many sentences of a corpus must be annotated"
    )
    estimate.add_argument("path", help="library name, file, zip or folder")
    estimate.add_argument(
        "--pool", type=int, metavar="N", help="sentences that could be annotated for training at most"
    )
    estimate.add_argument(
        "--fraction", type=float, default=0.99, help="share of what the pool would reach (default: 0.99)"
    )
    estimate.add_argument("--now", action="store_true", help="use similar curves only; train nothing")
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
    opened = open_argument(args.path, args, with_doubts=True, language=args.language)
    store, study = RunStore(), plan_probe(opened.corpus, choose_model(None, PRESET))
    run = find_run(study, store)
    status = _read_status(opened, run)
    request = build_request(
        _select_corpus(opened.corpus, run, language=args.language),
        status,
        rates,
        n_pool=args.pool,
        fraction=args.fraction,
        n_test=args.test_sentences,
    )
    if not request.pool.is_specified:
        n = format_count(request.pool.n_all)
        print(
            f"note: assuming that at most {n} sentences could be annotated; set another number with --pool N",
            file=sys.stderr,
        )
    if args.now:
        _show(estimate_corpus(request, store), None, args.format)
        return 0
    estimate_corpus(request, store)  # what is wrong with the request is reported before minutes of training
    run = _open_run(study, opened.corpus, status, store)
    if code := train_or_follow(run):
        return code
    _show(estimate_corpus(request, store, run), run, args.format)
    return 0


def _read_status(opened: OpenedCorpus, run: Run | None) -> AnnotationStatus:
    """Return what the files tell of the annotation; of a library corpus what its upload told."""
    if opened.reading:
        return describe_annotation(opened.reading, opened.corpus)
    return load_annotation_status(run) if run else AnnotationStatus()


def _select_corpus(corpus: Corpus, run: Run | None, *, language: str | None) -> Corpus:
    """Return the run's copy of the corpus, whose language and domain its user has confirmed."""
    with suppress(BionerError):  # the run travelled without text
        copies = run.corpora() if run else {}
        corpus = copies.get(corpus.name, corpus)
    return replace(corpus, language=language or corpus.language)


def _open_run(study: Study, corpus: Corpus, status: AnnotationStatus, store: RunStore) -> Run:
    """Return the probe's run of a corpus, created where there is none, and say what is to be trained."""
    run = open_or_create_run(study, corpus, store)
    save_annotation_status(run, status)
    if pending := run.pending():
        print(f"{run.name}: {format_planned_work(replace(study, jobs=pending), store)}", file=sys.stderr)
    return run


def _show(answer: CorpusEstimate, run: Run | None, form: str) -> None:
    """Print a row for each basis and type; then the verdict and the notes."""
    rows = [row for estimate in answer.estimates for row in (estimate, *estimate.by_type)]
    if form == "table":
        print(format_table([_build_row(row) for row in rows]))
        print("\n".join((answer.verdict, *answer.notes)))
        return
    name = answer.request.corpus.name
    records = [{"corpus": name, **_build_record(row)} for row in rows]
    if form == "csv":
        print_records(records, form="csv")
        return
    record: dict[str, object] = {
        "corpus": name,
        "run": run.name if run else None,
        "n_test_needed": answer.n_test,
        "cost": answer.cost.record() if answer.cost else NO_COST,
        "next_round": answer.next_round,
        "told": answer.verdict,
        "estimates": records,
    }
    print_records(record, form="json")


def _build_row(estimate: Estimate) -> dict[str, object]:
    """Return the columns for people."""
    beyond = f"> {estimate.pool.n_all}"
    return {
        "basis": BASES[estimate.basis],
        "entity": estimate.entity,
        "50 % chance": beyond if estimate.n is None else estimate.n,
        "95 % sure": beyond if estimate.high is None else estimate.high,
        "F1 at pool": f"{100 * estimate.full.f1:.1f}",
        "based on": estimate.rests_on,
    }


def _build_record(estimate: Estimate) -> dict[str, object]:
    """Return the JSON object of an estimate."""
    names = ("basis", "entity", "decided_by", "fraction", "n", "low", "high", "rests_on")
    points = ("full", "now", "next")
    return {
        **{name: getattr(estimate, name) or None for name in names},
        **{
            f"{name}_f1": None if (point := getattr(estimate, name)) is None else asdict(point)
            for name in points
        },
        **{name: value for name, value in asdict(estimate.pool).items() if name != "is_specified"},
    }
