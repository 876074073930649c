"""Label Studio: whose annotation is read, times, several labels, other answers, links instead of texts."""

import json
from pathlib import Path

import pytest

from bioner_core.corpus.reading.detect import read_files, read_path
from bioner_core.errors import BionerError

SAMPLES = Path(__file__).parents[2] / "data/formats/label_studio"
FORM = "A task needs data and annotations, each with a result. Export the project again as JSON or JSON-MIN."
TEXT = "No aspirin helps"


def build_region(start=3, end=10, *labels, kind="labels", text="aspirin"):
    value = {"start": start, "end": end, "text": text, kind: list(labels or ("Drug",))}
    return {"id": "r", "from_name": "label", "to_name": "text", "type": kind, "value": value}


def build_annotation(*regions, **others):
    return {"id": 1, "completed_by": 1, "result": list(regions), **others}


def build_task(*annotations, number=1, key="annotations", **data):
    return {"id": number, "data": data or {"text": TEXT}, key: list(annotations)}


def read_tasks(*records, **options):
    return read_files({"a.json": json.dumps(list(records)).encode()}, name="upload", **options)


def list_mentions(reading):
    return [(m.label, passage.mention_text(m)) for passage in reading.passages for m in passage.mentions]


def test_times_of_the_annotations_read_are_summed():
    reading = read_path(SAMPLES / "export.json")
    assert (reading.annotation_seconds, reading.n_timed) == (10.5 + 21 + 31.5, 3)
    reading = read_tasks(
        build_task(build_annotation(build_region())),
        build_task(build_annotation(build_region(), lead_time=True)),
    )
    assert (reading.annotation_seconds, reading.n_timed) == (None, 0)
    reading = read_tasks(
        build_task(build_annotation(build_region(), lead_time=4_000)),
        build_task(build_annotation(lead_time=-1)),
    )
    assert (reading.annotation_seconds, reading.n_timed) == (4_000, 1)
    assert [f.message for f in reading.findings] == [
        "more than an hour for one annotation: breaks are counted as work."
    ]


def test_findings_of_the_sample_list_omitted_annotations():
    assert [(f.where, f.message) for f in read_path(SAMPLES / "export.json").findings] == [
        ("export.json, record 1", "2 annotations of one task: the ground truth, else the first, is read."),
        ("export.json, record 2", "relations are not read."),
        ("export.json, record 2", "choices, ratings and other answers are not read."),
        ("export.json, record 4", "a task that nobody completed, or that was skipped, is left out."),
        (
            "export.json",
            "offsets repaired: they count UTF-16 units. So 10 of 10 mentions match their text, 7 before.",
        ),
    ]


def test_ground_truth_is_preferred_and_skipped_annotations_are_ignored():
    a, b, c = (
        build_annotation(build_region(3, 10, label), created_at=at)
        for label, at in (("A", "3"), ("B", "1"), ("C", "2"))
    )
    assert list_mentions(read_tasks(build_task(a, b, c))) == [("B", "aspirin")]
    assert list_mentions(read_tasks(build_task(a, b, c | {"ground_truth": True}))) == [("C", "aspirin")]
    reading = read_tasks(
        build_task(a, b | {"was_cancelled": True}),
        build_task(a | {"skipped": True}),
        build_task(key="completions"),
    )
    assert (list_mentions(reading), reading.n_unannotated) == ([("A", "aspirin")], 2)
    assert [kept.text for kept in reading.unannotated] == [passage.text for passage in reading.passages] * 2


def test_a_region_gives_one_mention_per_label():
    reading = read_tasks(
        build_task(
            build_annotation(
                build_region(3, 10, "A", "B"), {**build_region(), "value": {"start": 3, "end": 10}}
            )
        )
    )
    assert list_mentions(reading) == [("A", "aspirin"), ("B", "aspirin")]
    assert "a region without a label; left out." in [f.message for f in reading.findings]


def test_hypertext_is_read_by_its_global_offsets():
    value = {"start": "/div[1]/text()[1]", "end": "/p", "hypertextlabels": ["Drug"], "text": "aspirin"}
    marked = {"type": "hypertextlabels", "value": value | {"globalOffsets": {"start": 3, "end": 10}}}
    reading = read_tasks(build_task(build_annotation(marked, {"type": "hypertextlabels", "value": value})))
    assert (list_mentions(reading), reading.n_unplaced) == ([("Drug", "aspirin")], 1)


def test_the_text_field_is_the_one_that_contains_the_mentions():
    data = {"text": "something else, which is longer than that", "note": TEXT, "doc_id": "d7", "split": "dev"}
    reading = read_tasks(build_task(build_annotation(build_region()), **data))
    assert [(passage.text, passage.document, passage.part) for passage in reading.passages] == [
        (TEXT, "d7", "dev")
    ]
    assert (
        read_tasks(build_task(build_annotation(build_region()), **data), documents="note")
        .passages[0]
        .document
        == TEXT
    )


def test_annotations_synchronised_to_a_storage_are_read():
    files = {
        f"{n}": json.dumps(
            build_annotation(build_region(), id=n, task={"id": n, "data": {"text": TEXT}})
        ).encode()
        for n in range(2)
    }
    assert list_mentions(read_files(files, name="upload")) == [("Drug", "aspirin")] * 2


def test_links_instead_of_texts_are_refused():
    with pytest.raises(BionerError) as caught:
        read_tasks(build_task(build_annotation(build_region()), text="s3://bucket/a.txt"))
    assert str(caught.value) == (
        "a.json, record 1: the field 'text' holds links, not texts. Put the texts themselves there."
    )
    with pytest.raises(BionerError) as caught:
        read_tasks(build_task(build_annotation(build_region()), page=[1]))
    assert str(caught.value) == (
        "a.json, record 1: no text among the fields page. Each task needs a field with its text."
    )


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"data": {}}, "found no task of Label Studio"),
        ({"data": {}, "annotations": {}}, "its annotations are not a list of objects"),
        (build_task(build_annotation(1)), "its result is not a list of objects"),
        (build_task(build_annotation({"type": "labels"})), "has no value"),
    ],
)
def test_a_malformed_task_is_named_in_the_error(record, message):
    with pytest.raises(BionerError) as caught:
        read_tasks(build_task(build_annotation(build_region())), record)
    assert str(caught.value) == f"a.json, record 2: {message}. {FORM}"
