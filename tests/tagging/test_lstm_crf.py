"""The LSTM-CRF: padding, dropout, seeds, early stopping, and that it learns."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from tiny_taggers import TYPES, draw_sentences

from bioner_core.scoring.exact import encode_gold_tags
from bioner_core.study.jobs import Settings
from bioner_core.tagging.lstm_crf.model import (
    LstmCrf,
    LstmCrfExample,
    pad_sentences,
    predict_with_lstm_crf,
    train_lstm_crf,
)

SETTINGS = Settings(
    epochs=1, min_steps=30, batch_size=8, learning_rate=1e-2, warmup=0, weight_decay=0, dropout=0.2
)


def build_examples(n, *, seed=0, allowed=(True,) * 5):
    sentences = draw_sentences(n, seed=seed, most=6)
    words = sorted({token for s in draw_sentences(200) for token in s.tokens})
    ids, lengths = encode_gold_tags(sentences, TYPES)
    return [
        LstmCrfExample(
            tokens=s.tokens,
            rows=np.array([words.index(token) for token in s.tokens]),  # the first word has no vector
            tags=tags,
            allowed=np.array(allowed),
        )
        for s, tags in zip(sentences, np.split(ids, np.cumsum(lengths)[:-1]), strict=True)
    ]


def build_model(*, seed=0, dropout=0.2, constrained=True):
    table = np.random.default_rng(0).normal(size=(20, 8)).astype(np.float32)
    table[0] = 0
    return LstmCrf(table, TYPES, constrained=constrained, dropout=dropout, seed=seed)


def train(examples, *, seed=1, **fields):
    settings = replace(SETTINGS, **fields)
    model = build_model(dropout=settings.dropout)
    return model, list(train_lstm_crf(model, examples, settings, seed=seed))


def flatten_weights(model):
    return torch.cat([weight.flatten() for weight in model.state_dict().values()])


@torch.no_grad()
def test_padding_does_not_change_scores_or_tags():
    model, examples = build_model().eval(), build_examples(12)
    together = model(pad_sentences(examples, model))
    for row, example in enumerate(examples):
        alone = model(pad_sentences([example], model))[0]
        torch.testing.assert_close(together[row, : len(example.tags)], alone, atol=1e-6, rtol=1e-5)
    alone = np.concatenate([predict_with_lstm_crf(model, [example]) for example in examples])
    assert (predict_with_lstm_crf(model, examples) == alone).all()


def test_padding_does_not_change_gradients():
    examples = build_examples(6)
    together, alone = build_model(dropout=0.0), build_model(dropout=0.0)
    together.loss(pad_sentences(examples, together)).backward()
    for example in examples:
        (alone.loss(pad_sentences([example], alone)) / len(examples)).backward()
    for (name, computed), expected in zip(together.named_parameters(), alone.parameters(), strict=True):
        torch.testing.assert_close(
            computed.grad, expected.grad, atol=1e-6, rtol=1e-4, msg=lambda m, n=name: f"{n}: {m}"
        )


def test_all_words_of_a_sentence_share_a_dropout_mask():
    dropped = build_model(dropout=0.5).train()._apply_dropout(torch.ones(4, 7, 50))
    assert torch.equal(dropped, dropped[:, :1].expand_as(dropped))
    assert not torch.equal(dropped[0], dropped[1])  # other ones of other sentences
    assert set(dropped.unique().tolist()) == {0.0, 2.0}
    assert torch.equal(
        build_model(dropout=0.5).eval()._apply_dropout(torch.ones(1, 2, 3)), torch.ones(1, 2, 3)
    )


def test_the_lstm_crf_learns_the_training_words():
    examples = build_examples(60)
    model, _ = train(examples, min_steps=40)
    gold = np.concatenate([example.tags for example in examples])
    assert (predict_with_lstm_crf(model, examples) == gold).mean() > 0.95


def test_weights_depend_on_the_seed_alone():
    examples = build_examples(10)
    once = flatten_weights(train(examples, min_steps=5)[0])
    torch.rand(3)  # the global generator has no part in it
    assert torch.equal(flatten_weights(train(examples, min_steps=5)[0]), once)
    assert not torch.equal(flatten_weights(train(examples, min_steps=5, seed=2)[0]), once)


def test_tags_that_are_not_allowed_are_neither_learned_nor_predicted():
    only_drugs = (True, False, False, True, True)
    model, _ = train(build_examples(30, allowed=only_drugs), min_steps=10)
    assert set(predict_with_lstm_crf(model, build_examples(60, seed=2, allowed=only_drugs))) <= {0, 3, 4}


def test_a_constrained_crf_predicts_only_bio_sequences():
    examples = build_examples(50)
    tags = predict_with_lstm_crf(build_model(constrained=True, seed=3), examples)
    starts = np.cumsum([0, *(len(example.tags) for example in examples)])[:-1]
    assert not set(tags[starts]) & {2, 4}
    assert not build_model(constrained=False).crf.is_forbidden.any()


def test_patience_stops_on_a_plateau():
    examples = build_examples(8)
    _, steps = train(examples, epochs=60, min_steps=0, patience=2, learning_rate=1e-9, dropout=0.5)
    assert len(steps) < 60 and steps[-1].total == 60
    assert len(train(examples, epochs=6, min_steps=0, learning_rate=1e-9)[1]) == 6


def test_sentences_without_words_get_no_tags():
    empty = replace(build_examples(1)[0], tokens=(), rows=np.empty(0, np.int64), tags=np.empty(0, np.int64))
    examples = build_examples(3)
    model = build_model()
    assert len(predict_with_lstm_crf(model, [empty])) == 0
    tags = predict_with_lstm_crf(model, [examples[0], empty, *examples[1:]])
    assert (tags == predict_with_lstm_crf(model, examples)).all()


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_a_gpu_gives_the_same_scores():
    examples, model = build_examples(12), build_model().eval()
    on_gpu = LstmCrf(model.table, TYPES, constrained=True, dropout=0.2, seed=0, device="cuda").eval()
    torch.testing.assert_close(
        on_gpu(pad_sentences(examples, on_gpu)).cpu(),
        model(pad_sentences(examples, model)),
        atol=1e-4,
        rtol=1e-4,
    )
