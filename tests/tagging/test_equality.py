"""A training step equals that of transformers; micro-batches and a reduced vocabulary change nothing."""

import numpy as np
import pytest
import torch
import transformers as hf
from tiny_encoders import TOKENIZERS
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

from bioner_core.study.jobs import Settings
from bioner_core.tagging.finetuning.batches import list_windows
from bioner_core.tagging.finetuning.predict import predict_tags
from bioner_core.tagging.finetuning.train import compute_gradients, train_tagger


def compute_with_transformers(kind, folder, tagger, encoder, sentences, examples):
    """Return loss and gradients of transformers' model, with padded batches and labels on first pieces."""
    model = hf.AutoModelForTokenClassification.from_pretrained(
        folder / kind, num_labels=5, dtype=torch.float32
    )
    if kind == "modernbert":  # it puts the dense layer of its masked language model before the classifier
        model.head = torch.nn.Identity()
    model.load_state_dict(
        {"classifier.weight": tagger.head.weight, "classifier.bias": tagger.head.bias}, strict=False
    )
    batch = encoder.tokenizer(
        [s.tokens for s in sentences], is_split_into_words=True, padding=True, return_tensors="pt"
    )
    labels = torch.full(batch["input_ids"].shape, -100)
    for row, example in enumerate(examples):
        words = batch.word_ids(row)
        for word, tag in enumerate(example.tags):
            labels[row, words.index(word)] = int(tag)
    model.eval()
    loss = model(batch["input_ids"], attention_mask=batch["attention_mask"], labels=labels).loss
    loss.backward()
    base = model.base_model_prefix
    names = {f"{base}.": "encoder.", "classifier.": "head."}
    named = {}
    for name, weight in model.named_parameters():
        if weight.grad is not None:
            start = next(old for old in names if name.startswith(old))
            named[names[start] + name.removeprefix(start)] = weight.grad
    return loss.item(), named


@pytest.mark.parametrize("kind", TOKENIZERS)
def test_loss_and_gradients_of_a_step_equal_transformers(kind, tmp_path):
    encoder = load_tiny_encoder(tmp_path, kind)
    sentences = draw_sentences(16)
    examples = build_tiny_examples(sentences, encoder)
    tagger = build_tiny_tagger(encoder)
    loss = compute_gradients(tagger, list_windows(examples), max_batch_pieces=4096)
    computed = {name.replace(".embedding.weight", ".weight"): g for name, g in copy_gradients(tagger).items()}
    expected_loss, expected = compute_with_transformers(kind, tmp_path, tagger, encoder, sentences, examples)
    assert loss == pytest.approx(expected_loss, abs=1e-5)
    assert_same(computed, expected, within=1e-5)


def test_micro_batches_change_neither_loss_nor_gradients(tmp_path):
    encoder = load_tiny_encoder(tmp_path)
    rows = list_windows(build_tiny_examples(draw_sentences(16), encoder))
    tagger = build_tiny_tagger(encoder)
    losses, gradients_by_size = [], []
    for budget in (8, 40, 200, 4096):
        losses.append(compute_gradients(tagger, rows, max_batch_pieces=budget))
        gradients_by_size.append(copy_gradients(tagger))
    assert losses == pytest.approx([losses[0]] * 4, abs=1e-6)
    for other in gradients_by_size[1:]:
        assert_same(gradients_by_size[0], other, within=1e-6)


def test_the_loss_of_a_step_weighs_windows_by_their_words(tmp_path):
    encoder = load_tiny_encoder(tmp_path)
    sentences = draw_sentences(6, most=30)
    tagger = build_tiny_tagger(encoder)
    rows = list_windows(build_tiny_examples(sentences, encoder, max_pieces=60))
    assert len(rows) > 6
    loss = compute_gradients(tagger, rows, max_batch_pieces=4096)
    losses_and_sizes = [
        (compute_gradients(tagger, [row], max_batch_pieces=4096), len(row[1].word_indices)) for row in rows
    ]
    assert loss == pytest.approx(
        sum(x * n for x, n in losses_and_sizes) / sum(n for _, n in losses_and_sizes), abs=1e-6
    )


def train(tagger, examples, **options):
    settings = Settings(epochs=4, batch_size=8, learning_rate=1e-2, dropout=0.0, weight_decay=0.1, **options)
    losses = [step.loss for step in train_tagger(tagger, examples, settings, seed=3)]
    return losses, copy_weights(tagger)


def list_pieces(examples):
    return torch.from_numpy(np.unique(np.concatenate([w.input_ids for _, w in list_windows(examples)])))


def test_a_reduced_vocabulary_changes_no_weight_of_a_training(tmp_path):
    encoder = load_tiny_encoder(tmp_path)
    examples = build_tiny_examples(draw_sentences(24, types=("Drug",)), encoder)
    unseen = build_tiny_examples(draw_sentences(8, seed=1), encoder)  # pieces of the test part alone
    pieces = list_pieces([*examples, *unseen])
    whole, reduced = build_tiny_tagger(encoder), build_tiny_tagger(encoder, reduced=pieces.tolist())
    losses, weights = train(whole, examples)
    reduced_losses, reduced_weights = train(reduced, examples)
    is_kept = reduced.encoder.get_input_embeddings().row_of_piece < len(
        reduced.encoder.get_input_embeddings().embedding.weight
    )
    assert is_kept.sum() < len(is_kept)
    name = "encoder.embeddings.word_embeddings.embedding.weight"
    weights[name] = weights[name][is_kept]
    never = ~torch.isin(is_kept.nonzero().flatten(), list_pieces(examples))
    assert never.sum() > 5
    assert reduced_losses == pytest.approx(losses, abs=1e-5)
    assert_near(reduced_weights, weights, within=1e-5)
    torch.testing.assert_close(reduced_weights[name][never], weights[name][never], atol=1e-8, rtol=1e-6)
    assert predict_tags(reduced, unseen).tolist() == predict_tags(whole, unseen).tolist()


def test_the_batch_size_of_evaluation_changes_no_tag(tmp_path):
    encoder = load_tiny_encoder(tmp_path)
    tagger = build_tiny_tagger(encoder)
    examples = build_tiny_examples(draw_sentences(30), encoder)
    alone = [tag for example in examples for tag in predict_tags(tagger, [example])]
    for budget in (8, 100, 4096):
        assert predict_tags(tagger, examples, max_batch_pieces=budget).tolist() == alone


def test_bfloat16_is_close_to_float32_and_keeps_float32_weights(tmp_path):
    encoder = load_tiny_encoder(tmp_path)
    rows = list_windows(build_tiny_examples(draw_sentences(16), encoder))
    exact, short = build_tiny_tagger(encoder), build_tiny_tagger(encoder, dtype="bfloat16")
    losses = [compute_gradients(tagger, rows, max_batch_pieces=60) for tagger in (exact, short)]
    assert losses[0] == pytest.approx(losses[1], abs=0.02)
    assert losses[0] != losses[1]
    assert {weight.dtype for weight in short.parameters()} == {torch.float32}
    assert {gradient.dtype for gradient in copy_gradients(short).values()} == {torch.float32}
    assert_same(copy_gradients(exact), copy_gradients(short), within=0.02)
