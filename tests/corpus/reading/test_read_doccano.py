"""doccano: members' files, relations, numbers instead of labels, texts that nobody opened."""

import json
from pathlib import Path

import pytest

from bioner_core.corpus.reading.detect import read_files, read_path
from bioner_core.errors import BionerError

SAMPLES = Path(__file__).parents[2] / "data/formats/doccano"
TEXT = "No aspirin helps"


def build_record(*label, number=1, text=TEXT):
    return {"id": number, "text": text, "label": list(label), "Comments": []}


def read_records(**files):
    contents = {f"{name}.jsonl": "\n".join(map(json.dumps, records)) for name, records in files.items()}
    return read_files({name: text.encode() for name, text in contents.items()}, name="upload")


def list_mentions(reading):
    return [(m.label, passage.mention_text(m)) for passage in reading.passages for m in passage.mentions]


def test_findings_of_the_sample_list_omitted_annotations():
    reading = read_path(SAMPLES / "members.zip")
    assert [passage.document for passage in reading.passages] == ["d1", "d2", "d3", "d4"]
    assert [(f.where, f.message) for f in reading.findings] == [
        ("anna.jsonl, line 1", "several members labelled the same text: one of them is read."),
        (
            "members",
            "1 of 4 texts have no entity. If some were never looked at, export approved documents only: "
            "all are read as annotated.",
        ),
    ]


def test_numeric_labels_are_read_as_labels():
    assert read_path(SAMPLES / "old.json1").labels == {"1": 4, "2": 4, "3": 2}


def test_of_several_versions_that_of_the_most_active_member_is_read():
    anna = [build_record([3, 10, "A"]), build_record(number=2), build_record([3, 10, "A"], number=3)]
    boris = [build_record([3, 10, "B"]), build_record([3, 10, "B"], number=2), build_record(number=3)]
    reading = read_records(anna=anna, boris=[*boris, build_record([0, 2, "B"], number=4, text="No")])
    assert list_mentions(reading) == [("A", "aspirin"), ("B", "aspirin"), ("B", "aspirin"), ("B", "No")]
    assert len(reading.passages) == 4


def test_a_mix_of_json_dialects_is_read_as_json_lines():
    files = {
        "a": json.dumps(build_record([3, 10, "A"])),
        "b": json.dumps({"text": TEXT, "spans": [[3, 10, "B"]]}),
    }
    reading = read_files({name: text.encode() for name, text in files.items()}, name="upload")
    assert (reading.format, list_mentions(reading)) == ("JSON lines", [("A", "aspirin"), ("B", "aspirin")])


def test_a_malformed_record_is_named_in_the_error():
    with pytest.raises(BionerError) as caught:
        read_records(a=[build_record([3, 10, "A"]), 7])
    expected = "a.jsonl, line 2: found no record of doccano, which is an object with a text."
    assert str(caught.value) == expected
    with pytest.raises(BionerError) as caught:
        read_records(a=[build_record([3, 10])])
    assert str(caught.value).startswith(
        "a.jsonl, line 1: an entity is neither an object nor [start, end, label]."
    )
