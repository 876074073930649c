"""``bioner corpus overlap``: the word pieces that corpora share, as in the paper's Table 4."""

import argparse
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bioner_core.cli.corpus_argument import open_told
from bioner_core.cli.output import show, table
from bioner_core.errors import BionerError
from bioner_core.files import cache_folder
from bioner_core.study.presets import PACKAGED

if TYPE_CHECKING:
    from bioner_core.analysis.overlap import Overlap


def add_overlap(actions: Any) -> argparse.ArgumentParser:
    """Add ``overlap`` to the actions of ``corpus``; return it for the options of reading."""
    overlap: argparse.ArgumentParser = actions.add_parser(
        "overlap", help="word pieces that corpora share, two by two, as Table 4"
    )
    overlap.add_argument("path", nargs="+", help="two or more: library name, file, zip or folder")
    overlap.add_argument("--model", default=PACKAGED, help=f"whose pieces (default: {PACKAGED})")
    overlap.set_defaults(call=show_overlap)
    return overlap


def show_overlap(args: argparse.Namespace) -> None:
    """Print a row for each type that both annotate, then one for all text; of three or more a matrix each."""
    from bioner_core.analysis.overlap import every_pair, pieces_of
    from bioner_core.corpus.word_pieces import load_tokenizer

    if len(args.path) < 2:
        raise BionerError("corpus overlap: one corpus shares nothing with itself. Name two or more.")
    opened = [open_told(path, args) for path in args.path]
    tokenizer = load_tokenizer(tokenizer_file(args.model))
    rows = every_pair([pieces_of(each.corpus, tokenizer) for each in opened])
    if args.format != "table":
        show([row.record() for row in rows], form=args.format)
    elif len(opened) == 2:
        show([_told(row) for row in rows], form=args.format)
    else:
        print("\n\n".join(_matrix(rows, entity) for entity in _entities(rows)))


def tokenizer_file(model: str) -> Path:
    """Return the file of a tokenizer as training cuts with it; it is made where it is not there yet.

    :raises BionerError: the encoder is not here, or its tokenizer cannot be loaded.
    """
    from bioner_core.study.encoder_choice import encoder_folder, is_here, kept_tokenizer, tokenizer_path

    if model == PACKAGED:
        with suppress(BionerError):
            return tokenizer_path(model)
        if is_here(model):
            from bioner_core.tagging.encoders.packaged import packaged_folder  # at use: it loads torch

            packaged_folder(cache_folder())
        return tokenizer_path(model)
    found = encoder_folder(model)
    if found is None:  # a tokenizer.json alone is enough
        return tokenizer_path(model)
    folder, revision = found
    file = kept_tokenizer(model, revision)
    if not file.is_file():
        from bioner_core.tagging.encoders.tokenizer import keep_tokenizer  # at use: it loads transformers

        keep_tokenizer(model, folder, file)
    return file


def _entities(rows: Sequence["Overlap"]) -> list[str]:
    """Return the types, then all text."""
    from bioner_core.analysis.overlap import TEXT

    return sorted({row.entity for row in rows}, key=lambda entity: (entity == TEXT, entity))


def _matrix(rows: Sequence["Overlap"], entity: str) -> str:
    """Return, for each corpus, its unique pieces and which share of them each other corpus has, too."""
    from bioner_core.analysis.overlap import shares, sizes

    found, unique = shares(rows, entity), sizes(rows, entity)
    lines = [
        {"of": of, "pieces": n, **{f"in {has}": _percent(found.get((has, of))) for has in unique}}
        for of, n in unique.items()
    ]
    return (
        f"{entity}: unique word pieces of each corpus, and the share of them found in each other\n"
        + table(lines)
    )


def _told(row: "Overlap") -> dict[str, object]:
    """Return the columns for people: shares in percent."""
    one, other = row.corpus_1, row.corpus_2
    if one == other:
        one, other = f"{one} (1)", f"{other} (2)"
    return {
        "entity": row.entity,
        f"pieces of {one}": row.unique_1,
        f"of {other}": row.unique_2,
        "shared": row.shared,
        f"% of {one}": _percent(row.share_of_1),
        f"% of {other}": _percent(row.share_of_2),
        f"{one} known to {other}": _percent(row.known_1),
        f"{other} known to {one}": _percent(row.known_2),
    }


def _percent(share: float | None) -> str | None:
    return None if share is None else f"{100 * share:.0f} %"
