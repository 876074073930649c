"""``bioner corpus overlap``: the word pieces that two corpora share, as in the paper's Table 4."""

import argparse
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bioner_core.cli.output import show
from bioner_core.errors import BionerError
from bioner_core.files import cache_folder
from bioner_core.study.presets import PACKAGED

if TYPE_CHECKING:
    from bioner_core.corpus.overlap import Overlap


def add_overlap(actions: Any) -> argparse.ArgumentParser:
    """Add ``overlap`` to the actions of ``corpus``; return it for the options of reading."""
    overlap: argparse.ArgumentParser = actions.add_parser(
        "overlap", help="word pieces that two corpora share, as Table 4"
    )
    overlap.add_argument("path", nargs=2, help="library name, file, zip or folder")
    overlap.add_argument("--model", default=PACKAGED, help=f"whose pieces (default: {PACKAGED})")
    overlap.set_defaults(call=show_overlap)
    return overlap


def show_overlap(args: argparse.Namespace) -> None:
    """Print a row for each type that both annotate, then one for all text."""
    from bioner_core.corpus.library import open_corpus
    from bioner_core.corpus.overlap import overlap
    from bioner_core.corpus.pieces import load_tokenizer

    opened = [open_corpus(p, label_map=dict(args.map), documents=args.documents) for p in args.path]
    tokenizer = load_tokenizer(_tokenizer(args.model))
    rows = overlap(opened[0].corpus, opened[1].corpus, tokenizer)
    show([_told(row) if args.format == "table" else row.record() for row in rows], form=args.format)


def _tokenizer(model: str) -> Path:
    """Return the tokenizer's file; the packaged encoder's is made where it is not there yet."""
    from bioner_core.study.models import is_here, tokenizer_path

    with suppress(BionerError):
        return tokenizer_path(model)
    if model == PACKAGED and is_here(model):
        from bioner_core.tagging.packaged import packaged_folder  # at use: it loads torch

        packaged_folder(cache_folder())
    return tokenizer_path(model)


def _told(row: "Overlap") -> dict[str, object]:
    """Return the columns for people: shares in percent."""
    one, other = row.corpus_1, row.corpus_2
    if one == other:
        one, other = f"{one} (1)", f"{other} (2)"

    def percent(share: float | None) -> str | None:
        return None if share is None else f"{100 * share:.0f} %"

    return {
        "entity": row.entity,
        f"pieces of {one}": row.unique_1,
        f"of {other}": row.unique_2,
        "shared": row.shared,
        f"% of {one}": percent(row.share_of_1),
        f"% of {other}": percent(row.share_of_2),
        f"{one} known to {other}": percent(row.known_1),
        f"{other} known to {one}": percent(row.known_2),
    }
