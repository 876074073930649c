"""``bioner corpus list`` and ``delete``: what the library holds, and how a corpus leaves it."""

import argparse
import sys
from collections.abc import Sequence

from bioner_core.cli.output import Commands, add_format, format_mention_counts, is_agreed, print_records
from bioner_core.corpus.library import Library
from bioner_core.corpus.sentences import Corpus
from bioner_core.errors import BionerError
from bioner_core.rounds.project_store import ProjectStore
from bioner_core.study.store import RunStore


def add_library(actions: Commands) -> None:
    """Add ``list`` and ``delete`` to the actions of ``corpus``."""
    listing = actions.add_parser("list", help="list the corpora of the library")
    listing.set_defaults(call=list_corpora)
    add_format(listing)
    deleting = actions.add_parser("delete", help="remove a corpus from the library; runs keep their copies")
    deleting.add_argument("name", help="name in `bioner corpus list`")
    deleting.add_argument(
        "--with-copies", action="store_true", help="delete the copies in runs, too; points stay"
    )
    deleting.add_argument("--yes", action="store_true", help="do not ask")
    deleting.set_defaults(call=delete_corpus)


def list_corpora(args: argparse.Namespace) -> None:
    """Print a row for each corpus; one that cannot be read is told of on stderr."""
    library = Library()
    rows = []
    for name in library.names():
        try:
            corpus = library.load(name)
        except BionerError as error:
            print(f"warning: {error}", file=sys.stderr)
        else:
            rows.append(_build_row(name, corpus, form=args.format))
    print_records(rows, form=args.format)


def _build_row(name: str, corpus: Corpus, *, form: str) -> dict[str, object]:
    counts = {entity: corpus.mentions[entity] for entity in corpus.types}
    synthetic: dict[str, object] = {"is_synthetic": corpus.is_synthetic}
    if form == "table":
        synthetic = {"synthetic": "yes" if corpus.is_synthetic else "no"}
    return {
        "name": name,
        "language": corpus.language,
        "domain": corpus.domain,
        "sentences": len(corpus.sentences),
        "mentions": counts
        if form == "json"
        else format_mention_counts(corpus),  # CSV has the same columns for any types
        **synthetic,
    }


def delete_corpus(args: argparse.Namespace) -> None:
    """Remove a corpus, after a question; its copies in runs only where that is asked for."""
    library, store = Library(), RunStore()
    runs = store.list_runs_with_corpus(args.name)
    is_kept = args.name in library.names()
    if not (is_kept or (runs and args.with_copies)):
        library.locate(args.name)  # says which corpora there are
    what = _describe_deletion(args.name, runs, is_kept=is_kept, with_copies=args.with_copies)
    if not args.yes:
        if not sys.stdin.isatty():
            raise BionerError(f"corpus {args.name}: add --yes to delete it without a question.")
        if not is_agreed(f"Delete {what}?"):
            print("nothing deleted")
            return
    if args.with_copies:
        store.delete_copies(args.name)
    if is_kept:
        library.delete(args.name)
    print(f"deleted {what}")
    if projects := ProjectStore().list_with_corpus(args.name):
        names = ", ".join(projects)
        print(f"note: projects keep what they began with ({names}): bioner rounds remove", file=sys.stderr)


def _describe_deletion(name: str, runs: Sequence[str], *, is_kept: bool, with_copies: bool) -> str:
    """Return what is to be deleted, and what stays."""
    if not runs:
        return name
    where = f"{len(runs)} run{'s' * (len(runs) > 1)}: {', '.join(runs)}"
    if not with_copies:
        return f"{name} (copies of it stay in {where})"
    what = f"{name} and its copies" if is_kept else f"the copies of {name}"
    return f"{what} in {where} (the runs keep their results, but cannot train more models)"
