"""The upper layers of an encoder as a model that reads states in place of word pieces."""

import copy
from typing import Any, cast

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from bioner_core.errors import BionerError
from bioner_core.tagging.encoders.encoder import Encoder
from bioner_core.tagging.encoders.layers import find_layers, refuse_cut
from bioner_core.tagging.finetuning.frozen_states import insert_states, use_states

MAX_DEVIATION = 1e-5  # of the last states, as a share of the largest one: more than rounding


class NoEmbedding(nn.Module):
    """Takes the place of an embedding matrix: states replace what is made of it, so only the shape counts."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width

    def forward(self, piece_ids: Tensor) -> Tensor:
        """Return zeros, (…, width)."""
        return torch.zeros(*piece_ids.shape, self.width, device=piece_ids.device)


def cut_encoder(encoder: Encoder, n_upper: int, *, n_pieces: int) -> PreTrainedModel:
    """Return a copy of an encoder's upper layers and what follows them; all else of it takes no gradient.

    Its ``forward`` is the encoder's own, called within ``use_states``. The embedding matrix and the lower
    layers are not copied.

    :param n_pieces: of a window of any pieces, on which the copy must give the encoder's own last states:
        the longest that is read, for attention may reach less far
    :raises BionerError: the encoder has fewer layers, or is built in a way that cannot be cut
    """
    model, layers = encoder.model, find_layers(encoder)
    if not 1 <= n_upper <= len(layers):
        raise BionerError(
            f"upper_layers is {n_upper}; encoder {encoder.name} has {len(layers)} layers, so 1 to "
            f"{len(layers)} are allowed. Set --upper-layers."
        )
    embedding = cast(nn.Embedding, model.get_input_embeddings())
    copies: dict[int, Any] = {id(embedding): NoEmbedding(embedding.embedding_dim)}
    upper = copy.deepcopy(layers[-n_upper:], copies)
    upper[0].register_forward_pre_hook(insert_states, with_kwargs=True)
    copies[id(layers)] = upper
    cut = copy.deepcopy(model, copies)  # one memory of copies: layers and model share a config
    piece_ids = torch.arange(n_pieces, device=model.device) % embedding.num_embeddings
    _freeze_unused(encoder, cut, n_upper, piece_ids[None])
    return cut


def _freeze_unused(encoder: Encoder, cut: PreTrainedModel, n_upper: int, piece_ids: Tensor) -> None:
    """Freeze all weights of the copy that its last states do not depend on; check these states.

    :param piece_ids: (1, pieces)
    """
    with torch.no_grad():
        expected = encoder.model(piece_ids, output_hidden_states=True)
    try:
        with use_states(expected.hidden_states[-1 - n_upper]):
            states = cut(piece_ids).last_hidden_state
    except Exception as error:
        raise refuse_cut(encoder, f"{type(error).__name__} in {type(cut).__name__}") from error
    deviation = (states - expected.last_hidden_state).abs().max() / expected.last_hidden_state.abs().max()
    if not deviation <= MAX_DEVIATION:
        raise refuse_cut(encoder, f"without the lower ones, they are off by {deviation:.1g}")
    states.sum().backward()
    for weight in cut.parameters():
        weight.requires_grad_(weight.grad is not None)
        weight.grad = None
