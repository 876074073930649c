"""Where several columns, fields or files may hold the annotations, one is chosen by evidence, and said."""

import io

import pytest
from openpyxl import Workbook

from bioner_core.corpus.reading.detect import read_files
from bioner_core.errors import BionerError


def read(files, **options):
    if isinstance(files, str):
        files = {"a.txt": files}
    return read_files({name: text.encode() for name, text in files.items()}, name="x", **options)


def list_mentions(reading):
    return [(m.label, passage.mention_text(m)) for passage in reading.passages for m in passage.mentions]


def list_messages(reading, level="warning"):
    return [finding.message for finding in reading.findings if finding.level == level]


def write_sheet(rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def join_rows(*rows):
    return "".join("\t".join(row.split()) + "\n" for row in rows)


OUTER = join_rows("the B-A O O", "b I-A B-B O", "c I-A I-B B-C", "d O O O", "e B-A O O")


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        (OUTER, [("A", "the b c"), ("A", "e")]),
        (join_rows("EU NNP B-NP B-ORG", "rejects VBZ B-VP O"), [("ORG", "EU")]),
        (join_rows("EU B-ORG B-NP", "rejects O B-VP", "calls O B-NP"), [("ORG", "EU")]),  # chunks last
        (
            join_rows("EU B-ORG B-ORG", "x O B-PER", "y B-LOC B-ORG", "z O B-PER"),
            [("ORG", "EU"), ("LOC", "y")],
        ),
        (
            join_rows("EU B-ORG B-PER", "x O B-PER", "y B-LOC B-ORG"),
            [("ORG", "EU"), ("LOC", "y")],
        ),  # all wrong
        ("token,gold,pred\nEU,B-ORG,B-ORG\nx,O,O\ny,B-PER,O\n", [("ORG", "EU"), ("PER", "y")]),
        ("token,predicted,gold\nEU,B-ORG,B-ORG\nx,O,B-LOC\ny,B-PER,O\n", [("ORG", "EU"), ("LOC", "x")]),
    ],
)
def test_of_several_columns_of_tags_the_likely_one_is_read(text, mentions):
    reading = read(text)
    assert list_mentions(reading) == mentions
    messages = [finding.message for finding in reading.findings]
    assert sum(message.startswith("several columns hold tags") for message in messages) == 1


def test_the_message_names_the_columns_and_the_option():
    assert list_messages(read(OUTER)) == [
        "several columns hold tags: column 2 is read, not column 3 (B; 1 mention) and column 4 (C; 1 "
        "mention). Take another one by --column 3."
    ]
    chunks = read(join_rows("EU NNP B-NP B-ORG", "rejects VBZ B-VP O"))
    assert list_messages(chunks) == []
    assert list_messages(chunks, "note") == [
        "several columns hold tags: column 4 is read, not column 3 (chunks). Take another one by --column 3."
    ]


def test_the_user_may_choose_the_column():
    reading = read(OUTER, column="3")
    assert (list_mentions(reading), reading.columns) == ([("B", "b c")], ("2", "3", "4"))
    assert list_messages(reading) == []
    named = read("token,gold,pred\nEU,B-ORG,B-ORG\nx,O,B-PER\n", column="pred")
    assert list_mentions(named) == [("ORG", "EU"), ("PER", "x")]
    with pytest.raises(BionerError, match=r"a.txt: has no column '9' for --column. Give a number from 1"):
        read(OUTER, column="9")


def test_a_format_with_one_place_for_annotations_refuses_a_column():
    files = {"a.txt": "Took zinc", "a.ann": "T1\tDrug 5 9\tzinc\n"}
    with pytest.raises(BionerError, match="brat has one place for annotations, so --column x has no meaning"):
        read(files, column="x")


@pytest.mark.parametrize("separator", [";", "|", ",", "/"])
def test_several_tags_in_one_cell_are_mentions_each(separator):
    reading = read(join_rows(f"zinc B-A{separator}B-B", f"oxide I-A{separator}O", "x O"))
    assert list_mentions(reading) == [("A", "zinc oxide"), ("B", "zinc")]
    assert list_messages(reading, "note") == ["several tags in one cell: each of them is read."] * 2


