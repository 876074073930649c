"""Offsets, texts and cells as tools write them: what they count from, spellings, empty cells."""

import io
import json

import pytest
from openpyxl import Workbook

from bioner_core.corpus.reading.detect import read_files
from bioner_core.corpus.reading.mention_texts import is_normalized_text
from bioner_core.errors import BionerError


def read(files):
    return read_files({n: c.encode() if isinstance(c, str) else c for n, c in files.items()}, name="x")


def list_mentions(reading):
    return [(m.label, passage.mention_text(m)) for passage in reading.passages for m in passage.mentions]


def list_messages(reading):
    return [finding.message for finding in reading.findings]


@pytest.mark.parametrize(
    ("covered", "surface"),
    [
        ("TNF-α", "TNF-a"),
        ("TNF-α", "TNF-alpha"),
        ("IL‐1β", "IL-1b"),
        ("5 µg", "5 ug"),
        ("SARS‐CoV‐2", "SARS CoV 2"),
        ("Crohn’s disease", "Crohn's disease"),
        ("naïve", "naive"),
        ("Parkinson", "PARKINSON"),
        ("TNF-α", "TNF-?"),
    ],
)
def test_another_spelling_of_a_mention_is_recognised(covered, surface):
    text = f"The {covered} rose."
    is_same_end = covered[-1].isalnum() == surface[-1].isalnum()
    assert is_normalized_text(text, [(4, 4 + len(covered))], surface) == is_same_end


@pytest.mark.parametrize("start", [3, 5, 6])
def test_a_shift_is_no_spelling(start):
    text = "The aspirin, then."
    assert not is_normalized_text(text, [(start, start + 7)], "aspirin")


def test_offsets_that_count_from_the_passage_are_read_so():
    passages = [
        {"offset": 0, "text": "Title words here.", "annotations": []},
        {
            "offset": 18,
            "text": "Later zinc and iron.",
            "annotations": [
                {
                    "infons": {"type": "Drug"},
                    "text": word,
                    "locations": [{"offset": start, "length": 4}],
                }
                for word, start in (("zinc", 6), ("iron", 15))
            ],
        },
    ]
    content = {"documents": [{"id": "1", "infons": {}, "passages": [{"infons": {}, **p} for p in passages]}]}
    reading = read({"a.json": json.dumps(content)})
    assert list_mentions(reading) == [("Drug", "zinc"), ("Drug", "iron")]
    assert list_messages(reading) == [
        "locations count from the passage, where BioC counts from the document: they are read so, since more "
        "of them then fit."
    ]


@pytest.mark.parametrize("has_words", [False, True])
def test_label_studio_counts_utf16_units_where_no_words_tell(has_words):
    value = {"start": 8, "end": 12, "labels": ["Drug"]} | ({"text": "zinc"} if has_words else {})
    task = {
        "data": {"text": "😷 took zinc"},
        "annotations": [{"result": [{"type": "labels", "value": value}]}],
    }
    reading = read({"a.json": json.dumps([task])})
    assert list_mentions(reading) == [("Drug", "zinc")]
    assert ("they are read as UTF-16 units" in " ".join(list_messages(reading))) != has_words


def test_blanks_for_brats_tabs_are_read():
    reading = read(
        {"a.txt": "He took zinc oxide", "a.ann": "T1 Drug 8 12;13 18 zinc oxide\nT2 Person 0 2 He\n"}
    )
    assert list_mentions(reading) == [("Drug", "zinc oxide"), ("Person", "He")]
    assert list_messages(reading) == ["blanks in place of brat's tabs; read as if they were tabs."] * 2


def write_sheet(rows, merged=()):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    for cells in merged:
        book.active.merge_cells(cells)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


ROWS = [
    ["doc", "text", "start", "end", "label"],
    ["d1", "He took zinc", 8, 12, "Drug"],
    [None, None, 0, 2, "Person"],
    ["d2", "No pain", 3, 7, "ADR"],
]
EXPECTED = [("Drug", "zinc"), ("Person", "He"), ("ADR", "pain")]


@pytest.mark.parametrize("title", [[], [["Round 3"]], [["Round 3"], [], ["by", "Anna"]]])
def test_a_sheet_may_have_a_title_and_merged_cells(title):
    first = len(title) + 2
    content = write_sheet([*title, *ROWS], merged=[f"A{first}:A{first + 1}", f"B{first}:B{first + 1}"])
    reading = read({"a.xlsx": content})
    assert (list_mentions(reading), len(reading.passages)) == (EXPECTED, 2)


@pytest.mark.parametrize("title", ["", "Round 3;;;;\n;;;;\n", "Round 3\n"])
@pytest.mark.parametrize("document", ["", "d1"])
def test_a_text_may_stand_once_per_document_below_a_title(title, document):
    rows = (
        f"doc;text;start;end;label\nd1;He took zinc;8;12;Drug\n{document};;0;2;Person\nd2;No pain;3;7;ADR\n"
    )
    reading = read({"a.csv": title + rows})
    assert (list_mentions(reading), len(reading.passages)) == (EXPECTED, 2)


@pytest.mark.parametrize("empty", ["-", "NaN", "nan", "NULL", "None", "N/A", "", "-1"])
def test_placeholders_are_no_mentions(empty):
    label = "" if empty == "-1" else empty
    reading = read({"a.csv": f"text,start,end,label\ntook zinc,5,9,Drug\nnothing,{empty},{empty},{label}\n"})
    assert (list_mentions(reading), len(reading.passages), reading.n_unplaced) == ([("Drug", "zinc")], 2, 0)


TEXT = "took zinc\n\niron and zinc it\n"


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("heading", ["Line", "sentence_id", "line_no"])
def test_offsets_may_count_from_the_line_that_a_column_numbers(first, heading):
    rows = [(0, 5, 9), (2, 0, 4), (2, 9, 13)]
    table = "".join(f"d.txt,{line + first},{start},{end},DRUG\n" for line, start, end in rows)
    reading = read({"a.csv": f"File,{heading},Begin Offset,End Offset,Type\n{table}", "d.txt": TEXT})
    assert list_mentions(reading) == [("DRUG", "zinc"), ("DRUG", "iron"), ("DRUG", "zinc")]
    assert [passage.document for passage in reading.passages] == ["d#1", "d#3"]


def test_a_column_of_lines_may_say_nothing_about_offsets():
    table = "d.txt,0,5,9,DRUG\nd.txt,2,11,15,DRUG\n"
    reading = read({"a.csv": f"File,Line,Begin Offset,End Offset,Type\n{table}", "d.txt": TEXT})
    assert list_mentions(reading) == [("DRUG", "zinc"), ("DRUG", "iron")]


def test_offsets_from_sentences_that_are_not_there_are_refused():
    table = "doc,sentence_id,start,end,label\nd,0,1,3,X\nd,1,1,3,X\nd,2,2,6,X\n"
    with pytest.raises(BionerError) as caught:
        read({"a.csv": table, "d.txt": "Zinc was taken. Then iron came. Nobody knows."})
    assert str(caught.value) == (
        "a.csv: offsets seem to count from what the column 'sentence_id' numbers, and these texts are not "
        "there. Add a column with the text of each row, or count from the document."
    )


def test_repeats_are_counted():
    reading = read({"a.jsonl": '{"text": "took zinc", "label": [[5, 9, "A"], [5, 9, "A"], [5, 9, "B"]]}\n'})
    assert reading.labels == {"A": 1, "B": 1}
    assert list_messages(reading) == ["mentions that repeat another one (place and label), kept once: 1."]
