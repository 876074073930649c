"""GATE XML: nodes, sets of annotations, types that a feature tells apart."""

from pathlib import Path

import pytest

from bioner_core.corpus.reading.detect import read_files, read_path
from bioner_core.errors import BionerError

SAMPLES = Path(__file__).parents[2] / "data/formats/gate_xml"
TEXT = '<TextWithNodes>No <Node id="3"/>aspirin<Node id="10"/> helps<Node id="16"/></TextWithNodes>'


def build_annotation(kind="Drug", start=3, end=10, **features):
    inside = "".join(
        f"<Feature><Name>{name}</Name><Value>{value}</Value></Feature>" for name, value in features.items()
    )
    return f'<Annotation Id="1" Type="{kind}" StartNode="{start}" EndNode="{end}">{inside}</Annotation>'


def build_document(text=TEXT, **sets):
    inside = "".join(
        f'<AnnotationSet Name="{name}">{marked}</AnnotationSet>' for name, marked in sets.items()
    )
    return f"<GateDocument>{text}{inside}</GateDocument>".encode()


def read_documents(**files):
    return read_files({f"{name}.xml": content for name, content in files.items()}, name="upload")


def list_mentions(reading):
    return [(m.label, passage.mention_text(m)) for passage in reading.passages for m in passage.mentions]


def test_the_gold_set_is_preferred_to_the_largest():
    reading = read_path(SAMPLES)
    assert [(f.where, f.message) for f in reading.findings] == [
        ("gate_xml", "the set 'Key' is read; 1 annotations of 1 other sets are not.")
    ]
    document = build_document(
        anna=build_annotation(),
        boris=build_annotation("A") + build_annotation("B"),
        consensus=build_annotation("C"),
    )
    assert list_mentions(read_documents(a=document)) == [("C", "aspirin")]
    assert list_mentions(
        read_documents(
            a=build_document(anna=build_annotation(), boris=build_annotation("A") + build_annotation("B"))
        )
    ) == [
        ("A", "aspirin"),
        ("B", "aspirin"),
    ]


def test_tokens_and_original_markup_are_not_entities():
    tokens = build_annotation("Token") + build_annotation("Sentence")
    markup = build_document(**{"Original markups": build_annotation("b"), "x": tokens + build_annotation()})
    assert list_mentions(read_documents(a=markup)) == [("Drug", "aspirin")]


def test_a_document_without_the_set_is_left_out_and_counted():
    reading = read_documents(
        a=build_document(anna=build_annotation()),
        b=build_document(anna=""),
        c=build_document(boris=build_annotation()),
    )
    assert ([passage.document for passage in reading.passages], reading.n_unannotated) == (["a", "b"], 1)
    assert [kept.document for kept in reading.unannotated] == ["c"]
    message = "has no annotation set of the kind that is read, so the document is left out."
    assert ("c.xml", message) in [(f.where, f.message) for f in reading.findings]


def test_the_label_of_a_general_type_is_read_from_its_features():
    marked = (
        build_annotation("Mention", **{"class": "Disease"})
        + build_annotation("Mention", note="x")
        + build_annotation("ADR", type="y")
    )
    assert list_mentions(read_documents(a=build_document(x=marked))) == [
        ("Disease", "aspirin"),
        ("Mention", "aspirin"),
        ("ADR", "aspirin"),
    ]


def test_mentions_with_missing_nodes_are_left_out():
    reading = read_documents(
        a=build_document(x=build_annotation() + build_annotation(end=11) + build_annotation(start=10, end=3))
    )
    assert (list_mentions(reading), reading.n_unplaced) == ([("Drug", "aspirin")], 2)


def test_a_document_without_text_is_refused():
    with pytest.raises(BionerError) as caught:
        read_documents(a=build_document(text="<Text/>", x=build_annotation()))
    assert str(caught.value) == "a.xml: holds no text (TextWithNodes). Save it again as GATE XML."
