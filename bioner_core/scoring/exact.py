"""Exact-match scores: span and type must agree, counted per sentence, as in the CoNLL script."""

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
        """Return the share of predicted mentions that are correct, in [0, 1]; 0 where there is none."""
        return self.tp / (self.tp + self.fp) if self.tp else 0.0

    @property
    def recall(self) -> float:
        """Return the share of gold mentions that are predicted, in [0, 1]; 0 where there is none."""
        return self.tp / (self.tp + self.fn) if self.tp else 0.0

    @property
    def f1(self) -> float:
        """Return 2PR / (P + R), in [0, 1]; 0 without a true positive."""
        return 2 * self.tp / (2 * self.tp + self.fp + self.fn) if self.tp else 0.0


def encode_gold_tags(
    sentences: Sequence[Sentence], types: Sequence[str]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the BIO tag ids of the tokens of all sentences, concatenated, and the sentence lengths.

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


def count_matches(gold: Ids, predicted: Ids, lengths: Ids, *, n_types: int) -> NDArray[np.int32]:
    """Count true positives, false positives and false negatives of two BIO taggings of the same tokens.

    A mention starts at B, after O, at a sentence's start and where the type changes, so invalid
    sequences (I without B) are decoded as by conlleval and seqeval's default mode.

    :param gold: tag ids in the numbering of ``encode_gold_tags``, (tokens,)
    :param predicted: likewise
    :param lengths: tokens of each sentence, (sentences,)
    :returns: tp, fp and fn by sentence and type, (sentences, n_types, 3)
    """
    if not len(gold) == len(predicted) == int(lengths.sum()):
        raise BionerError(
            f"scoring: {len(gold)} gold tags, {len(predicted)} predicted tags and {int(lengths.sum())} "
            "tokens; the three numbers must be equal."
        )
    sentence_ids = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
    is_sentence_start = np.diff(sentence_ids, prepend=-1) != 0  # the first tokens of sentences
    gold_starts, gold_types, gold_ends = _locate_mentions(gold, is_sentence_start)
    predicted_starts, predicted_types, predicted_ends = _locate_mentions(predicted, is_sentence_start)
    gold_keys = np.zeros(len(gold), dtype=np.int64)  # type and end of the gold mention that starts here
    gold_keys[gold_starts] = gold_ends * n_types + gold_types
    is_match = gold_keys[predicted_starts] == predicted_ends * n_types + predicted_types

    def count(starts: Ids, types: Ids) -> Ids:
        return np.bincount(sentence_ids[starts] * n_types + types, minlength=len(lengths) * n_types)

    tp = count(predicted_starts[is_match], predicted_types[is_match])
    fp = count(predicted_starts, predicted_types) - tp
    fn = count(gold_starts, gold_types) - tp
    return np.stack([tp, fp, fn], axis=-1).reshape(len(lengths), n_types, 3).astype(np.int32)


def sum_counts(counts: NDArray[np.int32]) -> Counts:
    """Sum tp, fp and fn over all axes but the last, (…, 3)."""
    tp, fp, fn = counts.reshape(-1, 3).sum(axis=0).tolist()
    return Counts(tp, fp, fn)


def _locate_mentions(ids: Ids, is_sentence_start: NDArray[np.bool_]) -> tuple[Ids, Ids, Ids]:
    """Return the start, type and end (exclusive) of each mention, each (mentions,)."""
    types = (ids - 1) >> 1  # -1 for O
    is_break = is_sentence_start | ((ids & 1) == 1)  # the token does not continue the one before it
    is_break[1:] |= types[1:] != types[:-1]
    breaks = np.append(np.flatnonzero(is_break), len(ids))
    is_mention = types[breaks[:-1]] >= 0
    starts = breaks[:-1][is_mention]
    return starts, types[starts], breaks[1:][is_mention]
