"""The training loop: steps, learning rate, early stopping, and out of memory."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from tiny_taggers import (
    assert_near,
    assert_same,
    build_tiny_examples,
    build_tiny_tagger,
    copy_gradients,
    copy_weights,
    draw_sentences,
    load_tiny_encoder,
)

from bioner_core.errors import BionerError
from bioner_core.study.jobs import Settings
from bioner_core.tagging.finetuning.batches import draw_batches, list_windows, split_into_micro_batches
from bioner_core.tagging.finetuning.memory import retry_with_smaller_batches
from bioner_core.tagging.finetuning.predict import predict_tags
from bioner_core.tagging.finetuning.train import compute_gradients, train_tagger
from bioner_core.tagging.schedule import scale_learning_rate

SETTINGS = Settings(epochs=2, min_steps=12, batch_size=8, learning_rate=1e-2, dropout=0.1)


@pytest.fixture
def encoder(tmp_path):
    return load_tiny_encoder(tmp_path)


def test_steps_are_numbered_and_the_loss_falls(encoder):
    tagger = build_tiny_tagger(encoder, dropout=0.1)
    examples = build_tiny_examples(draw_sentences(30), encoder)
    steps = list(
        train_tagger(tagger, examples, Settings(epochs=20, batch_size=8, learning_rate=1e-2), seed=0)
    )
    assert [step.number for step in steps] == list(range(1, 76))
    assert {step.total for step in steps} == {75}
    assert steps[0].loss == pytest.approx(np.log(5), abs=0.1)
    assert np.mean([step.loss for step in steps[-5:]]) < 0.3


def test_all_steps_have_the_batch_size_and_an_epoch_covers_each_sentence_once():
    steps = list(draw_batches(50, batch_size=8, n_steps=25, seed=4))
    assert {len(step) for step in steps} == {8}
    batches = np.concatenate(steps)
    for epoch in range(4):
        assert sorted(batches[50 * epoch : 50 * epoch + 50].tolist()) == list(range(50))
    again = np.concatenate(list(draw_batches(50, batch_size=8, n_steps=25, seed=4)))
    other = np.concatenate(list(draw_batches(50, batch_size=8, n_steps=25, seed=5)))
    assert np.array_equal(batches, again)
    assert not np.array_equal(batches, other)


def test_fewer_sentences_than_a_batch_are_all_in_every_step():
    assert {tuple(sorted(step.tolist())) for step in draw_batches(3, batch_size=8, n_steps=4, seed=0)} == {
        (0, 1, 2)
    }


def test_micro_batches_hold_each_window_once_within_the_budget_and_cost_least():
    generator = np.random.default_rng(0)
    for _ in range(50):
        lengths = generator.integers(1, 60, generator.integers(1, 40)).tolist()
        budget, overhead = int(generator.integers(40, 400)), int(generator.integers(0, 100))
        groups = split_into_micro_batches(lengths, max_batch_pieces=budget, overhead=overhead)
        assert Counter(place for group in groups for place in group) == Counter(range(len(lengths)))
        padded = [max(lengths[place] for place in group) * len(group) for group in groups]
        assert all(n <= budget or len(group) == 1 for n, group in zip(padded, groups, strict=True))
        alone = sum(lengths) + overhead * len(lengths)
        assert sum(padded) + overhead * len(groups) <= alone
        assert all(max(lengths[p] for p in a) >= max(lengths[p] for p in b) for a, b in pairwise(groups))


def test_the_learning_rate_rises_to_the_peak_and_falls_to_zero():
    rates = [scale_learning_rate(step, 100, 0.1) for step in range(1, 101)]
    assert rates[:11] == pytest.approx([k / 11 for k in range(1, 12)])
    assert np.diff(rates[10:]) == pytest.approx([-1 / 90] * 89)
    assert rates[-1] == pytest.approx(1 / 90)
    assert [scale_learning_rate(step, 2, 0.0) for step in (1, 2)] == [1, 0.5]


def test_the_optimiser_follows_the_recipe_of_transformers(encoder):
    """The reference is torch.optim.AdamW with decay of matrices only, clipping and a gradient per step."""
    tagger, reference = build_tiny_tagger(encoder), build_tiny_tagger(encoder)
    examples = build_tiny_examples(draw_sentences(20), encoder)
    settings = Settings(
        epochs=3, batch_size=8, learning_rate=1e-2, dropout=0.0, weight_decay=0.1, clip_norm=0.5
    )
    rates = [step.learning_rate for step in train_tagger(tagger, examples, settings, seed=7)]
    named = dict(reference.named_parameters())
    plain = [n for n in named if n.endswith("bias") or "LayerNorm" in n]
    optimizer = torch.optim.AdamW(
        [
            {"params": [w for n, w in named.items() if n not in plain], "weight_decay": 0.1},
            {"params": [named[n] for n in plain], "weight_decay": 0.0},
        ],
        foreach=False,
    )
    order = draw_batches(20, batch_size=8, n_steps=len(rates), seed=7)
    for rate, places in zip(rates, order, strict=True):
        compute_gradients(
            reference, list_windows([examples[place] for place in places]), max_batch_pieces=4096
        )
        norm = torch.cat([w.grad.flatten() for w in reference.parameters()]).norm()
        for weight in reference.parameters():
            weight.grad *= min(1.0, 0.5 / float(norm))
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.step()
    assert_near(copy_weights(tagger), copy_weights(reference), within=1e-5)


def test_the_learning_rate_of_the_head_is_a_multiple_of_that_of_the_encoder(encoder):
    def moved(head_rate):
        new = build_tiny_tagger(encoder)
        before = {name: weight.detach().clone() for name, weight in new.named_parameters()}
        settings = replace(SETTINGS, weight_decay=0.0, dropout=0.0, head_rate=head_rate)
        next(train_tagger(new, build_tiny_examples(draw_sentences(8), encoder), settings, seed=1))
        return {name: (w - before[name]).abs().max().item() for name, w in new.named_parameters()}

    once, thrice = moved(1.0), moved(3.0)
    for name, step in once.items():
        assert thrice[name] == pytest.approx(step * (3 if name.startswith("head") else 1), rel=1e-3), name


def test_the_same_seed_gives_the_same_weights_whatever_ran_before(encoder):
    examples = build_tiny_examples(draw_sentences(20), encoder)
    weights = []
    for noise in (0, 99, 0):
        torch.manual_seed(noise)
        tagger = build_tiny_tagger(encoder, dropout=0.3)
        list(train_tagger(tagger, examples, SETTINGS, seed=5))
        weights.append(copy_weights(tagger))
    assert_same(weights[0], weights[1], within=0)
    assert_same(weights[0], weights[2], within=0)


def test_closing_stops_after_the_step_and_the_tagger_can_be_used(encoder):
    tagger = build_tiny_tagger(encoder)
    examples = build_tiny_examples(draw_sentences(20), encoder)
    steps = train_tagger(tagger, examples, SETTINGS, seed=0)
    next(steps)
    before = copy_weights(tagger)
    steps.close()
    assert list(steps) == []
    assert_same(before, copy_weights(tagger), within=0)
    assert len(predict_tags(tagger, examples)) == sum(len(example.tags) for example in examples)


def test_a_plateau_stops_training_only_with_patience(encoder):
    examples = build_tiny_examples(draw_sentences(16), encoder)
    settings = {"epochs": 12, "batch_size": 8, "learning_rate": 1e-9, "dropout": 0.0}
    n_steps = {}
    for patience in (0, 2):
        tagger = build_tiny_tagger(encoder)
        torch.nn.init.zeros_(tagger.head.weight)  # the loss of an epoch stays ln 5 but for rounding
        tagger.head.requires_grad_(False)
        n_steps[patience] = len(
            list(train_tagger(tagger, examples, Settings(patience=patience, **settings), seed=0))
        )
    assert n_steps[0] == 24
    assert n_steps[2] < 24


class Scarce:
    """A tagger's loss on a device that holds so many pieces; fails midway, as a backward pass does."""

    def __init__(self, tagger, most):
        self.loss, self.tagger, self.most, self.sizes = tagger.loss, tagger, most, []

    def __call__(self, batch, *, n_words):
        if batch.input_ids.numel() > self.most:
            self.tagger.head.bias.grad = torch.ones(5)
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        self.sizes.append(batch.input_ids.numel())
        return self.loss(batch, n_words=n_words)


