"""Tables of spans and workbooks: mentions, texts, and rows without valid offsets."""

import io
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from bioner_core.corpus.reading import columns, workbooks
from bioner_core.corpus.reading.columns import find_layout
from bioner_core.corpus.reading.detect import read_files, read_path
from bioner_core.corpus.reading.tables import parse_tables
from bioner_core.errors import BionerError

SAMPLES = Path(__file__).parents[2] / "data/formats"
D1 = [("Drug", "aspirin"), ("ADR", "severe headache"), ("ADR", "nausea"), ("ADR", "pain in | legs")]
D2 = [("Drug", "ибупрофен"), ("Disease", "головной боли"), ("ADR", "сыпь")]
D3 = [("Drug", "Ibuprofen"), ("Drug", "paracetamol"), ("Disease", "fever")]
TEXT = "Took aspirin daily. No pain, but fever."


def list_mentions(reading):
    """Return label and words of all mentions, in order."""
    return [(m.label, passage.mention_text(m)) for passage in reading.passages for m in passage.mentions]


def build_workbook(*rows, sheets=()):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for title, more in sheets:
        sheet = book.create_sheet(title)
        for row in more:
            sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def read_table(text, **files):
    return read_files(
        {"a.csv": text.encode(), **{f"{n}.txt": t.encode() for n, t in files.items()}}, name="corpus"
    )


@pytest.mark.parametrize(
    ("folder", "form", "n_unannotated"),
    [
        ("span_tables/beside", "table of spans", 1),
        ("span_tables/bionne", "table of spans", 1),
        ("excel/spans.xlsx", "Excel", 1),
    ],
)
def test_all_mentions_of_a_sample_are_read(folder, form, n_unannotated):
    reading = read_path(SAMPLES / folder)
    assert reading.format == form
    assert list_mentions(reading) == D1 + D2 + D3
    assert [passage.document.rpartition("/")[2] for passage in reading.passages] == ["d1", "d2", "d3"]
    assert (reading.n_unannotated, reading.n_unplaced) == (n_unannotated, 0)
    assert len(reading.unannotated) == n_unannotated


@pytest.mark.parametrize("folder", ["span_tables/column", "span_tables/two_tables"])
def test_texts_may_be_in_a_column_or_in_a_second_table(folder):
    assert list_mentions(read_path(SAMPLES / folder)) == D1[:3] + D2 + D3


def test_a_document_without_a_row_is_left_out_with_a_warning():
    reading = read_path(SAMPLES / "span_tables/beside")
    assert [(f.level, f.where, f.message) for f in reading.findings] == [
        (
            "warning",
            "texts/d4.txt",
            "no row of a table names this document, so it is left out. Was it annotated?",
        )
    ]


def test_of_several_texts_the_nearest_then_that_of_the_same_part_is_read():
    reading = read_path(SAMPLES / "span_tables")
    assert (reading.n_unplaced, len(reading.passages)) == (0, 12)
    rows = b"doc,label,start,end\n1,Drug,5,12\n"
    files = {"train.csv": rows, "test.csv": rows, "train/1.txt": TEXT.encode(), "test/1.txt": TEXT.encode()}
    passages = read_files(files, name="corpus").passages
    assert [(passage.document, passage.part) for passage in passages] == [
        ("test/1", "test"),
        ("train/1", "train"),
    ]


def test_tables_with_one_token_per_row_are_read_as_words_and_tags():
    kaggle = read_path(SAMPLES / "kaggle")
    assert kaggle.format == "CoNLL"
    assert list_mentions(kaggle) == [("Drug", "aspirin"), ("ADR", "severe headache"), ("ADR", "nausée")]
    book = read_path(SAMPLES / "excel/words.xlsx")
    assert book.format == "Excel"
    assert list_mentions(book) == [("Drug", "aspirin"), ("ADR", "severe headache"), ("Drug", "ибупрофен")]
    assert [len(passage.tokens) for passage in book.passages] == [4, 4, 2]


@pytest.mark.parametrize(
    "heading",
    [
        "document_id,text,label,spans\n1,aspirin,Drug,5-12\n",
        'document_id,text,label,spans\n"1","aspirin","Drug","5-12"\n',
        "document_id;text;entity_type;spans\n1;aspirin;Drug;5-12\n",
        "DOC ID|Mention|Category|Begin|End\n1|aspirin|Drug|5|12\n",
        "file,type,from,to\n1.txt,Drug,5,12\n",
        "Filename\tEntity\tBegin Offset\tEnd Offset\n./1.txt\tDrug\t5.0\t12.0\n",
        'pmid,span,class\n1,"[(5, 12)]",Drug\n',
        "doc,label,offset,length\n1,Drug,5,7\n",
        "документ,метка,начало,конец,текст\n1,Drug,5,12,aspirin\n",
        "id,start_char,end_char,ner_label\n1,5,12,Drug\n",
    ],
)
@pytest.mark.parametrize("name", ["a.csv", "a.conll", "a.json", "a"])
def test_columns_are_recognized_by_heading_under_any_file_name(heading, name):
    reading = read_files({name: heading.encode(), "1.txt": TEXT.encode()}, name="corpus")
    assert (reading.format, list_mentions(reading)) == ("table of spans", [("Drug", "aspirin")])


