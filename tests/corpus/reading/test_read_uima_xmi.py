"""UIMA CAS as XMI and JSON: which layers hold entities, units of offsets, views, links, damaged files."""

import io
import json
import zipfile
from pathlib import Path

import pytest

from bioner_core.corpus.reading.detect import read_files, read_path
from bioner_core.errors import BionerError

SAMPLES = Path(__file__).parents[2] / "data/formats/uima_xmi"
NER = "http:///de/tudarmstadt/ukp/dkpro/core/api/ner/type.ecore"
START = (
    f'<?xml version="1.0"?><xmi:XMI xmlns:xmi="http://www.omg.org/XMI" xmlns:cas="http:///uima/cas.ecore" '
    f'xmlns:tcas="http:///uima/tcas.ecore" xmlns:ner="{NER}" xmlns:custom="http:///webanno/custom.ecore" '
    f'xmlns:ct="http:///org/apache/ctakes/typesystem/type/textsem.ecore" xmi:version="2.0">'
)
SOFA = '<cas:Sofa xmi:id="1" sofaNum="1" sofaID="_InitialView" mimeType="text" sofaString="{}"/>'
TEXT = "😂 No aspirin&#10;helps"


def read_xmi(*elements, text=TEXT, name="a.xmi"):
    content = START + SOFA.format(text) + "".join(elements) + "</xmi:XMI>"
    return read_files({name: content.encode()}, name="upload")


def list_mentions(reading):
    return [(m.label, passage.mention_text(m)) for passage in reading.passages for m in passage.mentions]


def list_messages(reading):
    return [finding.message for finding in reading.findings]


def test_offsets_count_utf_16_units_unless_the_text_is_shorter():
    entity = '<ner:NamedEntity xmi:id="3" sofa="1" begin="{}" end="{}" value="Drug"/>'
    assert list_mentions(read_xmi(entity.format(6, 13))) == [("Drug", "aspirin")]
    whole = '<tcas:DocumentAnnotation xmi:id="2" sofa="1" begin="0" end="{}"/>'
    assert list_mentions(read_xmi(whole.format(19), entity.format(6, 13))) == [("Drug", "aspirin")]
    assert list_mentions(read_xmi(whole.format(18), entity.format(5, 12))) == [("Drug", "aspirin")]


def test_the_feature_with_a_usual_name_is_the_label():
    reading = read_path(SAMPLES / "custom.xmi")
    assert list_messages(reading) == [
        "1 relations and links of chains are not read.",
        "layer Finding: its label is the feature 'kind'.",
    ]


def test_documents_left_out_of_a_project_are_reported():
    reading = read_path(SAMPLES / "project.zip")
    assert [passage.document for passage in reading.passages] == ["d1.txt", "d2.txt", "d3.txt"]
    assert [(f.level, f.where, f.message) for f in reading.findings][:3] == [
        ("note", "d1.txt", "3 versions by different people: the curated version is read."),
        ("warning", "d4.txt", "nobody annotated it, so the document is left out."),
        ("note", "project", "layer NamedEntity: its label is the feature 'value'."),
    ]


def test_layers_of_other_type_systems_are_labels_themselves():
    mention = '<ct:{} xmi:id="{}" sofa="1" begin="{}" end="{}" id="4" polarity="1" confidence="0.5"/>'
    reading = read_xmi(
        mention.format("MedicationMention", 3, 6, 13), mention.format("SignSymptomMention", 4, 14, 19)
    )
    assert list_mentions(reading) == [("MedicationMention", "aspirin"), ("SignSymptomMention", "helps")]


def test_deleted_annotations_and_links_of_chains_are_left_out():
    span = '<custom:Span xmi:id="{}" sofa="1" begin="6" end="13" label="{}"/>'
    chain = (
        '<custom:CorefChain xmi:id="8" first="9"/><custom:CorefLink xmi:id="9" sofa="1" begin="0" end="2"/>'
    )
    view = '<cas:View sofa="1" members="3 9"/>'
    reading = read_xmi(span.format(3, "kept"), span.format(4, "deleted"), chain, view)
    assert list_mentions(reading) == [("kept", "aspirin")]
    assert list_messages(reading)[:2] == [
        "1 annotations that were deleted in the tool are not read.",
        "1 relations and links of chains are not read.",
    ]


def test_the_view_with_most_annotations_is_read():
    other = '<cas:Sofa xmi:id="5" sofaNum="2" sofaID="plain" sofaString="aspirin"/>'
    span = '<custom:Span xmi:id="3" sofa="5" begin="0" end="7" label="Drug"/>'
    reading = read_xmi(other, span)
    assert (list_mentions(reading), reading.passages[0].text) == ([("Drug", "aspirin")], "aspirin")
    assert "holds 2 views: the one with most annotations is read." in list_messages(reading)


