"""Batches of an encoder: steps drawn by a seed, and micro-batches of similar lengths with little padding."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from bioner_core.tagging.encoders.windows import Ints, Window
from bioner_core.tagging.finetuning.packing import RowLayout, build_layout


@dataclass(frozen=True, kw_only=True, eq=False)
class EncodedSentence:
    """A sentence as an encoder reads it, with its gold tags."""

    windows: tuple[Window, ...]
    tags: Ints  # (tokens,) ids as ``corpus.tags.list_bio_tags`` numbers them
    allowed: NDArray[np.bool_]  # (tags,) those of the types that its corpus annotates, and O


@dataclass(frozen=True, kw_only=True, eq=False)
class Batch:
    """Windows as tensors: padded to the longest, or packed into one row."""

    input_ids: Tensor  # (windows, pieces), int64; (1, pieces) where packed
    attention_mask: Tensor  # like ``input_ids``, int64, 1 for pieces and 0 for padding
    position_ids: Tensor | None = None  # like ``input_ids``; None where the encoder counts them itself
    layout: RowLayout | None = None  # where packed
    states: Tensor | None = None  # (windows, pieces, width), float32, of the frozen layers
    word_starts: Tensor  # (words,), the scored words' first pieces in the flattened ``input_ids``
    tags: Tensor  # (words,), gold tag ids
    allowed: Tensor  # (words, tags), bool


TaggedWindow = tuple[EncodedSentence, Window]


def list_windows(examples: Sequence[EncodedSentence]) -> list[TaggedWindow]:
    """Return all windows, each with the example it belongs to."""
    return [(example, window) for example in examples for window in example.windows]


def pad_windows(windows: Sequence[TaggedWindow], *, pad_id: int, device: torch.device) -> Batch:
    """Pad windows to the longest one with the piece ``pad_id``."""
    width = max(len(window.input_ids) for _, window in windows)
    input_ids = np.full((len(windows), width), pad_id, dtype=np.int64)
    attention_mask = np.zeros((len(windows), width), dtype=np.int64)
    for number, (_, window) in enumerate(windows):
        input_ids[number, : len(window.input_ids)] = window.input_ids
        attention_mask[number, : len(window.input_ids)] = 1
    word_starts = np.concatenate([k * width + window.first_pieces for k, (_, window) in enumerate(windows)])
    tags = np.concatenate([example.tags[window.word_indices] for example, window in windows])
    allowed = np.concatenate([np.tile(e.allowed, (len(window.word_indices), 1)) for e, window in windows])
    states = _join_states(windows)
    if states is not None:
        padded = states.new_zeros(*input_ids.shape, states.shape[1])
        padded[torch.from_numpy(attention_mask).bool()] = states
        states = padded.to(device).float()
    return Batch(
        input_ids=torch.from_numpy(input_ids).to(device),
        attention_mask=torch.from_numpy(attention_mask).to(device),
        states=states,
        word_starts=torch.from_numpy(word_starts).to(device),
        tags=torch.from_numpy(tags).to(device),
        allowed=torch.from_numpy(allowed).to(device),
    )


def pack_windows(windows: Sequence[TaggedWindow], *, first_position: int, multiple: int = 1) -> Batch:
    """Concatenate windows to a single row, on the CPU.

    :param first_position: position id of the first piece of each window
    :param multiple: the row's end is padded to a multiple of this, with pieces that no window sees
    """
    lengths = [len(window.input_ids) for _, window in windows]
    starts = np.cumsum(lengths) - lengths
    input_ids = np.concatenate([window.input_ids for _, window in windows])[None]
    position_ids = np.concatenate([np.arange(first_position, first_position + n) for n in lengths])[None]
    word_starts = np.concatenate(
        [begin + w.first_pieces for begin, (_, w) in zip(starts, windows, strict=True)]
    )
    states = _join_states(windows)
    n_padding = -sum(lengths) % multiple
    input_ids = np.pad(input_ids, ((0, 0), (0, n_padding)), constant_values=input_ids[0, 0])
    position_ids = np.pad(position_ids, ((0, 0), (0, n_padding)), constant_values=first_position)
    return Batch(
        input_ids=torch.from_numpy(input_ids),
        attention_mask=torch.ones(input_ids.shape, dtype=torch.int64),
        position_ids=torch.from_numpy(position_ids),
        layout=build_layout(lengths, n_padding=n_padding),
        states=None if states is None else functional.pad(states.float(), (0, 0, 0, n_padding))[None],
        word_starts=torch.from_numpy(word_starts),
        tags=torch.from_numpy(np.concatenate([e.tags[w.word_indices] for e, w in windows])),
        allowed=torch.from_numpy(
            np.concatenate([np.tile(e.allowed, (len(w.word_indices), 1)) for e, w in windows])
        ),
    )


def _join_states(windows: Sequence[TaggedWindow]) -> Tensor | None:
    """Return the states of all pieces, one window behind the other, (pieces, width); None without states."""
    states = [window.states for _, window in windows if window.states is not None]
    return torch.from_numpy(np.concatenate(states)) if states else None


def fill_rows(lengths: Sequence[int], *, max_batch_pieces: int) -> list[list[int]]:
    """Group windows, longest first, into rows of at most ``max_batch_pieces``; a longer one stands alone.

    :returns: the indices of each row's windows in ``lengths``

    >>> fill_rows([9, 3, 3, 8], max_batch_pieces=12)
    [[0], [3, 1], [2]]
    """
    groups: list[list[int]] = []
    n_free = 0
    for index in np.argsort(np.negative(lengths), kind="stable").tolist():
        if not groups or lengths[index] > n_free:
            groups.append([])
            n_free = max_batch_pieces
        groups[-1].append(index)
        n_free -= lengths[index]
    return groups


def draw_batches(n_examples: int, *, batch_size: int, n_steps: int, seed: int) -> Iterator[Ints]:
    """Yield the indices of each step's examples, (batch_size or n_examples,): shuffle after shuffle.

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


def split_into_micro_batches(
    lengths: Sequence[int], *, max_batch_pieces: int, overhead: int
) -> list[list[int]]:
    """Group windows so that padded pieces, plus ``overhead`` a group, are fewest (dynamic programming).

    :param lengths: pieces of each window
    :param max_batch_pieces: of a group, padding included; a longer window stands alone
    :param overhead: what running one more group costs, in pieces
    :returns: indices into ``lengths``, longest group first, so that memory that runs out does so at once

    >>> split_into_micro_batches([9, 3, 3, 8], max_batch_pieces=100, overhead=2)
    [[3, 0], [1, 2]]
    >>> split_into_micro_batches([9, 3, 3, 8], max_batch_pieces=100, overhead=20)
    [[1, 2, 3, 0]]
    """
    order = np.argsort(lengths, kind="stable").tolist()
    cost, begin = [0], [0]
    for end in range(1, len(order) + 1):
        width = lengths[order[end - 1]]
        best, where = cost[end - 1] + width + overhead, end - 1
        for start in range(end - 2, max(-1, end - 1 - max_batch_pieces // width), -1):
            if (price := cost[start] + (end - start) * width + overhead) < best:
                best, where = price, start
        cost.append(best)
        begin.append(where)
    groups, end = [], len(order)
    while end:
        groups.append(order[begin[end] : end])
        end = begin[end]
    return groups
