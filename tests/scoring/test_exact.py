"""The scorer agrees with seqeval's default mode and with the state machine of conlleval."""

import numpy as np
import pytest
from seqeval.metrics.sequence_labeling import get_entities

from bioner_core.corpus.sentences import Sentence, Span
from bioner_core.errors import BionerError
from bioner_core.scoring.exact import Counts, count_matches, encode_gold_tags, sum_counts

TYPES = ("Drug", "Disease", "Dose")
NAMES = ("O", "B-Drug", "I-Drug", "B-Disease", "I-Disease", "B-Dose", "I-Dose")


def draw_tags(n, *, seed):
    """Return gold and predicted tag ids and sentence lengths of 0 to 9 tokens; most tags are invalid BIO."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(0, 10, n)
    tokens = lengths.sum()
    gold = rng.integers(0, len(NAMES), tokens)
    predicted = np.where(rng.random(tokens) < 0.5, gold, rng.integers(0, len(NAMES), tokens))
    return gold, predicted, lengths


def split_by_sentence(ids, lengths):
    return [[NAMES[i] for i in part] for part in np.split(ids, np.cumsum(lengths)[:-1])]


def run_conlleval(gold, predicted):
    """Count correct, predicted and gold chunks of a sentence token by token, as conlleval does."""
    correct = guessed = in_gold = 0
    running = False  # a gold and a predicted chunk have begun together and have agreed so far
    last_gold = last_predicted = "O"
    for g, p in [*zip(gold, predicted, strict=True), ("O", "O")]:
        gold_closes, predicted_closes = is_chunk_end(last_gold, g), is_chunk_end(last_predicted, p)
        gold_begins, predicted_begins = is_chunk_start(last_gold, g), is_chunk_start(last_predicted, p)
        if running:
            if gold_closes and predicted_closes and last_gold[2:] == last_predicted[2:]:
                correct += 1
                running = False
            elif gold_closes != predicted_closes or g[2:] != p[2:]:
                running = False
        running = running or (gold_begins and predicted_begins and g[2:] == p[2:])
        guessed += predicted_begins
        in_gold += gold_begins
        last_gold, last_predicted = g, p
    return correct, guessed, in_gold


def is_chunk_end(last, tag):
    return last != "O" and (tag[0] in "BO" or last[2:] != tag[2:])


def is_chunk_start(last, tag):
    return tag[0] == "B" or (tag[0] == "I" and (last == "O" or last[2:] != tag[2:]))


@pytest.mark.parametrize("n_sentences", [20_000, pytest.param(100_000, marks=pytest.mark.long)])
def test_equals_seqeval_and_conlleval_on_random_sequences(n_sentences):
    gold, predicted, lengths = draw_tags(n_sentences, seed=1)
    counts = count_matches(gold, predicted, lengths, n_types=3)
    for row, g, p in zip(
        counts, split_by_sentence(gold, lengths), split_by_sentence(predicted, lengths), strict=True
    ):
        expected, guessed = set(get_entities(g)), set(get_entities(p))
        for k, name in enumerate(TYPES):
            want = {e for e in expected if e[0] == name}
            have = {e for e in guessed if e[0] == name}
            assert row[k].tolist() == [len(want & have), len(have - want), len(want - have)], (g, p)
        correct, n_predicted, n_gold = run_conlleval(g, p)
        assert row.sum(axis=0).tolist() == [correct, n_predicted - correct, n_gold - correct], (g, p)


def test_a_mention_never_crosses_a_sentence():
    counts = count_matches(np.array([1, 2]), np.array([1, 2]), np.array([1, 1]), n_types=1)
    assert counts[:, 0, 0].tolist() == [1, 1]


def test_gold_ids_follow_the_order_of_types_and_leave_others_out():
    sentence = Sentence(tuple("abcd"), (Span(0, 2, "Drug"), Span(2, 3, "Age"), Span(3, 4, "Disease")))
    ids, lengths = encode_gold_tags([sentence, Sentence(("e",))], ("Disease", "Drug"))
    assert ids.tolist() == [3, 4, 0, 1, 0]
    assert lengths.tolist() == [4, 1]


def test_counts_add_up_and_scores_are_zero_without_true_positives():
    assert Counts(1, 2, 3) + Counts(4, 5, 6) == Counts(5, 7, 9)
    assert (Counts(0, 2, 3).precision, Counts(0, 2, 3).recall, Counts().f1) == (0, 0, 0)
    assert sum_counts(np.array([[[1, 0, 2]], [[3, 1, 0]]], dtype=np.int32)) == Counts(4, 1, 2)
    assert Counts(4, 1, 2).support == 6


def test_unequal_lengths_are_an_error():
    with pytest.raises(BionerError) as error:
        count_matches(np.zeros(3, int), np.zeros(2, int), np.array([3]), n_types=1)
    assert str(error.value) == (
        "scoring: 3 gold tags, 2 predicted tags and 3 tokens; the three numbers must be equal."
    )