def test_mention_texts_under_an_ambiguous_heading_are_not_labels():
    rows = "doc,entity,start,end\n1,aspirin,5,12\n1,pain,23,27\n1,fever,33,38\n"
    reading = read_table(rows, **{"1": TEXT})
    assert list_mentions(reading) == [("Entity", "aspirin"), ("Entity", "pain"), ("Entity", "fever")]
    rows = "doc,entity,text,start,end\n1,Drug,aspirin,5,12\n1,ADR,pain,23,27\n1,ADR,fever,33,38\n"
    assert list_mentions(read_table(rows, **{"1": TEXT})) == [
        ("Drug", "aspirin"),
        ("ADR", "pain"),
        ("ADR", "fever"),
    ]
    rows = "doc,entity,type,start,end\n1,aspirin,Drug,5,12\n1,pain,ADR,23,27\n"
    assert list_mentions(read_table(rows, **{"1": TEXT})) == [("Drug", "aspirin"), ("ADR", "pain")]


def test_rows_without_valid_offsets_are_counted_and_listed():
    rows = (
        "doc,label,spans,mention\n1,Drug,5-12,aspirin\n1,ADR,x,pain\n1,ADR,900-904,pain\n2,ADR,0-4,pain\n"
        "1,,5-12,a\n1,,,\n1,ADR,2026-06-24,pain\n"
    )
    reading = read_table(rows, **{"1": TEXT})
    assert list_mentions(reading) == [("Drug", "aspirin")]
    assert [(u.where, u.label, u.start, u.end, u.reason) for u in reading.unplaced] == [
        (
            "a.csv, line 3",
            "ADR",
            None,
            None,
            "its offsets cannot be read; write them such as 6-24 or 6-24,30-35; left out.",
        ),
        ("a.csv, line 5", "ADR", 0, 4, "the text of its document is missing; left out."),
        ("a.csv, line 6", "", 5, 12, "its label is blank; left out."),
        (
            "a.csv, line 8",
            "ADR",
            None,
            None,
            "a spreadsheet turned its offsets into a date. Format the column as text and enter them again; "
            "left out.",
        ),
        (
            "a.csv, line 4",
            "ADR",
            900,
            904,
            "its offsets lie outside the text of 39 characters or cover only blanks; left out.",
        ),
    ]


def test_a_row_without_a_span_means_a_text_without_entities():
    reading = read_table("doc,label,start,end\n1,Drug,5,12\n2,,,\n", **{"1": TEXT, "2": "Slept well."})
    assert [(p.document, len(p.mentions)) for p in reading.passages] == [("1", 1), ("2", 0)]
    assert (reading.n_unannotated, reading.findings) == (0, ())


def test_offsets_of_a_table_are_repaired_by_one_convention():
    text = "😂 Took aspirin daily.\nNo pain."
    reading = read_table(
        "doc,label,start,end,mention\n1,Drug,8,15,aspirin\n1,ADR,26,30,pain\n", **{"1": text}
    )
    assert list_mentions(reading) == [("Drug", "aspirin"), ("ADR", "pain")]
    assert reading.findings[0].message == (
        "offsets repaired: they count UTF-16 units. So 2 of 2 mentions match their text, 0 before."
    )


def test_documents_may_be_named_by_another_column():
    rows = "id,visit,label,start,end\n7,1,Drug,5,12\n"
    files = {"a.csv": rows.encode(), "1.txt": TEXT.encode(), "7.txt": b"Took nothing at all"}
    assert read_files(files, name="c").passages[0].document == "7"
    with pytest.raises(BionerError) as caught:
        read_files(files, name="c", documents="x")
    assert str(caught.value) == (
        "a.csv: has no column 'x' for --documents. Give a number from 1 to 5 or one of id, visit, label, "
        "start, end."
    )


def test_a_table_without_texts_is_refused_with_the_needed_columns():
    with pytest.raises(BionerError) as caught:
        read_table("doc,label,start,end\n1,Drug,5,12\n")
    assert str(caught.value) == (
        "a.csv: the texts of its documents are missing. Each row is a mention: document, label, offsets "
        "(spans such as 6-24, or start and end), and the text in a column or as DOCUMENT.txt."
    )


def test_a_text_may_be_longer_than_a_cell_of_words():
    text = TEXT + " и" * 200_000
    reading = read_table(f"text,label,start,end\n{text.replace(',', ' ')},Drug,5,12\n")
    assert list_mentions(reading) == [("Drug", "aspirin")]


