"""brat: pairs of files wherever they lie, fragments, ids, and lines that cannot be placed."""

import pytest

from bioner_core.corpus.reading.detect import read_files, read_path
from bioner_core.errors import BionerError

TEXT = b"Took aspirin daily. No pain."
ANN = b"T1\tDrug 5 12\taspirin\nT2\tADR 23 27\tpain\n"


def list_texts(reading):
    return [passage.mention_text(mention) for passage in reading.passages for mention in passage.mentions]


def read_document(annotations, text=TEXT):
    return read_files({"a.txt": text, "a.ann": annotations}, name="corpus")


def test_texts_and_annotations_may_lie_in_two_folders(tmp_path):
    for folder, name, content in (("text", "1.txt", TEXT), ("ann", "1.ann", ANN)):
        for part in ("train", "test"):
            (tmp_path / part / folder).mkdir(parents=True)
            (tmp_path / part / folder / name).write_bytes(content)
    reading = read_path(tmp_path)
    assert [(passage.document, passage.part) for passage in reading.passages] == [
        ("test/1", "test"),
        ("train/1", "train"),
    ]
    assert list_texts(reading) == ["aspirin", "pain"] * 2


def test_annotations_may_lie_in_a_folder_beside_the_texts():
    reading = read_files({"a.txt": TEXT, "ann/a.ann": ANN}, name="corpus")
    assert [(passage.document, len(passage.mentions)) for passage in reading.passages] == [("a", 2)]


def test_of_two_sets_of_annotations_one_is_read():
    files = {"text/a.txt": TEXT, "text/b.txt": TEXT, "b.ann": b"", "original/a.ann": ANN, "meddra/a.ann": b""}
    reading = read_files(files, name="cadec")
    assert [(passage.document, len(passage.mentions)) for passage in reading.passages] == [
        ("b", 0),
        ("original/a", 2),
    ]
    assert reading.findings[0].message.startswith(
        "2 folders hold versions of the same texts (original, meddra), as of several annotators: original is "
    )


def test_a_text_without_annotations_is_left_out_and_counted():
    reading = read_files(
        {"a.txt": TEXT, "a.ann": ANN, "b.txt": TEXT, "c.txt": TEXT, "c.ann": b""}, name="corpus"
    )
    assert [passage.document for passage in reading.passages] == ["a", "c"]
    assert reading.n_unannotated == 1
    assert [(kept.document, kept.text) for kept in reading.unannotated] == [("b", TEXT.decode())]
    assert [(f.where, f.message) for f in reading.findings] == [
        ("b.txt", "no annotation file (.ann), so the document is left out.")
    ]


def test_invalid_mentions_are_counted_and_many_give_a_warning_first():
    reading = read_document(
        ANN + b"T3\tDrug 500 510\tibuprofen\nT4\tDrug x y\tz\nnonsense\nT5\tADR 23 27\tback\n"
    )
    assert list_texts(reading) == ["aspirin", "pain"]
    assert reading.n_unplaced == 4
    assert [(f.level, f.where, f.message) for f in reading.findings] == [
        (
            "warning",
            "corpus",
            "4 of 6 mentions (67%) have no valid place in the text and are left out. Check that texts and "
            "annotations are of the same version.",
        ),
        ("warning", "a.ann, line 4", "not in brat's form (T1, tab, label start end, tab, words); left out."),
        ("warning", "a.ann, line 5", "not a brat annotation; left out."),
        (
            "warning",
            "a.ann, line 3",
            "its offsets lie outside the text of 28 characters or cover only blanks; left out.",
        ),
        ("warning", "a.ann, line 6", "the text at its offsets differs from the mention; left out."),
    ]


def test_up_to_five_percent_of_invalid_mentions_give_no_warning_first():
    lines = b"".join(
        b"T%d\tDrug 5 12\taspirin\nT%d\tL%d 23 27\tpain\n" % (n, n + 50, n) for n in range(1, 20)
    )
    reading = read_document(lines + b"T99\tDrug 500 510\tibuprofen\n")
    assert reading.labels.total() == 20
    assert reading.n_unplaced == 1
    assert reading.findings[0].where == "a.ann, line 39"


