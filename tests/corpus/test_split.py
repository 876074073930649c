"""Splits of a corpus: fixed test parts, reproducible training sets, and leakage between them."""

import pytest

from bioner_core.corpus.checks import check_split, find_leakage
from bioner_core.corpus.description import describe_corpus
from bioner_core.corpus.fetching.published_counts import count_opened
from bioner_core.corpus.jsonl import save_corpus
from bioner_core.corpus.opening import open_corpus
from bioner_core.corpus.sentences import Corpus, Sentence, Span
from bioner_core.corpus.split import (
    count_documents,
    exclude_shared,
    group_documents,
    split_corpus,
)
from bioner_core.corpus.statistics import compute_statistics
from bioner_core.errors import BionerError


def build_sentence(number, *, document="", part="", label="Drug"):
    return Sentence((f"word{number}", "."), (Span(0, 1, label),), document, part)


def build_corpus(sentences, types=("Drug",)):
    return Corpus(name="notes", sentences=tuple(sentences), types=types)


def build_documents(n_documents, n_each=4):
    return build_corpus(build_sentence(i, document=f"d{i // n_each}") for i in range(n_documents * n_each))


def list_words(sentences):
    return {s.document for s in sentences}


def list_messages(findings):
    return [finding.message for finding in findings]


def test_sentences_marked_train_are_never_drawn_and_leave_the_test_part_as_it_was():
    before = build_documents(20)
    chosen = tuple(build_sentence(100 + i, document=f"c{i}", part="train") for i in range(30))
    for seed in range(5):
        split = split_corpus(build_corpus((*chosen[:10], *before.sentences, *chosen[10:])), seed=seed)
        assert split.test == split_corpus(before, seed=seed).test
        assert set(chosen) <= set(split.train)
        assert split.origin == "documents"


def test_where_all_is_marked_train_a_test_part_is_drawn_all_the_same():
    split = split_corpus(build_corpus(build_sentence(i, document=f"d{i}", part="train") for i in range(10)))
    assert len(split.test) == 3


@pytest.mark.parametrize(
    ("parts", "train", "test"),
    [
        (("train", "dev", "test"), {"train", "dev"}, {"test"}),
        (("train", "test"), {"train"}, {"test"}),
        (("train", "dev"), {"train"}, {"dev"}),
        (("dev", "test"), {"dev"}, {"test"}),
        (("", "test"), {""}, {"test"}),
        (("", "dev"), {""}, {"dev"}),
    ],
)
def test_predefined_parts_of_a_corpus_are_used_as_its_split(parts, train, test):
    split = split_corpus(
        build_corpus(build_sentence(i, part=parts[i % len(parts)]) for i in range(12)), seed=5
    )
    assert split.origin == "given"
    assert {s.part for s in split.train} == train
    assert {s.part for s in split.test} == test
    assert len(split.train) + len(split.test) == 12


@pytest.mark.parametrize("part", ["train", "dev", "test"])
def test_a_corpus_of_one_part_is_split_by_documents(part):
    split = split_corpus(build_corpus(build_sentence(i, document=f"d{i // 2}", part=part) for i in range(20)))
    assert split.origin == "documents"
    assert (len(split.train), len(split.test)) == (14, 6)


def test_thirty_percent_of_the_documents_are_the_test_part():
    split = split_corpus(build_documents(100))
    assert (len(list_words(split.train)), len(list_words(split.test))) == (70, 30)
    assert not list_words(split.train) & list_words(split.test)
    assert split.origin == "documents"


def test_the_split_seed_alone_determines_the_test_part():
    whole = build_documents(40)
    assert split_corpus(whole, seed=1).test == split_corpus(whole, seed=1).test
    assert split_corpus(whole, seed=1).test != split_corpus(whole, seed=2).test


