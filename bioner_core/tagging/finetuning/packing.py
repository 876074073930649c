"""Packing: windows stand one behind the other in a single row, and only the attention pads them.

Matrix products, norms and activations then compute no padding, or little at the row's end. The scores of
attention are computed window by window, padded to the longest. Loss and gradients are those of padded ones.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedModel

ATTENTION = "bioner_cpu"  # the name under which transformers finds ``dropout.attend``
# Families with absolute position embeddings: position ids start at 0, or behind the padding id.
_BERTS, _ROBERTAS = ("bert", "electra"), ("roberta", "xlm-roberta", "camembert")


@dataclass(frozen=True, kw_only=True, eq=False)
class RowLayout:
    """Where the pieces of each window stand in the row, and in a batch padded to the longest window."""

    unpack_index: Tensor  # (windows * width,) the row's index of each padded piece; 0 where padding
    pack_index: Tensor  # (pieces,) index of each of the row's pieces in the padded batch; 0 for its padding
    attention_mask: Tensor  # (windows, 1, 1, width) added to scores: 0 for pieces, -inf for padding
    width: int

    def unpack(self, states: Tensor) -> Tensor:
        """Pad a row's states: (1, heads, pieces, size) → (windows, heads, width, size)."""
        _, heads, n, size = states.shape
        rows = states.transpose(1, 2).reshape(n, heads * size).index_select(0, self.unpack_index)
        return rows.view(-1, self.width, heads, size).transpose(1, 2)

    def pack(self, states: Tensor) -> Tensor:
        """Remove the padding: (windows, width, heads, size) → (1, pieces, heads, size)."""
        _, _, heads, size = states.shape
        return states.reshape(-1, heads * size).index_select(0, self.pack_index).view(1, -1, heads, size)


LAYOUT: ContextVar[RowLayout | None] = ContextVar("layout", default=None)


@contextmanager
def use_layout(layout: RowLayout | None) -> Iterator[None]:
    """Let the attention within unpack a row by this layout; None: its input is padded."""
    token = LAYOUT.set(layout)
    try:
        yield
    finally:
        LAYOUT.reset(token)


def build_layout(lengths: Sequence[int], *, n_padding: int = 0) -> RowLayout:
    """Return the layout of a row of windows with these numbers of pieces, and of padding behind them.

    >>> layout = build_layout([3, 1])
    >>> layout.unpack_index.tolist(), layout.pack_index.tolist()
    ([0, 1, 2, 3, 0, 0], [0, 1, 2, 3])
    """
    width = max(lengths)
    is_piece = np.arange(width) < np.array(lengths)[:, None]  # (windows, width)
    unpack_index = np.zeros(is_piece.size, dtype=np.int64)
    pack_index = np.flatnonzero(is_piece)
    unpack_index[pack_index] = np.arange(len(pack_index))
    attention_mask = torch.zeros(is_piece.shape).masked_fill(torch.from_numpy(~is_piece), -torch.inf)
    return RowLayout(
        unpack_index=torch.from_numpy(unpack_index),
        pack_index=torch.from_numpy(np.pad(pack_index, (0, n_padding))),
        attention_mask=attention_mask[:, None, None],
        width=width,
    )


def find_first_position(model: PreTrainedModel) -> int | None:
    """Return the position id of a window's first piece; None where this encoder cannot read packed rows.

    Packed rows need the attention of ``dropout.attend``, which a CPU has, and explicit position ids.
    """
    kind = model.config.model_type
    if model.device.type != "cpu" or model.config._attn_implementation != ATTENTION:
        return None
    if kind in _BERTS and getattr(model.config, "position_embedding_type", "absolute") == "absolute":
        return 0
    return int(model.config.pad_token_id) + 1 if kind in _ROBERTAS else None
