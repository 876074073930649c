"""CoNLL and tables: columns, sentences, documents, schemes, and rows that do not fit."""

import pytest

from bioner_core.corpus.reading.detect import read_files
from bioner_core.errors import BionerError

FORM = "Each line needs a word, the separator and a tag such as B-Drug or O; a blank line ends a sentence."


def read(text, name="a.conll", **options):
    return read_files({name: text.encode()}, name="corpus", **options)


def found(reading):
    return [(each.tokens, [(m.label, each.words(m)) for m in each.mentions]) for each in reading.passages]


@pytest.mark.parametrize("separator", ["\t", " ", "   ", " \t", ",", ";", "|"])
def test_any_separator_is_found(separator):
    rows = [("aspirin", "B-Drug"), ("helps", "O"), None, ("No", "O"), ("pain", "B-ADR")]
    text = "\n".join(separator.join(row) if row else "" for row in rows)
    assert found(read(text)) == [
        (("aspirin", "helps"), [("Drug", "aspirin")]),
        (("No", "pain"), [("ADR", "pain")]),
    ]


@pytest.mark.parametrize(
    "row",
    [
        "{word} {tag}",
        "{tag} {word}",
        "{word} NN {tag}",
        "7 {word} NN {tag}",
        "{word} NN B-NP {tag}",
        "{word} {tag} NN",
    ],
)
def test_words_and_tags_may_stand_in_any_column(row):
    lines = [
        row.format(word=word, tag=tag) for word, tag in (("aspirin", "B-Drug"), ("helps", "O"), ("me", "O"))
    ]
    assert found(read("\n".join(lines))) == [(("aspirin", "helps", "me"), [("Drug", "aspirin")])]


def test_a_tab_parts_words_that_hold_blanks():
    assert found(read("5 mg\tB-Dose\nno\u00a0break\tO\n \tO\n")) == [
        (("5 mg", "no\u00a0break", "\ufffd"), [("Dose", "5 mg")])
    ]


def test_a_no_break_blank_is_part_of_its_word():
    assert found(read("5\u00a0mg B-Dose\nfor O\n")) == [(("5\u00a0mg", "for"), [("Dose", "5\u00a0mg")])]


def test_labels_alone_are_tags_too():
    assert found(read("aspirin Drug\nhelps O\nmuch O\n")) == [
        (("aspirin", "helps", "much"), [("Drug", "aspirin")])
    ]


def test_labels_alone_may_come_late():
    assert found(read("no O\n\n" * 30_000 + "aspirin Drug\n"))[-1] == (("aspirin",), [("Drug", "aspirin")])


def test_marks_at_document_starts_name_documents():
    reading = read("-DOCSTART- O\n\na B-D\n\n-DOCSTART- O\n\nb B-D\n\nc O\n", name="x.conll")
    assert [each.document for each in reading.passages] == ["x#1", "x#2", "x#2"]


def test_a_single_mark_at_the_top_names_none():
    assert [each.document for each in read("-DOCSTART- O\n\na B-D\n\nb O\n").passages] == ["", ""]


@pytest.mark.parametrize("mark", ["# newdoc id = d1", "### d1"])
def test_a_single_mark_that_names_its_document_is_kept(mark):
    assert [each.document for each in read(f"{mark}\na\tB-D\n\nb\tO\n").passages] == ["d1", "d1"]


def test_comments_are_no_words_and_may_name_documents():
    text = "# newdoc id = d1\n# text = a\na\tB-D\n\n# newdoc id = d2\n#\tO\nb\tO\n"
    assert [(each.document, each.tokens) for each in read(text).passages] == [
        ("d1", ("a",)),
        ("d2", ("#", "b")),
    ]


TABLE = (
    "Doc,Sentence #,Word,POS,Tag,Split\nd1,Sentence: 1,aspirin,NN,B-Drug,train\nd1,,helps,VB,O,train\n"
    "d2,Sentence: 2,pain,NN,B-ADR,TEST\n"
)


def test_a_table_names_sentences_documents_and_parts():
    reading = read(TABLE, name="a.csv")
    assert [(each.tokens, each.document, each.part) for each in reading.passages] == [
        (("aspirin", "helps"), "d1", "train"),
        (("pain",), "d2", "test"),
    ]


@pytest.mark.parametrize("column", ["1", "DOC"])
def test_documents_stand_in_a_column_that_the_user_names(column):
    reading = read(TABLE, documents=column)
    assert [each.document for each in reading.passages] == ["d1", "d2"]
    plain = read("d1 aspirin B-Drug\nd2 pain B-ADR\n", documents="1")
    assert [(each.document, each.tokens) for each in plain.passages] == [("d1", ("d1",)), ("d2", ("d2",))]


def test_a_column_that_is_not_there_is_refused():
    with pytest.raises(BionerError) as caught:
        read(TABLE, documents="patient")
    assert str(caught.value) == (
        "a.conll: has no column 'patient' for --documents. Give a number from 1 to 6 or one of doc, "
        "sentence #, word, pos, tag, split."
    )


def test_three_small_files_without_parts_are_documents():
    files = {f"{name}.conll": b"pain B-ADR\n" for name in "abc"}
    assert [each.document for each in read_files(files, name="x").passages] == ["a", "b", "c"]
    files = {f"{name}.conll": b"pain B-ADR\n" for name in ("train", "dev", "test")}
    assert [(each.document, each.part) for each in read_files(files, name="x").passages] == [
        ("", "dev"),
        ("", "test"),
        ("", "train"),
    ]


@pytest.mark.parametrize(
    ("tags", "messages"),
    [
        ("B-D I-D O", []),
        ("I-D O I-D B-D O", []),  # IOB1: B- only after its like
        ("I-D O B-D", ["1 of 2 mentions start with I- without B-; each is read as a mention."]),
        ("S-D O B-D E-D", []),
    ],
)
def test_inside_without_begin_is_said_unless_the_scheme_is_so(tags, messages):
    reading = read("".join(f"w {tag}\n" for tag in tags.split()))
    assert [finding.message for finding in reading.findings] == messages


def test_missing_blank_lines_are_said():
    reading = read("pain B-ADR\n" + "word O\n" * 1_000)
    assert [finding.message for finding in reading.findings] == [
        "one sentence of more than 1,000 words: blank lines between sentences seem to be missing."
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "aspirin B-Drug\nhelps\n",
            "a.conll, line 2: found 1 column in 'helps', other lines have 2, parted by blanks. ",
        ),
        (
            "a\tB-D\n\nб\tO\nсильная боль\n",
            "a.conll, line 4: found 1 column in 'сильная', other lines have 2, parted by tabs. ",
        ),
        (
            "a,B-D\nb,O\nc,O,x\n",
            "a.conll, line 3: found 3 columns in 'c', other lines have 2, parted by commas. ",
        ),
        ("a O\n" * 20 + "b X-1\n", "a.conll, line 21: 'X-1' is no tag. "),
    ],
)
def test_a_row_that_does_not_fit_is_named(text, message):
    with pytest.raises(BionerError) as caught:
        read(text)
    assert str(caught.value) == message + FORM


def test_an_open_quote_ends_with_a_message():
    rows = "a,B-D\nb,O\n\n" * 60_000
    with pytest.raises(BionerError) as caught:
        read(rows + 'c,"' + rows)
    assert str(caught.value) == (
        "a.conll, line 180001: no table row (field larger than field limit (131072)). Check the quotes."
    )
