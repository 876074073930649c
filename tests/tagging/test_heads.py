"""The head: masked tags, dropout, and the types of its numbers."""

import pytest
import torch
from tiny_encoders import TOKENIZERS
from tiny_taggers import encoder_of, examples_of, gradients, sentences, tagger_of
from torch import nn

from bioner_core.tagging.finetuning.batches import collate, rows_of
from bioner_core.tagging.finetuning.dropout import Dropout, dropped
from bioner_core.tagging.finetuning.train import set_gradients


def batch_of(encoder, **options):
    rows = rows_of(examples_of(sentences(8), encoder, **options))
    return collate(rows, pad=0, device=torch.device("cpu"))


def test_tags_of_types_that_a_corpus_does_not_annotate_have_no_part(tmp_path):
    encoder = encoder_of(tmp_path)
    tagger = tagger_of(encoder)
    examples = examples_of(sentences(8, types=("Disease",)), encoder, only=("Disease",))
    logits = tagger(collate(rows_of(examples), pad=0, device=tagger.device))
    assert torch.equal(logits.isneginf().any(0), torch.tensor([False, False, False, True, True]))
    set_gradients(tagger, rows_of(examples), budget=4096)
    moved = gradients(tagger)["head.weight"].abs().sum(1) > 0
    assert moved.tolist() == [True, True, True, False, False]
    assert all(gradient.isfinite().all() for gradient in gradients(tagger).values())


def test_the_seed_alone_decides_the_heads_weights(tmp_path):
    encoder = encoder_of(tmp_path)
    first, same, other = (tagger_of(encoder, seed=seed).head.weight for seed in (1, 1, 2))
    assert torch.equal(first, same)
    assert not torch.equal(first, other)
    assert first.std().item() == pytest.approx(0.02, rel=0.3)


@pytest.mark.parametrize("kind", TOKENIZERS)
def test_dropout_reaches_every_layer_and_stops_in_evaluation(kind, tmp_path):
    encoder = encoder_of(tmp_path, kind)
    tagger = tagger_of(encoder, dropout=0.25)
    shares = [m.p for m in tagger.modules() if isinstance(m, Dropout | nn.Dropout)]
    assert set(shares) == {0.25}
    assert len(shares) >= 5
    batch = batch_of(encoder)
    tagger.train()
    assert not torch.equal(tagger(batch), tagger(batch))
    tagger.eval()
    assert torch.equal(tagger(batch), tagger(batch))
    assert not any(isinstance(m, nn.Dropout) and m.p == 0.25 for m in encoder.model.modules())


def test_dropout_sets_the_share_to_0_and_keeps_the_mean():
    torch.manual_seed(0)
    numbers = torch.ones(1000, 1001, requires_grad=True)
    for share in (0.1, 0.5, 0.9):
        found = dropped(numbers, share)
        assert (found == 0).float().mean().item() == pytest.approx(share, abs=0.002)
        assert found.mean().item() == pytest.approx(1, abs=0.01)
        (gradient,) = torch.autograd.grad(found.sum(), numbers)
        assert torch.equal(gradient, found)
        zeros = (found == 0).float()
        assert zeros.mean(0).std().item() == pytest.approx((share * (1 - share) / 1000) ** 0.5, rel=0.1)
        assert (zeros[:, 1:] * zeros[:, :-1]).mean().item() == pytest.approx(share**2, abs=0.003)


def test_attention_drops_too(tmp_path):
    encoder = encoder_of(tmp_path)
    tagger = tagger_of(encoder, dropout=0.5)
    for module in tagger.modules():
        if (
            isinstance(module, Dropout)
            and module is not tagger.encoder.encoder.layer[0].attention.self.dropout
        ):
            module.p = 0.0
    tagger.train()
    batch = batch_of(encoder)
    assert not torch.equal(tagger(batch), tagger(batch))
