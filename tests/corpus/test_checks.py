"""Findings on a corpus as a whole, and which corpora may be recommended as sources."""

from bioner_core.corpus.checks import check_corpus, is_eligible_source
from bioner_core.corpus.sentences import Corpus, Sentence, Span


def build_corpus(sentences, **fields):
    return Corpus(
        **{"name": "notes", "sentences": tuple(sentences), "types": ("Drug",), "language": "en"} | fields
    )


def build_sentences(n=400):
    return [Sentence(("took", f"drug{i}"), (Span(1, 2, "Drug"),), f"d{i}") for i in range(n)]


def list_findings(corpus):
    return [(finding.level, finding.message) for finding in check_corpus(corpus)]


def test_a_good_corpus_has_no_findings():
    assert list_findings(build_corpus(build_sentences())) == []


def test_findings_of_the_split_are_included():
    assert list_findings(build_corpus(build_sentences(20))) == [
        (
            "warning",
            "the test part has 6 Drug mentions, fewer than 50: one of them is worth up to 17 points of F1.",
        )
    ]


def test_a_corpus_too_small_to_split_is_a_finding_not_an_error():
    ((level, message),) = list_findings(build_corpus(build_sentences(1)))
    assert level == "warning"
    assert message.startswith("notes: 1 sentence cannot be split.")


def test_empty_and_very_long_sentences_are_findings():
    empty = [Sentence((), document="e")] * 3
    long = [Sentence(("w",) * 201 + (str(i),), document=f"l{i}") for i in range(5)]
    assert list_findings(build_corpus([*build_sentences(), *empty, *long])) == [
        ("warning", "sentences without words: 3."),
        (
            "warning",
            "sentences of more than 200 words: 5. Are the sentences of the file separated (CoNLL: by an "
            "empty line)?",
        ),
    ]


def test_repeated_documents_are_a_finding():
    twice = [Sentence((word,), document=name, part="train") for name in ("a", "b") for word in ("x", "y")]
    sentences = [
        Sentence(s.tokens, s.spans, s.document, "test" if i < 99 else "train")
        for i, s in enumerate(build_sentences())
    ]
    assert list_findings(build_corpus([*sentences, *twice])) == [
        ("note", "documents that occur more than once, word for word: 1.")
    ]


def test_an_unknown_language_and_a_synthetic_corpus_are_findings():
    assert list_findings(build_corpus(build_sentences(), language="", is_synthetic=True)) == [
        ("note", "the language is unknown. Set it with --language, such as en or ru."),
        ("warning", "this corpus is synthetic, made by a script: good for a first try, but no evidence."),
    ]


def test_neither_the_target_nor_a_synthetic_corpus_is_recommended_as_a_source():
    target, other = build_corpus(build_sentences()), build_corpus(build_sentences(300), name="posts")
    assert is_eligible_source(other, target)
    assert not is_eligible_source(build_corpus(build_sentences(300), name="posts", is_synthetic=True), target)
    assert not is_eligible_source(build_corpus(build_sentences(), name="posts"), target)  # the same sentences
    assert not is_eligible_source(
        build_corpus(build_sentences(300)), target
    )  # an earlier version under the same name
