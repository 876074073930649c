"""The tagger: an encoder and a softmax over BIO tags on each word's first piece."""

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedModel

from bioner_core.tagging.finetuning.batches import Batch
from bioner_core.tagging.finetuning.dropout import Dropout, set_dropout
from bioner_core.tagging.finetuning.frozen_states import use_states
from bioner_core.tagging.finetuning.packing import use_layout


class Tagger(nn.Module):
    """Encoder and head; the encoder's weights that take gradients are trained in place.

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
        self.unused_row_scale = 1.0  # weight decay so far of embedding rows cut from the vocabulary
        self.compute_dtype = getattr(torch, dtype)
        set_dropout(encoder, dropout)
        self.dropout = Dropout(dropout) if self.device.type == "cpu" else nn.Dropout(dropout)
        self.head = nn.Linear(encoder.config.hidden_size, 1 + 2 * len(types))
        std = getattr(encoder.config, "initializer_range", 0.02)
        nn.init.normal_(self.head.weight, std=std, generator=torch.Generator().manual_seed(seed))
        nn.init.zeros_(self.head.bias)
        self.head.to(self.device)

    @property
    def device(self) -> torch.device:
        """Return the device of the weights."""
        return self.encoder.device

    @property
    def pad_id(self) -> int:
        """Return the id of the padding piece."""
        return int(self.encoder.config.pad_token_id or 0)

    def autocast(self) -> torch.autocast:
        """Return the context in which matrix products have the tagger's data type."""
        return torch.autocast(
            self.device.type, self.compute_dtype, enabled=self.compute_dtype != torch.float32
        )

    def forward(self, batch: Batch) -> Tensor:
        """Return logits of the scored words, -inf for tags that are not allowed, float32 (words, tags)."""
        position_options = {} if batch.position_ids is None else {"position_ids": batch.position_ids}
        with self.autocast(), use_layout(batch.layout), use_states(batch.states):
            hidden = self.encoder(
                batch.input_ids, attention_mask=batch.attention_mask, **position_options
            ).last_hidden_state
            words = hidden.flatten(0, 1)[batch.word_starts]  # (words, width)
            logits: Tensor = self.head(self.dropout(words))
        return logits.float().masked_fill(~batch.allowed, -torch.inf)

    def loss(self, batch: Batch, *, n_words: int) -> Tensor:
        """Return the cross entropy of the gold tags, summed over the batch and divided by ``n_words``."""
        return functional.cross_entropy(self(batch), batch.tags, reduction="sum") / n_words
