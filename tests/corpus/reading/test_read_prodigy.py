"""Prodigy: answers, several annotators, single questions about one text."""

import json
from pathlib import Path

import pytest

from bioner_core.corpus.reading.detect import read, read_files
from bioner_core.errors import BionerError

SAMPLES = Path(__file__).parents[2] / "data/formats/prodigy"
TEXT = "No aspirin helps"


def example(*spans, number=1, task=1, **others):
    marked = [{"start": start, "end": end, "label": label} for start, end, label in spans]
    return {
        "text": TEXT,
        "_input_hash": number,
        "_task_hash": task,
        "spans": marked,
        "answer": "accept",
        **others,
    }


def given(*records):
    text = "\n".join(map(json.dumps, records))
    return read_files({"a.jsonl": text.encode()}, name="upload")


def found(reading):
    return [(m.label, passage.words(m)) for passage in reading.passages for m in passage.mentions]


def test_the_sample_says_what_was_left_out():
    assert [f.message for f in read(SAMPLES / "annotations.jsonl").findings] == [
        "several annotators of one text: the one with most answers is read.",
        "1 example left out: the answer is ignore.",
        "1 example left out: the answer is reject.",
    ]


def test_times_are_not_guessed_from_when_answers_came():
    reading = read(SAMPLES / "annotations.jsonl")
    assert (reading.annotation_seconds, reading.n_timed) == (None, 0)


def test_single_questions_about_one_text_are_joined_and_their_limits_said():
    yes = {"_view_id": "ner"}
    reading = given(example((3, 10, "Drug"), **yes), example((11, 16, "Act"), task=2, **yes))
    assert (found(reading), len(reading.passages)) == ([("Drug", "aspirin"), ("Act", "helps")], 1)
    assert (
        reading.findings[0].message == "yes-or-no answers: what nobody was asked about counts as no entity."
    )


def test_the_same_task_answered_again_replaces_the_first_answer():
    assert found(given(example((3, 10, "Drug")), example((11, 16, "Act")))) == [("Act", "helps")]


def test_documents_are_found_in_meta():
    reading = given(example((3, 10, "Drug"), meta={"doc_id": "d7"}, relations=[{"head": 1}]))
    assert reading.passages[0].document == "d7"
    assert [f.message for f in reading.findings] == ["relations are not read."]


def test_what_is_no_example_is_named():
    with pytest.raises(BionerError) as caught:
        given(example((3, 10, "Drug")), [1])
    expected = "a.jsonl, line 2: found no example of Prodigy, which is an object with a text."
    assert str(caught.value) == expected
