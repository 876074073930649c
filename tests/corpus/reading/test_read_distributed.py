"""Corpora in the shapes in which they are distributed: CADEC, i2b2 2010, n2c2, RuDReC, RuCCoN."""

from pathlib import Path

import pytest

from bioner_core.corpus.reading.detect import read_files, read_path
from bioner_core.errors import BionerError

SAMPLES = Path(__file__).parents[2] / "data/formats/distributed"
D1 = [("Drug", "aspirin"), ("ADR", "severe headache"), ("ADR", "nausea"), ("ADR", "pain in | legs")]
D2 = [("Drug", "ибупрофен"), ("Disease", "головной боли"), ("ADR", "сыпь")]
D3 = [("Drug", "Ibuprofen"), ("Drug", "paracetamol"), ("Disease", "fever")]
TEXT = "Admission Date :\nShe took  aspirin 81 mg for chest\npain .\n"
CONCEPTS = 'c="aspirin 81 mg" 2:2 2:4||t="treatment"\nc="chest pain" 2:6 3:0||t="problem"\n'


def list_mentions(reading):
    """Return label and words of all mentions, in order."""
    return [(m.label, passage.mention_text(m)) for passage in reading.passages for m in passage.mentions]


def read_i2b2(concepts, text=TEXT, **more):
    files = {"txt/1.txt": text.encode(), "concept/1.con": concepts.encode(), **more}
    return read_files(files, name="corpus")


def test_cadec_is_read_from_the_folder_of_mentions_not_from_those_of_codes():
    reading = read_path(SAMPLES / "cadec")
    assert (reading.format, list_mentions(reading)) == ("brat", D1 + D2 + D3)
    assert [passage.document for passage in reading.passages] == [f"cadec/d{n}" for n in range(1, 5)]
    assert sorted((f.level, f.where, f.message) for f in reading.findings) == [
        (
            "note",
            f"cadec/{name}",
            "4 .ann files hold codes of the mentions (lines TT1, TT2 …) and are not read.",
        )
        for name in ("meddra", "sct")
    ]
    assert (reading.n_unannotated, reading.n_unplaced) == (0, 0)


def test_a_folder_of_codes_is_not_a_second_set_of_annotations():
    files = {
        "text/a.txt": b"ache",
        "original/a.ann": b"T1\tADR 0 4\tache\n",
        "sct/a.ann": b"TT1\t1 | x | 0 4\tache\n",
    }
    assert list_mentions(read_files(files, name="corpus")) == [("ADR", "ache")]


def test_ruccon_documents_with_the_same_name_are_kept_apart():
    reading = read_path(SAMPLES / "ruccon")
    assert list_mentions(reading) == D1 + D2
    assert [(p.document, p.part) for p in reading.passages] == [
        ("RUCCON/main/0/0", ""),
        ("RUCCON/test/0", "test"),
    ]


def test_rudrec_is_read_by_sentence_with_files_as_documents():
    reading = read_path(SAMPLES / "rudrec")
    assert (reading.format, list_mentions(reading)) == ("JSON lines", D1[:3] + D2 + D3)
    assert [passage.document for passage in reading.passages] == [f"d{n}.tsv" for n in range(1, 5)]


def test_i2b2_concepts_count_lines_and_words():
    reading = read_path(SAMPLES / "i2b2_2010")
    assert (reading.format, list_mentions(reading)) == (
        "i2b2 concepts",
        [
            ("treatment", "aspirin 81 mg"),
            ("problem", "chest\npain"),
            ("problem", "fever"),
            ("problem", "the rash"),
        ],
    )
    assert [(passage.document, passage.part) for passage in reading.passages] == [
        ("beth/record-13", ""),
        ("test_data/0001", "test"),
    ]
    assert (reading.findings, reading.n_unplaced) == ((), 0)


@pytest.mark.parametrize("name", ["concept/1.con", "1.con", "1.ann", "1.dat"])
def test_concept_files_with_any_suffix_are_paired_with_their_text_by_name(name):
    reading = read_files({"1.txt": TEXT.encode(), name: CONCEPTS.encode()}, name="corpus")
    assert (reading.format, len(list_mentions(reading))) == ("i2b2 concepts", 2)


@pytest.mark.parametrize("first", [2, 3])
def test_the_mention_text_decides_whether_repeated_spaces_count_as_words(first):
    lines = f'c="aspirin 81 mg" 2:{first} 2:{first + 2}||t="treatment"\n'
    assert list_mentions(read_i2b2(lines)) == [("treatment", "aspirin 81 mg")]


def test_concepts_without_a_valid_place_are_listed():
    more = 'c="x" 9:9 9:9||t="test"\nnonsense\nc="fever" 1:0 1:0||t="problem"\n'
    reading = read_i2b2(
        CONCEPTS + more, **{"txt/2.txt": b"not annotated", "concept/3.con": b'c="a" 1:0 1:0||t="test"'}
    )
    assert len(list_mentions(reading)) == 2
    assert [(mention.where, mention.label, mention.reason) for mention in reading.unplaced] == [
        (
            "concept/1.con, line 4",
            "",
            'not in the form c="words" line:word line:word||t="label"; left out.',
        ),
        (
            "concept/1.con, line 3",
            "test",
            "its offsets lie outside the text of 58 characters or cover only blanks; left out.",
        ),
        ("concept/1.con, line 5", "problem", "the text at its offsets differs from the mention; left out."),
        ("concept/3.con, line 1", "test", "no text: the .txt is missing, so the document is left out."),
    ]
    assert reading.n_unannotated == 1
    assert [kept.text for kept in reading.unannotated] == ["not annotated"]


def test_the_documents_option_is_refused_for_i2b2():
    files = {"1.txt": TEXT.encode(), "1.con": CONCEPTS.encode()}
    with pytest.raises(BionerError) as caught:
        read_files(files, name="corpus", documents="2")
    assert str(caught.value) == "corpus: i2b2's documents are its files, so --documents 2 has no meaning."


def test_n2c2_2018_is_read_as_brat_with_fragments_across_lines():
    text = "Aspirin 81 mg daily\r\nfor chest pain."
    lines = (
        "T1\tDrug 0 7\tAspirin\nT2\tReason 25 30;31 35\tchest pain\nR1\tReason-Drug Arg1:T2 Arg2:T1\n"
        "T3\tFrequency 14 19;21 24\tdaily for\n"
    )
    reading = read_files({"100035.txt": text.encode(), "100035.ann": lines.encode()}, name="corpus")
    assert list_mentions(reading) == [
        ("Drug", "Aspirin"),
        ("Reason", "chest pain"),
        ("Frequency", "daily | for"),
    ]
    assert reading.findings == ()
