"""Tables of texts for tables of spans: each row is matched with the text of its part, or reported."""

import pytest
from test_read_tables import build_workbook, list_mentions

from bioner_core.corpus.reading.detect import read_files
from bioner_core.errors import BionerError

TRAIN = "Took aspirin daily"
TEST = "Slept badly at night"
SPANS = "doc,label,start,end\n1,X,5,12\n"
WHAT_TO_DO = (
    "left out. Name documents apart, or say train, dev or test in the names of the tables or their folders."
)


def write_texts(*bodies):
    """Return a table of texts that numbers its documents from 1."""
    return "\n".join(["id,text", *(f"{at},{body}" for at, body in enumerate(bodies, 1)), ""])


def read_tables(**tables):
    return read_files({f"{name}.csv": table.encode() for name, table in tables.items()}, name="corpus")


def map_texts_by_part(reading):
    return {passage.part: passage.text for passage in reading.passages}


@pytest.mark.parametrize("order", [1, -1])
def test_tables_of_texts_with_equal_numbers_keep_their_texts(order):
    tables = {
        "train_spans": SPANS,
        "test_spans": "doc,label,start,end\n1,X,0,5\n",
        "train_texts": write_texts(TRAIN, "No pain"),
        "test_texts": write_texts(TEST, "No fever"),
    }
    reading = read_tables(**dict(list(tables.items())[::order]))
    assert map_texts_by_part(reading) == {"train": TRAIN, "test": TEST}
    assert sorted(list_mentions(reading)) == [("X", "Slept"), ("X", "aspirin")]
    assert len({passage.document for passage in reading.passages}) == 2
    assert sorted((f.where, reading.n_unannotated) for f in reading.findings) == [
        ("test_texts.csv, line 3", 2),
        ("train_texts.csv, line 3", 2),
    ]


def test_a_column_of_parts_selects_the_table_of_texts():
    rows = "doc,split,label,start,end\n1,train,X,5,12\n1,test,X,0,5\n"
    reading = read_tables(spans=rows, train_texts=write_texts(TRAIN), test_texts=write_texts(TEST))
    assert map_texts_by_part(reading) == {"train": TRAIN, "test": TEST}
    assert sorted(list_mentions(reading)) == [("X", "Slept"), ("X", "aspirin")]


def test_the_part_comes_from_the_table_of_texts_if_the_spans_have_none():
    rows = "doc,label,start,end\n1,X,5,12\n2,X,0,5\n"
    reading = read_tables(spans=rows, train_texts=write_texts(TRAIN), test_texts=f"id,text\n2,{TEST}\n")
    assert [(p.document, p.part, p.text) for p in reading.passages] == [
        ("1", "train", TRAIN),
        ("2", "test", TEST),
    ]


@pytest.mark.parametrize("book", ["notes.xlsx", "train_test.xlsx"])
def test_sheets_of_texts_with_equal_numbers_keep_their_texts(book):
    sheets = [
        ("test spans", [["doc", "label", "start", "end"], [1, "X", 0, 5]]),
        ("train texts", [["id", "text"], [1, TRAIN]]),
        ("test texts", [["id", "text"], [1, TEST]]),
        ("train spans", [["doc", "label", "start", "end"], [1, "X", 5, 12]]),
    ]
    reading = read_files({book: build_workbook(["notes"], sheets=sheets)}, name="corpus")
    assert map_texts_by_part(reading) == {"train": TRAIN, "test": TEST}
    assert sorted(list_mentions(reading)) == [("X", "Slept"), ("X", "aspirin")]


def test_a_sheet_of_texts_in_the_same_workbook_is_the_nearest():
    books = {
        f"{name}.xlsx": build_workbook(
            ["doc", "label", "start", "end"], [1, "X", 0, 5], sheets=[("texts", [["id", "text"], [1, text]])]
        )
        for name, text in (("a", TRAIN), ("b", TEST))
    }
    reading = read_files(books, name="corpus")
    assert [(p.document, p.text) for p in reading.passages] == [
        ("a.xlsx, sheet texts/1", TRAIN),
        ("b.xlsx, sheet texts/1", TEST),
    ]


def test_rows_whose_document_has_several_texts_are_left_out_with_a_warning():
    rows = "doc,label,start,end\n1,X,5,12\n2,X,0,5\n"
    reading = read_tables(spans=rows, first=write_texts(TRAIN), second=write_texts(TEST, "Fever at night"))
    assert list_mentions(reading) == [("X", "Fever")]
    assert (reading.n_unplaced, reading.n_unannotated) == (1, 0)
    message = f"several texts match its document (first.csv, line 2; second.csv, line 2); {WHAT_TO_DO}"
    assert [(f.level, f.where, f.message) for f in reading.findings][-1] == (
        "warning",
        "spans.csv, line 2",
        message,
    )


def test_the_error_names_several_texts_if_every_row_has_several():
    with pytest.raises(BionerError) as caught:
        read_tables(spans=SPANS, first=write_texts(TRAIN), second=write_texts(TEST))
    assert str(caught.value) == (
        "spans.csv, line 2: several texts match its document (first.csv, line 2; second.csv, line 2); "
        + WHAT_TO_DO
    )


@pytest.mark.parametrize("n_others", [1, 300])
def test_a_document_with_two_texts_in_one_table_is_left_out(n_others):
    others = "".join(f"{at},Fever at night\n" for at in range(3, 3 + n_others))
    rows = "doc,label,start,end\n1,X,5,12\n3,X,0,5\n"
    reading = read_tables(spans=rows, notes=f"id,text\n1,{TRAIN}\n{others}1,{TEST}\n")
    assert list_mentions(reading) == [("X", "Fever")]
    places = f"notes.csv, line 2; notes.csv, line {3 + n_others}"
    assert f"several texts match its document ({places}); {WHAT_TO_DO}" in [
        f.message for f in reading.findings
    ]


def test_a_table_may_give_a_document_the_same_text_twice():
    reading = read_tables(spans=SPANS, notes=f"id,text\n1,{TRAIN}\n1,{TRAIN}\n")
    assert (list_mentions(reading), reading.findings) == ([("X", "aspirin")], ())
    assert len(read_tables(spans=SPANS, first=write_texts(TRAIN), second=write_texts(TRAIN)).passages) == 1


def test_a_text_file_takes_precedence_over_a_table_with_several_texts_per_document():
    files = {"spans.csv": SPANS, "asides.csv": "id,text\n1,A title here\n1,An aside here\n", "1.txt": TRAIN}
    reading = read_files({name: text.encode() for name, text in files.items()}, name="corpus")
    assert list_mentions(reading) == [("X", "aspirin")]


def test_a_text_of_another_part_is_read_with_a_warning():
    reading = read_tables(train_spans=SPANS, test_texts=write_texts(TRAIN))
    assert [(p.part, p.text) for p in reading.passages] == [("train", TRAIN)]
    assert [(f.level, f.where, f.message) for f in reading.findings] == [
        (
            "warning",
            "train_spans.csv, line 2",
            "its row is of the train part, but its text of the test part (test_texts.csv, line 2). Kept in "
            "train: check that this is its text.",
        )
    ]
