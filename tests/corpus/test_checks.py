from bioner_core.corpus.checks import check, is_source_for
from bioner_core.corpus.sentences import Corpus, Sentence, Span


def corpus(sentences, **about):
    return Corpus(
        **{"name": "notes", "sentences": tuple(sentences), "types": ("Drug",), "language": "en"} | about
    )


def good(n=400):
    return [Sentence(("took", f"drug{i}"), (Span(1, 2, "Drug"),), f"d{i}") for i in range(n)]


def found(corpus):
    return [(finding.level, finding.message) for finding in check(corpus)]


def test_a_good_corpus_has_no_findings():
    assert found(corpus(good())) == []


def test_findings_of_the_split_are_told():
    assert found(corpus(good(20))) == [
        (
            "warning",
            "the test part has 6 Drug mentions, fewer than 50: one of them is worth about 17 points of F1.",
        )
    ]


def test_a_corpus_too_small_to_part_is_a_finding_not_an_end():
    ((level, message),) = found(corpus(good(1)))
    assert level == "warning"
    assert message.startswith("notes: 1 sentence cannot be parted.")


def test_sentences_without_words_and_endless_ones_are_told():
    bare = [Sentence((), document="e")] * 3
    endless = [Sentence(("w",) * 201 + (str(i),), document=f"l{i}") for i in range(5)]
    assert found(corpus([*good(), *bare, *endless])) == [
        ("warning", "sentences without words: 3."),
        (
            "warning",
            "sentences of more than 200 words: 5. Does the file part sentences as it should (CoNLL: by an "
            "empty line)?",
        ),
    ]


def test_documents_that_stand_twice_are_told():
    twice = [Sentence((word,), document=name, part="train") for name in ("a", "b") for word in ("x", "y")]
    sentences = [
        Sentence(s.tokens, s.spans, s.document, "test" if i < 99 else "train") for i, s in enumerate(good())
    ]
    assert found(corpus([*sentences, *twice])) == [
        ("note", "documents that stand in the corpus twice, word for word: 1.")
    ]


def test_an_unknown_language_and_a_synthetic_corpus_are_told():
    assert found(corpus(good(), language="", is_synthetic=True)) == [
        ("note", "the language is unknown. Say it by --language, such as en or ru."),
        ("warning", "this corpus is synthetic, made by a script: good for a try, not for a claim."),
    ]


def test_neither_the_target_nor_a_synthetic_corpus_is_advised_as_a_source():
    target, other = corpus(good()), corpus(good(300), name="posts")
    assert is_source_for(other, target)
    assert not is_source_for(corpus(good(300), name="posts", is_synthetic=True), target)
    assert not is_source_for(corpus(good(), name="posts"), target)  # the same sentences
    assert not is_source_for(corpus(good(300)), target)  # an earlier version under the same name
