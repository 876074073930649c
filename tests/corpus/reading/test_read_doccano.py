"""doccano: members' files, relations, numbers instead of labels, texts that nobody opened."""

import json
from pathlib import Path

import pytest

from bioner_core.corpus.reading.detect import read, read_files
from bioner_core.errors import BionerError

SAMPLES = Path(__file__).parents[2] / "data/formats/doccano"
TEXT = "No aspirin helps"


def record(*label, number=1, text=TEXT):
    return {"id": number, "text": text, "label": list(label), "Comments": []}


def given(**files):
    contents = {f"{name}.jsonl": "\n".join(map(json.dumps, records)) for name, records in files.items()}
    return read_files({name: text.encode() for name, text in contents.items()}, name="upload")


def found(reading):
    return [(m.label, passage.words(m)) for passage in reading.passages for m in passage.mentions]


def test_the_sample_says_what_was_left_out():
    reading = read(SAMPLES / "members.zip")
    assert [each.document for each in reading.passages] == ["d1", "d2", "d3", "d4"]
    assert [(f.where, f.message) for f in reading.findings] == [
        ("anna.jsonl, line 1", "several members labelled the same text: one of them is read."),
        (
            "members",
            "1 of 4 texts have no entity. If some were never looked at, export approved documents only: "
            "all are read as annotated.",
        ),
    ]


def test_numbers_of_labels_are_labels():
    assert read(SAMPLES / "old.json1").labels == {"1": 4, "2": 4, "3": 2}


def test_of_several_members_the_one_with_most_labels_is_read_and_empty_versions_never():
    anna = [record([3, 10, "A"]), record(number=2), record([3, 10, "A"], number=3)]
    boris = [record([3, 10, "B"]), record([3, 10, "B"], number=2), record(number=3)]
    reading = given(anna=anna, boris=[*boris, record([0, 2, "B"], number=4, text="No")])
    assert found(reading) == [("A", "aspirin"), ("B", "aspirin"), ("B", "aspirin"), ("B", "No")]
    assert len(reading.passages) == 4


def test_records_of_other_dialects_beside_leave_all_to_the_general_reader():
    files = {"a": json.dumps(record([3, 10, "A"])), "b": json.dumps({"text": TEXT, "spans": [[3, 10, "B"]]})}
    reading = read_files({name: text.encode() for name, text in files.items()}, name="upload")
    assert (reading.format, found(reading)) == ("JSON lines", [("A", "aspirin"), ("B", "aspirin")])


def test_what_is_no_record_is_named():
    with pytest.raises(BionerError) as caught:
        given(a=[record([3, 10, "A"]), 7])
    expected = "a.jsonl, line 2: found no record of doccano, which is an object with a text."
    assert str(caught.value) == expected
    with pytest.raises(BionerError) as caught:
        given(a=[record([3, 10])])
    assert str(caught.value).startswith(
        "a.jsonl, line 1: an entity is neither an object nor [start, end, label]."
    )
