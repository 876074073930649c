"""The scorer against seqeval's default mode and against the CoNLL script's own state machine."""

import numpy as np
import pytest
from seqeval.metrics.sequence_labeling import get_entities

from bioner_core.corpus.sentences import Sentence, Span
from bioner_core.errors import BionerError
from bioner_core.scoring.exact import Counts, gold_ids, sentence_counts, total

TYPES = ("Drug", "Disease", "Dose")
NAMES = ("O", "B-Drug", "I-Drug", "B-Disease", "I-Disease", "B-Dose", "I-Dose")


def random_tags(n, *, seed):
    """Tag sequences of 0 to 9 tokens, every tag as likely as any other: most are broken."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(0, 10, n)
    tokens = lengths.sum()
    gold = rng.integers(0, len(NAMES), tokens)
    found = np.where(rng.random(tokens) < 0.5, gold, rng.integers(0, len(NAMES), tokens))
    return gold, found, lengths


def by_sentence(ids, lengths):
    return [[NAMES[i] for i in part] for part in np.split(ids, np.cumsum(lengths)[:-1])]


def conlleval(gold, found):
    """Count correct, found and gold chunks of a sentence token by token, as conlleval walks them."""
    correct = guessed = in_gold = 0
    running = False  # a gold and a found chunk began together and have not parted
    last_gold = last_found = "O"
    for g, f in [*zip(gold, found, strict=True), ("O", "O")]:
        gold_closes, found_closes = closes(last_gold, g), closes(last_found, f)
        gold_begins, found_begins = begins(last_gold, g), begins(last_found, f)
        if running:
            if gold_closes and found_closes and last_gold[2:] == last_found[2:]:
                correct += 1
                running = False
            elif gold_closes != found_closes or g[2:] != f[2:]:
                running = False
        running = running or (gold_begins and found_begins and g[2:] == f[2:])
        guessed += found_begins
        in_gold += gold_begins
        last_gold, last_found = g, f
    return correct, guessed, in_gold


def closes(last, tag):
    return last != "O" and (tag[0] in "BO" or last[2:] != tag[2:])


def begins(last, tag):
    return tag[0] == "B" or (tag[0] == "I" and (last == "O" or last[2:] != tag[2:]))


def test_equals_seqeval_and_conlleval_on_100_000_random_sequences():
    gold, found, lengths = random_tags(100_000, seed=1)
    counts = sentence_counts(gold, found, lengths, n_types=3)
    for row, g, f in zip(counts, by_sentence(gold, lengths), by_sentence(found, lengths), strict=True):
        expected, guessed = set(get_entities(g)), set(get_entities(f))
        for k, name in enumerate(TYPES):
            want = {e for e in expected if e[0] == name}
            have = {e for e in guessed if e[0] == name}
            assert row[k].tolist() == [len(want & have), len(have - want), len(want - have)], (g, f)
        correct, n_found, n_gold = conlleval(g, f)
        assert row.sum(axis=0).tolist() == [correct, n_found - correct, n_gold - correct], (g, f)


def test_a_mention_never_crosses_a_sentence():
    counts = sentence_counts(np.array([1, 2]), np.array([1, 2]), np.array([1, 1]), n_types=1)
    assert counts[:, 0, 0].tolist() == [1, 1]


def test_gold_ids_follow_the_order_of_types_and_leave_others_out():
    sentence = Sentence(tuple("abcd"), (Span(0, 2, "Drug"), Span(2, 3, "Age"), Span(3, 4, "Disease")))
    ids, lengths = gold_ids([sentence, Sentence(("e",))], ("Disease", "Drug"))
    assert ids.tolist() == [3, 4, 0, 1, 0]
    assert lengths.tolist() == [4, 1]


def test_counts_add_up_and_score_zero_without_a_hit():
    assert Counts(1, 2, 3) + Counts(4, 5, 6) == Counts(5, 7, 9)
    assert (Counts(0, 2, 3).precision, Counts(0, 2, 3).recall, Counts().f1) == (0, 0, 0)
    assert total(np.array([[[1, 0, 2]], [[3, 1, 0]]], dtype=np.int32)) == Counts(4, 1, 2)
    assert Counts(4, 1, 2).support == 6


def test_unequal_lengths_are_an_error():
    with pytest.raises(BionerError) as error:
        sentence_counts(np.zeros(3, int), np.zeros(2, int), np.array([3]), n_types=1)
    assert str(error.value) == (
        "scoring: 3 gold tags, 2 found tags and 3 tokens; the three numbers must be equal."
    )
