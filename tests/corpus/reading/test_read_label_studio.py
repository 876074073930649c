"""Label Studio: whose annotation is read, times, several labels, other answers, links instead of texts."""

import json
from pathlib import Path

import pytest

from bioner_core.corpus.reading.detect import read, read_files
from bioner_core.errors import BionerError

SAMPLES = Path(__file__).parents[2] / "data/formats/label_studio"
FORM = "A task needs data and annotations, each with a result. Export the project again as JSON or JSON-MIN."
TEXT = "No aspirin helps"


def region(start=3, end=10, *labels, kind="labels", text="aspirin"):
    value = {"start": start, "end": end, "text": text, kind: list(labels or ("Drug",))}
    return {"id": "r", "from_name": "label", "to_name": "text", "type": kind, "value": value}


def annotated(*regions, **others):
    return {"id": 1, "completed_by": 1, "result": list(regions), **others}


def task(*annotations, number=1, key="annotations", **data):
    return {"id": number, "data": data or {"text": TEXT}, key: list(annotations)}


def given(*records, **options):
    return read_files({"a.json": json.dumps(list(records)).encode()}, name="upload", **options)


def found(reading):
    return [(m.label, passage.words(m)) for passage in reading.passages for m in passage.mentions]


def test_times_of_what_was_read_are_added_up():
    reading = read(SAMPLES / "export.json")
    assert (reading.annotation_seconds, reading.n_timed) == (10.5 + 21 + 31.5, 3)
    reading = given(task(annotated(region())), task(annotated(region(), lead_time=True)))
    assert (reading.annotation_seconds, reading.n_timed) == (None, 0)
    reading = given(task(annotated(region(), lead_time=4_000)), task(annotated(lead_time=-1)))
    assert (reading.annotation_seconds, reading.n_timed) == (4_000, 1)
    assert [f.message for f in reading.findings] == [
        "more than an hour for one annotation: breaks are counted as work."
    ]


def test_the_sample_says_what_was_left_out():
    assert [(f.where, f.message) for f in read(SAMPLES / "export.json").findings] == [
        ("export.json, record 1", "2 annotations of one task: the ground truth, else the first, is read."),
        ("export.json, record 2", "relations are not read."),
        ("export.json, record 2", "choices, ratings and other answers are not read."),
        ("export.json, record 4", "a task that nobody completed, or that was skipped, is left out."),
        (
            "export.json",
            "offsets repaired: they count UTF-16 units. So 10 of 10 mentions cover their own "
            "words, 7 before.",
        ),
    ]


def test_ground_truth_goes_before_the_first_and_skipped_ones_never_count():
    a, b, c = (
        annotated(region(3, 10, label), created_at=at) for label, at in (("A", "3"), ("B", "1"), ("C", "2"))
    )
    assert found(given(task(a, b, c))) == [("B", "aspirin")]
    assert found(given(task(a, b, c | {"ground_truth": True}))) == [("C", "aspirin")]
    reading = given(
        task(a, b | {"was_cancelled": True}), task(a | {"skipped": True}), task(key="completions")
    )
    assert (found(reading), reading.n_unannotated) == ([("A", "aspirin")], 2)


def test_a_region_with_two_labels_is_two_mentions_and_without_one_is_none():
    reading = given(task(annotated(region(3, 10, "A", "B"), {**region(), "value": {"start": 3, "end": 10}})))
    assert found(reading) == [("A", "aspirin"), ("B", "aspirin")]
    assert "a region without a label; left out." in [f.message for f in reading.findings]


def test_hypertext_is_read_where_global_offsets_say_the_place():
    value = {"start": "/div[1]/text()[1]", "end": "/p", "hypertextlabels": ["Drug"], "text": "aspirin"}
    marked = {"type": "hypertextlabels", "value": value | {"globalOffsets": {"start": 3, "end": 10}}}
    reading = given(task(annotated(marked, {"type": "hypertextlabels", "value": value})))
    assert (found(reading), reading.n_unplaced) == ([("Drug", "aspirin")], 1)


def test_the_text_is_the_field_that_the_mentions_stand_in():
    data = {"text": "something else, which is longer than that", "note": TEXT, "doc_id": "d7", "split": "dev"}
    reading = given(task(annotated(region()), **data))
    assert [(each.text, each.document, each.part) for each in reading.passages] == [(TEXT, "d7", "dev")]
    assert given(task(annotated(region()), **data), documents="note").passages[0].document == TEXT


def test_annotations_synchronised_to_a_storage_are_read():
    files = {
        f"{n}": json.dumps(annotated(region(), id=n, task={"id": n, "data": {"text": TEXT}})).encode()
        for n in range(2)
    }
    assert found(read_files(files, name="upload")) == [("Drug", "aspirin")] * 2


def test_links_are_no_texts():
    with pytest.raises(BionerError) as caught:
        given(task(annotated(region()), text="s3://bucket/a.txt"))
    assert str(caught.value) == (
        "a.json, record 1: the field 'text' holds links, not texts. Put the texts themselves there."
    )
    with pytest.raises(BionerError) as caught:
        given(task(annotated(region()), page=[1]))
    assert str(caught.value) == (
        "a.json, record 1: no text among the fields page. Each task needs a field with its text."
    )


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"data": {}}, "found no task of Label Studio"),
        ({"data": {}, "annotations": {}}, "its annotations are no list of objects"),
        (task(annotated(1)), "its result is no list of objects"),
        (task(annotated({"type": "labels"})), "has no value"),
    ],
)
def test_what_is_no_task_is_named(record, message):
    with pytest.raises(BionerError) as caught:
        given(task(annotated(region())), record)
    assert str(caught.value) == f"a.json, record 2: {message}. {FORM}"
