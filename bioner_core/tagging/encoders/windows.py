"""Sentences as overlapping windows of word pieces: no word is truncated, each is scored exactly once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerFast

Ints = NDArray[np.int64]
TABLE_SENTENCES = 1000  # that a tokenizer reads at once


@dataclass(frozen=True, kw_only=True, eq=False)
class Window:
    """Pieces that go through the encoder together, and the words scored in them."""

    input_ids: Ints  # (pieces,) ids in the tokenizer's vocabulary, special pieces included
    first_pieces: Ints  # (words,) index of each scored word's first piece in ``input_ids``
    piece_ends: Ints  # (words,) index behind its last piece
    word_indices: Ints  # (words,) index of each scored word in the sentence
    states: NDArray[np.float16] | None = None  # (pieces, width) of the frozen layers, where there are some


def encode_sentences(
    sentences: Sequence[Sequence[str]], tokenizer: PreTrainedTokenizerFast, *, max_pieces: int
) -> list[tuple[Window, ...]]:
    """Cut sentences into windows of at most ``max_pieces`` pieces, special ones included.

    Neighbouring windows share about half their pieces, and a word is scored where it stands furthest
    from a cut. A word without any piece (a control character) becomes the unknown piece, or the mask
    where a vocabulary has none; one that does not fit a window keeps its first pieces.

    :returns: the windows of each sentence; none for a sentence without words
    """
    if not sentences:
        return []
    prefix, suffix = _find_special_pieces(tokenizer)
    max_word_pieces = max_pieces - len(prefix) - len(suffix)
    unknown = next(filter(None, (tokenizer.unk_token_id, tokenizer.mask_token_id)), 0)
    encoded = []
    for words in _iterate_pieces(sentences, tokenizer):
        pieces = [word[:max_word_pieces] or [unknown] for word in words]
        encoded.append(_build_windows(pieces, prefix, suffix, max_pieces=max_word_pieces))
    return encoded


def _iterate_pieces(
    sentences: Sequence[Sequence[str]], tokenizer: PreTrainedTokenizerFast
) -> Iterator[list[list[int]]]:
    """Yield the pieces of the words of each sentence; a tokenizer's table of all of them would be large."""
    for start in range(0, len(sentences), TABLE_SENTENCES):
        part = sentences[start : start + TABLE_SENTENCES]
        table = tokenizer(
            [list(tokens) for tokens in part],
            is_split_into_words=True,
            add_special_tokens=False,
            return_attention_mask=False,
            return_token_type_ids=False,
            verbose=False,
        )
        for number, tokens in enumerate(part):
            words: list[list[int]] = [[] for _ in tokens]
            for piece, word in zip(table["input_ids"][number], table.word_ids(number), strict=True):
                words[word].append(piece)
            yield words


def plan_windows(lengths: Sequence[int], *, max_pieces: int) -> list[tuple[int, int, int, int]]:
    """Return windows over words of ``lengths`` pieces as (start, end, first scored, end of scored), in words.

    :param max_pieces: of a window, without special pieces

    >>> plan_windows([1] * 10, max_pieces=6)
    [(0, 6, 0, 5), (3, 9, 5, 7), (4, 10, 7, 10)]
    """
    ends = np.cumsum(lengths)
    starts = ends - lengths
    n_words, n_pieces = len(lengths), int(ends[-1])
    spans: list[tuple[int, int]] = []
    start = 0
    while True:
        if n_pieces - starts[start] <= max_pieces:  # the last one reaches back as far as it can
            start = int(np.searchsorted(starts, n_pieces - max_pieces))
            spans.append((start, n_words))
            break
        end = int(np.searchsorted(ends, starts[start] + max_pieces, side="right"))
        spans.append((start, end))
        start = max(start + 1, int(np.searchsorted(starts, ends[end - 1] - max_pieces // 2)))
    # In the overlap of two windows the words up to its middle are scored in the first one.
    scored = [0]
    for (_, end), (start, _) in pairwise(spans):
        middle = (starts[start] + ends[end - 1]) / 2
        first = int(np.searchsorted((starts + ends) / 2, middle, side="right"))
        scored.append(max(scored[-1], start, min(end, first)))
    return [
        (*span, *part)
        for span, part in zip(spans, zip(scored, [*scored[1:], n_words], strict=True), strict=True)
    ]


def _build_windows(
    words: list[list[int]], prefix: list[int], suffix: list[int], *, max_pieces: int
) -> tuple[Window, ...]:
    """Return the windows of one sentence from the pieces of its words."""
    if not words:
        return ()
    lengths = [len(word) for word in words]
    windows = []
    for start, end, first, last in plan_windows(lengths, max_pieces=max_pieces):
        pieces = [piece for word in words[start:end] for piece in word]
        piece_starts = np.cumsum([len(prefix), *lengths[start:end]])  # of first pieces, and one past the last
        windows.append(
            Window(
                input_ids=np.array([*prefix, *pieces, *suffix], dtype=np.int64),
                first_pieces=piece_starts[first - start : last - start],
                piece_ends=piece_starts[first - start + 1 : last - start + 1],
                word_indices=np.arange(first, last),
            )
        )
    return tuple(windows)


def _find_special_pieces(tokenizer: PreTrainedTokenizerFast) -> tuple[list[int], list[int]]:
    """Return the special pieces before and after a sentence, such as [CLS] and [SEP]."""
    for word in _iterate_words(tokenizer):
        table = tokenizer([[word]], is_split_into_words=True)
        pieces, words = table["input_ids"][0], table.word_ids(0)
        inside = [index for index, word in enumerate(words) if word is not None]
        if inside:
            return pieces[: inside[0]], pieces[inside[-1] + 1 :]
    return [], []


def _iterate_words(tokenizer: PreTrainedTokenizerFast) -> Iterator[str]:
    """Yield words to try: a vocabulary of another script has no "a", and a large one is slow to list."""
    yield "a"
    yield from tokenizer.get_vocab()
