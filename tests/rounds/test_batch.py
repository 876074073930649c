"""The test part stays random and apart; what somebody chooses only ever joins the training part."""

from collections import Counter

import pytest
from small_project import build_corpus, build_text, build_texts

from bioner_core.corpus.reading.passages import Mention
from bioner_core.corpus.split import split_corpus
from bioner_core.errors import BionerError
from bioner_core.rounds.batch import choose_batch, choose_named, find_rest, share_out
from bioner_core.rounds.pool_texts import PoolText


def send(batch, at="2026-03-02T09:00:00+00:00"):
    return batch.build_records(0, len(batch.texts), at=at)


def test_texts_that_are_sent_or_annotated_are_not_chosen_again():
    pool, start = build_texts(100), build_corpus(40)
    rest = find_rest(pool, (), start)
    assert len(rest.texts) == 60
    batch = choose_batch(rest, n_train=20, n_test=5, seed=0)
    rest = find_rest(pool, send(batch), start)
    assert len(rest.texts) == 35
    assert not {text.key for text in batch.texts} & {text.key for text in rest.texts}


def test_the_same_seed_chooses_the_same_texts_and_another_one_others():
    rest = find_rest(build_texts(200), (), None)
    first, again, other = (choose_batch(rest, n_train=50, n_test=10, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert set(first.texts) != set(other.texts)
    assert Counter(first.parts) == {"train": 50, "test": 10}
    assert first.parts[:10] != ("test",) * 10  # mixed, so that nobody can tell


def test_test_and_training_part_share_no_document():
    pool, start = build_texts(400, per_document=4), build_corpus(80, per_document=4)
    split = split_corpus(start)
    documents = {"train": {of.document for of in split.train}, "test": {of.document for of in split.test}}
    sent = ()
    for seed in range(5):
        batch = choose_batch(find_rest(pool, sent, start), n_train=30, n_test=12, seed=seed)
        for text, part in zip(batch.texts, batch.parts, strict=True):
            documents[part].add(text.document)
        sent += send(batch)
    assert not documents["train"] & documents["test"]


def test_rest_of_documents_in_the_test_part_is_not_counted_as_trainable():
    pool = build_texts(40, per_document=10)
    sent = send(choose_batch(find_rest(pool, (), None), n_train=0, n_test=5, seed=0))
    rest = find_rest(pool, sent, None)
    assert (len(rest.texts), len(rest.trainable), rest.n_sentences) == (35, 30, 30)


def test_a_chooser_fills_the_training_part_alone_and_its_suggestions_stay_there():
    rest = find_rest(build_texts(100), (), None)
    chosen = [
        PoolText(text=build_text(number), mentions=(Mention("Drug", ((15, 19),)),)) for number in range(60)
    ]
    batch = choose_batch(rest, n_train=30, n_test=20, seed=3, choose=choose_named(chosen), chosen_by="file")
    keys = {text.key for text in chosen}
    for text, part in zip(batch.texts, batch.parts, strict=True):
        if part == "train":
            assert text.key in keys
        assert bool(text.mentions) == (part == "train")
    assert Counter(record.chosen_by for record in send(batch)) == {"file": 30, "random": 20}


def test_more_texts_than_there_are_is_an_error_that_counts():
    rest = find_rest(build_texts(10), (), None)
    with pytest.raises(BionerError) as caught:
        choose_batch(rest, n_train=8, n_test=3, seed=0)
    assert str(caught.value) == (
        "8 texts to train on: only 7 are left that share no document with the test part. Ask for fewer."
    )
    with pytest.raises(BionerError, match="11 texts to test on: only 10 are left"):
        choose_batch(rest, n_train=0, n_test=11, seed=0)
    with pytest.raises(BionerError, match="the file holds 1 texts, of which 0 are in the pool"):
        choose_batch(rest, n_train=1, n_test=0, seed=0, choose=choose_named([PoolText(text="other")]))


def test_thirty_of_the_first_hundred_are_for_testing():
    assert [share_out(n) for n in (100, 2, 1, 0)] == [30, 1, 0, 0]
