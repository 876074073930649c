"""Every strategy takes what it says: pools with planted sentences; synthetic, no corpus."""

from dataclasses import replace

import numpy as np
import pytest

from bioner_core.study.strategies import STRATEGIES
from bioner_core.tagging.selection.choosers import CHOOSERS, choose_documents, needs_probe
from bioner_core.tagging.selection.pool_view import PoolView

N_SENTENCES, N_WORDS = 40, 6
SURE = (0.98, 0.01, 0.004, 0.003, 0.003)  # probabilities of O, B and I of two types


def build_pool(**fields):
    """Return sentences of six words, all surely O, with one feature vector and four to a document."""
    log_probs = np.log(np.tile(SURE, (N_SENTENCES * N_WORDS, 1)))
    pool = PoolView(
        lengths=np.full(N_SENTENCES, N_WORDS),
        log_probs=log_probs,
        tags=np.zeros(len(log_probs), np.int64),
        earlier=np.full((2, N_SENTENCES), np.nan),
        features=np.ones((N_SENTENCES, 3)),
        chosen_features=np.ones((1, 3)),
        n_mentions=np.array([10, 10]),
        documents=np.arange(N_SENTENCES) // 4,
    )
    return replace(pool, **fields)


def plant(places, probabilities, *, words=slice(0, 1)):
    """Return log probabilities in which some words of some sentences have others."""
    log_probs = build_pool().log_probs.reshape(N_SENTENCES, N_WORDS, -1).copy()
    for place in places:
        log_probs[place, words] = np.log(probabilities)
    return log_probs.reshape(N_SENTENCES * N_WORDS, -1)


def choose(name, pool, n=3, seed=0):
    return CHOOSERS[name](pool, n, np.random.default_rng(seed)).tolist()


def test_each_strategy_of_the_plan_has_a_chooser():
    assert set(CHOOSERS) == set(STRATEGIES)


@pytest.mark.parametrize("name", CHOOSERS)
def test_a_batch_has_no_place_twice_and_is_the_same_again(name):
    draw = np.random.default_rng(3)
    log_probs = np.log(draw.dirichlet(np.ones(5), N_SENTENCES * N_WORDS))
    pool = build_pool(
        log_probs=log_probs, tags=log_probs.argmax(1), features=draw.standard_normal((N_SENTENCES, 3))
    )
    batch = choose(name, pool, 12)
    assert len(set(batch)) == len(batch) == 12
    assert choose(name, pool, 12) == batch
    assert set(choose(name, pool, 1000)) == set(range(N_SENTENCES))


def test_margin_takes_the_sentence_with_the_closest_two_tags_of_a_word():
    pool = build_pool(log_probs=plant([17], (0.45, 0.44, 0.05, 0.03, 0.03)))
    assert choose("margin", pool)[0] == 17


def test_margin_looks_at_one_word_and_mnlp_at_the_mean():
    close, unsure = (0.45, 0.44, 0.05, 0.03, 0.03), (0.5, 0.3, 0.1, 0.05, 0.05)
    log_probs = plant([5], close)
    log_probs[9 * N_WORDS : 10 * N_WORDS] = np.log(unsure)
    pool = build_pool(log_probs=log_probs)
    assert choose("margin", pool)[:2] == [5, 9]
    assert choose("mnlp", pool)[:2] == [9, 5]


def test_mnlp_does_not_prefer_long_sentences():
    lengths = np.full(N_SENTENCES, N_WORDS)
    lengths[4], lengths[5] = 1, 11  # of the same words as before: one sentence has ten times as many
    pool = build_pool(lengths=lengths, log_probs=plant([4], (0.5, 0.3, 0.1, 0.05, 0.05)))
    assert choose("mnlp", pool)[0] == 4


def test_diverse_draws_a_sentence_of_every_group_before_a_second_one():
    groups = np.eye(4)[np.arange(N_SENTENCES) % 4]
    pool = build_pool(features=groups, chosen_features=np.empty((0, 4)))
    for seed in range(20):
        assert {place % 4 for place in choose("diverse", pool, 4, seed)} == {0, 1, 2, 3}


def test_diverse_leaves_out_what_is_like_the_chosen():
    groups = np.eye(4)[np.arange(N_SENTENCES) % 4]
    pool = build_pool(features=groups, chosen_features=np.eye(4)[:1])
    for seed in range(20):
        assert {place % 4 for place in choose("diverse", pool, 3, seed)} == {1, 2, 3}


def test_hybrid_takes_words_in_predicted_mentions_and_changes_of_mind():
    tags = np.zeros((N_SENTENCES, N_WORDS), np.int64)
    tags[7, :4] = 1
    pool = build_pool(tags=tags.ravel())
    assert choose("hybrid", pool)[0] == 7
    earlier = np.tile(build_pool().uncertainty, (2, 1))
    earlier[0, 21] = 2.0
    assert choose("hybrid", build_pool(earlier=earlier))[0] == 21


def test_rare_takes_expected_mentions_of_the_type_with_fewest():
    log_probs = plant([3], (0.1, 0.87, 0.01, 0.01, 0.01))
    log_probs[8 * N_WORDS] = np.log((0.1, 0.01, 0.01, 0.87, 0.01))
    assert choose("rare", build_pool(log_probs=log_probs, n_mentions=np.array([1, 50])))[0] == 3
    assert choose("rare", build_pool(log_probs=log_probs, n_mentions=np.array([50, 1])))[0] == 8


def test_documents_come_whole_with_the_most_unsure_first():
    log_probs = plant([22], (0.5, 0.3, 0.1, 0.05, 0.05), words=slice(0, N_WORDS))
    pool = build_pool(log_probs=log_probs)
    assert choose("documents", pool, 4) == [20, 21, 22, 23]
    assert choose("documents", pool, 5) == [20, 21, 22, 23, 0, 1, 2, 3]  # to the end of a document
    assert len(choose_documents(pool, 1000, np.random.default_rng(0))) == N_SENTENCES


def test_sentences_without_words_come_last():
    lengths = np.full(N_SENTENCES, N_WORDS)
    lengths[0], lengths[1] = 0, 2 * N_WORDS
    pool = build_pool(lengths=lengths)
    for name in ("margin", "mnlp"):
        assert choose(name, pool, N_SENTENCES)[-1] == 0


def test_only_diverse_needs_no_predictions():
    assert {name for name in STRATEGIES if not needs_probe(name)} == {"diverse"}
