"""Dropout on a CPU at a fifth of torch's cost: 16 random bits decide for each number."""

from typing import Any

import torch
from torch import Tensor, nn
from transformers import AttentionInterface, PreTrainedModel
from transformers.masking_utils import AttentionMaskInterface, eager_mask

from bioner_core.tagging.finetuning.packing import ATTENTION, LAYOUT


def dropped(numbers: Tensor, share: float) -> Tensor:
    """Set a random ``share`` of the numbers to 0 and scale the others so that the mean stays.

    torch draws 53 bits for each number, one thread at a time. Here four numbers share a draw of 64 bits,
    so ``share`` is rounded to a multiple of 1/65536; the scale follows the rounded share.
    """
    threshold = round(share * 65536)
    bits = torch.empty((numbers.numel() + 3) // 4, dtype=torch.int64).random_(-(2**63), None)
    kept = bits.view(torch.int16)[: numbers.numel()].view(numbers.shape) >= threshold - 32768
    return numbers * (kept.to(numbers.dtype) * (65536 / (65536 - threshold)))


class Dropout(nn.Module):
    """Take the place of ``nn.Dropout``."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p  # share set to 0, in [0, 1)

    def forward(self, numbers: Tensor) -> Tensor:
        """Return numbers of the same shape."""
        return dropped(numbers, self.p) if self.training and self.p else numbers


def set_dropout(model: PreTrainedModel, share: float) -> None:
    """Set every dropout of an encoder; on a CPU replace it, and take attention without fused kernels.

    torch's fused attention for CPUs takes twice the time of plain matrix products in bfloat16, and has no
    dropout of its own.
    """
    on_cpu = model.device.type == "cpu"
    for module in list(model.modules()):
        for name, child in module.named_children():
            if (
                isinstance(child, nn.Dropout | Dropout) or name == "out_drop"
            ):  # ModernBERT's may be an Identity
                setattr(module, name, Dropout(share) if on_cpu else nn.Dropout(share))
        if isinstance(getattr(module, "attention_dropout", None), float):  # nor has it a module for this
            module.attention_dropout = share  # type: ignore[assignment]
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
        query, key, value = (layout.windows(states) for states in (query, key, value))
        attention_mask = layout.mask
    scores = query @ key.transpose(2, 3) * scale  # (windows, heads, pieces, pieces)
    if attention_mask is not None:
        scores = scores + attention_mask
    shares = scores.softmax(-1).to(value.dtype)
    if dropout:
        shares = dropped(shares, dropout)
    states = (shares @ value).transpose(1, 2).contiguous()  # (windows, pieces, heads, width of a head)
    return (layout.row(states) if layout else states), None
