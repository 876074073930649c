"""BioC as XML and JSON: levels at which annotations stand, units of offsets, what makes a document."""

import json
from pathlib import Path

import pytest

from bioner_core.corpus.reading.detect import read_files, read_path
from bioner_core.errors import BionerError

SAMPLES = Path(__file__).parents[2] / "data/formats/bioc"
FORM = "A document needs passages, each with an offset and a text; an annotation needs infons and locations."


def build_annotation(offset, length, text, label="Drug", **infons):
    type_ = {"type": label} if label else {}
    place = [{"offset": offset, "length": length}]
    return {"id": "1", "infons": type_ | infons, "text": text, "locations": place}


def build_document(*passages, **others):
    return {"id": "7", "infons": {}, "passages": list(passages), **others}


def build_passage(offset, text, *annotations, **others):
    return {"offset": offset, "infons": {}, "text": text, "annotations": list(annotations), **others}


def read_json(value, name="a.json"):
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return read_files({name: text.encode()}, name="upload")


def list_mentions(reading):
    return [(m.label, passage.mention_text(m)) for passage in reading.passages for m in passage.mentions]


def test_collections_lists_and_json_lines_give_equal_mentions():
    document = build_document(
        build_passage(0, "No aspirin", build_annotation(3, 7, "aspirin")),
        build_passage(11, "or", build_annotation(11, 2, "or")),
    )
    expected = [("Drug", "aspirin"), ("Drug", "or")]
    for value in (
        document,
        [document],
        {"source": "x", "documents": [document]},
        [{"documents": [document]}],
        {"PubTator3": [document]},
    ):
        assert list_mentions(read_json(value)) == expected
        assert list_mentions(read_json(json.dumps(value, indent=2))) == expected
    lines = json.dumps(document) + "\n" + json.dumps({"documents": [document, document]})
    assert list_mentions(read_json(lines)) == expected * 3


def test_annotations_of_sentences_are_read():
    sentence = {
        "offset": 20,
        "infons": {},
        "text": "aspirin",
        "annotations": [build_annotation(20, 7, "aspirin")],
    }
    reading = read_json(
        build_document({"offset": 20, "infons": {}, "sentences": [sentence], "annotations": []})
    )
    assert list_mentions(reading) == [("Drug", "aspirin")]
    whole = build_passage(20, "aspirin helps", sentences=[sentence])
    assert list_mentions(read_json(build_document(whole))) == [("Drug", "aspirin")]


def test_annotations_of_a_document_are_assigned_to_passages_by_offset():
    reading = read_json(
        build_document(
            build_passage(0, "No"),
            build_passage(3, "aspirin"),
            annotations=[build_annotation(3, 7, "aspirin"), build_annotation(99, 1, "x")],
        )
    )
    assert list_mentions(reading) == [("Drug", "aspirin")]
    assert [mention.reason for mention in reading.unplaced] == [
        "an annotation without a place in any passage; left out."
    ]


def test_offsets_in_bytes_are_repaired():
    text = "Принимала аспирин"
    reading = read_json(build_document(build_passage(0, text, build_annotation(19, 14, "аспирин"))))
    assert list_mentions(reading) == [("Drug", "аспирин")]
    assert any(f.message.startswith("offsets repaired: they count UTF-8 bytes") for f in reading.findings)


def test_the_entity_type_is_read_from_several_infon_keys():
    two = build_passage(
        0,
        "aspirin",
        build_annotation(0, 7, "aspirin", "", Semantic_Type="A"),
        build_annotation(0, 7, "aspirin", "", x="B"),
    )
    reading = read_json(build_document(two))
    assert list_mentions(reading) == [("A", "aspirin"), ("Entity", "aspirin")]
    assert "an annotation without a type; its label is Entity." in [f.message for f in reading.findings]


def test_relations_are_counted_and_not_read():
    reading = read_path(SAMPLES / "collection.xml")
    assert [(f.where, f.message) for f in reading.findings] == [
        ("collection.xml, document 1", "1 relation not read.")
    ]
    assert [passage.document for passage in reading.passages] == [
        d for d in ("d1", "d2", "d3", "d4") for _ in "ab"
    ]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            [build_document(build_passage(0, "a")), {"id": 1}],
            f"a.json, record 2: found no BioC document. {FORM}",
        ),
        (
            build_document({"offset": 0, "text": "a", "infons": {}, "annotations": [1]}),
            f"a.json, line 1: 'annotations' is not a list of objects. {FORM}",
        ),
        (
            build_document("x", infons=1, offset=1),
            f"a.json, line 1: 'passages' is not a list of objects. {FORM}",
        ),
    ],
)
def test_malformed_bioc_is_named_in_the_error(value, message):
    with pytest.raises(BionerError) as caught:
        read_json(value)
    assert str(caught.value) == message


def test_a_bigbio_record_is_not_claimed_as_bioc():
    record = {
        "id": "1",
        "passages": [{"offsets": [[0, 7]], "text": ["aspirin"]}],
        "text": "aspirin",
        "spans": [[0, 7, "D"]],
    }
    assert read_json(record).format == "JSON lines"


def test_the_documents_option_is_refused():
    with pytest.raises(BionerError) as caught:
        read_path(SAMPLES / "collection.json", documents="id")
    assert str(caught.value) == "collection: BioC names its documents, so --documents id has no meaning."
