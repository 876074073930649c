"""Prodigy: answers, several annotators, yes-or-no questions about one text."""

import json
from pathlib import Path

import pytest

from bioner_core.corpus.reading.detect import read_files, read_path
from bioner_core.errors import BionerError

SAMPLES = Path(__file__).parents[2] / "data/formats/prodigy"
TEXT = "No aspirin helps"


def build_example(*spans, number=1, task=1, **others):
    marked = [{"start": start, "end": end, "label": label} for start, end, label in spans]
    return {
        "text": TEXT,
        "_input_hash": number,
        "_task_hash": task,
        "spans": marked,
        "answer": "accept",
        **others,
    }


def read_records(*records):
    text = "\n".join(map(json.dumps, records))
    return read_files({"a.jsonl": text.encode()}, name="upload")


def list_mentions(reading):
    return [(m.label, passage.mention_text(m)) for passage in reading.passages for m in passage.mentions]


def test_examples_left_out_are_reported():
    assert [f.message for f in read_path(SAMPLES / "annotations.jsonl").findings] == [
        "several annotators of one text: the one with most answers is read.",
        "1 example left out: the answer is ignore.",
        "1 example left out: the answer is reject.",
    ]


def test_annotation_times_are_not_guessed_from_time_stamps():
    reading = read_path(SAMPLES / "annotations.jsonl")
    assert (reading.annotation_seconds, reading.n_timed) == (None, 0)


def test_yes_or_no_answers_about_one_text_are_joined_with_a_warning():
    yes = {"_view_id": "ner"}
    reading = read_records(
        build_example((3, 10, "Drug"), **yes), build_example((11, 16, "Act"), task=2, **yes)
    )
    assert (list_mentions(reading), len(reading.passages)) == ([("Drug", "aspirin"), ("Act", "helps")], 1)
    assert (
        reading.findings[0].message
        == "yes-or-no answers: text without a question counts as text without entities."
    )


def test_the_same_task_answered_again_replaces_the_first_answer():
    assert list_mentions(read_records(build_example((3, 10, "Drug")), build_example((11, 16, "Act")))) == [
        ("Act", "helps")
    ]


def test_document_names_are_read_from_meta():
    reading = read_records(build_example((3, 10, "Drug"), meta={"doc_id": "d7"}, relations=[{"head": 1}]))
    assert reading.passages[0].document == "d7"
    assert [f.message for f in reading.findings] == ["relations are not read."]


def test_a_record_that_is_not_an_example_is_refused():
    with pytest.raises(BionerError) as caught:
        read_records(build_example((3, 10, "Drug")), [1])
    expected = "a.jsonl, line 2: not a Prodigy example, which is an object with a text."
    assert str(caught.value) == expected