def test_bare_labels_need_not_be_rare_if_other_files_know_them():
    sparse = {f"{n}.tsv": join_rows("Nick person", "x O", "y O") for n in range(5)}
    dense = {"d.tsv": join_rows("Nick person", "Bos person"), "e.tsv": join_rows("all person", "it O")}
    reading = read(sparse | dense)
    assert (reading.labels, len(reading.passages)) == ({"person": 7}, 7)


def test_what_stands_before_the_first_docstart_is_a_document_if_others_follow():
    reading = read("a B-D\n\n-DOCSTART- O\n\nb O\n\n-DOCSTART- O\n\nc B-D\n")
    assert [passage.document for passage in reading.passages] == ["a#1", "a#2", "a#3"]


SPANS = '{"text": "took zinc", "entities": [[5, 9, "Drug"]], %s}\n'


@pytest.mark.parametrize(
    "other",
    ['"predicted_entities": [[0, 4, "X"]]', '"annotations": [[0, 4, "X"]]', '"my_spans": [[0, 4, "X"]]'],
)
def test_of_several_fields_of_entities_one_is_read_and_the_other_named(other):
    reading = read(SPANS % other)
    field = other.split('"')[1]
    assert list_mentions(reading) == [("Drug", "zinc")]
    assert list_messages(reading) == [
        f"1 records have other annotations in the field {field!r}, which are not read: the field 'entities' "
        f"is. Read the other by --column {field}."
    ]
    assert reading.columns == ("entities", field)
    chosen = read(SPANS % other, column=field)
    assert list_mentions(chosen) == [("X", "took")]
    assert (sorted(chosen.columns), list_messages(chosen)) == (sorted(reading.columns), [])


TAGS = '{"tokens": ["took", "zinc"], "%s": ["O", "B-Drug"], "%s": ["B-X", "O"], "pos": ["VB", "NN"]}\n'


@pytest.mark.parametrize(
    "fields", [("ner_tags", "predicted_tags"), ("ner_tags", "tags"), ("gold", "ner_pred")]
)
def test_of_several_fields_of_tags_one_is_read_and_the_other_named(fields):
    reading = read(TAGS % fields)
    assert list_mentions(reading) == [("Drug", "zinc")]
    assert list_messages(reading)[0].endswith(f"Read the other by --column {fields[1]}.")
    assert list_mentions(read(TAGS % fields, column=fields[1])) == [("X", "took")]


@pytest.mark.parametrize("column", [None, "4"])
def test_a_sheet_of_words_may_have_several_columns_of_tags(column):
    rows = [["n", "word", "outer", "inner"], ["1", "Uni", "B-ORG", "O"], ["2", "Köln", "I-ORG", "B-LOC"]]
    reading = read_files({"a.xlsx": write_sheet(rows)}, name="x", column=column)
    assert list_mentions(reading) == ([("LOC", "Köln")] if column else [("ORG", "Uni Köln")])
    assert reading.columns == ("3", "4")


@pytest.mark.parametrize("column", [None, "annotations"])
def test_a_table_of_records_may_have_several_columns_of_entities(column):
    cells = '"[[5, 9, ""Drug""]]","[[0, 4, ""X""]]"'
    reading = read({"a.csv": f"text,entities,annotations\ntook zinc,{cells}\n"}, column=column)
    assert list_mentions(reading) == ([("X", "took")] if column else [("Drug", "zinc")])
    assert sorted(reading.columns) == ["annotations", "entities"]


def test_a_field_that_is_empty_throughout_stands_back():
    reading = read('{"text": "took zinc", "spans": [], "entities": [[5, 9, "Drug"]]}\n')
    assert list_mentions(reading) == [("Drug", "zinc")]


