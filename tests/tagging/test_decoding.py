"""Decoding equals an exhaustive search over all tag sequences."""

from itertools import product

import numpy as np
import pytest

from bioner_core.tagging.decoding import decode_scores

TAGS = 5  # O, and B and I of two types


def is_bio(tags):
    """Tell whether I- follows only B- or I- of its type."""
    steps = zip((0, *tags), tags, strict=False)
    return all(tag in (0, 1, 3) or before in (tag - 1, tag) for before, tag in steps)


def search_all_sequences(scores):
    """Return the best valid sequence by trying all."""
    allowed = (tags for tags in product(range(TAGS), repeat=len(scores)) if is_bio(tags))
    return list(max(allowed, key=lambda tags: sum(row[tag] for row, tag in zip(scores, tags, strict=True))))


def test_bio_decoding_equals_exhaustive_search():
    rng = np.random.default_rng(0)
    lengths = rng.integers(0, 6, 60)
    scores = rng.normal(size=(lengths.sum(), TAGS)).astype(np.float32)
    sentences = np.split(decode_scores(scores, lengths, decoding="bio"), np.cumsum(lengths)[:-1])
    for tags, part in zip(sentences, np.split(scores, np.cumsum(lengths)[:-1]), strict=True):
        assert tags.tolist() == search_all_sequences(part)


def test_tags_that_are_not_allowed_are_never_predicted():
    rng = np.random.default_rng(1)
    lengths = np.array([4, 5, 1])
    scores = rng.normal(size=(10, TAGS)).astype(np.float32)
    scores[:, 3:] = -np.inf
    assert set(decode_scores(scores, lengths, decoding="bio")) <= {0, 1, 2}


@pytest.mark.parametrize("decoding", ["words", "bio"])
def test_valid_bio_sequences_are_unchanged(decoding):
    tags = np.array([0, 1, 2, 2, 0, 3, 4, 1])
    scores = np.eye(TAGS, dtype=np.float32)[tags]
    assert decode_scores(scores, np.array([5, 0, 3]), decoding=decoding).tolist() == tags.tolist()


def test_decoding_by_words_takes_the_best_tag_of_each_word():
    scores = np.eye(TAGS, dtype=np.float32)[[2, 4]]
    assert decode_scores(scores, np.array([2]), decoding="words").tolist() == [2, 4]


@pytest.mark.parametrize("lengths", [[], [0, 0]])
def test_no_words_give_no_tags(lengths):
    none = np.empty((0, TAGS), dtype=np.float32)
    assert decode_scores(none, np.array(lengths, dtype=np.int64), decoding="bio").tolist() == []
