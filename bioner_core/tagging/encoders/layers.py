"""The layers of an encoder: where they are, and an encoder without the last ones."""

import copy
from dataclasses import replace

from torch import nn
from transformers import PreTrainedModel

from bioner_core.errors import BionerError
from bioner_core.tagging.encoders.encoder import Encoder


def find_layers(encoder: Encoder) -> nn.ModuleList:
    """Return the list of an encoder's layers. :raises BionerError: there is none, or more than one."""
    return _find_list(encoder, encoder.model)


def keep_first_layers(encoder: Encoder, n_layers: int) -> Encoder:
    """Return a copy of an encoder without the layers behind the first ones.

    The copy has all weights that are not in a layer, among them a norm behind the last one.

    :param n_layers: that stay
    :raises BionerError: the encoder has fewer layers, or is built in a way that cannot be cut
    """
    layers = find_layers(encoder)
    if not 1 <= n_layers <= len(layers):
        raise BionerError(
            f"first_layers is {n_layers}; encoder {encoder.name} has {len(layers)} layers, so 0 (all) to "
            f"{len(layers)} are allowed. Set --first-layers."
        )
    without = {id(layer): None for layer in layers[n_layers:]}  # not copied
    model = copy.deepcopy(encoder.model, without)
    del _find_list(encoder, model)[n_layers:]
    model.config.num_hidden_layers = n_layers
    return replace(encoder, model=model)


def refuse_cut(encoder: Encoder, reason: str) -> BionerError:
    """Return the error that an encoder's layers cannot be taken apart."""
    return BionerError(
        f"encoder {encoder.name}: of its type, {encoder.model.config.model_type}, the upper layers cannot be "
        f"trained alone ({reason}). Fine-tune it with the preset quick, or take another encoder, such as "
        "BERT, RoBERTa, XLM-R or DistilBERT."
    )


def _find_list(encoder: Encoder, model: PreTrainedModel) -> nn.ModuleList:
    n_layers = getattr(model.config, "num_hidden_layers", 0)
    lists = [m for m in model.modules() if isinstance(m, nn.ModuleList) and len(m) == n_layers > 0]
    if len(lists) != 1:
        raise refuse_cut(encoder, f"{len(lists)} lists of {n_layers} layers were found in it")
    return lists[0]
