"""The tagger: an encoder and a softmax over BIO tags on each word's first piece."""

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedModel

from bioner_core.tagging.finetuning.batches import Batch
from bioner_core.tagging.finetuning.dropout import Dropout, set_dropout
from bioner_core.tagging.finetuning.packing import laid_out


class Tagger(nn.Module):
    """Encoder and head; owns the encoder given to it and changes its weights.

    :param types: entity types of the label space, in the order of the tag ids
    :param dropout: of the encoder (hidden and attention) and before the head, in [0, 1)
    :param dtype: of the matrix products; weights and losses are float32
    :param seed: of the head's weights
    """

    def __init__(
        self,
        encoder: PreTrainedModel,
        types: tuple[str, ...],
        *,
        dropout: float,
        dtype: Literal["float32", "bfloat16"],
        seed: int,
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.types = types
        self.products = getattr(torch, dtype)
        set_dropout(encoder, dropout)
        self.dropout = Dropout(dropout) if self.device.type == "cpu" else nn.Dropout(dropout)
        self.head = nn.Linear(encoder.config.hidden_size, 1 + 2 * len(types))
        spread = getattr(encoder.config, "initializer_range", 0.02)
        nn.init.normal_(self.head.weight, std=spread, generator=torch.Generator().manual_seed(seed))
        nn.init.zeros_(self.head.bias)
        self.head.to(self.device)

    @property
    def device(self) -> torch.device:
        """Return where the weights lie."""
        return self.encoder.device

    @property
    def pad(self) -> int:
        """Return the piece that fills windows up."""
        return int(self.encoder.config.pad_token_id or 0)

    def autocast(self) -> torch.autocast:
        """Return the context in which matrix products have the tagger's type."""
        return torch.autocast(self.device.type, self.products, enabled=self.products != torch.float32)

    def forward(self, batch: Batch) -> Tensor:
        """Return logits of the scored words, -inf for tags that are not allowed, float32 (words, tags)."""
        told = {} if batch.positions is None else {"position_ids": batch.positions}
        with self.autocast(), laid_out(batch.layout):
            hidden = self.encoder(batch.pieces, attention_mask=batch.mask, **told).last_hidden_state
            words = hidden.flatten(0, 1)[batch.places]  # (words, width)
            logits: Tensor = self.head(self.dropout(words))
        return logits.float().masked_fill(~batch.allowed, -torch.inf)

    def loss(self, batch: Batch, *, n_words: int) -> Tensor:
        """Return the cross entropy of the gold tags, summed over the batch and divided by ``n_words``."""
        return functional.cross_entropy(self(batch), batch.tags, reduction="sum") / n_words
