"""Counts of four real corpora, after reading, mapping and flattening, agree with published ones."""

import json
import time

import pytest

from bioner_core.corpus.opening import open_corpus
from bioner_core.corpus.split import split_corpus
from bioner_core.corpus.statistics import compute_statistics

CORPORA = ("rumedner_ru", "bc5cdr", "phee", "psytar_en")


@pytest.fixture(scope="module")
def opened(shared):
    return {name: open_corpus(shared / "corpora" / name) for name in CORPORA}


@pytest.mark.parametrize("name", CORPORA)
def test_mentions_before_and_after_flattening_agree_with_the_reference_counts(name, opened, shared):
    counts = json.loads((shared / "corpora" / name / "stats.json").read_text(encoding="utf-8"))
    corpus = opened[name]
    assert dict(corpus.reading.labels) == counts["annotations_by_label"]
    assert dict(corpus.n_read) == counts["mapped_annotations"]
    assert dict(corpus.n_placed) == counts["mapped_in_bio"]
    assert corpus.corpus.mentions == corpus.n_placed
    assert compute_statistics(corpus.corpus).documents == counts["docs"]
    assert corpus.corpus.language == counts["language"]


DIGESTS = {
    "rumedner_ru": "98a6690878337db7",
    "bc5cdr": "9d2d790310f25b2b",
    "phee": "f9124dbb7eac0a6b",
    "psytar_en": "06590f0739d578b6",
}


@pytest.mark.parametrize("name", CORPORA)
def test_corpora_keep_the_digests_that_runs_were_planned_with(name, opened):
    assert (opened[name].corpus.digest, opened[name].corpus.tokenizer_version) == (DIGESTS[name], 1)


@pytest.mark.parametrize("name", ["rumedner_ru", "psytar_en"])
def test_tokenized_corpora_keep_their_sentences_and_tokens(name, opened, shared):
    counts = json.loads((shared / "corpora" / name / "stats.json").read_text(encoding="utf-8"))
    statistics = compute_statistics(opened[name].corpus)
    assert (statistics.sentences, statistics.tokens) == (counts["sentences"], counts["tokens"])


def test_running_text_is_split_into_about_the_expected_number_of_sentences(opened):
    assert abs(len(opened["bc5cdr"].corpus.sentences) - 13_780) < 200
    assert abs(len(opened["phee"].corpus.sentences) - 1500) < 5


def test_predefined_parts_of_the_corpora_are_used_as_their_split(opened):
    splits = {name: split_corpus(opened[name].corpus) for name in CORPORA}
    assert {name: split.origin for name, split in splits.items()} == {
        "rumedner_ru": "given",
        "bc5cdr": "given",
        "phee": "given",
        "psytar_en": "sentences",
    }
    assert (len(splits["rumedner_ru"].train), len(splits["rumedner_ru"].test)) == (4116, 693)


def test_fifteen_hundred_abstracts_are_read_in_seconds(shared):
    started = time.process_time()
    open_corpus(shared / "corpora" / "bc5cdr")
    assert time.process_time() - started < 20, "about 2 s on two cores"
