"""``bioner predictions``: what systems that are not trained here reach on the same test part."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bioner_core.cli.corpus_argument import add_reading_options, open_argument, print_findings
from bioner_core.cli.output import (
    Commands,
    add_format,
    check_writable,
    filter_by_options,
    print_records,
    write_new_file,
)
from bioner_core.errors import BionerError
from bioner_core.study.external_results import (
    ExternalResult,
    check_system_name,
    delete_external_result,
    load_external_results,
    save_external_result,
)
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore

if TYPE_CHECKING:
    from bioner_core.analysis.break_even import ExternalScore


def add_commands(commands: Commands) -> None:
    """Add ``predictions`` with its actions."""
    predictions = commands.add_parser(
        "predictions", help="score systems that need no training here, such as an LLM or a term list"
    )
    actions = predictions.add_subparsers(metavar="ACTION", required=True)
    export = actions.add_parser("export", help="write the texts of a corpus's test part, without annotations")
    export.add_argument("corpus", help="library name, file, zip or folder")
    export.add_argument("--out", type=Path, help="new file to write (default: print)")
    export.add_argument(
        "--split-seed", type=int, default=0, help="number that decides the random test part (default: 0)"
    )
    add_reading_options(export)
    export.set_defaults(call=export_test_part)

    add = actions.add_parser("add", help="score what a system annotated, and keep it with a run")
    add.add_argument("run", help="name of the run")
    add.add_argument(
        "file", type=Path, help="annotated test part: a file, zip or folder of any format that is read"
    )
    add.add_argument("--name", required=True, help="name of the system, such as gpt-x")
    add.add_argument(
        "--cost", default="", metavar="MONEY", help="of annotating the test part, such as '12.50 EUR'"
    )
    add_reading_options(add)
    add.set_defaults(call=add_predictions)

    terms = actions.add_parser("terms", help="score a list of terms, and keep it with a run")
    terms.add_argument("run", help="name of the run")
    terms.add_argument(
        "file", nargs="?", type=Path, help="a term a line, then a tab (a comma in .csv) and its type"
    )
    terms.add_argument(
        "--from-training", type=int, metavar="N", help="the terms annotated in N training sentences instead"
    )
    terms.add_argument("--name", help="name of the list (default: terms, or terms-N)")
    terms.set_defaults(call=add_term_list)

    listing = actions.add_parser("list", help="show the systems of a run")
    listing.add_argument("run", help="name of the run")
    listing.add_argument("--entity", help="only this entity type")
    add_format(listing)
    listing.set_defaults(call=list_systems)

    remove = actions.add_parser("remove", help="remove a system from a run")
    remove.add_argument("run", help="name of the run")
    remove.add_argument("name", help="name of the system")
    remove.set_defaults(call=remove_system)
    for action in (add, terms, listing, remove):
        action.add_argument("--target", help="the corpus, where a run has several targets")


def export_test_part(args: argparse.Namespace) -> None:
    """Write the texts of the test part; never over a file that is there."""
    from bioner_core.corpus.split import split_corpus
    from bioner_core.corpus.unannotated import serialize_unannotated

    if args.out:
        check_writable(args.out)
    corpus = open_argument(args.corpus, args).corpus
    test = split_corpus(corpus, seed=args.split_seed).test
    text = serialize_unannotated(test, language=corpus.language)
    if args.out:
        write_new_file(args.out, text)
    else:
        sys.stdout.write(text)
    print(
        f"{len(test):,} test sentences of {corpus.name}{f' written to {args.out}' if args.out else ''}. "
        "warning: this file holds the text of the corpus. Send it only where its licence and your data "
        "protection allow.",
        file=sys.stderr,
    )


def _open_writable_run(name: str) -> Run:
    """Return a run that results can be kept with. :raises BionerError: it can only be read."""
    run = RunStore().open(name)
    if run.is_shipped:
        raise BionerError(
            f"run {name}: comes with the program and cannot be changed. Make a copy: bioner runs export "
            f"{name} copy.zip, then bioner runs import copy.zip --name NAME."
        )
    run.check_writable()
    return run


def add_predictions(args: argparse.Namespace) -> None:
    """Score a file of annotations on a run's test part, and keep the result."""
    from bioner_core.analysis.external_scoring import choose_target, score_system, split_target
    from bioner_core.corpus.alignment import align_annotations
    from bioner_core.corpus.opening import read_annotations

    run = _open_writable_run(args.run)
    target = choose_target(run, args.target)
    name = check_system_name(run, target, args.name)
    corpus, split = split_target(run, target)
    reading = read_annotations(args.file, documents=args.documents, column=args.column)
    aligned = align_annotations(reading, split.test, corpus, label_map=dict(args.map))
    print_findings(aligned.findings)
    n, n_test = aligned.n_matched, len(split.test)
    missing = f", {n_test - n:,} are missing and count as without mentions" if n < n_test else ""
    print(f"{n:,} of {n_test:,} test sentences ({100 * n / n_test:.0f} %) are in {args.file.name}{missing}.")
    if aligned.n_other_mentions:
        print(
            f"{aligned.n_other_mentions:,} of {reading.labels.total():,} mentions lie outside the test part."
        )
    result = score_system(split, aligned.sentences, name=name, cost=args.cost, n_matched=n)
    _keep(run, result)


