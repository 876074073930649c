"""The LSTM-CRF's network: padding, dropout, seeds, and that it learns."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from tiny_taggers import TYPES, sentences

from bioner_core.scoring.exact import gold_ids
from bioner_core.study.jobs import Settings
from bioner_core.tagging.lstm_crf.model import Lesson, LstmCrf, collate, tags_of_lstm_crf, train_lstm_crf

SETTINGS = Settings(
    epochs=1, min_steps=30, batch_size=8, learning_rate=1e-2, warmup=0, weight_decay=0, dropout=0.2
)


def lessons_of(n, *, seed=0, allowed=(True,) * 5):
    made = sentences(n, seed=seed, most=6)
    words = sorted({token for s in sentences(200) for token in s.tokens})
    ids, lengths = gold_ids(made, TYPES)
    return [
        Lesson(
            tokens=s.tokens,
            rows=np.array([words.index(token) for token in s.tokens]),  # the first word has no vector
            tags=tags,
            allowed=np.array(allowed),
        )
        for s, tags in zip(made, np.split(ids, np.cumsum(lengths)[:-1]), strict=True)
    ]


def model_of(*, seed=0, dropout=0.2, constrained=True):
    table = np.random.default_rng(0).normal(size=(20, 8)).astype(np.float32)
    table[0] = 0
    return LstmCrf(table, TYPES, constrained=constrained, dropout=dropout, seed=seed)


def trained(lessons, *, seed=1, **fields):
    settings = replace(SETTINGS, **fields)
    model = model_of(dropout=settings.dropout)
    return model, list(train_lstm_crf(model, lessons, settings, seed=seed))


def weights(model):
    return torch.cat([weight.flatten() for weight in model.state_dict().values()])


@torch.no_grad()
def test_padding_does_not_change_scores_or_tags():
    model, lessons = model_of().eval(), lessons_of(12)
    together = model(collate(lessons, model))
    for row, lesson in enumerate(lessons):
        alone = model(collate([lesson], model))[0]
        torch.testing.assert_close(together[row, : len(lesson.tags)], alone, atol=1e-6, rtol=1e-5)
    alone = np.concatenate([tags_of_lstm_crf(model, [lesson]) for lesson in lessons])
    assert (tags_of_lstm_crf(model, lessons) == alone).all()


def test_padding_does_not_change_gradients():
    lessons = lessons_of(6)
    together, alone = model_of(dropout=0.0), model_of(dropout=0.0)
    together.loss(collate(lessons, together)).backward()
    for lesson in lessons:
        (alone.loss(collate([lesson], alone)) / len(lessons)).backward()
    for (name, ours), theirs in zip(together.named_parameters(), alone.parameters(), strict=True):
        torch.testing.assert_close(
            ours.grad, theirs.grad, atol=1e-6, rtol=1e-4, msg=lambda m, n=name: f"{n}: {m}"
        )


def test_dropout_drops_the_same_numbers_of_all_words_of_a_sentence():
    dropped = model_of(dropout=0.5).train()._dropped(torch.ones(4, 7, 50))
    assert torch.equal(dropped, dropped[:, :1].expand_as(dropped))
    assert not torch.equal(dropped[0], dropped[1])  # other ones of other sentences
    assert set(dropped.unique().tolist()) == {0.0, 2.0}
    assert torch.equal(model_of(dropout=0.5).eval()._dropped(torch.ones(1, 2, 3)), torch.ones(1, 2, 3))


def test_it_learns_the_words():
    lessons = lessons_of(60)
    model, _ = trained(lessons, min_steps=40)
    gold = np.concatenate([lesson.tags for lesson in lessons])
    assert (tags_of_lstm_crf(model, lessons) == gold).mean() > 0.95


def test_the_same_seed_gives_the_same_weights_and_another_one_others():
    lessons = lessons_of(10)
    once = weights(trained(lessons, min_steps=5)[0])
    torch.rand(3)  # the global generator has no part in it
    assert torch.equal(weights(trained(lessons, min_steps=5)[0]), once)
    assert not torch.equal(weights(trained(lessons, min_steps=5, seed=2)[0]), once)


def test_tags_that_are_not_allowed_are_neither_learned_nor_found():
    only_drugs = (True, False, False, True, True)
    model, _ = trained(lessons_of(30, allowed=only_drugs), min_steps=10)
    assert set(tags_of_lstm_crf(model, lessons_of(60, seed=2, allowed=only_drugs))) <= {0, 3, 4}


def test_the_crf_knows_bio_where_it_is_asked_to():
    lessons = lessons_of(50)
    found = tags_of_lstm_crf(model_of(constrained=True, seed=3), lessons)
    starts = np.cumsum([0, *(len(lesson.tags) for lesson in lessons)])[:-1]
    assert not set(found[starts]) & {2, 4}
    assert not model_of(constrained=False).crf.broken.any()


def test_patience_stops_on_a_plateau():
    lessons = lessons_of(8)
    _, steps = trained(lessons, epochs=60, min_steps=0, patience=2, learning_rate=1e-9, dropout=0.5)
    assert len(steps) < 60 and steps[-1].total == 60
    assert len(trained(lessons, epochs=6, min_steps=0, learning_rate=1e-9)[1]) == 6


def test_sentences_without_words_are_tagged_with_nothing():
    empty = replace(lessons_of(1)[0], tokens=(), rows=np.empty(0, np.int64), tags=np.empty(0, np.int64))
    lessons = lessons_of(3)
    model = model_of()
    assert len(tags_of_lstm_crf(model, [empty])) == 0
    found = tags_of_lstm_crf(model, [lessons[0], empty, *lessons[1:]])
    assert (found == tags_of_lstm_crf(model, lessons)).all()


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_a_gpu_gives_the_same_scores():
    lessons, model = lessons_of(12), model_of().eval()
    there = LstmCrf(model.table, TYPES, constrained=True, dropout=0.2, seed=0, device="cuda").eval()
    torch.testing.assert_close(
        there(collate(lessons, there)).cpu(), model(collate(lessons, model)), atol=1e-4, rtol=1e-4
    )
