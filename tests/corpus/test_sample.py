"""The synthetic sample corpora: reproducible, marked as synthetic, large enough for curves."""

import re
from pathlib import Path

import pytest

import bioner_core.corpus.sample as sample
from bioner_core.corpus.checks import check_corpus
from bioner_core.corpus.split import split_corpus

FOLDER = Path(sample.__file__).parent


@pytest.fixture(scope="module")
def corpora():
    return sample.generate_sample_corpora()


def test_samples_are_english_and_russian_reviews_and_notes(corpora):
    assert [(c.name, c.language, c.domain) for c in corpora] == [
        ("sample EN UGT", "en", "UGT"),
        ("sample EN EHR", "en", "EHR"),
        ("sample RU UGT", "ru", "UGT"),
        ("sample RU EHR", "ru", "EHR"),
    ]


def test_samples_say_that_they_are_synthetic(corpora):
    for corpus in corpora:
        assert corpus.is_synthetic
        assert "made up by a script" in corpus.licence
        assert "synthetic" in check_corpus(corpus)[-1].message


def test_samples_are_large_enough_for_a_curve(corpora):
    for corpus in corpora:
        split = split_corpus(corpus)
        assert split.origin == "documents"
        assert len(split.train) > 1600
        assert corpus.types == ("Disease", "Drug")
        assert min(corpus.mentions.values()) > 700


def test_most_drug_names_are_rare_and_many_test_names_are_new(corpora):
    for corpus in corpora:
        split = split_corpus(corpus)
        train, test = (
            {s.tokens[x.start : x.end] for s in part for x in s.spans if x.label == "Drug"}
            for part in (split.train, split.test)
        )
        assert len(test - train) > 0.4 * len(test)


def test_the_text_has_no_symbols_of_the_grammar(corpora):
    for corpus in corpora:
        assert not {c for s in corpus.sentences for token in s.tokens for c in token} & set("{}[]|=")


@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_symbol_is_defined_and_used(language):
    grammar = sample._parse_grammar((FOLDER / f"sample_{language}.txt").read_text(encoding="utf-8"))
    used = {
        name for options in grammar.values() for text in options for name in re.findall(r"\{=?(.+?)\}", text)
    }
    assert used == set(grammar) - {"review", "note"}
    assert all(grammar.values())


def test_a_seed_gives_the_same_corpora_on_all_machines(corpora):
    assert [c.digest for c in corpora] == [
        "2f3fb940cafdd33c",
        "b831035e6f94efdc",
        "150fd01aef8faa56",
        "199da922173e7817",
    ]
    assert sample._generate_corpus(0, 1).digest != corpora[0].digest