def add_term_list(args: argparse.Namespace) -> None:
    """Score a term list on a run's test part, and keep the result."""
    from bioner_core.analysis.external_scoring import choose_target, score_system, split_target
    from bioner_core.corpus.term_list import collect_terms, find_terms, read_terms

    n_train = args.from_training
    if (args.file is None) == (n_train is None):
        raise BionerError("predictions terms: name a file of terms, or --from-training N; one of the two.")
    run = _open_writable_run(args.run)
    target = choose_target(run, args.target)
    default = "terms" if args.file else f"terms-{n_train}"
    name = check_system_name(run, target, args.name or default)
    corpus, split = split_target(run, target)
    terms = read_terms(args.file, corpus) if args.file else collect_terms(split.draw_train(n_train, seed=0))
    print(f"{len(terms):,} terms")
    result = score_system(
        split,
        find_terms(split.test, terms),
        name=name,
        n_sentences=n_train or 0,
        n_matched=len(split.test),
    )
    _keep(run, result)


def _keep(run: Run, result: ExternalResult) -> None:
    """Keep a result, and print its scores."""
    save_external_result(run, result)
    scores = [score for score in _list_scores(run) if score.point.model == result.name]
    print_records(
        [_format_score(score) for score in scores if score.point.target == result.target], form="table"
    )
    print(f"kept with run {run.name}: `bioner budget {run.name}` compares it with the models trained here")


def list_systems(args: argparse.Namespace) -> None:
    """Print a row for each system, target and type."""
    run = RunStore().open(args.run)
    scores = _list_scores(run)
    chosen = filter_by_options([score.point for score in scores], args, ("target", "entity"), run=run.name)
    rows = [score for score in scores if score.point in chosen]
    print_records(
        [_format_score(row) if args.format == "table" else row.record() for row in rows],
        form=args.format,
    )


def _list_scores(run: Run) -> "Sequence[ExternalScore]":
    from bioner_core.analysis.break_even import list_external_scores

    return list_external_scores(run)


def _format_score(score: "ExternalScore") -> dict[str, object]:
    """Return the columns for people: scores in percent."""
    from bioner_core.answers.wording.break_even import format_f1
    from bioner_core.answers.wording.numbers import format_percent

    point = score.point
    return {
        "target": point.target,
        "system": point.model,
        "entity": point.entity,
        "F1 (90 % interval)": format_f1(score),
        "P": format_percent(point.precision),
        "R": format_percent(point.recall),
        "test mentions": point.support,
        "annotated": point.n_sentences,
        "cost": score.cost or None,
    }


def remove_system(args: argparse.Namespace) -> None:
    """Remove a system from a run, for one target or for all."""
    run = RunStore().open(args.run)
    results = load_external_results(run)
    chosen = [r for r in results if r.name == args.name and args.target in (None, r.target)]
    if not chosen:
        available = ", ".join(dict.fromkeys(result.name for result in results)) or "none yet"
        raise BionerError(f"run {run.name}: no system {args.name!r}. Available: {available}.")
    for result in chosen:
        delete_external_result(run, result)
        print(f"removed {result.name} on {result.target}")