def test_a_mention_with_an_invalid_fragment_keeps_the_others():
    reading = read_document(b"T1\tADR 5 12;900 910\taspirin daily\n")
    assert list_texts(reading) == ["aspirin"]
    assert [f.message for f in reading.findings] == [
        "a fragment of the mention is not in the text; the others are kept."
    ]


def test_adjacent_lines_with_the_same_id_are_one_mention_in_fragments():
    reading = read_document(
        b"T1\tDrug 5 12\taspirin\nT1\tDrug 23 27\tpain\nT2\tDrug 13 18\tdaily\nT1\tDrug 0 4\tTook\n"
    )
    assert list_texts(reading) == ["aspirin | pain", "daily", "Took"]
    kind = "duplicate id: adjacent lines are one mention in fragments, others are separate mentions."
    assert [(f.where, f.message) for f in reading.findings] == [
        ("a.ann, line 2", kind),
        ("a.ann, line 4", kind),
    ]


def test_thousands_of_fragments_are_read_quickly():
    reading = read_document(b"T1\tDrug 5 12\n" * 50_000)
    assert list_texts(reading) == ["aspirin"]


def test_raw_line_breaks_in_a_mention_are_joined_up_to_its_length():
    reading = read_document(b"T1\tADR 0 10\tback\r\n\r\npain\r\nmore\n", b"back\n\npain more")
    assert list_texts(reading) == ["back\n\npain"]
    assert [f.message for f in reading.findings][1:] == ["not a brat annotation; left out."]


def test_relations_events_and_notes_are_not_read_as_mentions():
    more = b"R1\tCauses Arg1:T1 Arg2:T2\nE1\tEvent:T1 Arg:T2\nA1\tNegated T1\n*\tEquiv T1 T2\n"
    more += b"#1\tNote T1\tx\nN1\tR T1 D1\tx\n"
    reading = read_document(ANN + more)
    assert (list_texts(reading), reading.findings) == (["aspirin", "pain"], ())


@pytest.mark.parametrize(
    ("convention", "text", "start"),
    [
        ("UTF-16 units", "😂😂 Took aspirin", 10),
        ("CR LF as one", "a\r\nb\r\nTook aspirin", 9),
        ("line ends as CR LF", "a\nb\nTook aspirin", 11),
        ("the byte order mark, or from 1", "Took aspirin", 6),
        ("UTF-8 bytes", "Принял aspirin", 13),
    ],
)
def test_offsets_of_another_convention_are_repaired(convention, text, start):
    reading = read_document(f"T1\tDrug {start} {start + 7}\taspirin\n".encode(), text.encode())
    assert list_texts(reading) == ["aspirin"]
    assert [f.message for f in reading.findings] == [
        f"offsets repaired: they count {convention}. So 1 of 1 mentions match their text, 0 before."
    ]


def test_file_names_give_the_part_only_if_all_of_them_do():
    named = {"train_1.txt": TEXT, "train_1.ann": ANN, "test_1.txt": TEXT, "test_1.ann": ANN}
    assert [passage.part for passage in read_files(named, name="corpus").passages] == ["test", "train"]
    other = {"patch-test.txt": TEXT, "patch-test.ann": ANN, "b.txt": TEXT, "b.ann": ANN}
    assert [passage.part for passage in read_files(other, name="corpus").passages] == ["", ""]


def test_the_documents_option_is_refused():
    with pytest.raises(BionerError) as caught:
        read_files({"a.txt": TEXT, "a.ann": ANN}, name="corpus", documents="2")
    assert str(caught.value) == "corpus: brat's documents are its files, so --documents 2 has no meaning."


def test_umls_codes_are_replaced_by_the_semantic_group_in_their_note():
    """As Mantra GSC has them; a code without a note stays a code."""
    annotations = (
        "T1\tC0000001 0 7\tAspirin\n"
        '#1\tAnnotatorNotes T1\t"C0000001", "Aspirin", "Organic Chemical" ,"CHEM"\n'
        "T2\tC0000002 14 18\tpain\n"
        "T3\tSymptom 14 18\tpain\n"
        '#3\tAnnotatorNotes T3\t"C0000003", "Pain", "Sign or Symptom" ,"DISO"\n'
    )
    reading = read_files({"a.txt": b"Aspirin helps pain.", "a.ann": annotations.encode()}, name="mantra")
    assert reading.labels == {"CHEM": 1, "C0000002": 1, "Symptom": 1}
