"""Tables of texts beside tables of spans: each row finds the text of its own part, or says why not."""

import pytest
from test_read_tables import mentions, workbook

from bioner_core.corpus.reading.detect import read_files
from bioner_core.errors import BionerError

TRAIN = "Took aspirin daily"
TEST = "Slept badly at night"
SPANS = "doc,label,start,end\n1,X,5,12\n"
WHAT_TO_DO = (
    "left out. Name documents apart, or say train, dev or test in the names of the tables or their folders."
)


def texts(*bodies):
    """Return a table of texts that numbers its documents from 1."""
    return "\n".join(["id,text", *(f"{at},{body}" for at, body in enumerate(bodies, 1)), ""])


def given(**tables):
    return read_files({f"{name}.csv": table.encode() for name, table in tables.items()}, name="corpus")


def by_part(reading):
    return {passage.part: passage.text for passage in reading.passages}


@pytest.mark.parametrize("order", [1, -1])
def test_tables_of_texts_that_number_alike_keep_their_own_texts(order):
    tables = {
        "train_spans": SPANS,
        "test_spans": "doc,label,start,end\n1,X,0,5\n",
        "train_texts": texts(TRAIN, "No pain"),
        "test_texts": texts(TEST, "No fever"),
    }
    reading = given(**dict(list(tables.items())[::order]))
    assert by_part(reading) == {"train": TRAIN, "test": TEST}
    assert sorted(mentions(reading)) == [("X", "Slept"), ("X", "aspirin")]
    assert len({passage.document for passage in reading.passages}) == 2
    assert sorted((f.where, reading.n_unannotated) for f in reading.findings) == [
        ("test_texts.csv, line 3", 2),
        ("train_texts.csv, line 3", 2),
    ]


def test_a_column_of_parts_tells_the_tables_of_texts_apart():
    rows = "doc,split,label,start,end\n1,train,X,5,12\n1,test,X,0,5\n"
    reading = given(spans=rows, train_texts=texts(TRAIN), test_texts=texts(TEST))
    assert by_part(reading) == {"train": TRAIN, "test": TEST}
    assert sorted(mentions(reading)) == [("X", "Slept"), ("X", "aspirin")]


def test_a_table_of_texts_says_the_part_where_that_of_spans_does_not():
    rows = "doc,label,start,end\n1,X,5,12\n2,X,0,5\n"
    reading = given(spans=rows, train_texts=texts(TRAIN), test_texts=f"id,text\n2,{TEST}\n")
    assert [(p.document, p.part, p.text) for p in reading.passages] == [
        ("1", "train", TRAIN),
        ("2", "test", TEST),
    ]


@pytest.mark.parametrize("book", ["notes.xlsx", "train_test.xlsx"])
def test_sheets_of_texts_that_number_alike_keep_their_own_texts(book):
    sheets = [
        ("test spans", [["doc", "label", "start", "end"], [1, "X", 0, 5]]),
        ("train texts", [["id", "text"], [1, TRAIN]]),
        ("test texts", [["id", "text"], [1, TEST]]),
        ("train spans", [["doc", "label", "start", "end"], [1, "X", 5, 12]]),
    ]
    reading = read_files({book: workbook(["notes"], sheets=sheets)}, name="corpus")
    assert by_part(reading) == {"train": TRAIN, "test": TEST}
    assert sorted(mentions(reading)) == [("X", "Slept"), ("X", "aspirin")]


def test_a_sheet_of_texts_in_the_same_workbook_is_the_nearest():
    books = {
        f"{name}.xlsx": workbook(
            ["doc", "label", "start", "end"], [1, "X", 0, 5], sheets=[("texts", [["id", "text"], [1, text]])]
        )
        for name, text in (("a", TRAIN), ("b", TEST))
    }
    reading = read_files(books, name="corpus")
    assert [(p.document, p.text) for p in reading.passages] == [
        ("a.xlsx, sheet texts/1", TRAIN),
        ("b.xlsx, sheet texts/1", TEST),
    ]


def test_where_nothing_tells_several_texts_apart_the_rows_are_left_out_and_it_is_said():
    rows = "doc,label,start,end\n1,X,5,12\n2,X,0,5\n"
    reading = given(spans=rows, one=texts(TRAIN), two=texts(TEST, "Fever at night"))
    assert mentions(reading) == [("X", "Fever")]
    assert (reading.n_unplaced, reading.n_unannotated) == (1, 0)
    said = f"several texts of its document are here (one.csv, line 2; two.csv, line 2); {WHAT_TO_DO}"
    assert [(f.level, f.where, f.message) for f in reading.findings][-1] == (
        "warning",
        "spans.csv, line 2",
        said,
    )


def test_where_no_row_has_one_text_the_error_says_that_there_are_several():
    with pytest.raises(BionerError) as caught:
        given(spans=SPANS, one=texts(TRAIN), two=texts(TEST))
    assert str(caught.value) == (
        "spans.csv, line 2: several texts of its document are here (one.csv, line 2; two.csv, line 2); "
        + WHAT_TO_DO
    )


@pytest.mark.parametrize("n_others", [1, 300])
def test_a_table_that_gives_a_document_two_texts_is_not_believed(n_others):
    others = "".join(f"{at},Fever at night\n" for at in range(3, 3 + n_others))
    rows = "doc,label,start,end\n1,X,5,12\n3,X,0,5\n"
    reading = given(spans=rows, notes=f"id,text\n1,{TRAIN}\n{others}1,{TEST}\n")
    assert mentions(reading) == [("X", "Fever")]
    places = f"notes.csv, line 2; notes.csv, line {3 + n_others}"
    assert f"several texts of its document are here ({places}); {WHAT_TO_DO}" in [
        f.message for f in reading.findings
    ]


def test_a_table_may_give_a_document_the_same_text_twice():
    reading = given(spans=SPANS, notes=f"id,text\n1,{TRAIN}\n1,{TRAIN}\n")
    assert (mentions(reading), reading.findings) == ([("X", "aspirin")], ())
    assert len(given(spans=SPANS, one=texts(TRAIN), two=texts(TRAIN)).passages) == 1


def test_a_text_of_its_own_counts_before_a_table_of_many_texts_a_document():
    files = {"spans.csv": SPANS, "asides.csv": "id,text\n1,A title here\n1,An aside here\n", "1.txt": TRAIN}
    reading = read_files({name: text.encode() for name, text in files.items()}, name="corpus")
    assert mentions(reading) == [("X", "aspirin")]


def test_a_text_of_another_part_is_taken_with_a_warning():
    reading = given(train_spans=SPANS, test_texts=texts(TRAIN))
    assert [(p.part, p.text) for p in reading.passages] == [("train", TRAIN)]
    assert [(f.level, f.where, f.message) for f in reading.findings] == [
        (
            "warning",
            "train_spans.csv, line 2",
            "it is of the train part, its text of the test part (test_texts.csv, line 2). Kept in train: "
            "check that the text is its own.",
        )
    ]
