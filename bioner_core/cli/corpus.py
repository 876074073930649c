"""``bioner corpus …``: check, describe, convert and keep corpora."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bioner_core.cli.corpus_argument import add_language, add_reading_options, open_argument
from bioner_core.cli.corpus_fetch import add_fetch
from bioner_core.cli.corpus_library import add_library
from bioner_core.cli.corpus_overlap import add_overlap
from bioner_core.cli.corpus_sources import add_sources
from bioner_core.cli.output import (
    Commands,
    add_format,
    check_writable,
    format_mention_counts,
    format_table,
    print_records,
    write_new_file,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bioner_core.corpus.reading.passages import UnplacedMention


def add_commands(commands: Commands) -> None:
    """Add ``corpus`` with its actions."""
    corpus = commands.add_parser("corpus", help="check, describe, convert and keep corpora")
    actions = corpus.add_subparsers(metavar="ACTION", required=True)

    check = actions.add_parser("check", help="show what is in a corpus, and what looks wrong")
    check.add_argument("path", help="library name, file, zip or folder")
    check.add_argument(
        "--unplaced",
        metavar="OUT.csv",
        type=Path,
        help="write mentions without a valid place, with reasons, to this file",
    )
    check.set_defaults(call=check_corpus)

    stats = actions.add_parser("stats", help="count documents, sentences, entities and lengths")
    stats.add_argument("path", nargs="+", help="library names, files, zips or folders")
    stats.set_defaults(call=show_statistics)

    convert = actions.add_parser("convert", help="write a corpus in another format")
    convert.add_argument("path", help="library name, file, zip or folder")
    convert.add_argument("out", type=Path, help="new file to write; for brat and webanno, a folder")
    convert.add_argument(
        "--to", required=True, choices=("conll", "jsonl", "brat", "webanno"), help="format to write"
    )
    convert.set_defaults(call=convert_corpus)

    add = actions.add_parser("add", help="keep a corpus in the library; `add sample` adds the samples")
    add.add_argument("path", help="file, zip or folder, or the word `sample`")
    add.add_argument("--name", help="name in the library (default: from the file's name)")
    add.add_argument("--domain", help="kind of text, such as UGT, EHR, abstracts")
    add.add_argument(
        "--annotates",
        action="append",
        default=[],
        metavar="TYPE",
        help="entity type that annotators looked for, even if it does not occur; may be repeated",
    )
    add.set_defaults(call=add_corpus)

    add_library(actions)
    add_fetch(actions)
    overlap, sources = add_overlap(actions), add_sources(actions)
    for action in (check, add):
        add_language(action)
    for action in (check, stats, convert, add, overlap, sources):
        add_reading_options(action)
    for action in (check, stats, overlap, sources):
        add_format(action)


def check_corpus(args: argparse.Namespace) -> int:
    """Print findings and counts; 1 where the corpus cannot be used (then an error says why)."""
    from bioner_core.corpus.reading.findings import format_findings_csv
    from bioner_core.corpus.reading.passages import NothingPlacedError
    from bioner_core.corpus.statistics import compute_statistics

    if args.unplaced:
        check_writable(args.unplaced)
    try:
        opened = open_argument(args.path, args, prints_findings=False, language=args.language)
    except NothingPlacedError as error:
        if args.unplaced:
            _write_unplaced(error.unplaced, error.n_unplaced, args.unplaced)
        raise
    if args.unplaced:
        reading = opened.reading
        unplaced, n = (reading.unplaced, reading.n_unplaced) if reading else ((), 0)
        n_others = opened.n_read.total() - opened.n_placed.total()
        _write_unplaced(unplaced, n, args.unplaced, n_others=n_others)
    if args.format == "csv":
        print(format_findings_csv(opened.findings), end="")
        return 0
    labels = opened.reading.labels if opened.reading else opened.corpus.mentions
    record = {
        **compute_statistics(opened.corpus).record(),
        "labels": dict(labels),
        "findings": [{"level": f.level, "where": f.where, "message": f.message} for f in opened.findings],
    }
    if args.format == "json":
        print_records(record, form=args.format)
        return 0
    print(format_table([{k: v for k, v in record.items() if k not in ("labels", "findings", "entities")}]))
    print(format_table([{"label": k, "mentions": v} for k, v in labels.items()]), sep="\n")
    print(format_table([{"entity type": k, **v} for k, v in record["entities"].items()]))  # type: ignore[attr-defined]
    for finding in opened.findings:
        print(f"{finding.level}: {finding.where}: {finding.message}")
    return 0


def _write_unplaced(unplaced: "Sequence[UnplacedMention]", n: int, path: Path, *, n_others: int = 0) -> None:
    """Write the list; say how many stand in it, and how many are left out for other reasons."""
    from bioner_core.corpus.reading.findings import format_unplaced_csv

    write_new_file(path, format_unplaced_csv(unplaced))
    listed = f", the first {len(unplaced):,} are listed" if len(unplaced) < n else ""
    print(f"{n:,} mention{'s' * (n != 1)} without a valid place{listed}: {path}", file=sys.stderr)
    if n_others:
        print(
            f"note: {n_others:,} more left out, since they overlap another mention, repeat it or cover no "
            "word. The findings count them; the list does not hold them.",
            file=sys.stderr,
        )


def show_statistics(args: argparse.Namespace) -> None:
    """Print one row a corpus, as Table 1 of the paper."""
    from bioner_core.corpus.statistics import compute_statistics

    print_records(
        [compute_statistics(open_argument(path, args).corpus).record() for path in args.path],
        form=args.format,
    )


def convert_corpus(args: argparse.Namespace) -> None:
    """Write a corpus in another format; never over a file that is there."""
    from bioner_core.corpus.writing import export_corpus

    check_writable(args.out)
    corpus = open_argument(args.path, args).corpus
    notes = export_corpus(corpus, args.out, args.to)
    for note in notes:
        print(f"note: {note}", file=sys.stderr)
    n = len(corpus.sentences)
    print(f"{n:,} sentence{'s' * (n != 1)} written to {args.out}", file=sys.stderr)


def add_corpus(args: argparse.Namespace) -> None:
    """Keep a corpus, or the synthetic samples, in the library."""
    from bioner_core.corpus.labels import add_annotated_types
    from bioner_core.corpus.library import Library
    from bioner_core.corpus.reading_record import NO_RECORD
    from bioner_core.corpus.sample import generate_sample_corpora

    library, record = Library(), NO_RECORD
    if args.path == "sample":
        kept = generate_sample_corpora()
    else:
        opened = open_argument(
            args.path, args, with_doubts=True, name=args.name, language=args.language, domain=args.domain
        )
        kept, record = (add_annotated_types(opened.corpus, args.annotates),), opened.record
    for corpus in kept:
        library.add(corpus, record)
        n = len(corpus.sentences)
        print(f"added {corpus.name}: {n:,} sentence{'s' * (n != 1)}, {format_mention_counts(corpus)}")
