"""GATE XML: nodes, sets of annotations, types that a feature tells apart."""

from pathlib import Path

import pytest

from bioner_core.corpus.reading.detect import read, read_files
from bioner_core.errors import BionerError

SAMPLES = Path(__file__).parents[2] / "data/formats/gate_xml"
TEXT = '<TextWithNodes>No <Node id="3"/>aspirin<Node id="10"/> helps<Node id="16"/></TextWithNodes>'


def annotation(kind="Drug", start=3, end=10, **features):
    inside = "".join(
        f"<Feature><Name>{name}</Name><Value>{value}</Value></Feature>" for name, value in features.items()
    )
    return f'<Annotation Id="1" Type="{kind}" StartNode="{start}" EndNode="{end}">{inside}</Annotation>'


def document(text=TEXT, **sets):
    inside = "".join(
        f'<AnnotationSet Name="{name}">{marked}</AnnotationSet>' for name, marked in sets.items()
    )
    return f"<GateDocument>{text}{inside}</GateDocument>".encode()


def given(**files):
    return read_files({f"{name}.xml": content for name, content in files.items()}, name="upload")


def found(reading):
    return [(m.label, passage.words(m)) for passage in reading.passages for m in passage.mentions]


def test_the_gold_set_goes_before_the_fullest():
    reading = read(SAMPLES)
    assert [(f.where, f.message) for f in reading.findings] == [
        ("gate_xml", "the set 'Key' is read; 1 annotations of 1 other sets are not.")
    ]
    one = document(anna=annotation(), boris=annotation("A") + annotation("B"), consensus=annotation("C"))
    assert found(given(a=one)) == [("C", "aspirin")]
    assert found(given(a=document(anna=annotation(), boris=annotation("A") + annotation("B")))) == [
        ("A", "aspirin"),
        ("B", "aspirin"),
    ]


def test_tokens_and_original_markup_are_no_entities():
    tokens = annotation("Token") + annotation("Sentence")
    markup = document(**{"Original markups": annotation("b"), "x": tokens + annotation()})
    assert found(given(a=markup)) == [("Drug", "aspirin")]


def test_a_document_without_the_set_is_left_out_and_counted():
    reading = given(a=document(anna=annotation()), b=document(anna=""), c=document(boris=annotation()))
    assert ([each.document for each in reading.passages], reading.n_unannotated) == (["a", "b"], 1)
    message = "has no such set of annotations as the others, so the document is left out."
    assert ("c.xml", message) in [(f.where, f.message) for f in reading.findings]


def test_a_general_type_is_told_apart_by_its_feature():
    marked = (
        annotation("Mention", **{"class": "Disease"})
        + annotation("Mention", note="x")
        + annotation("ADR", type="y")
    )
    assert found(given(a=document(x=marked))) == [
        ("Disease", "aspirin"),
        ("Mention", "aspirin"),
        ("ADR", "aspirin"),
    ]


def test_nodes_that_are_missing_leave_mentions_out():
    reading = given(a=document(x=annotation() + annotation(end=11) + annotation(start=10, end=3)))
    assert (found(reading), reading.n_unplaced) == ([("Drug", "aspirin")], 2)


def test_a_document_without_text_is_refused():
    with pytest.raises(BionerError) as caught:
        given(a=document(text="<Text/>", x=annotation()))
    assert str(caught.value) == "a.xml: holds no text (TextWithNodes). Save it again as GATE XML."
