"""Dropout on a CPU at a fifth of torch's cost: 16 random bits an element."""

from typing import Any

import torch
from torch import Tensor, nn
from transformers import AttentionInterface, PreTrainedModel
from transformers.masking_utils import AttentionMaskInterface, eager_mask

from bioner_core.tagging.finetuning.packing import ATTENTION, LAYOUT


def apply_dropout(states: Tensor, p: float) -> Tensor:
    """Set elements to 0 with probability ``p`` and scale the others so that the mean stays.

    torch draws 53 bits for each element, one thread at a time. Here four elements share a draw of 64 bits,
    so ``p`` is rounded to a multiple of 1/65536; the scale follows the rounded probability.
    """
    threshold = round(p * 65536)
    random_bits = torch.empty((states.numel() + 3) // 4, dtype=torch.int64).random_(-(2**63), None)
    is_kept = random_bits.view(torch.int16)[: states.numel()].view(states.shape) >= threshold - 32768
    return states * (is_kept.to(states.dtype) * (65536 / (65536 - threshold)))


class Dropout(nn.Module):
    """Take the place of ``nn.Dropout``."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p  # probability, in [0, 1)

    def forward(self, states: Tensor) -> Tensor:
        """Return states of the same shape."""
        return apply_dropout(states, self.p) if self.training and self.p else states


def set_dropout(model: PreTrainedModel, p: float) -> None:
    """Set the probability of every dropout of an encoder; on a CPU replace its dropout and attention.

    torch's fused attention for CPUs takes twice the time of plain matrix products in bfloat16, and has no
    dropout of its own.
    """
    on_cpu = model.device.type == "cpu"
    for module in list(model.modules()):
        for name, child in module.named_children():
            if (
                isinstance(child, nn.Dropout | Dropout) or name == "out_drop"
            ):  # ModernBERT's may be an Identity
                setattr(module, name, Dropout(p) if on_cpu else nn.Dropout(p))
        if isinstance(getattr(module, "attention_dropout", None), float):  # ModernBERT has no module for this
            module.attention_dropout = p  # type: ignore[assignment]
    if on_cpu and model._supports_attention_backend:
        AttentionInterface.register(ATTENTION, attend)
        AttentionMaskInterface.register(ATTENTION, eager_mask)
        model.set_attn_implementation(ATTENTION)


def attend(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    **_: Any,
) -> tuple[Tensor, None]:
    """Attend as transformers' eager functions do. Tensors are (windows, heads, pieces, width of a head).

    Where windows share a row, tensors are (1, heads, pieces, width of a head), and no window sees another.
    """
    scale = query.size(-1) ** -0.5 if scaling is None else scaling
    layout = LAYOUT.get()
    if layout:
        query, key, value = (layout.unpack(states) for states in (query, key, value))
        attention_mask = layout.attention_mask
    logits = query @ key.transpose(2, 3) * scale  # (windows, heads, pieces, pieces)
    if attention_mask is not None:
        logits = logits + attention_mask
    weights = logits.softmax(-1).to(value.dtype)
    if dropout:
        weights = apply_dropout(weights, dropout)
    states = (weights @ value).transpose(1, 2).contiguous()  # (windows, pieces, heads, width of a head)
    return (layout.pack(states) if layout else states), None
