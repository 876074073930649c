"""The description of a corpus without its text."""

import pytest

from bioner_core.corpus.description import CorpusDescription, describe_corpus
from bioner_core.corpus.sentences import Corpus, Sentence
from bioner_core.corpus.split import split_corpus
from bioner_core.errors import BionerError


def build_corpus(*names):
    sentences = tuple(
        Sentence(tokens=(f"word{at}",), document=name, part="test" if at else "train")
        for at, name in enumerate(("first", *names))
    )
    return Corpus(name="c", sentences=sentences, types=("Drug",), language="ru", domain="UGT")


def describe(*names):
    corpus = build_corpus(*names)
    return describe_corpus(corpus, split_corpus(corpus))


def test_test_documents_are_numbered_even_where_their_sentences_are_interleaved():
    description = describe("b", "b", "a", "b", "a", "a")
    assert description.test_documents == "0:2 1:1 0:1 1:2"
    assert description.decode_test_documents().tolist() == [0, 0, 1, 0, 1, 1]
    assert (description.language, description.domain, description.documents, description.sentences) == (
        "ru",
        "UGT",
        3,
        7,
    )


def test_test_documents_are_empty_where_a_test_sentence_names_none():
    description = describe("b", "", "a")
    assert description.test_documents == ""
    assert description.decode_test_documents().tolist() == []
    assert (description.documents, description.sentences_per_document) == (None, None)


@pytest.mark.parametrize(
    "runs", ["0", "0:1 ", "a:1", "-1:3", "5:2", "0:9999999 1:9999999", "0:0 1:0 7:0x", None, ["0:1"]]
)
def test_impossible_test_documents_are_refused(runs):
    with pytest.raises(BionerError, match=r"test_documents is .*; it must be pairs such as '0:8 1:9': "):
        CorpusDescription(test_documents=runs)


@pytest.mark.parametrize("agreement", [-0.1, 1.1, 1e300])
def test_an_impossible_agreement_is_refused(agreement):
    with pytest.raises(BionerError, match=r"agreement_f1 is .*; it must be in \[0, 1\]\."):
        CorpusDescription(agreement_f1=agreement)
