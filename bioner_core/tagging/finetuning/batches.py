"""What goes through the encoder together: steps drawn by a seed, cut by length so that little is padding."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from bioner_core.tagging.finetuning.packing import RowLayout, layout_of
from bioner_core.tagging.finetuning.windows import Ints, Window


@dataclass(frozen=True, kw_only=True, eq=False)
class EncodedSentence:
    """An encoded sentence with its gold tags."""

    windows: tuple[Window, ...]
    tags: Ints  # (tokens,) ids as ``corpus.tags.tag_names`` numbers them
    allowed: NDArray[np.bool_]  # (tags,) those of the types that its corpus annotates, and O


@dataclass(frozen=True, kw_only=True, eq=False)
class Batch:
    """Windows as tensors: padded to the longest, or all in one row."""

    pieces: Tensor  # (windows, pieces), int64; (1, pieces) in one row
    mask: Tensor  # like ``pieces``, int64, 1 for pieces and 0 for padding
    positions: Tensor | None = None  # like ``pieces``; None where the encoder counts them itself
    layout: RowLayout | None = None  # of a row
    places: Tensor  # (words,), places of the scored words' first pieces in the flattened ``pieces``
    tags: Tensor  # (words,), gold tag ids
    allowed: Tensor  # (words, tags), bool


Row = tuple[EncodedSentence, Window]


def rows_of(examples: Sequence[EncodedSentence]) -> list[Row]:
    """Return every window with the example it belongs to."""
    return [(example, window) for example in examples for window in example.windows]


def trainable(examples: Iterable[EncodedSentence]) -> list[EncodedSentence]:
    """Leave sentences without words out."""
    return [example for example in examples if example.windows]


def collate(rows: Sequence[Row], *, pad: int, device: torch.device) -> Batch:
    """Lay windows side by side, padded with the piece ``pad``."""
    width = max(len(window.pieces) for _, window in rows)
    pieces = np.full((len(rows), width), pad, dtype=np.int64)
    mask = np.zeros((len(rows), width), dtype=np.int64)
    for number, (_, window) in enumerate(rows):
        pieces[number, : len(window.pieces)] = window.pieces
        mask[number, : len(window.pieces)] = 1
    places = np.concatenate([k * width + window.firsts for k, (_, window) in enumerate(rows)])
    tags = np.concatenate([example.tags[window.words] for example, window in rows])
    allowed = np.concatenate([np.tile(e.allowed, (len(window.words), 1)) for e, window in rows])
    return Batch(
        pieces=torch.from_numpy(pieces).to(device),
        mask=torch.from_numpy(mask).to(device),
        places=torch.from_numpy(places).to(device),
        tags=torch.from_numpy(tags).to(device),
        allowed=torch.from_numpy(allowed).to(device),
    )


def packed(rows: Sequence[Row], *, first: int) -> Batch:
    """Lay windows one behind the other in a single row, on the CPU.

    :param first: number of a window's first position
    """
    lengths = [len(window.pieces) for _, window in rows]
    begins = np.cumsum(lengths) - lengths
    pieces = np.concatenate([window.pieces for _, window in rows])[None]
    positions = np.concatenate([np.arange(first, first + n) for n in lengths])[None]
    places = np.concatenate([begin + w.firsts for begin, (_, w) in zip(begins, rows, strict=True)])
    return Batch(
        pieces=torch.from_numpy(pieces),
        mask=torch.ones(pieces.shape, dtype=torch.int64),
        positions=torch.from_numpy(positions),
        layout=layout_of(lengths),
        places=torch.from_numpy(places),
        tags=torch.from_numpy(np.concatenate([e.tags[w.words] for e, w in rows])),
        allowed=torch.from_numpy(np.concatenate([np.tile(e.allowed, (len(w.words), 1)) for e, w in rows])),
    )


def row_fulls(lengths: Sequence[int], *, budget: int) -> list[list[int]]:
    """Cut windows, longest first, into rows of at most ``budget`` pieces; a longer one stands alone.

    >>> row_fulls([9, 3, 3, 8], budget=12)
    [[0], [3, 1], [2]]
    """
    groups: list[list[int]] = []
    left = 0
    for place in np.argsort(np.negative(lengths), kind="stable").tolist():
        if not groups or lengths[place] > left:
            groups.append([])
            left = budget
        groups[-1].append(place)
        left -= lengths[place]
    return groups


def draws(n_examples: int, *, batch_size: int, n_steps: int, seed: int) -> Iterator[Ints]:
    """Yield the examples of each step, (batch_size or n_examples,): shuffle after shuffle, cut into steps.

    All steps have the same number of sentences, so one may span two shuffles.
    """
    generator = np.random.default_rng(seed)
    size = min(batch_size, n_examples)
    waiting = np.empty(0, dtype=np.int64)
    for _ in range(n_steps):
        if len(waiting) < size:
            waiting = np.concatenate([waiting, generator.permutation(n_examples)])
        yield waiting[:size]
        waiting = waiting[size:]


def micro_batches(lengths: Sequence[int], *, budget: int, overhead: int) -> list[list[int]]:
    """Cut windows into groups so that padded pieces, plus ``overhead`` a group, are fewest.

    :param lengths: pieces of each window
    :param budget: most pieces of a group, padding included; a longer window stands alone
    :param overhead: what running one more group costs, in pieces
    :returns: places in ``lengths``, longest group first, so that memory that runs out does so at once

    >>> micro_batches([9, 3, 3, 8], budget=100, overhead=2)
    [[3, 0], [1, 2]]
    >>> micro_batches([9, 3, 3, 8], budget=100, overhead=20)
    [[1, 2, 3, 0]]
    """
    order = np.argsort(lengths, kind="stable").tolist()
    cost, begin = [0], [0]
    for end in range(1, len(order) + 1):
        width = lengths[order[end - 1]]
        best, where = cost[end - 1] + width + overhead, end - 1
        for start in range(end - 2, max(-1, end - 1 - budget // width), -1):
            if (price := cost[start] + (end - start) * width + overhead) < best:
                best, where = price, start
        cost.append(best)
        begin.append(where)
    groups, end = [], len(order)
    while end:
        groups.append(order[begin[end] : end])
        end = begin[end]
    return groups
