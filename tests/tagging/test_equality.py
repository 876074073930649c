"""A step is transformers' own; cutting it up, or the vocabulary, changes nothing."""

import numpy as np
import pytest
import torch
import transformers as hf
from tiny_encoders import TOKENIZERS
from tiny_taggers import (
    assert_near,
    assert_same,
    encoder_of,
    examples_of,
    gradients,
    sentences,
    tagger_of,
    weights_of,
)

from bioner_core.study.jobs import Settings
from bioner_core.tagging.finetuning.batches import rows_of
from bioner_core.tagging.finetuning.predict import found_tags
from bioner_core.tagging.finetuning.train import set_gradients, train


def reference(kind, folder, tagger, encoder, made, examples):
    """Loss and gradients of transformers' model, batch padded by its tokenizer, labels on first pieces."""
    model = hf.AutoModelForTokenClassification.from_pretrained(
        folder / kind, num_labels=5, dtype=torch.float32
    )
    if kind == "modernbert":  # it puts the dense layer of its masked language model before the classifier
        model.head = torch.nn.Identity()
    model.load_state_dict(
        {"classifier.weight": tagger.head.weight, "classifier.bias": tagger.head.bias}, strict=False
    )
    batch = encoder.tokenizer(
        [s.tokens for s in made], is_split_into_words=True, padding=True, return_tensors="pt"
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
    encoder = encoder_of(tmp_path, kind)
    made = sentences(16)
    examples = examples_of(made, encoder)
    tagger = tagger_of(encoder)
    loss = set_gradients(tagger, rows_of(examples), budget=4096)
    ours = {name.replace(".kept.weight", ".weight"): g for name, g in gradients(tagger).items()}
    their_loss, theirs = reference(kind, tmp_path, tagger, encoder, made, examples)
    assert loss == pytest.approx(their_loss, abs=1e-5)
    assert_same(ours, theirs, within=1e-5)


def test_micro_batches_change_neither_loss_nor_gradients(tmp_path):
    encoder = encoder_of(tmp_path)
    rows = rows_of(examples_of(sentences(16), encoder))
    tagger = tagger_of(encoder)
    losses, found = [], []
    for budget in (8, 40, 200, 4096):
        losses.append(set_gradients(tagger, rows, budget=budget))
        found.append(gradients(tagger))
    assert losses == pytest.approx([losses[0]] * 4, abs=1e-6)
    for other in found[1:]:
        assert_same(found[0], other, within=1e-6)


def test_windows_of_one_sentence_count_as_words_of_the_step(tmp_path):
    encoder = encoder_of(tmp_path)
    made = sentences(6, most=30)
    tagger = tagger_of(encoder)
    rows = rows_of(examples_of(made, encoder, max_pieces=60))
    assert len(rows) > 6
    loss = set_gradients(tagger, rows, budget=4096)
    each = [(set_gradients(tagger, [row], budget=4096), len(row[1].words)) for row in rows]
    assert loss == pytest.approx(sum(x * n for x, n in each) / sum(n for _, n in each), abs=1e-6)


def trained(tagger, examples, **options):
    settings = Settings(epochs=4, batch_size=8, learning_rate=1e-2, dropout=0.0, weight_decay=0.1, **options)
    losses = [step.loss for step in train(tagger, examples, settings, seed=3)]
    return losses, weights_of(tagger)


def pieces_of(examples):
    return torch.from_numpy(np.unique(np.concatenate([w.pieces for _, w in rows_of(examples)])))


def test_a_cut_vocabulary_changes_no_weight_of_a_training(tmp_path):
    encoder = encoder_of(tmp_path)
    examples = examples_of(sentences(24, types=("Drug",)), encoder)
    unseen = examples_of(sentences(8, seed=1), encoder)  # pieces of the test part alone
    pieces = pieces_of([*examples, *unseen])
    whole, cut = tagger_of(encoder), tagger_of(encoder, cut=pieces.tolist())
    losses, weights = trained(whole, examples)
    cut_losses, cut_weights = trained(cut, examples)
    kept = cut.encoder.get_input_embeddings().places < len(cut.encoder.get_input_embeddings().kept.weight)
    assert kept.sum() < len(kept)
    name = "encoder.embeddings.word_embeddings.kept.weight"
    weights[name] = weights[name][kept]
    never = ~torch.isin(kept.nonzero().flatten(), pieces_of(examples))
    assert never.sum() > 5
    assert cut_losses == pytest.approx(losses, abs=1e-5)
    assert_near(cut_weights, weights, within=1e-5)
    torch.testing.assert_close(cut_weights[name][never], weights[name][never], atol=1e-8, rtol=1e-6)
    assert found_tags(cut, unseen).tolist() == found_tags(whole, unseen).tolist()


def test_batches_of_evaluation_change_no_tag(tmp_path):
    encoder = encoder_of(tmp_path)
    tagger = tagger_of(encoder)
    examples = examples_of(sentences(30), encoder)
    alone = [tag for example in examples for tag in found_tags(tagger, [example])]
    for budget in (8, 100, 4096):
        assert found_tags(tagger, examples, budget=budget).tolist() == alone


def test_bfloat16_is_near_float32_and_keeps_float32_weights(tmp_path):
    encoder = encoder_of(tmp_path)
    rows = rows_of(examples_of(sentences(16), encoder))
    exact, short = tagger_of(encoder), tagger_of(encoder, dtype="bfloat16")
    losses = [set_gradients(tagger, rows, budget=60) for tagger in (exact, short)]
    assert losses[0] == pytest.approx(losses[1], abs=0.02)
    assert losses[0] != losses[1]
    assert {weight.dtype for weight in short.parameters()} == {torch.float32}
    assert {gradient.dtype for gradient in gradients(short).values()} == {torch.float32}
    assert_same(gradients(exact), gradients(short), within=0.02)
