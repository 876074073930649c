"""Tags of all schemes, and invalid sequences, are decoded as by the CoNLL script."""

import random

import pytest
from seqeval.metrics.sequence_labeling import get_entities

from bioner_core.corpus.sentences import Span
from bioner_core.corpus.tags import decode_tags, encode_bio_tags, list_bio_tags

MENTIONS = [(0, 1, "Drug"), (2, 5, "Disease"), (5, 6, "Disease")]


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
def test_all_schemes_decode_to_the_same_mentions(tags):
    assert decode_tags(tags.split()) == MENTIONS


@pytest.mark.parametrize("marks", ["BI", "BIES"])
def test_invalid_sequences_are_decoded_as_by_seqeval(marks):
    rng = random.Random(7)
    names = ["O", *(f"{mark}-{label}" for mark in marks for label in ("Drug", "Treat-Disorder"))]
    for _ in range(20_000):
        tags = rng.choices(names, k=rng.randrange(0, 9))
        expected = [(start, end + 1, label) for label, start, end in get_entities(tags)]
        assert decode_tags(tags) == expected, tags


def test_a_label_may_hold_dashes():
    assert decode_tags(["B-Treat-Disorder", "I-Treat-Disorder"]) == [(0, 2, "Treat-Disorder")]


def test_tags_without_a_label_get_the_label_entity():
    assert decode_tags(["B", "I", "O", "B", "B"]) == [
        (0, 2, "Entity"),
        (3, 4, "Entity"),
        (4, 5, "Entity"),
    ]


def test_adjacent_labels_without_a_prefix_are_one_mention():
    assert decode_tags(["Drug", "Drug", "O", "Disease", "Drug"]) == [
        (0, 2, "Drug"),
        (3, 4, "Disease"),
        (4, 5, "Drug"),
    ]


def test_spans_become_tags_and_back():
    spans = [Span(0, 1, "Drug"), Span(1, 3, "Drug"), Span(4, 5, "Disease")]
    tags = encode_bio_tags(spans, 6)
    assert tags == ["B-Drug", "B-Drug", "I-Drug", "O", "B-Disease", "O"]
    assert [Span(*mention) for mention in decode_tags(tags)] == spans


def test_tag_ids_start_with_outside():
    assert list_bio_tags(["Drug"]) == ("O", "B-Drug", "I-Drug")
