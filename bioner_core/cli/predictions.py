"""``bioner predictions``: what systems that are not trained here reach on the same test part."""

import argparse
import sys
from pathlib import Path

from bioner_core.cli.corpus_argument import add_reading_options, open_argument, print_findings
from bioner_core.cli.output import (
    Commands,
    add_format,
    check_writable,
    write_new_file,
)
from bioner_core.cli.predictions_gliner import add_gliner
from bioner_core.cli.predictions_kept import keep_result, list_systems, open_writable_run, remove_system
from bioner_core.cli.predictions_timed import add_timed_batches
from bioner_core.errors import BionerError
from bioner_core.study.external_results import check_system_name


def add_commands(commands: Commands) -> None:
    """Add ``predictions`` with its actions."""
    predictions = commands.add_parser(
        "predictions", help="score systems that need no training here, such as an LLM or a term list"
    )
    actions = predictions.add_subparsers(metavar="ACTION", required=True)
    export = actions.add_parser("export", help="write the texts of a part of a corpus, without annotations")
    export.add_argument("corpus", help="library name, file, zip or folder")
    export.add_argument("--out", type=Path, help="new file to write (default: print)")
    export.add_argument(
        "--split-seed", type=int, default=0, help="number that decides the random test part (default: 0)"
    )
    add_reading_options(export)
    export.set_defaults(call=export_texts)

    add = actions.add_parser("add", help="score what a system annotated, and keep it with a run")
    add.add_argument("run", help="name of the run")
    add.add_argument(
        "file", type=Path, help="annotated texts: a file, zip or folder of any format that is read"
    )
    add.add_argument("--name", required=True, help="name of the system, such as gpt-x")
    add.add_argument(
        "--cost", default="", metavar="MONEY", help="of annotating these texts, such as '12.50 EUR'"
    )
    add.add_argument(
        "--annotated",
        type=int,
        default=0,
        metavar="N",
        help="annotated training sentences that the system was shown, as in its prompt (default: 0)",
    )
    add_reading_options(add)
    add.set_defaults(call=add_predictions)

    for action in (export, add):
        action.add_argument(
            "--part",
            choices=("test", "training"),
            default="test",
            help="test: what the system reaches (default); training: what correcting its annotations takes",
        )

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
    gliner = add_gliner(actions)
    timed = add_timed_batches(actions)
    for action in (add, terms, gliner, timed, listing, remove):
        action.add_argument("--target", help="the corpus, where a run has several targets")


def export_texts(args: argparse.Namespace) -> None:
    """Write the texts of a part; never over a file that is there."""
    from bioner_core.analysis.external_scoring import select_part
    from bioner_core.answers.wording.break_even import LEAVES_MACHINE
    from bioner_core.corpus.split import split_corpus
    from bioner_core.corpus.unannotated import serialize_unannotated

    if args.out:
        check_writable(args.out)
    corpus = open_argument(args.corpus, args).corpus
    sentences = select_part(split_corpus(corpus, seed=args.split_seed), args.part)
    text = serialize_unannotated(sentences, language=corpus.language)
    if args.out:
        write_new_file(args.out, text)
    else:
        sys.stdout.write(text)
    print(
        f"{len(sentences):,} {args.part} sentences of {corpus.name}"
        f"{f' written to {args.out}' if args.out else ''}. warning: {LEAVES_MACHINE}",
        file=sys.stderr,
    )


def add_predictions(args: argparse.Namespace) -> None:
    """Score a file of annotations on a part of a run's target, and keep the result."""
    from bioner_core.analysis.external_scoring import choose_target, score_annotations
    from bioner_core.answers.wording.break_even import describe_match
    from bioner_core.corpus.opening import read_annotations

    run = open_writable_run(args.run)
    target = choose_target(run, args.target)
    is_training = args.part == "training"
    name = check_system_name(run, target, args.name, is_pre_annotation=is_training)
    reading = read_annotations(args.file, documents=args.documents, column=args.column)
    scored = score_annotations(
        run,
        target,
        reading,
        name=name,
        cost=args.cost,
        label_map=dict(args.map),
        part=args.part,
        n_sentences=args.annotated,
    )
    print_findings(scored.findings)
    print(describe_match(scored, file=args.file.name, part=args.part))
    keep_result(run, scored.result)


def add_term_list(args: argparse.Namespace) -> None:
    """Score a term list on a run's test part, and keep the result."""
    from bioner_core.analysis.external_scoring import (
        choose_target,
        collect_target_terms,
        score_terms,
        split_target,
    )
    from bioner_core.corpus.term_list import read_terms

    n_train = args.from_training
    if (args.file is None) == (n_train is None):
        raise BionerError("predictions terms: name a file of terms, or --from-training N; one of the two.")
    run = open_writable_run(args.run)
    target = choose_target(run, args.target)
    default = "terms" if args.file else f"terms-{n_train}"
    name = check_system_name(run, target, args.name or default)
    terms = (
        read_terms(args.file, split_target(run, target)[0])
        if args.file
        else collect_target_terms(run, target, n_train)
    )
    print(f"{len(terms):,} terms")
    keep_result(run, score_terms(run, target, terms, name=name, n_sentences=n_train or 0))