def test_splits_and_training_orders_are_reproducible():
    """A different draw on another machine or version would put wrong points into stored runs."""
    split = split_corpus(build_documents(10), seed=3)
    assert list_words(split.test) == {"d0", "d1", "d5"}
    assert [s.tokens[0] for s in split.draw_train(5, seed=1)] == [
        "word17",
        "word12",
        "word14",
        "word34",
        "word16",
    ]
    first = split.draw_train(5, seed=1, sample="documents")
    assert [s.tokens[0] for s in first] == ["word28", "word29", "word30", "word31", "word36"]


@pytest.mark.parametrize(("n_documents", "n_test"), [(2, 1), (3, 1), (4, 1), (5, 2), (10, 3), (11, 3)])
def test_small_corpora_have_a_document_in_each_part(n_documents, n_test):
    split = split_corpus(build_documents(n_documents, n_each=1))
    assert (len(split.train), len(split.test)) == (n_documents - n_test, n_test)


def test_one_sentence_cannot_be_split():
    with pytest.raises(BionerError) as error:
        split_corpus(build_corpus([build_sentence(0)]))
    assert str(error.value) == (
        "notes: 1 sentence cannot be split. A training and a test part need at least one document each, "
        "or one sentence each where documents are not named."
    )


def test_a_split_by_sentence_is_a_finding():
    split = split_corpus(build_corpus(build_sentence(i) for i in range(1000)))
    assert (split.origin, len(split.test)) == ("sentences", 300)
    assert list_messages(check_split(split)) == [
        "1000 sentences name no document, so the test part is drawn by sentence: it may share documents with "
        "the training part, and F1 is then too high. --documents COLUMN says where a table names documents."
    ]


def test_a_single_document_is_split_by_sentence():
    split = split_corpus(build_corpus(build_sentence(i, document="only") for i in range(1000)))
    assert (split.origin, len(split.test)) == ("sentences", 300)
    assert list_messages(check_split(split))[0].startswith(
        "all sentences are in one document, so the test part is drawn by sentence"
    )


def test_few_test_mentions_of_a_type_are_a_finding():
    sentences = [build_sentence(i, part="train") for i in range(9)]
    sentences += [build_sentence(i, part="test") for i in range(100, 149)]
    split = split_corpus(build_corpus(sentences, types=("Disease", "Drug")))
    assert list_messages(check_split(split)) == [
        "the training part has no Disease mention: there is nothing to learn it from.",
        "the test part has no Disease mention: there is no F1 for it.",
        "the test part has 49 Drug mentions, fewer than 50: one of them is worth up to 2 points of F1.",
    ]
    enough = split_corpus(build_corpus([*sentences, build_sentence(149, part="test")]))
    assert check_split(enough) == ()


def test_smaller_training_sets_lie_in_larger_ones_up_to_the_whole_part():
    split = split_corpus(build_documents(50))
    for sample in ("sentences", "documents"):
        whole = split.shuffle_train(7, sample)
        assert sorted(whole, key=lambda s: s.tokens) == sorted(split.train, key=lambda s: s.tokens)
        assert split.draw_train(13, seed=7, sample=sample) == whole[:13]
    assert split.draw_train(0, seed=7) == ()


def test_each_seed_draws_another_training_set():
    split = split_corpus(build_documents(50))
    assert len({split.draw_train(10, seed=seed) for seed in range(20)}) == 20
    assert len({split.draw_train(10, seed=seed, sample="documents") for seed in range(20)}) == 20


def test_sampled_sentences_come_from_many_documents():
    split = split_corpus(build_documents(100, n_each=10))
    assert len(list_words(split.draw_train(60, seed=0))) > 30


def test_sampled_documents_are_whole_but_for_the_last_one():
    split = split_corpus(build_documents(100, n_each=10))
    first = split.draw_train(25, seed=0, sample="documents")
    assert [len([s for s in first if s.document == d]) for d in dict.fromkeys(s.document for s in first)] == [
        10,
        10,
        5,
    ]
    numbers = [int(s.tokens[0].removeprefix("word")) for s in first[:10]]
    assert numbers == sorted(numbers)


