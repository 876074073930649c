"""Tables whose cells hold lists: words and tags, texts and entities, as pandas and csv write them."""

import csv
import io
import json
from pathlib import Path

import pytest
from test_read_tables import build_workbook, list_mentions

from bioner_core.corpus.reading.detect import read_files, read_path
from bioner_core.errors import BionerError

WORDS, TAGS = ["Took", "aspirin", ",", "it's", " ", "fine"], ["O", "B-Drug", "O", "O", "O", "B-ADR"]


SAMPLES = Path(__file__).parents[2] / "data/formats/list_tables"


def write_table(header, *rows, separator=","):
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator)
    writer.writerow(header)
    writer.writerows(rows)
    return {"a.csv": out.getvalue().encode()}


def test_all_mentions_of_the_samples_are_read():
    words = [("Drug", "aspirin"), ("ADR", "severe headache"), ("Drug", "ибупрофен")]
    assert list_mentions(read_path(SAMPLES / "words.csv")) == words
    spans = read_path(SAMPLES / "spans.tsv")
    assert [passage.document for passage in spans.passages] == ["d1", "d2", "d3", "d4"]
    assert len(list_mentions(spans)) == 9
    assert spans.n_unplaced == 0


@pytest.mark.parametrize("write", [json.dumps, str])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_lists_of_words_and_tags_are_read_as_json_or_python_writes_them(write, separator):
    files = write_table(
        ["doc_id", "Tokens", "NER_tags"], ["d1", write(WORDS), write(TAGS)], separator=separator
    )
    reading = read_files(files, name="corpus")
    assert (reading.format, list_mentions(reading)) == (
        "table of records",
        [("Drug", "aspirin"), ("ADR", "fine")],
    )
    assert reading.passages[0].document == "d1"


def test_texts_with_lists_of_entities_are_read():
    spans = [{"start": 5, "end": 12, "label": "Drug"}]
    files = write_table(
        ["text", "split", "entities"], ["Took aspirin", "test", json.dumps(spans)], ["Fine", "", "[]"]
    )
    reading = read_files(files, name="corpus")
    assert (list_mentions(reading), [p.part for p in reading.passages]) == (
        [("Drug", "aspirin")],
        ["test", ""],
    )


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("['a' 'b']", "a list whose words are not separated by commas. "),
        ("['a', open('x')]", "a cell that begins like a list is not one. "),
        ("[" * 5000, "a cell that begins like a list is not one. "),
    ],
)
def test_a_malformed_list_is_refused_with_its_line(cell, message):
    with pytest.raises(BionerError) as caught:
        read_files(write_table(["tokens", "tags"], [cell, "['O', 'O']"]), name="corpus")
    assert str(caught.value) == (
        f"a.csv, line 2: {message}Write lists as JSON does, or save the table as JSON lines."
    )


ENTITIES = json.dumps([{"start": 5, "end": 12, "label": "Drug"}])
RECORDS = [
    (["doc_id", "text", "entities"], ["d1", "Took aspirin", ENTITIES], ["d2", "Feels fine", "[]"]),
    (["id", "tokens", "ner_tags"], ["d1", json.dumps(WORDS), json.dumps(TAGS)]),
    (["text", "labels"], ["Took aspirin", "[[5, 12, 'Drug']]"]),
]


@pytest.mark.parametrize("rows", RECORDS)
def test_records_in_a_workbook_are_read_like_those_of_a_table(rows):
    book = read_files({"a.xlsx": build_workbook(*rows, [None, None, None])}, name="corpus")
    assert book.format == "Excel"
    assert book.passages == read_files(write_table(*rows), name="corpus").passages


def test_all_sheets_of_records_are_read_unless_there_is_a_table_of_spans():
    header, *rows = RECORDS[0]
    both = read_files(
        {"a.xlsx": build_workbook(header, *rows, sheets=[("more", [header, *rows])])}, name="corpus"
    )
    assert list_mentions(both) == [("Drug", "aspirin")] * 2
    spans = [["doc_id", "label", "start", "end"], ["d1", "ADR", 0, 4]]
    book = read_files({"a.xlsx": build_workbook(header, *rows, sheets=[("spans", spans)])}, name="corpus")
    assert list_mentions(book) == [("ADR", "Took")]
    assert "its lists are not read: it stands beside tables of spans." in {f.message for f in book.findings}


def test_a_malformed_record_in_a_workbook_is_refused_with_its_row():
    rows = ["tokens", "tags"], ["['a', 'b']", "['O', 'O']"], ["['a', 'b']", "['O']"]
    with pytest.raises(BionerError) as caught:
        read_files({"a.xlsx": build_workbook(*rows)}, name="corpus")
    assert str(caught.value) == ("a.xlsx, sheet Sheet, row 3: 2 words, but 1 tags. Each word needs one tag.")
