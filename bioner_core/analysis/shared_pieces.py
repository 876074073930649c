"""Word pieces that a run's corpora share: as printed, as shipped, or counted once from its copies."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from pathlib import Path

from bioner_core.analysis.overlap import Overlap, Pieces, compared, every_pair, overlap_printed, pieces_of
from bioner_core.corpus.sentences import Corpus
from bioner_core.corpus.word_pieces import load_tokenizer
from bioner_core.errors import BionerError
from bioner_core.study.corpus_copies import locate_copy, load_copy
from bioner_core.study.encoder_choice import locate_tokenizer
from bioner_core.study.presets import PACKAGED
from bioner_core.study.run import Run
from bioner_core.study.run_corpora import load_published_table

KEPT = 32  # corpora whose pieces are kept in memory
PRINTED, COUNTED = "table4", "overlap"  # tables of a published and of a shipped run
_counted: dict[tuple[str, Path], Pieces] = {}
_counting = threading.Lock()  # a page's sessions are threads of one process


def tokenizer_of(model: str) -> tuple[str, Path]:
    """Return an encoder and its tokenizer: the one named where its tokenizer is here, else the packaged one.

    :raises BionerError: neither is here yet.
    """
    try:
        return model, locate_tokenizer(model)
    except BionerError:
        return PACKAGED, locate_tokenizer(PACKAGED)


def counted(corpus: Corpus, tokenizer: Path) -> Pieces:
    """Return the pieces of a corpus under its name, counted once."""
    return _counted_once(corpus.name, corpus.digest, tokenizer, lambda: corpus)


def overlaps(target: Corpus, source: Corpus, *, model: str = PACKAGED) -> list[Overlap]:
    """Return the pieces that two corpora share; nothing where no tokenizer is here yet."""
    try:
        _, tokenizer = tokenizer_of(model)
    except BionerError:
        return []
    return compared(counted(target, tokenizer), counted(source, tokenizer))


def is_at_hand(run: Run) -> bool:
    """Say whether the shared pieces of a run are known without counting."""
    return bool(load_published_table(run, PRINTED) or load_published_table(run, COUNTED))


def has_pieces(run: Run) -> bool:
    """Say whether the shared pieces of a run are known or can be counted: two copies are there."""
    copies = [name for name in run.study.corpora if locate_copy(run.folder, name).is_file()]
    return is_at_hand(run) or len(copies) >= 2


def overlaps_of(run: Run) -> tuple[str, list[Overlap]]:
    """Return whose word pieces they are, and what each two corpora of a run share.

    :raises BionerError: a copy of a corpus, or any tokenizer, is missing.
    """
    if printed := load_published_table(run, PRINTED):
        return "Multi-BERT", [_printed(row) for row in printed]
    if kept := load_published_table(run, COUNTED):
        return kept[0]["model"], [_kept(row) for row in kept]
    model, tokenizer = tokenizer_of(run.study.model.name if run.study.model else PACKAGED)
    known = [_of_copy(run, name, digest, tokenizer) for name, digest in run.study.corpora.items()]
    return model, every_pair(known)


def _of_copy(run: Run, name: str, digest: str, tokenizer: Path) -> Pieces:
    """Return the pieces of a run's copy, which is read only where they are not counted yet."""
    return _counted_once(name, digest, tokenizer, lambda: load_copy(run.folder, name, digest))


def _counted_once(name: str, digest: str, tokenizer: Path, read: Callable[[], Corpus]) -> Pieces:
    """Return the pieces of the corpus of this digest; whoever asks while they are counted waits for them.

    :param name: under which they are told: the corpus they were counted in may be called otherwise.
    """
    key = digest, tokenizer
    with _counting:
        if key not in _counted:
            found = pieces_of(read(), load_tokenizer(tokenizer))
            while len(_counted) >= KEPT:
                _counted.pop(next(iter(_counted)))
            _counted[key] = found
        return replace(_counted[key], name=name)


def _printed(row: Mapping[str, str]) -> Overlap:
    """Return a row of the paper's Table 4; its shares are those of the counts beside them."""
    return overlap_printed(
        names=(row["corpus_1"], row["corpus_2"]),
        entity=row["entity"],
        unique=(int(row["unique_bpe_1"]), int(row["unique_bpe_2"])),
        shared=int(row["shared"]),
    )


def _kept(row: Mapping[str, str]) -> Overlap:
    """Return a row as ``Overlap.record`` wrote it."""
    values: dict[str, object] = {}
    for each in fields(Overlap):
        text = row[each.name]
        whole = each.name.startswith("unique") or each.name == "shared"
        number = each.name.startswith(("share_of", "known"))
        values[each.name] = int(text) if whole else (float(text) if text else None) if number else text
    return Overlap(**values)  # type: ignore[arg-type]