def test_out_of_memory_splits_the_micro_batch_and_never_the_step(encoder, caplog):
    examples = build_tiny_examples(draw_sentences(24), encoder)
    settings = Settings(epochs=2, batch_size=8, learning_rate=1e-2, dropout=0.0)
    plain, scarce = build_tiny_tagger(encoder), build_tiny_tagger(encoder)
    expected = [step.loss for step in train_tagger(plain, examples, settings, seed=0)]
    scarce.loss = Scarce(scarce, 150)
    steps = list(train_tagger(scarce, examples, settings, seed=0))
    assert [step.loss for step in steps] == pytest.approx(expected, abs=1e-4)
    assert_near(copy_weights(plain), copy_weights(scarce), within=1e-5)
    assert max(scarce.loss.sizes) <= 150
    assert steps[-1].max_batch_pieces == 128  # 4096 halved until it fits, and kept
    assert "out of memory: going on with 2048 pieces at a time" in caplog.text


def test_memory_too_small_for_a_single_window_is_reported():
    def work(budget):
        raise RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory")

    with pytest.raises(BionerError) as caught:
        retry_with_smaller_batches(work, 4096)
    assert str(caught.value) == (
        "out of memory with one window of one sentence at a time: use a smaller encoder, fewer pieces "
        "a window (max_pieces) or a device with more memory."
    )


def test_other_errors_are_not_mistaken_for_out_of_memory(encoder):
    with pytest.raises(RuntimeError, match="shapes"):
        retry_with_smaller_batches(lambda budget: torch.ones(2, 3) @ torch.ones(2, 3), 4096)


def test_gradients_of_one_step_do_not_leak_into_the_next(encoder):
    tagger = build_tiny_tagger(encoder)
    rows = list_windows(build_tiny_examples(draw_sentences(8), encoder))
    compute_gradients(tagger, rows, max_batch_pieces=4096)
    first = copy_gradients(tagger)
    compute_gradients(tagger, rows, max_batch_pieces=4096)
    assert_same(first, copy_gradients(tagger), within=0)