def test_the_same_document_name_in_two_parts_means_two_documents():
    sentences = [
        build_sentence(i, document="1", part=part) for i, part in enumerate(("train", "dev", "train"))
    ]
    assert group_documents(sentences) == [[0, 2], [1]]
    assert group_documents([build_sentence(0), build_sentence(1)]) == [[0], [1]]


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (
            lambda s: s.draw_train(29, seed=0),
            "notes: 29 training sentences requested, but its training part has 28.",
        ),
        (
            lambda s: s.draw_train(-1, seed=0),
            "notes: -1 training sentences requested, but its training part has 28.",
        ),
        (lambda s: s.shuffle_train(0, "words"), "sample is 'words'; it must be sentences or documents."),
        (lambda s: s.shuffle_train(-1), "seed is -1; it must be 0 or more."),
    ],
)
def test_impossible_draws_are_refused(draw, message):
    with pytest.raises(BionerError) as error:
        draw(split_corpus(build_documents(10)))
    assert str(error.value) == message


def build_leaking_corpus():
    """Return a corpus with one of two test documents, and one more test sentence, in its training part."""
    train = [build_sentence(i, document=f"a{i // 2}", part="train") for i in range(100)]
    test = [build_sentence(i, document=f"b{i // 2}", part="test") for i in range(200, 296)]
    test += [
        build_sentence(i, document=d, part="test") for i, d in ((0, "c"), (1, "c"), (2, "e"), (300, "e"))
    ]
    return build_corpus([*train, *test])


def test_test_sentences_in_the_training_part_are_a_finding():
    findings = check_split(split_corpus(build_leaking_corpus()))
    assert list_messages(findings) == [
        "3 of 100 test sentences occur word for word in the training part, too (mentions in them: 3, whole "
        "documents: 1): F1 is too high on them. You can leave them out of training."
    ]
    assert findings[0].level == "warning"


def test_shared_sentences_are_excluded_on_request_whatever_their_tokenization():
    split_word = Sentence(("wo", "rd200."), part="train")
    leaky = build_leaking_corpus()
    leaky = build_corpus([split_word, *leaky.sentences])
    split = split_corpus(leaky, leave_out_shared=True)
    assert len(split.train) == 97
    assert split.test == split_corpus(leaky).test
    assert check_split(split) == ()
    assert exclude_shared([split_word, build_sentence(5)], split.test) == (build_sentence(5),)


def test_test_sentences_in_a_source_are_a_finding():
    target = split_corpus(build_documents(200))
    source = split_corpus(
        Corpus(
            name="other",
            sentences=tuple(build_sentence(i, document=str(i)) for i in range(10_000)),
            types=("Drug",),
        )
    )
    assert find_leakage(target) == ()
    (finding,) = find_leakage(target, [source])
    assert finding.where == "notes"
    assert "of 240 test sentences occur word for word in the training part of other, too" in finding.message


@pytest.mark.parametrize(
    ("named", "n"),
    [
        ([("a", "train"), ("a", "train"), ("b", "test")], 2),
        (
            [("a", "train"), ("a", "test"), ("b", "test")],
            3,
        ),  # as in draws: the documents of two parts differ
        ([("a", "train"), ("", "train"), ("b", "test")], None),
        ([("", "train"), ("", "test")], None),
    ],
    ids=["named", "in two parts", "partly unnamed", "unnamed"],
)
def test_documents_have_the_same_count_in_all_places(tmp_path, named, n):
    whole = build_corpus(
        build_sentence(i, document=document, part=part) for i, (document, part) in enumerate(named)
    )
    assert count_documents(whole.sentences) == n
    assert describe_corpus(whole, split_corpus(whole)).documents == n
    assert compute_statistics(whole).documents == n
    save_corpus(tmp_path / "notes.jsonl", whole)
    assert count_opened(open_corpus(tmp_path / "notes.jsonl"))["documents"] == n
    assert n is None or len(group_documents(whole.sentences)) == n


def test_without_sentences_the_number_of_documents_is_unknown():
    assert count_documents(()) is None
