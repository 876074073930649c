"""What is told of a corpus without its text."""

import pytest

from bioner_core.corpus.description import About, about
from bioner_core.corpus.sentences import Corpus, Sentence
from bioner_core.corpus.split import split_corpus
from bioner_core.errors import BionerError


def corpus(*names):
    sentences = tuple(
        Sentence(tokens=(f"word{at}",), document=name, part="test" if at else "train")
        for at, name in enumerate(("first", *names))
    )
    return Corpus(name="c", sentences=sentences, types=("Drug",), language="ru", domain="UGT")


def told(*names):
    return about(corpus(*names), split_corpus(corpus(*names)))


def test_documents_of_the_test_part_are_numbers_even_where_their_sentences_are_mixed():
    found = told("b", "b", "a", "b", "a", "a")
    assert found.test_documents == "0:2 1:1 0:1 1:2"
    assert found.places().tolist() == [0, 0, 1, 0, 1, 1]
    assert (found.language, found.domain, found.documents, found.sentences) == ("ru", "UGT", 3, 7)


def test_where_a_test_sentence_names_no_document_none_is_told():
    found = told("b", "", "a")
    assert found.test_documents == ""
    assert found.places().tolist() == []
    assert (found.documents, found.per_document) == (None, None)


@pytest.mark.parametrize(
    "runs", ["0", "0:1 ", "a:1", "-1:3", "5:2", "0:9999999 1:9999999", "0:0 1:0 7:0x", None, ["0:1"]]
)
def test_numbers_that_no_test_part_has_are_refused(runs):
    with pytest.raises(BionerError, match=r"test_documents is .*; it must be pairs such as '0:8 1:9': "):
        About(test_documents=runs)