def test_a_long_text_is_read_while_another_thread_looks_for_words_and_tags():
    text = TEXT.replace(",", " ") + " и" * 200_000
    (spans,) = parse_tables(f"text,label,start,end\nShort one,Drug,0,5\n{text},Drug,5,12\n", "a.csv")
    rows = spans.rows()
    next(rows)
    assert find_layout("aspirin,B-Drug\nhelps,O\n")  # as a second upload does at the same time
    assert next(rows)[1][0] == text


def test_a_cell_of_words_is_bounded_while_another_thread_reads_long_texts():
    words = columns.iterate_rows('aspirin,B-Drug\n"' + "x" * 200_000 + '",O\n', ",", where="a.conll")
    next(words)
    (spans,) = parse_tables("text,label,start,end\nShort one,Drug,0,5\n", "b.csv")
    next(spans.rows())
    with pytest.raises(BionerError) as caught:
        next(words)
    assert str(caught.value) == (
        "a.conll, line 2: not a table row (field larger than field limit (131072)). Check the quotes."
    )


def test_a_single_quote_character_between_tabs_is_kept():
    rows = 'doc\ttext\tlabel\tspans\n1\taspirin\tDrug\t5-12\n1\t"No\tADR\t20-23\n1\tpain\tADR\t23-27\n'
    reading = read_table(rows, **{"1": 'Took aspirin daily. "No pain'})
    assert list_mentions(reading) == [("Drug", "aspirin"), ("ADR", '"No'), ("ADR", "pain")]


def test_offsets_that_excel_turned_into_a_date_are_reported():
    content = build_workbook(
        ["doc", "label", "spans"], ["1", "Drug", "5-12"], ["1", "ADR", date(2026, 6, 24)]
    )
    reading = read_files({"a.xlsx": content, "1.txt": TEXT.encode()}, name="corpus")
    assert list_mentions(reading) == [("Drug", "aspirin")]
    assert reading.unplaced[0].where == "a.xlsx, sheet Sheet, row 3"
    assert reading.unplaced[0].reason.startswith("a spreadsheet turned its offsets into a date.")


def test_a_workbook_is_recognized_by_content_and_inside_a_zip():
    content = build_workbook(["doc", "label", "start", "end"], ["1", "Drug", 5, 12])
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("table.bin", content)
        archive.writestr("1.txt", TEXT)
    assert list_mentions(read_files({"a.zip": zipped.getvalue()}, name="corpus")) == [("Drug", "aspirin")]


def test_blank_rows_of_a_sheet_end_sentences():
    rows = (["word", "tag"], ["aspirin", "B-Drug"], [None, None], ["pain", "B-ADR"], ["today", "O"])
    assert [len(p.tokens) for p in read_files({"a.xlsx": build_workbook(*rows)}, name="c").passages] == [1, 2]


NO_TABLE = (
    "a.xlsx: an Excel workbook in which no sheet is a table of spans (document, label, offsets, and the text "
    "or DOCUMENT.txt beside it), of records (a text or words; entities or tags as lists in cells) or of "
    "words and tags."
)


def replace_members(content, **members):
    """Return a workbook with members put in another's place."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, members.get(name, old.read(name)))
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (build_workbook(["a", "b"], [1, 2]), NO_TABLE),
        (build_workbook(), NO_TABLE),
        (
            build_workbook(["a"])[:-40],
            "a.xlsx: the zip archive is damaged or cut off. Zip it again, or give the files themselves.",
        ),
        (
            replace_members(build_workbook(["a"]), **{"xl/workbook.xml": "<x"}),
            "a.xlsx: the Excel workbook is damaged. Save it again, or as CSV.",
        ),
        (
            replace_members(
                build_workbook(["a"]),
                **{"xl/worksheets/sheet1.xml": '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'},
            ),
            "a.xlsx: its XML declares entities, so it is not opened. Save it again.",
        ),
        (
            replace_members(build_workbook(["a"]), **{"xl/styles.xml": " " * (workbooks.MAX_UNPACKED + 1)}),
            "a.xlsx: unpacks to more than 50 MB, the limit. Use only the annotated part.",
        ),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600,
            "a.xlsx: an old Office document. Save it as .xlsx or CSV.",
        ),
    ],
)
def test_an_unreadable_workbook_gives_one_message(content, message):
    with pytest.raises(BionerError) as caught:
        read_files({"a.xlsx": content}, name="a.xlsx")
    assert str(caught.value) == message


def test_a_sheet_with_huge_row_and_column_numbers_is_refused_quickly():
    cell = '<c r="XFD9999999999" t="str"><v>x</v></c>'
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        f'<row r="9999999999">{cell}</row></sheetData></worksheet>'
    )
    content = replace_members(build_workbook(["a"]), **{"xl/worksheets/sheet1.xml": sheet})
    with pytest.raises(BionerError):
        read_files({"a.xlsx": content}, name="a.xlsx")
