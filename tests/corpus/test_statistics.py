"""Corpus statistics as in Table 1 of the paper."""

import pytest

from bioner_core.corpus.sentences import Corpus, Sentence, Span
from bioner_core.corpus.statistics import compute_statistics


def test_documents_sentences_and_entities_are_counted_and_averaged():
    corpus = Corpus(
        name="notes",
        types=("Drug", "Disease", "Gene"),
        sentences=(
            Sentence(("a", "b", "c", "d"), (Span(0, 1, "Drug"), Span(1, 4, "Disease")), "1"),
            Sentence(("a", "b"), (Span(0, 2, "Drug"),), "1"),
            Sentence(("a",), (), "2"),
        ),
    )
    assert compute_statistics(corpus).record() == {
        "name": "notes",
        "documents": 2,
        "sentences": 3,
        "tokens": 7,
        "avg_document_length": 1.5,
        "avg_sentence_length": pytest.approx(7 / 3),
        "entities": {
            "Disease": {"count": 1, "avg_length": 3.0},
            "Drug": {"count": 2, "avg_length": 1.5},
            "Gene": {"count": 0, "avg_length": None},
        },
    }


def test_statistics_that_cannot_be_computed_are_none():
    corpus = Corpus(name="x", types=(), sentences=(Sentence(("a",), document="1"), Sentence(("b",))))
    statistics = compute_statistics(corpus)
    assert (statistics.documents, statistics.avg_document_length, statistics.sentences) == (None, None, 2)
    empty = compute_statistics(Corpus(name="x", types=(), sentences=()))
    assert (empty.documents, empty.avg_sentence_length, empty.tokens) == (None, None, 0)
