"""The probe's head: independent sentences, masked tags, reproducible training."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from bioner_core.study.jobs import Settings
from bioner_core.tagging.probe.head import ProbeExample, ProbeHead, predict_with_head, train_head

TYPES = ("Disease", "Drug")
SETTINGS = Settings(epochs=5, min_steps=40, batch_size=8, learning_rate=1e-2, dropout=0.3)


def build_examples(n, *, seed=0, allowed=(True,) * 5, n_features=6):
    """Return sentences of 1 to 9 words whose tag is the index of the largest of the first five features."""
    generator = np.random.default_rng(seed)
    examples = []
    for length in generator.integers(1, 10, n):
        vectors = generator.normal(size=(length, n_features)).astype(np.float16)
        tags = np.where(allowed, vectors[:, :5], -np.inf).argmax(1)
        examples.append(ProbeExample(features=vectors, tags=tags, allowed=np.array(allowed)))
    return examples


def build_head(*, dropout=0.3, seed=0):
    return ProbeHead(6, TYPES, dropout=dropout, seed=seed)


def train(examples, *, seed=1, **fields):
    head = build_head(**fields)
    steps = list(train_head(head, examples, SETTINGS, seed=seed))
    assert (len(steps), steps[-1].number, steps[-1].total) == (40, 40, 40)
    assert steps[-1].loss < steps[0].loss
    return head


def flatten_weights(head):
    return torch.cat([weight.detach().flatten() for weight in head.parameters()])


def test_sentences_of_a_batch_do_not_influence_each_other():
    head, examples = train(build_examples(20), dropout=0.0), build_examples(100, seed=1)
    alone = np.concatenate([predict_with_head(head, [example]) for example in examples])
    assert (predict_with_head(head, examples) == alone).all()


def test_the_input_of_a_head_includes_neighbouring_words():
    head = build_head(dropout=0.0).eval()
    vectors = torch.zeros(9, 6)
    changed = vectors.clone()
    changed[4] = 1
    inside = torch.ones(9, 1)
    differs = (head(vectors, inside) - head(changed, inside)).abs().amax(1) > 0
    assert differs.tolist() == [False, False, True, True, True, True, True, False, False]


def test_a_head_learns_the_training_tags():
    examples = build_examples(60)
    tags = predict_with_head(train(examples), examples)
    assert (tags == np.concatenate([example.tags for example in examples])).mean() > 0.7


def test_tags_that_are_not_allowed_are_never_predicted_and_their_weights_only_decay():
    only_drugs = (True, False, False, True, True)
    head, before = build_head(), build_head().output_layer.weight.detach()
    list(train_head(head, build_examples(30, allowed=only_drugs), SETTINGS, seed=1))
    ratio = head.output_layer.weight.detach()[[1, 2]] / before[[1, 2]]
    assert torch.allclose(ratio, ratio[0, 0].expand_as(ratio))
    assert 0.99 < ratio[0, 0] < 1
    assert set(predict_with_head(head, build_examples(200, seed=2, allowed=only_drugs))) <= {0, 3, 4}


def test_allowed_tags_differ_between_sentences_of_a_batch():
    """If a corpus does not annotate Disease, its O tags are no evidence against Disease."""
    both = build_examples(30) + build_examples(30, seed=5, allowed=(True, False, False, True, True))
    tags = predict_with_head(train(both), build_examples(200, seed=2))
    assert set(tags) == {0, 1, 2, 3, 4}


def test_training_depends_on_the_seed_alone():
    examples = build_examples(30)
    once = flatten_weights(train(examples))
    torch.manual_seed(5)
    torch.rand(3)
    assert torch.equal(flatten_weights(train(examples)), once)
    assert not torch.equal(flatten_weights(train(examples, seed=2)), once)


@pytest.mark.parametrize("p", [0.0, 0.4])
def test_dropout_keeps_the_mean_and_stops_with_training(p):
    head = build_head(dropout=p)
    numbers = torch.ones(500, 300)
    for of_columns in (False, True):
        dropped_out = head.train()._apply_dropout(numbers, of_columns=of_columns)
        assert (dropped_out == 0).float().mean() == pytest.approx(p, abs=0.07)
        assert dropped_out.mean() == pytest.approx(1, abs=0.12)
        assert torch.equal(head.eval()._apply_dropout(numbers, of_columns=of_columns), numbers)


def test_empty_input_gives_no_steps_and_no_tags():
    head = build_head()
    before = flatten_weights(head)
    assert list(train_head(head, [], SETTINGS, seed=1)) == []
    assert torch.equal(flatten_weights(head), before)
    assert predict_with_head(head, []).tolist() == []


def test_a_plateau_stops_training_only_with_patience():
    few = Settings(epochs=60, batch_size=8, learning_rate=1e-9, dropout=0.5)
    assert len(list(train_head(build_head(), build_examples(8), few, seed=1))) == 60
    steps = list(train_head(build_head(), build_examples(8), replace(few, patience=2), seed=1))
    assert len(steps) < 60 and steps[-1].total == 60
