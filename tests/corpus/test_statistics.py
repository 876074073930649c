import pytest

from bioner_core.corpus.sentences import Corpus, Sentence, Span
from bioner_core.corpus.statistics import statistics


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
    assert statistics(corpus).record() == {
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


def test_what_is_unknown_is_null():
    corpus = Corpus(name="x", types=(), sentences=(Sentence(("a",), document="1"), Sentence(("b",))))
    found = statistics(corpus)
    assert (found.documents, found.avg_document_length, found.sentences) == (None, None, 2)
    empty = statistics(Corpus(name="x", types=(), sentences=()))
    assert (empty.documents, empty.avg_sentence_length, empty.tokens) == (None, None, 0)
