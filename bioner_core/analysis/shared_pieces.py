"""Word pieces shared by a run's corpora: from a printed or stored table, or counted from its copies."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from pathlib import Path

from bioner_core.analysis.overlap import (
    RECORD_KEYS,
    Overlap,
    Pieces,
    build_printed_overlap,
    compare_all_pairs,
    compare_pieces,
    count_pieces,
)
from bioner_core.corpus.sentences import Corpus
from bioner_core.corpus.word_pieces import load_tokenizer
from bioner_core.errors import BionerError
from bioner_core.study.corpus_copies import load_copy, locate_copy
from bioner_core.study.encoder_choice import locate_tokenizer
from bioner_core.study.presets import PACKAGED
from bioner_core.study.run import Run
from bioner_core.study.run_corpora import load_published_table

MAX_CACHED = 32  # corpora whose pieces are kept in memory
PRINTED_TABLE, STORED_TABLE = "table4", "overlap"  # tables of a published and of a shipped run
_pieces_cache: dict[tuple[str, Path], Pieces] = {}
_cache_lock = threading.Lock()  # a page's sessions are threads of one process


def choose_tokenizer(model: str) -> tuple[str, Path]:
    """Return an encoder and its tokenizer: the named one if its tokenizer is here, else the packaged one.

    :raises BionerError: neither tokenizer is here yet.
    """
    try:
        return model, locate_tokenizer(model)
    except BionerError:
        return PACKAGED, locate_tokenizer(PACKAGED)


def count_corpus_pieces(corpus: Corpus, tokenizer: Path) -> Pieces:
    """Count the pieces of a corpus, or return those counted before."""
    return _count_once(corpus.name, corpus.digest, tokenizer, lambda: corpus)


def compare_corpora(target: Corpus, source: Corpus, *, model: str = PACKAGED) -> list[Overlap]:
    """Compare the pieces of two corpora; an empty list where no tokenizer is here yet."""
    try:
        _, tokenizer = choose_tokenizer(model)
    except BionerError:
        return []
    return compare_pieces(count_corpus_pieces(target, tokenizer), count_corpus_pieces(source, tokenizer))


def has_stored_overlaps(run: Run) -> bool:
    """Tell whether the shared pieces of a run are stored, so that nothing must be counted."""
    return bool(load_published_table(run, PRINTED_TABLE) or load_published_table(run, STORED_TABLE))


def can_compare_pieces(run: Run) -> bool:
    """Tell whether the shared pieces of a run are stored or can be counted from two copies."""
    copies = [name for name in run.study.corpora if locate_copy(run.folder, name).is_file()]
    return has_stored_overlaps(run) or len(copies) >= 2


def load_run_overlaps(run: Run) -> tuple[str, list[Overlap]]:
    """Return the encoder whose word pieces are compared, and the overlap of each pair of a run's corpora.

    :raises BionerError: a copy of a corpus, or any tokenizer, is missing.
    """
    if printed := load_published_table(run, PRINTED_TABLE):
        return "Multi-BERT", [_parse_printed_row(row) for row in printed]
    if stored := load_published_table(run, STORED_TABLE):
        return stored[0]["model"], [_parse_stored_row(row) for row in stored]
    model, tokenizer = choose_tokenizer(run.study.model.name if run.study.model else PACKAGED)
    pieces = [_count_copy_pieces(run, name, digest, tokenizer) for name, digest in run.study.corpora.items()]
    return model, compare_all_pairs(pieces)


def _count_copy_pieces(run: Run, name: str, digest: str, tokenizer: Path) -> Pieces:
    """Count the pieces of a run's copy of a corpus; it is read only if they are not counted yet."""
    return _count_once(name, digest, tokenizer, lambda: load_copy(run.folder, name, digest))


def _count_once(name: str, digest: str, tokenizer: Path, load: Callable[[], Corpus]) -> Pieces:
    """Return the pieces of the corpus with this digest; other threads wait while they are counted.

    :param name: for the result; a corpus of the same digest may have been counted under another name.
    """
    key = digest, tokenizer
    with _cache_lock:
        if key not in _pieces_cache:
            pieces = count_pieces(load(), load_tokenizer(tokenizer))
            while len(_pieces_cache) >= MAX_CACHED:
                _pieces_cache.pop(next(iter(_pieces_cache)))
            _pieces_cache[key] = pieces
        return replace(_pieces_cache[key], name=name)


def _parse_printed_row(row: Mapping[str, str]) -> Overlap:
    """Parse a row of the paper's Table 4; shares are computed from its counts."""
    return build_printed_overlap(
        names=(row["corpus_1"], row["corpus_2"]),
        entity=row["entity"],
        unique=(int(row["unique_bpe_1"]), int(row["unique_bpe_2"])),
        shared=int(row["shared"]),
    )


def _parse_stored_row(row: Mapping[str, str]) -> Overlap:
    """Parse a row as ``Overlap.record`` wrote it."""
    values: dict[str, object] = {}
    for field in fields(Overlap):
        text = row[RECORD_KEYS.get(field.name, field.name)]
        is_count = field.name.startswith("unique") or field.name == "shared"
        is_share = field.name.startswith(("share_of", "coverage"))
        values[field.name] = int(text) if is_count else (float(text) if text else None) if is_share else text
    return Overlap(**values)  # type: ignore[arg-type]
