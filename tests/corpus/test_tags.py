"""Chunks read from tags are those of the CoNLL script, in every scheme and in broken sequences."""

import random

import pytest
from seqeval.metrics.sequence_labeling import get_entities

from bioner_core.corpus.sentences import Span
from bioner_core.corpus.tags import mentions_from_tags, tag_names, tags_from_spans

SAME = [(0, 1, "Drug"), (2, 5, "Disease"), (5, 6, "Disease")]


@pytest.mark.parametrize(
    "tags",
    [
        "B-Drug O B-Disease I-Disease I-Disease B-Disease O",  # BIO
        "I-Drug O I-Disease I-Disease I-Disease B-Disease O",  # IOB1
        "S-Drug O B-Disease I-Disease E-Disease S-Disease O",  # IOBES
        "U-Drug O B-Disease I-Disease L-Disease U-Disease O",  # BILOU
        "W-Drug O B-Disease M-Disease E-Disease W-Disease O",  # BMEWO
        "B_Drug O B_Disease I_Disease I_Disease B_Disease O",
    ],
)
def test_all_schemes_say_the_same(tags):
    assert mentions_from_tags(tags.split()) == SAME


@pytest.mark.parametrize("marks", ["BI", "BIES"])
def test_broken_sequences_are_read_as_seqeval_reads_them(marks):
    rng = random.Random(7)
    names = ["O", *(f"{mark}-{label}" for mark in marks for label in ("Drug", "Treat-Disorder"))]
    for _ in range(20_000):
        tags = rng.choices(names, k=rng.randrange(0, 9))
        expected = [(start, end + 1, label) for label, start, end in get_entities(tags)]
        assert mentions_from_tags(tags) == expected, tags


def test_a_label_may_hold_dashes():
    assert mentions_from_tags(["B-Treat-Disorder", "I-Treat-Disorder"]) == [(0, 2, "Treat-Disorder")]


def test_tags_without_a_label_are_entities():
    assert mentions_from_tags(["B", "I", "O", "B", "B"]) == [
        (0, 2, "Entity"),
        (3, 4, "Entity"),
        (4, 5, "Entity"),
    ]


def test_labels_without_a_mark_run_on():
    assert mentions_from_tags(["Drug", "Drug", "O", "Disease", "Drug"]) == [
        (0, 2, "Drug"),
        (3, 4, "Disease"),
        (4, 5, "Drug"),
    ]


def test_spans_become_tags_and_back():
    spans = [Span(0, 1, "Drug"), Span(1, 3, "Drug"), Span(4, 5, "Disease")]
    tags = tags_from_spans(spans, 6)
    assert tags == ["B-Drug", "B-Drug", "I-Drug", "O", "B-Disease", "O"]
    assert [Span(*mention) for mention in mentions_from_tags(tags)] == spans


def test_ids_count_from_outside():
    assert tag_names(["Drug"]) == ("O", "B-Drug", "I-Drug")
