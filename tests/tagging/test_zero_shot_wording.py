"""Zero-shot models: overlapping candidates, and wording and threshold chosen by F1 on training sentences."""

import pytest

from bioner_core.corpus.sentences import Sentence, Span
from bioner_core.errors import BionerError
from bioner_core.tagging.zero_shot.wording import (
    ScoredSpan,
    Wording,
    choose_wording,
    list_wordings,
    select_mentions,
)

TYPES = ("Disease", "Drug")
GOLD = [
    Sentence(("aspirin", "for", "pain"), spans=(Span(0, 1, "Drug"), Span(2, 3, "Disease"))),
    Sentence(("no", "pain"), spans=(Span(1, 2, "Disease"),)),
]


def test_of_overlapping_candidates_the_most_confident_is_taken_and_ties_are_settled():
    candidates = [
        [
            ScoredSpan(Span(0, 2, "Drug"), 0.7),
            ScoredSpan(Span(0, 1, "Drug"), 0.9),
            ScoredSpan(Span(1, 3, "Disease"), 0.7),
        ],
        [ScoredSpan(Span(1, 2, "Drug"), 0.6), ScoredSpan(Span(1, 2, "Disease"), 0.6)],
    ]
    spans = [sentence.spans for sentence in select_mentions(GOLD, candidates, 0.5)]
    assert spans == [(Span(0, 1, "Drug"), Span(1, 3, "Disease")), (Span(1, 2, "Disease"),)]
    assert [len(s.spans) for s in select_mentions(GOLD, candidates, 0.65)] == [2, 0]


def test_wordings_are_names_small_letters_own_words_and_descriptions():
    wordings = list_wordings(TYPES, {"Drug": "medicine"}, {"Disease": "an illness"})
    assert [wording.name for wording in wordings] == [
        "names", "names in small letters", "own words", "own words and descriptions",
    ]  # fmt: skip
    assert wordings[-1].words == {"Disease": "Disease", "Drug": "medicine"}
    assert [w.name for w in list_wordings(("drug",), {}, {})] == ["names"]


def test_the_wording_and_threshold_with_the_highest_f1_are_chosen():
    names, described = list_wordings(("Drug",), {}, {"Drug": "x"})[::2]
    good = [[ScoredSpan(Span(0, 1, "Drug"), 0.35), ScoredSpan(Span(1, 2, "Drug"), 0.25)], []]
    bad = [[ScoredSpan(Span(1, 2, "Drug"), 0.9)], []]
    wording, threshold, f1 = choose_wording([(described, bad), (names, good)], GOLD, ("Drug",))
    assert (wording.name, threshold, f1) == ("names", 0.3, 1.0)


def test_without_any_hit_the_defaults_stay():
    wording, threshold, f1 = choose_wording(
        [(wording, [[], []]) for wording in list_wordings(TYPES, {}, {})], GOLD, TYPES
    )
    assert (wording.name, threshold, f1) == ("names", 0.5, 0.0)


@pytest.mark.parametrize(
    ("words", "descriptions", "message"),
    [
        ({"Gene": "gene"}, {}, "'Gene' is no type of the corpus. Available: Disease, Drug."),
        ({"Drug": "disease"}, {}, "each type needs words of its own; found Disease, disease"),
        ({}, {"Gene": "x"}, "'Gene' is no type of the corpus"),
    ],
)
def test_wordings_of_other_types_and_doubled_words_are_refused(words, descriptions, message):
    with pytest.raises(BionerError, match=message):
        list_wordings(TYPES, words, descriptions)


def test_a_wording_without_words_is_refused():
    with pytest.raises(BionerError, match="found none"):
        Wording(name="empty", words={}, descriptions={})
