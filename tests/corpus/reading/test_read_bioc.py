"""BioC as XML and JSON: levels at which annotations stand, units of offsets, what makes a document."""

import json
from pathlib import Path

import pytest

from bioner_core.corpus.reading.detect import read, read_files
from bioner_core.errors import BionerError

SAMPLES = Path(__file__).parents[2] / "data/formats/bioc"
FORM = "A document needs passages, each with an offset and a text; an annotation needs infons and locations."


def annotation(offset, length, text, label="Drug", **infons):
    type_ = {"type": label} if label else {}
    place = [{"offset": offset, "length": length}]
    return {"id": "1", "infons": type_ | infons, "text": text, "locations": place}


def document(*passages, **others):
    return {"id": "7", "infons": {}, "passages": list(passages), **others}


def passage(offset, text, *annotations, **others):
    return {"offset": offset, "infons": {}, "text": text, "annotations": list(annotations), **others}


def given(value, name="a.json"):
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return read_files({name: text.encode()}, name="upload")


def found(reading):
    return [(m.label, each.words(m)) for each in reading.passages for m in each.mentions]


def test_a_collection_lists_and_lines_are_alike():
    one = document(
        passage(0, "No aspirin", annotation(3, 7, "aspirin")),
        passage(11, "or", annotation(11, 2, "or")),
    )
    expected = [("Drug", "aspirin"), ("Drug", "or")]
    for value in (
        one,
        [one],
        {"source": "x", "documents": [one]},
        [{"documents": [one]}],
        {"PubTator3": [one]},
    ):
        assert found(given(value)) == expected
        assert found(given(json.dumps(value, indent=2))) == expected
    lines = json.dumps(one) + "\n" + json.dumps({"documents": [one, one]})
    assert found(given(lines)) == expected * 3


def test_sentences_hold_annotations_too():
    sentence = {"offset": 20, "infons": {}, "text": "aspirin", "annotations": [annotation(20, 7, "aspirin")]}
    reading = given(document({"offset": 20, "infons": {}, "sentences": [sentence], "annotations": []}))
    assert found(reading) == [("Drug", "aspirin")]
    whole = passage(20, "aspirin helps", sentences=[sentence])
    assert found(given(document(whole))) == [("Drug", "aspirin")]


def test_annotations_of_a_document_go_to_the_passage_at_their_place():
    reading = given(
        document(
            passage(0, "No"),
            passage(3, "aspirin"),
            annotations=[annotation(3, 7, "aspirin"), annotation(99, 1, "x")],
        )
    )
    assert found(reading) == [("Drug", "aspirin")]
    assert [each.reason for each in reading.unplaced] == [
        "an annotation without a place in any passage; left out."
    ]


def test_offsets_in_bytes_are_repaired():
    text = "Принимала аспирин"
    reading = given(document(passage(0, text, annotation(19, 14, "аспирин"))))
    assert found(reading) == [("Drug", "аспирин")]
    assert any(f.message.startswith("offsets repaired: they count UTF-8 bytes") for f in reading.findings)


def test_the_type_is_found_in_usual_infons():
    two = passage(
        0,
        "aspirin",
        annotation(0, 7, "aspirin", "", Semantic_Type="A"),
        annotation(0, 7, "aspirin", "", x="B"),
    )
    reading = given(document(two))
    assert found(reading) == [("A", "aspirin"), ("Entity", "aspirin")]
    assert "an annotation without a type; its label is Entity." in [f.message for f in reading.findings]


def test_relations_are_counted():
    reading = read(SAMPLES / "collection.xml")
    assert [(f.where, f.message) for f in reading.findings] == [
        ("collection.xml, document 1", "1 relation not read.")
    ]
    assert [each.document for each in reading.passages] == [d for d in ("d1", "d2", "d3", "d4") for _ in "ab"]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([document(passage(0, "a")), {"id": 1}], f"a.json, record 2: found no BioC document. {FORM}"),
        (
            document({"offset": 0, "text": "a", "infons": {}, "annotations": [1]}),
            f"a.json, line 1: 'annotations' is no list of objects. {FORM}",
        ),
        (document("x", infons=1, offset=1), f"a.json, line 1: 'passages' is no list of objects. {FORM}"),
    ],
)
def test_what_is_no_bioc_is_named(value, message):
    with pytest.raises(BionerError) as caught:
        given(value)
    assert str(caught.value) == message


def test_big_bios_own_passages_are_not_claimed():
    record = {
        "id": "1",
        "passages": [{"offsets": [[0, 7]], "text": ["aspirin"]}],
        "text": "aspirin",
        "spans": [[0, 7, "D"]],
    }
    assert given(record).format == "JSON lines"


def test_documents_are_named():
    with pytest.raises(BionerError) as caught:
        read(SAMPLES / "collection.json", documents="id")
    assert str(caught.value) == "collection: BioC names its documents, so --documents id has no meaning."
