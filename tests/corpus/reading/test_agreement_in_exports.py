"""Annotators of the same tasks are compared where an export names them."""

import json

import pytest

from bioner_core.corpus.reading.detect import read_files

TEXT = "He took zinc and slept badly"
ZINC, SLEPT = (8, 12, "Drug"), (17, 28, "ADR")


def annotate_label_studio(user, *mentions, **fields):
    result = [
        {
            "type": "labels",
            "value": {"start": start, "end": end, "text": TEXT[start:end], "labels": [label]},
        }
        for start, end, label in mentions
    ]
    return {"completed_by": user, "result": result, "created_at": "2026-03-02T09:00:00Z", **fields}


def read_label_studio(*annotations_of_tasks):
    tasks = [
        {"id": number, "data": {"text": TEXT}, "annotations": list(annotations)}
        for number, annotations in enumerate(annotations_of_tasks)
    ]
    return read_files({"a.json": json.dumps(tasks).encode()}, name="a").agreement_f1


def test_label_studio_names_who_completed_a_task():
    first, second = annotate_label_studio(1, ZINC, SLEPT), annotate_label_studio(2, ZINC)
    assert read_label_studio([first, second], [first]) == pytest.approx(2 / 3)
    third = annotate_label_studio(3, ZINC, SLEPT)
    assert read_label_studio([first, second, third]) == pytest.approx((2 / 3 + 1 + 2 / 3) / 3)


def test_annotators_of_different_tasks_say_nothing_of_agreement():
    first, second = annotate_label_studio(1, ZINC), annotate_label_studio(2, ZINC)
    assert read_label_studio([first], [second]) is None
    assert read_label_studio([first, annotate_label_studio(1, SLEPT)]) is None
    assert read_label_studio([first, annotate_label_studio(2, SLEPT, was_cancelled=True)]) is None


def test_prodigy_names_annotators_and_sessions():
    records = [
        {
            "text": TEXT,
            "spans": [{"start": start, "end": end, "label": label} for start, end, label in mentions],
            "answer": "accept",
            "_input_hash": 1,
            "_task_hash": 1,
            "_annotator_id": user,
        }
        for user, mentions in {"anna": [ZINC, SLEPT], "boris": [ZINC]}.items()
    ]
    content = "".join(json.dumps(record) + "\n" for record in records).encode()
    assert read_files({"a.jsonl": content}, name="a").agreement_f1 == pytest.approx(2 / 3)


def test_one_annotator_has_nobody_to_agree_with():
    assert read_label_studio([annotate_label_studio(1, ZINC)]) is None