def test_a_field_of_an_unusual_name_is_read_and_said():
    reading = read('{"text": "took zinc", "my_spans": [{"begin": 5, "end": 9, "type": "Drug"}]}\n')
    assert list_mentions(reading) == [("Drug", "zinc")]
    assert list_messages(reading, "note") == ["the field 'my_spans' is read as annotations."]


def test_records_whose_field_cannot_be_read_are_counted():
    text = '{"text": "took zinc", "label": [[5, 9, "Drug"]]}\n{"text": "iron", "marks": [{"at": "0:4"}]}\n'
    assert list_messages(read(text)) == [
        "1 records have no field of entities that is known, and count as texts without entities. If the "
        "field 'marks' holds entities, write each as start, end and label."
    ]


def test_labels_that_are_numbers_are_kept_and_said():
    reading = read(
        '{"text": "took zinc", "annotations": [{"label": 7, "start_offset": 5, "end_offset": 9}]}\n'
    )
    assert reading.labels == {"7": 1}
    assert list_messages(reading) == [
        "the labels are numbers (7), since their names are not in the file. Name them by --map 7=TYPE, or "
        "export with names."
    ]


def test_a_chosen_field_that_a_record_lacks_is_refused():
    with pytest.raises(
        BionerError, match=r"a.txt, line 1: has no field 'x' for --column. Its fields: text, label"
    ):
        read('{"text": "took zinc", "label": [[5, 9, "Drug"]]}\n', column="x")


TABLE = join_rows("zinc B-Drug", "helps O") * 40


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("label2id.json", '{"O": 0, "B-Drug": 1}'),
        ("event.log", '{"created": 1, "details": "", "event": "x"}\n'),
        ("trainer_state.json", '{"epoch": 1.0, "log_history": [{"loss": 0.1}]}'),
        ("texts.jsonl", '{"text": "nobody annotated this"}\n'),
        ("sample.jsonl", '{"text": "a zinc", "label": [[2, 6, "Drug"]]}\n'),
        ("guide.html", "<html><body><p>Mark <b>drugs</b> and <i>effects</i>.</p></body></html>"),
    ],
)
def test_a_stray_file_beside_a_corpus_is_named_and_left_out(name, text):
    reading = read({"train.tsv": TABLE, name: text})
    assert (reading.format, reading.labels) == ("CoNLL", {"Drug": 40})
    assert [(f.where, f.message) for f in reading.findings if f.where == name] == [
        (name, "not read: not part of the CoNLL corpus beside it.")
    ]


@pytest.mark.parametrize("bracket", ["[", "{", "[["])
def test_a_first_word_that_looks_like_json_does_not_make_a_table_json(bracket):
    reading = read(f"{bracket}\tO\nzinc\tB-Drug\n]\tO\n")
    assert (reading.format, list_mentions(reading)) == ("CoNLL", [("Drug", "zinc")])


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {"annotation_ser/a.txt/anna.ser": b"\xac\xed\x00\x05sr", "source/a.txt": b"took zinc"},
            "x: a backup of INCEpTION or WebAnno, in which the annotations are Java objects (.ser), which "
            "can run code and are never opened. Export the project again with the format UIMA CAS XMI or "
            "WebAnno TSV 3.",
        ),
        (
            {"a.ser": b"\xac\xed\x00\x05sr"},
            "x: Java objects (.ser), which can run code and are never opened. Export the annotations as XML, "
            "such as GATE XML or UIMA CAS XMI.",
        ),
        (
            {"a.plain.html": b'<!DOCTYPE html><html><body><article data-origid="a"></article>'},
            "x: tagtog's texts as HTML without their annotations. Add the .ann.json files of the same "
            "export.",
        ),
        (
            {"a.xml": b"<?xml version='1.0'?><letters><letter>Dear colleague</letter></letters>"},
            "x: its format is not recognised. It is XML with the root element <letters>. Export BioC, GATE "
            "XML, UIMA CAS or another format of docs/formats.md.",
        ),
    ],
)
def test_an_export_that_cannot_be_read_names_the_one_to_take(files, message):
    with pytest.raises(BionerError) as caught:
        read_files(files, name="x")
    assert str(caught.value) == message
