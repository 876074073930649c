"""``bioner corpus overlap``: the word pieces that corpora share, as in the paper's Table 4."""

import argparse
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bioner_core.cli.corpus_argument import open_argument
from bioner_core.cli.output import format_table, print_records
from bioner_core.errors import BionerError
from bioner_core.files import locate_cache_folder
from bioner_core.study.presets import PACKAGED

if TYPE_CHECKING:
    from bioner_core.analysis.overlap import Overlap


def add_overlap(actions: Any) -> argparse.ArgumentParser:
    """Add ``overlap`` to the actions of ``corpus``; return it for the options of reading."""
    overlap: argparse.ArgumentParser = actions.add_parser(
        "overlap", help="count the word pieces that each pair of corpora shares, as in Table 4"
    )
    overlap.add_argument("path", nargs="+", help="two or more corpora: library name, file, zip or folder")
    overlap.add_argument(
        "--model", default=PACKAGED, help=f"encoder whose word pieces are counted (default: {PACKAGED})"
    )
    overlap.set_defaults(call=show_overlap)
    return overlap


def show_overlap(args: argparse.Namespace) -> None:
    """Print a row for each type that both annotate, then one for all text; of three or more a matrix each."""
    from bioner_core.analysis.overlap import compare_all_pairs, count_pieces
    from bioner_core.corpus.word_pieces import load_tokenizer

    if len(args.path) < 2:
        raise BionerError("corpus overlap: found one corpus. Name two or more.")
    opened = [open_argument(path, args) for path in args.path]
    tokenizer = load_tokenizer(find_tokenizer(args.model))
    rows = compare_all_pairs([count_pieces(corpus.corpus, tokenizer) for corpus in opened])
    if args.format != "table":
        print_records([row.record() for row in rows], form=args.format)
    elif len(opened) == 2:
        print_records([_format_row(row) for row in rows], form=args.format)
    else:
        print("\n\n".join(_format_matrix(rows, entity) for entity in _list_entities(rows)))


def find_tokenizer(model: str) -> Path:
    """Return the file of a tokenizer as training cuts with it; it is made where it is not there yet.

    :raises BionerError: the encoder is not here, or its tokenizer cannot be loaded.
    """
    from bioner_core.study.encoder_choice import (
        is_available_offline,
        locate_encoder,
        locate_saved_tokenizer,
        locate_tokenizer,
    )

    if model == PACKAGED:
        with suppress(BionerError):
            return locate_tokenizer(model)
        if is_available_offline(model):
            # At use: it loads torch.
            from bioner_core.tagging.packaged_encoder.packaged_encoder import prepare_packaged_encoder

            prepare_packaged_encoder(locate_cache_folder())
        return locate_tokenizer(model)
    encoder = locate_encoder(model)
    if encoder is None:  # a tokenizer.json alone is enough
        return locate_tokenizer(model)
    folder, revision = encoder
    file = locate_saved_tokenizer(model, revision)
    if not file.is_file():
        from bioner_core.tagging.encoders.tokenizer import export_tokenizer  # at use: it loads transformers

        export_tokenizer(model, folder, file)
    return file


def _list_entities(rows: Sequence["Overlap"]) -> list[str]:
    """Return the types, then all text."""
    from bioner_core.analysis.overlap import TEXT

    return sorted({row.entity for row in rows}, key=lambda entity: (entity == TEXT, entity))


def _format_matrix(rows: Sequence["Overlap"], entity: str) -> str:
    """Return, for each corpus, its unique pieces and which share of them each other corpus has, too."""
    from bioner_core.analysis.overlap import compute_shares, count_unique_pieces

    shared, unique = compute_shares(rows, entity), count_unique_pieces(rows, entity)
    lines = [
        {"of": of, "pieces": n, **{f"in {has}": _format_percent(shared.get((has, of))) for has in unique}}
        for of, n in unique.items()
    ]
    return (
        f"{entity}: unique word pieces of each corpus, and the share of them found in each other\n"
        + format_table(lines)
    )


def _format_row(row: "Overlap") -> dict[str, object]:
    """Return the columns for people: shares in percent."""
    first, second = row.corpus_1, row.corpus_2
    if first == second:
        first, second = f"{first} (1)", f"{second} (2)"
    return {
        "entity": row.entity,
        f"pieces of {first}": row.unique_1,
        f"of {second}": row.unique_2,
        "shared": row.shared,
        f"% of {first}": _format_percent(row.share_of_1),
        f"% of {second}": _format_percent(row.share_of_2),
        f"{first} known to {second}": _format_percent(row.coverage_1),
        f"{second} known to {first}": _format_percent(row.coverage_2),
    }


def _format_percent(share: float | None) -> str | None:
    return None if share is None else f"{100 * share:.0f} %"
