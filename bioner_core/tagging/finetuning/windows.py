"""Sentences as windows of word pieces: nothing is cut off, and every word is scored exactly once."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerFast

Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Window:
    """Pieces that go through the encoder together, and the words scored in them."""

    pieces: Ints  # (pieces,) numbers in the tokenizer's vocabulary, special pieces included
    firsts: Ints  # (words,) places in ``pieces`` of the scored words' first pieces
    ends: Ints  # (words,) places one past their last pieces
    words: Ints  # (words,) places of the scored words in the sentence


def encode(
    sentences: Sequence[Sequence[str]], tokenizer: PreTrainedTokenizerFast, *, max_pieces: int
) -> list[tuple[Window, ...]]:
    """Cut sentences into windows of at most ``max_pieces`` pieces, special ones included.

    Neighbouring windows share about half their pieces, and a word is scored where it stands furthest
    from a cut. A word without any piece (a control character) is given the unknown piece, or the masked
    one where a vocabulary has none; one that does not fit a window keeps its first pieces.

    :returns: the windows of each sentence; none for a sentence without words
    """
    if not sentences:
        return []
    before, after = _special_pieces(tokenizer)
    room = max_pieces - len(before) - len(after)
    unknown = next(filter(None, (tokenizer.unk_token_id, tokenizer.mask_token_id)), 0)
    table = tokenizer(
        [list(tokens) for tokens in sentences],
        is_split_into_words=True,
        add_special_tokens=False,
        return_attention_mask=False,
        return_token_type_ids=False,
        verbose=False,
    )
    encoded = []
    for number, tokens in enumerate(sentences):
        words: list[list[int]] = [[] for _ in tokens]
        for piece, word in zip(table["input_ids"][number], table.word_ids(number), strict=True):
            words[word].append(piece)
        pieces = [word[:room] or [unknown] for word in words]
        encoded.append(_windows(pieces, before, after, room=room))
    return encoded


def cuts(lengths: Sequence[int], *, room: int) -> list[tuple[int, int, int, int]]:
    """Return windows over words of ``lengths`` pieces as (start, end, first scored, end of scored), in words.

    >>> cuts([1] * 10, room=6)
    [(0, 6, 0, 5), (3, 9, 5, 7), (4, 10, 7, 10)]
    """
    ends = np.cumsum(lengths)
    begins = ends - lengths
    n_words, n_pieces = len(lengths), int(ends[-1])
    spans: list[tuple[int, int]] = []
    start = 0
    while True:
        if n_pieces - begins[start] <= room:  # the last one reaches back as far as it can
            start = int(np.searchsorted(begins, n_pieces - room))
            spans.append((start, n_words))
            break
        end = int(np.searchsorted(ends, begins[start] + room, side="right"))
        spans.append((start, end))
        start = max(start + 1, int(np.searchsorted(begins, ends[end - 1] - room // 2)))
    # In the overlap of two windows the words up to its middle are scored in the first one.
    scored = [0]
    for (_, end), (start, _) in pairwise(spans):
        middle = (begins[start] + ends[end - 1]) / 2
        first = int(np.searchsorted((begins + ends) / 2, middle, side="right"))
        scored.append(max(scored[-1], start, min(end, first)))
    return [
        (*span, *part)
        for span, part in zip(spans, zip(scored, [*scored[1:], n_words], strict=True), strict=True)
    ]


def _windows(words: list[list[int]], before: list[int], after: list[int], *, room: int) -> tuple[Window, ...]:
    """Return the windows of one sentence, given each word's pieces."""
    if not words:
        return ()
    lengths = [len(word) for word in words]
    windows = []
    for start, end, first, last in cuts(lengths, room=room):
        pieces = [piece for word in words[start:end] for piece in word]
        places = np.cumsum([len(before), *lengths[start:end]])  # of first pieces, and one past the last
        windows.append(
            Window(
                pieces=np.array([*before, *pieces, *after], dtype=np.int64),
                firsts=places[first - start : last - start],
                ends=places[first - start + 1 : last - start + 1],
                words=np.arange(first, last),
            )
        )
    return tuple(windows)


def _special_pieces(tokenizer: PreTrainedTokenizerFast) -> tuple[list[int], list[int]]:
    """Return the pieces that the tokenizer puts before and after a sentence, such as [CLS] and [SEP]."""
    for word in ("a", *tokenizer.get_vocab()):  # a vocabulary of another script has no "a"
        table = tokenizer([[word]], is_split_into_words=True)
        pieces, words = table["input_ids"][0], table.word_ids(0)
        inside = [place for place, word in enumerate(words) if word is not None]
        if inside:
            return pieces[: inside[0]], pieces[inside[-1] + 1 :]
    return [], []
