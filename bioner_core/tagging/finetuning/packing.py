"""Windows one behind the other in a single row: padding stays inside the attention, where it is cheap.

Matrix products, norms and activations then see pieces alone. Only the scores of attention are computed window
by window, padded to the longest. Loss and gradients are those of padded batches.
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
# Families whose position is a number added at the start, and where it is counted from.
_BERTS, _ROBERTAS = ("bert", "electra"), ("roberta", "xlm-roberta", "camembert")


@dataclass(frozen=True, kw_only=True, eq=False)
class RowLayout:
    """Where the pieces of each window stand in the row, and in a batch padded to the longest window."""

    spread: Tensor  # (windows * width,) place in the row of each padded piece; 0 where padding
    packed: Tensor  # (pieces,) place of each piece of the row in the flattened padded batch
    mask: Tensor  # (windows, 1, 1, width) 0 for pieces and -inf for padding, float32
    width: int

    def windows(self, states: Tensor) -> Tensor:
        """Return states of the row, (1, heads, pieces, size), as (windows, heads, width, size)."""
        _, heads, n, size = states.shape
        rows = states.transpose(1, 2).reshape(n, heads * size).index_select(0, self.spread)
        return rows.view(-1, self.width, heads, size).transpose(1, 2)

    def row(self, states: Tensor) -> Tensor:
        """Return states of windows, (windows, width, heads, size), as (1, pieces, heads, size)."""
        _, _, heads, size = states.shape
        return states.reshape(-1, heads * size).index_select(0, self.packed).view(1, -1, heads, size)


LAYOUT: ContextVar[RowLayout | None] = ContextVar("layout", default=None)


@contextmanager
def laid_out(layout: RowLayout | None) -> Iterator[None]:
    """Tell the attention within that its input is one row of windows; None: that it is padded."""
    token = LAYOUT.set(layout)
    try:
        yield
    finally:
        LAYOUT.reset(token)


def layout_of(lengths: Sequence[int]) -> RowLayout:
    """Return the layout of windows of so many pieces.

    >>> layout = layout_of([3, 1])
    >>> layout.spread.tolist(), layout.packed.tolist()
    ([0, 1, 2, 3, 0, 0], [0, 1, 2, 3])
    """
    width = max(lengths)
    inside = np.arange(width) < np.array(lengths)[:, None]  # (windows, width)
    spread = np.zeros(inside.size, dtype=np.int64)
    packed = np.flatnonzero(inside)
    spread[packed] = np.arange(len(packed))
    mask = torch.zeros(inside.shape).masked_fill(torch.from_numpy(~inside), -torch.inf)
    return RowLayout(
        spread=torch.from_numpy(spread),
        packed=torch.from_numpy(packed),
        mask=mask[:, None, None],
        width=width,
    )


def first_position(model: PreTrainedModel) -> int | None:
    """Return the number of a window's first position; None where windows of this encoder cannot share a row.

    Packed rows need the attention of ``dropout.attend``, which a CPU has, and positions that are told.
    """
    kind = model.config.model_type
    if model.device.type != "cpu" or model.config._attn_implementation != ATTENTION:
        return None
    if kind in _BERTS and getattr(model.config, "position_embedding_type", "absolute") == "absolute":
        return 0
    return int(model.config.pad_token_id) + 1 if kind in _ROBERTAS else None
