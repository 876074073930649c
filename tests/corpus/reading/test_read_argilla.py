"""Argilla: whose response is read, in versions 2 and 1 and feedback data sets; drafts and other questions."""

import json

import pytest

from bioner_core.corpus.reading.detect import read_files
from bioner_core.errors import BionerError

TEXT = "No aspirin helps"
SPAN = {"start": 3, "end": 10, "label": "Drug"}
FORM = "A record needs fields and responses, or (version 1) a text and its annotation. Export as JSON again."


def build_nested_record(*responses, question="spans", status="completed", **others):
    answers = {"quality": [{"value": "good", "user_id": "u"}], question: list(responses)}
    return {"id": "1", "fields": {"text": TEXT}, "responses": answers, "status": status, **others}


def read_records(*records):
    return read_files({"a.json": json.dumps(list(records)).encode()}, name="upload")


def list_mentions(reading):
    return [(m.label, passage.mention_text(m)) for passage in reading.passages for m in passage.mentions]


def test_the_question_whose_answers_are_spans_is_read():
    reading = read_records(
        build_nested_record({"value": [SPAN], "user_id": "u"}, {"value": [], "user_id": "v"})
    )
    assert list_mentions(reading) == [("Drug", "aspirin")]
    assert [f.message for f in reading.findings] == ["several responses to one record: the first is read."]


def test_an_empty_response_means_a_text_without_mentions():
    reading = read_records(build_nested_record({"value": [SPAN]}), build_nested_record({"value": []}))
    assert (len(reading.passages), reading.n_unannotated) == (2, 0)


def test_pending_records_are_left_out_where_others_are_completed():
    response = {"value": [SPAN], "user_id": "u"}
    reading = read_records(
        build_nested_record(response), build_nested_record(response, status="pending"), build_nested_record()
    )
    assert (list_mentions(reading), reading.n_unannotated) == ([("Drug", "aspirin")], 2)
    assert [kept.text for kept in reading.unannotated] == [TEXT, TEXT]
    assert len(read_records(build_nested_record(response, status="pending")).passages) == 1


def test_feedback_data_sets_keep_a_list_of_responses():
    def response(status, *spans):
        return {"values": {"note": {"value": "x"}, "spans": {"value": list(spans)}}, "status": status}

    record = {"fields": {"text": TEXT}, "responses": [response("discarded"), response("submitted", SPAN)]}
    reading = read_records(record)
    assert list_mentions(reading) == [("Drug", "aspirin")]
    assert [f.message for f in reading.findings] == [
        "responses that are drafts or were discarded are not read."
    ]


def test_version_1_is_read_with_spans_as_lists_and_as_objects():
    base = {"text": TEXT, "prediction": None, "status": "Validated", "metadata": {"doc_id": "d"}}
    reading = read_records(base | {"annotation": [["Drug", 3, 10, 1.0]]}, base | {"annotation": [SPAN]})
    assert list_mentions(reading) == [("Drug", "aspirin")] * 2
    assert [passage.document for passage in reading.passages] == ["d", "d"]
    assert read_records(base | {"annotation": [SPAN]}, base | {"annotation": None}).n_unannotated == 1


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"text": "a"}, "found no record of Argilla"),
        (
            {"text": "a", "prediction": 1, "status": "x", "annotation": "pos"},
            "its annotation is not a list of entities",
        ),
    ],
)
def test_a_malformed_record_is_named_in_the_error(record, message):
    with pytest.raises(BionerError) as caught:
        read_records(build_nested_record({"value": [SPAN]}), record)
    assert str(caught.value) == f"a.json, record 2: {message}. {FORM}"
