"""Exact-match scores: spans and types must agree, counted sentence by sentence as the CoNLL script does."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bioner_core.corpus.sentences import Sentence
from bioner_core.errors import BionerError

Ids = NDArray[np.integer]


@dataclass(frozen=True, slots=True)
class Counts:
    """True positives, false positives and false negatives; they add up over sentences and types.

    >>> (Counts(3, 1, 1) + Counts(1, 0, 2)).f1
    0.6666666666666666
    """

    tp: int = 0
    fp: int = 0
    fn: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.tp + other.tp, self.fp + other.fp, self.fn + other.fn)

    @property
    def support(self) -> int:
        """Return the number of gold mentions."""
        return self.tp + self.fn

    @property
    def precision(self) -> float:
        """Return the share of found mentions that are right, in [0, 1]; 0 where none was found."""
        return self.tp / (self.tp + self.fp) if self.tp else 0.0

    @property
    def recall(self) -> float:
        """Return the share of gold mentions that were found, in [0, 1]; 0 where there is none."""
        return self.tp / (self.tp + self.fn) if self.tp else 0.0

    @property
    def f1(self) -> float:
        """Return 2PR / (P + R), in [0, 1]; 0 where nothing is right."""
        return 2 * self.tp / (2 * self.tp + self.fp + self.fn) if self.tp else 0.0


def gold_ids(
    sentences: Sequence[Sentence], types: Sequence[str]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the BIO tag ids of all tokens, one sentence behind the other, and the sentence lengths.

    :param types: id 0 is O, ``1 + 2k`` is B and ``2 + 2k`` is I of ``types[k]``; other types count as O.
    :returns: ids (tokens,) and lengths (sentences,)
    """
    lengths = np.fromiter((len(s.tokens) for s in sentences), dtype=np.int64, count=len(sentences))
    ids = np.zeros(int(lengths.sum()), dtype=np.int64)
    begin = {name: 1 + 2 * k for k, name in enumerate(types)}
    offset = 0
    for sentence in sentences:
        for span in sentence.spans:
            if (tag := begin.get(span.label)) is not None:
                ids[offset + span.start + 1 : offset + span.end] = tag + 1
                ids[offset + span.start] = tag
        offset += len(sentence.tokens)
    return ids, lengths


def sentence_counts(gold: Ids, found: Ids, lengths: Ids, *, n_types: int) -> NDArray[np.int32]:
    """Count matches of two BIO taggings of the same tokens.

    A mention starts at B, after O, at a sentence's start and where the type changes, so broken
    sequences (I without B) are read as conlleval and seqeval's default mode read them.

    :param gold: tag ids as ``gold_ids`` numbers them, (tokens,)
    :param found: likewise
    :param lengths: tokens of each sentence, (sentences,)
    :returns: tp, fp and fn by sentence and type, (sentences, n_types, 3)
    """
    if not len(gold) == len(found) == int(lengths.sum()):
        raise BionerError(
            f"scoring: {len(gold)} gold tags, {len(found)} found tags and {int(lengths.sum())} tokens; "
            "the three numbers must be equal."
        )
    sentence = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
    opens = np.diff(sentence, prepend=-1) != 0  # the token is the first of its sentence
    gold_at, gold_type, gold_end = _mentions(gold, opens)
    found_at, found_type, found_end = _mentions(found, opens)
    ending = np.zeros(len(gold), dtype=np.int64)  # type and end of the gold mention that starts here
    ending[gold_at] = gold_end * n_types + gold_type
    same = ending[found_at] == found_end * n_types + found_type

    def tally(at: Ids, types: Ids) -> Ids:
        return np.bincount(sentence[at] * n_types + types, minlength=len(lengths) * n_types)

    tp = tally(found_at[same], found_type[same])
    fp = tally(found_at, found_type) - tp
    fn = tally(gold_at, gold_type) - tp
    return np.stack([tp, fp, fn], axis=-1).reshape(len(lengths), n_types, 3).astype(np.int32)


def total(counts: NDArray[np.int32]) -> Counts:
    """Add counts of any shape (…, 3) up."""
    tp, fp, fn = counts.reshape(-1, 3).sum(axis=0).tolist()
    return Counts(tp, fp, fn)


def _mentions(ids: Ids, opens: NDArray[np.bool_]) -> tuple[Ids, Ids, Ids]:
    """Return where mentions start, their types, and where they end (exclusive), each (mentions,)."""
    types = (ids - 1) >> 1  # -1 for O
    breaks = opens | ((ids & 1) == 1)  # the token does not continue the one before it
    breaks[1:] |= types[1:] != types[:-1]
    at_breaks = np.append(np.flatnonzero(breaks), len(ids))
    is_mention = types[at_breaks[:-1]] >= 0
    starts = at_breaks[:-1][is_mention]
    return starts, types[starts], at_breaks[1:][is_mention]
