"""CoNLL and tables: columns, sentences, documents, schemes, and rows that do not fit."""

import pytest

from bioner_core.corpus.reading.detect import read_files
from bioner_core.errors import BionerError

FORM = "Each line needs a word, the separator and a tag such as B-Drug or O; a blank line ends a sentence."


def read_text(text, name="a.conll", **options):
    return read_files({name: text.encode()}, name="corpus", **options)


def list_sentences(reading):
    return [
        (passage.tokens, [(m.label, passage.mention_text(m)) for m in passage.mentions])
        for passage in reading.passages
    ]


@pytest.mark.parametrize("separator", ["\t", " ", "   ", " \t", ",", ";", "|"])
def test_any_separator_is_detected(separator):
    rows = [("aspirin", "B-Drug"), ("helps", "O"), None, ("No", "O"), ("pain", "B-ADR")]
    text = "\n".join(separator.join(row) if row else "" for row in rows)
    assert list_sentences(read_text(text)) == [
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
    assert list_sentences(read_text("\n".join(lines))) == [
        (("aspirin", "helps", "me"), [("Drug", "aspirin")])
    ]


def test_a_tab_separates_words_that_contain_spaces():
    assert list_sentences(read_text("5 mg\tB-Dose\nno\u00a0break\tO\n \tO\n")) == [
        (("5 mg", "no\u00a0break", "\ufffd"), [("Dose", "5 mg")])
    ]


def test_a_no_break_space_is_part_of_its_word():
    assert list_sentences(read_text("5\u00a0mg B-Dose\nfor O\n")) == [
        (("5\u00a0mg", "for"), [("Dose", "5\u00a0mg")])
    ]


def test_bare_labels_are_read_as_tags():
    assert list_sentences(read_text("aspirin Drug\nhelps O\nmuch O\n")) == [
        (("aspirin", "helps", "much"), [("Drug", "aspirin")])
    ]


def test_the_first_bare_label_may_be_beyond_the_sample():
    assert list_sentences(read_text("no O\n\n" * 30_000 + "aspirin Drug\n"))[-1] == (
        ("aspirin",),
        [("Drug", "aspirin")],
    )


def test_docstart_lines_separate_documents():
    reading = read_text("-DOCSTART- O\n\na B-D\n\n-DOCSTART- O\n\nb B-D\n\nc O\n", name="x.conll")
    assert [passage.document for passage in reading.passages] == ["x#1", "x#2", "x#2"]


def test_a_single_docstart_line_names_no_document():
    assert [passage.document for passage in read_text("-DOCSTART- O\n\na B-D\n\nb O\n").passages] == ["", ""]


@pytest.mark.parametrize("mark", ["# newdoc id = d1", "### d1"])
def test_a_single_comment_with_a_document_name_is_used(mark):
    assert [passage.document for passage in read_text(f"{mark}\na\tB-D\n\nb\tO\n").passages] == ["d1", "d1"]


def test_comments_are_not_words_and_may_name_documents():
    text = "# newdoc id = d1\n# text = a\na\tB-D\n\n# newdoc id = d2\n#\tO\nb\tO\n"
    assert [(passage.document, passage.tokens) for passage in read_text(text).passages] == [
        ("d1", ("a",)),
        ("d2", ("#", "b")),
    ]


TABLE = (
    "Doc,Sentence #,Word,POS,Tag,Split\nd1,Sentence: 1,aspirin,NN,B-Drug,train\nd1,,helps,VB,O,train\n"
    "d2,Sentence: 2,pain,NN,B-ADR,TEST\n"
)


def test_a_table_names_sentences_documents_and_parts():
    reading = read_text(TABLE, name="a.csv")
    assert [(passage.tokens, passage.document, passage.part) for passage in reading.passages] == [
        (("aspirin", "helps"), "d1", "train"),
        (("pain",), "d2", "test"),
    ]


@pytest.mark.parametrize("column", ["1", "DOC"])
def test_the_user_may_choose_the_column_of_documents(column):
    reading = read_text(TABLE, documents=column)
    assert [passage.document for passage in reading.passages] == ["d1", "d2"]
    plain = read_text("d1 aspirin B-Drug\nd2 pain B-ADR\n", documents="1")
    assert [(passage.document, passage.tokens) for passage in plain.passages] == [
        ("d1", ("d1",)),
        ("d2", ("d2",)),
    ]


def test_a_missing_column_is_refused():
    with pytest.raises(BionerError) as caught:
        read_text(TABLE, documents="patient")
    assert str(caught.value) == (
        "a.conll: has no column 'patient' for --documents. Give a number from 1 to 6 or one of doc, "
        "sentence #, word, pos, tag, split."
    )


def test_three_small_files_are_documents_unless_they_name_parts():
    files = {f"{name}.conll": b"pain B-ADR\n" for name in "abc"}
    assert [passage.document for passage in read_files(files, name="x").passages] == ["a", "b", "c"]
    files = {f"{name}.conll": b"pain B-ADR\n" for name in ("train", "dev", "test")}
    assert [(passage.document, passage.part) for passage in read_files(files, name="x").passages] == [
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
def test_inside_without_begin_is_reported_unless_the_scheme_is_iob1(tags, messages):
    reading = read_text("".join(f"w {tag}\n" for tag in tags.split()))
    assert [finding.message for finding in reading.findings] == messages


def test_missing_blank_lines_are_reported():
    reading = read_text("pain B-ADR\n" + "word O\n" * 1_000)
    assert [finding.message for finding in reading.findings] == [
        "one sentence of more than 1,000 words: blank lines between sentences seem to be missing."
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "aspirin B-Drug\nhelps\n",
            "a.conll, line 2: found 1 column in 'helps', other lines have 2, separated by spaces. ",
        ),
        (
            "a\tB-D\n\nб\tO\nсильная боль\n",
            "a.conll, line 4: found 1 column in 'сильная', other lines have 2, separated by tabs. ",
        ),
        (
            "a,B-D\nb,O\nc,O,x\n",
            "a.conll, line 3: found 3 columns in 'c', other lines have 2, separated by commas. ",
        ),
        ("a O\n" * 20 + "b B-D\nc X-1\n", "a.conll, line 22: 'X-1' is not a tag. "),
    ],
)
def test_a_malformed_row_is_named_in_the_error(text, message):
    with pytest.raises(BionerError) as caught:
        read_text(text)
    assert str(caught.value) == message + FORM


def test_an_unclosed_quote_gives_an_error():
    rows = "a,B-D\nb,O\n\n" * 60_000
    with pytest.raises(BionerError) as caught:
        read_text(rows + 'c,"' + rows)
    assert str(caught.value) == (
        "a.conll, line 180001: not a table row (field larger than field limit (131072)). Check the quotes."
    )