def test_offsets_outside_the_text_are_reported():
    span = '<custom:Span xmi:id="{}" sofa="1" begin="{}" end="{}" label="Drug"/>'
    reading = read_xmi(
        span.format(3, 6, 13), span.format(4, 6, 99), span.format(5, "x", 7), span.format(6, 1, 3)
    )
    assert (list_mentions(reading), reading.n_unplaced) == ([("Drug", "aspirin")], 3)
    assert [mention.where for mention in reading.unplaced] == ["a.xmi, id 4", "a.xmi, id 5", "a.xmi, id 6"]


def test_a_file_without_text_is_refused():
    content = f"{START}</xmi:XMI>".encode()
    with pytest.raises(BionerError) as caught:
        read_files({"a.xmi": content}, name="upload")
    assert str(caught.value) == "a.xmi: holds no text (sofaString). Export it again, with its text."


def test_a_type_system_without_documents_is_refused():
    content = (
        b'<?xml version="1.0"?><typeSystemDescription xmlns="http://uima.apache.org/resourceSpecifier"/>'
    )
    with pytest.raises(BionerError) as caught:
        read_files({"TypeSystem.xml": content}, name="upload")
    assert str(caught.value).startswith("upload: its format is not recognised.")


def test_zips_inside_a_project_s_zip_are_opened():
    def zipped(files):
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            for name, data in files.items():
                archive.writestr(name, data)
        return content.getvalue()

    span = '<custom:Span xmi:id="3" sofa="1" begin="6" end="13" label="{}"/>'
    anna, gold = (START + SOFA.format(TEXT) + span.format(label) + "</xmi:XMI>" for label in ("A", "B"))
    types = "<typeSystemDescription/>"
    project = {
        "annotation/one.txt/anna.zip": zipped({"anna.xmi": anna, "TypeSystem.xml": types}),
        "annotation/two.txt/anna.zip": zipped({"anna.xmi": anna, "TypeSystem.xml": types}),
        "annotation_ser/one.txt/anna.ser": b"\xac\xed\0\5",
        "curation/one.txt/CURATION_USER.zip": zipped({"CURATION_USER.xmi": gold, "TypeSystem.xml": types}),
        "exportedproject.json": b'{"name": "x"}',
    }
    reading = read_files({"project.zip": zipped(project)}, name="project")
    assert [(passage.document, m.label) for passage in reading.passages for m in passage.mentions] == [
        ("one.txt", "B"),
        ("two.txt", "A"),
    ]


def read_cas_json(**changed):
    structures = [
        {"%ID": 1, "%TYPE": "uima.cas.Sofa", "sofaID": "_InitialView", "sofaString": "😂 No aspirin"},
        {
            "%ID": 2,
            "%TYPE": "webanno.custom.Span",
            "@sofa": 1,
            "begin": 6,
            "end": 13,
            "label": "Drug",
            "sure": True,
        },
        {
            "%ID": 3,
            "%TYPE": "webanno.custom.Link",
            "@sofa": 1,
            "begin": 3,
            "end": 5,
            "@Governor": 2,
            "@Dependent": 2,
        },
        {"%ID": 4, "%TYPE": "webanno.custom.Span", "@sofa": 1, "begin": 3, "end": 5, "label": "deleted"},
    ]
    views = {"_InitialView": {"%SOFA": 1, "%MEMBERS": [2, 3]}}
    cas = {"%TYPES": {}, "%FEATURE_STRUCTURES": structures, "%VIEWS": views} | changed
    return read_files({"a.json": json.dumps(cas).encode()}, name="upload")


def test_json_is_read_like_xmi():
    reading = read_cas_json()
    assert (reading.format, list_mentions(reading)) == ("UIMA CAS", [("Drug", "aspirin")])
    assert list_messages(reading)[:2] == [
        "1 relations and links of chains are not read.",
        "1 annotations that were deleted in the tool are not read.",
    ]
    by_id = {"1": {"%TYPE": "uima.cas.Sofa", "sofaString": "aspirin"}}
    by_id["2"] = {"%TYPE": "Drug", "@sofa": "1", "begin": 0, "end": 7}
    assert list_mentions(read_cas_json(**{"%FEATURE_STRUCTURES": by_id, "%VIEWS": {}})) == [
        ("Drug", "aspirin")
    ]


def test_json_other_than_uima_cas_is_refused():
    with pytest.raises(BionerError) as caught:
        read_cas_json(**{"%FEATURE_STRUCTURES": [1]})
    assert str(caught.value) == (
        "a.json: its feature structures are not a list of objects. Export it again, as UIMA CAS JSON or XMI."
    )


def test_tokens_of_other_type_systems_are_not_entities():
    word = '<ct:Token xmi:id="3" sofa="1" begin="6" end="13"/>'
    span = '<custom:Span xmi:id="4" sofa="1" begin="6" end="13"/>'
    assert list_mentions(read_xmi(word, span)) == [("Span", "aspirin")]


def test_several_values_of_a_feature_are_joined_into_one_label():
    span = '<custom:Span xmi:id="3" sofa="1" begin="6" end="13">{}</custom:Span>'
    labels = "<label>A</label><label/><label>B</label>"
    assert list_mentions(read_xmi(span.format(labels))) == [("A|B", "aspirin")]
