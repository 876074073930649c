"""``bioner corpus fetch``: list public corpora, and download one on the user's word."""

import argparse
import sys
from collections.abc import Generator
from contextlib import closing
from typing import TYPE_CHECKING

from bioner_core.cli.corpus_argument import print_findings
from bioner_core.cli.output import add_format, format_mention_counts, is_agreed, print_records
from bioner_core.errors import BionerError

if TYPE_CHECKING:
    from bioner_core.corpus.fetching.download import DownloadProgress
    from bioner_core.corpus.fetching.fetch import FetchedCorpus
    from bioner_core.corpus.fetching.registry import PublicCorpus


def add_fetch(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Add ``fetch``."""
    fetching = actions.add_parser("fetch", help="download a public corpus; without a name, list them")
    fetching.add_argument("name", nargs="?", help="name of the corpus in the list")
    fetching.add_argument("--yes", action="store_true", help="do not ask: you know licence and size")
    fetching.add_argument("--language", help="list only corpora of this language, such as de")
    fetching.add_argument(
        "--accept-changed",
        action="store_true",
        help="accept files that differ from those of the first download",
    )
    fetching.set_defaults(call=fetch_corpus)
    add_format(fetching)
    return fetching


def fetch_corpus(args: argparse.Namespace) -> None:
    """List the public corpora, or download one, read it and keep it."""
    from bioner_core.corpus.fetching.download_state import record_progress
    from bioner_core.corpus.fetching.fetch import check_fetchable, download_corpus
    from bioner_core.corpus.fetching.registry import load_public_corpus
    from bioner_core.corpus.library import Library

    if args.name is None:
        list_corpora(args)
        return
    corpus = load_public_corpus(args.name)
    check_fetchable(corpus, Library())
    if not args.yes and not _confirm_terms(corpus):
        print("nothing downloaded")
        return
    fetched = _show_progress(
        record_progress(corpus, download_corpus(corpus, accept_changed=args.accept_changed))
    )
    print_findings(fetched.findings)
    kept = fetched.corpus
    print(f"added {kept.name}: {len(kept.sentences):,} sentences, {format_mention_counts(kept)}")
    print(f"{fetched.counts}\n{fetched.digest}.\nCite: {kept.citation}")


def list_corpora(args: argparse.Namespace) -> None:
    """Print a row for each public corpus."""
    from bioner_core.corpus.fetching.catalog import build_row
    from bioner_core.corpus.fetching.registry import load_public_corpora

    corpora = [c for c in load_public_corpora().values() if args.language in (None, c.language)]
    if not corpora:
        languages = ", ".join(sorted({corpus.language for corpus in load_public_corpora().values()}))
        raise BionerError(
            f"no public corpus of language {args.language!r} on the list. Available: {languages}."
        )
    columns = ("name", "language", "domain", "types", "access", "size", "licence")
    print_records([build_row(corpus) for corpus in corpora], form=args.format, columns=columns)


def _confirm_terms(corpus: "PublicCorpus") -> bool:
    """Show on what terms a corpus is to be had, and ask."""
    from bioner_core.corpus.fetching.catalog import describe_terms

    for line in describe_terms(corpus):
        print(line)
    if not sys.stdin.isatty():
        raise BionerError(f"{corpus.name}: read the terms above, then confirm with --yes.")
    return is_agreed("Download?")


def _show_progress(steps: "Generator[DownloadProgress, None, FetchedCorpus]") -> "FetchedCorpus":
    """Show how far a download is, in one line of a terminal; return what came of it."""
    from bioner_core.corpus.fetching.catalog import format_progress

    last = ""
    with closing(steps):
        while True:
            try:
                step = next(steps)
            except StopIteration as end:
                if sys.stderr.isatty():
                    print("\r\033[K", end="", file=sys.stderr)
                return end.value  # type: ignore[no-any-return]
            if sys.stderr.isatty():
                print(f"\r\033[K{format_progress(step)}", end="", file=sys.stderr, flush=True)
            elif step.phase != last:
                print(format_progress(step), file=sys.stderr)
            last = step.phase
