"""Word pieces that corpora share, counted without training; what was counted once is kept."""

from collections.abc import Mapping
from itertools import combinations
from pathlib import Path

import pandas as pd
import streamlit as st

from bioner_core.corpus.overlap import TEXT, Overlap, Pieces, compared, pieces_of
from bioner_core.corpus.pieces import load_tokenizer
from bioner_core.corpus.sentences import Corpus
from bioner_core.errors import BionerError
from bioner_core.study.models import tokenizer_path
from bioner_core.study.presets import PACKAGED
from bioner_core.study.run import Run
from pages._plain import count
from pages._shell import md

KEPT = 32  # corpora whose pieces are kept in memory
_counted: dict[tuple[str, Path], Pieces] = {}


def tokenizer_of(model: str) -> tuple[str, Path]:
    """Return an encoder and its tokenizer: the one named where its tokenizer is here, else the packaged one.

    :raises BionerError: neither is here yet.
    """
    try:
        return model, tokenizer_path(model)
    except BionerError:
        return PACKAGED, tokenizer_path(PACKAGED)


def counted(corpus: Corpus, tokenizer: Path) -> Pieces:
    """Return the pieces of a corpus, counted once."""
    key = corpus.digest, tokenizer
    if key not in _counted:
        while len(_counted) >= KEPT:
            _counted.pop(next(iter(_counted)))
        _counted[key] = pieces_of(corpus, load_tokenizer(tokenizer))
    return _counted[key]


def overlaps(target: Corpus, source: Corpus, *, model: str = PACKAGED) -> list[Overlap]:
    """Return the pieces that two corpora share; nothing where no tokenizer is here yet."""
    try:
        _, tokenizer = tokenizer_of(model)
    except BionerError:
        return []
    return compared(counted(target, tokenizer), counted(source, tokenizer))


def show_overlap(run: Run) -> None:
    """Offer the table of a run's corpora, two by two; what is closed is not computed."""
    if len(run.study.corpora) < 2:
        return
    with st.expander("Word pieces that the corpora share", key="overlap of run", on_change="rerun") as opened:
        if not opened.open:
            return
        model, tokenizer = tokenizer_of(run.study.model.name if run.study.model else PACKAGED)
        with st.spinner("Counting word pieces"):
            rows = _rows(run.corpora(), tokenizer)
        st.dataframe(pd.DataFrame(rows), hide_index=True, key="shared pieces")
        st.caption(
            "Pieces count once, as in the paper's Table 4; “known” counts each as often as it occurs. "
            f"Cut by the tokenizer of {md(model)}."
        )


def _rows(corpora: Mapping[str, Corpus], tokenizer: Path) -> list[dict[str, str]]:
    pairs = combinations([counted(corpus, tokenizer) for corpus in corpora.values()], 2)
    return [_row(found) for one, other in pairs for found in compared(one, other)]


def _row(found: Overlap) -> dict[str, str]:
    """Return a row for people: shares in percent."""

    def share(value: float | None, n: int) -> str:
        return "–" if value is None else f"{100 * value:.0f} % of {count(n)}"

    def known(value: float | None) -> str:
        return "–" if value is None else f"{100 * value:.0f} %"

    return {
        "Corpora": f"{found.corpus_1} and {found.corpus_2}",
        "Pieces of": "all text" if found.entity == TEXT else found.entity,
        "Shared": count(found.shared),
        "of the first's": share(found.share_of_1, found.unique_1),
        "of the second's": share(found.share_of_2, found.unique_2),
        "the first known to the second": known(found.known_1),
        "the second known to the first": known(found.known_2),
    }
