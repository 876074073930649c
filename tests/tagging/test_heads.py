"""The classification head: masked tags, dropout, seeds."""

import pytest
import torch
from tiny_encoders import TOKENIZERS
from tiny_taggers import (
    build_tiny_examples,
    build_tiny_tagger,
    copy_gradients,
    draw_sentences,
    load_tiny_encoder,
)
from torch import nn

from bioner_core.tagging.finetuning.batches import list_windows, pad_windows
from bioner_core.tagging.finetuning.dropout import Dropout, apply_dropout
from bioner_core.tagging.finetuning.train import compute_gradients


def build_batch(encoder, **options):
    rows = list_windows(build_tiny_examples(draw_sentences(8), encoder, **options))
    return pad_windows(rows, pad_id=0, device=torch.device("cpu"))


def test_tags_of_unannotated_types_are_masked_and_get_no_gradient(tmp_path):
    encoder = load_tiny_encoder(tmp_path)
    tagger = build_tiny_tagger(encoder)
    examples = build_tiny_examples(draw_sentences(8, types=("Disease",)), encoder, only=("Disease",))
    logits = tagger(pad_windows(list_windows(examples), pad_id=0, device=tagger.device))
    assert torch.equal(logits.isneginf().any(0), torch.tensor([False, False, False, True, True]))
    compute_gradients(tagger, list_windows(examples), max_batch_pieces=4096)
    moved = copy_gradients(tagger)["head.weight"].abs().sum(1) > 0
    assert moved.tolist() == [True, True, True, False, False]
    assert all(gradient.isfinite().all() for gradient in copy_gradients(tagger).values())


def test_head_weights_depend_on_the_seed_alone(tmp_path):
    encoder = load_tiny_encoder(tmp_path)
    first, same, other = (build_tiny_tagger(encoder, seed=seed).head.weight for seed in (1, 1, 2))
    assert torch.equal(first, same)
    assert not torch.equal(first, other)
    assert first.std().item() == pytest.approx(0.02, rel=0.3)


@pytest.mark.parametrize("kind", TOKENIZERS)
def test_dropout_reaches_every_layer_and_stops_in_evaluation(kind, tmp_path):
    encoder = load_tiny_encoder(tmp_path, kind)
    tagger = build_tiny_tagger(encoder, dropout=0.25)
    probabilities = [m.p for m in tagger.modules() if isinstance(m, Dropout | nn.Dropout)]
    assert set(probabilities) == {0.25}
    assert len(probabilities) >= 5
    batch = build_batch(encoder)
    tagger.train()
    assert not torch.equal(tagger(batch), tagger(batch))
    tagger.eval()
    assert torch.equal(tagger(batch), tagger(batch))
    assert not any(isinstance(m, nn.Dropout) and m.p == 0.25 for m in encoder.model.modules())


def test_dropout_zeroes_the_requested_share_and_keeps_the_mean():
    torch.manual_seed(0)
    numbers = torch.ones(1000, 1001, requires_grad=True)
    for p in (0.1, 0.5, 0.9):
        dropped = apply_dropout(numbers, p)
        assert (dropped == 0).float().mean().item() == pytest.approx(p, abs=0.002)
        assert dropped.mean().item() == pytest.approx(1, abs=0.01)
        (gradient,) = torch.autograd.grad(dropped.sum(), numbers)
        assert torch.equal(gradient, dropped)
        zeros = (dropped == 0).float()
        assert zeros.mean(0).std().item() == pytest.approx((p * (1 - p) / 1000) ** 0.5, rel=0.1)
        assert (zeros[:, 1:] * zeros[:, :-1]).mean().item() == pytest.approx(p**2, abs=0.003)


def test_dropout_is_applied_to_attention(tmp_path):
    encoder = load_tiny_encoder(tmp_path)
    tagger = build_tiny_tagger(encoder, dropout=0.5)
    for module in tagger.modules():
        if (
            isinstance(module, Dropout)
            and module is not tagger.encoder.encoder.layer[0].attention.self.dropout
        ):
            module.p = 0.0
    tagger.train()
    batch = build_batch(encoder)
    assert not torch.equal(tagger(batch), tagger(batch))
