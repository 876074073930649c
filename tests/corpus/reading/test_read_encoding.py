"""Encodings: marks, guesses over all files together, and damage."""

import pytest

from bioner_core.corpus.reading.detect import read_files

TEXT = "Принимал аспирин. Головная боль прошла."
ANN = "T1\tDrug 9 16\tаспирин\n"


def read_encoded(encoding, text=TEXT, annotations=ANN, mark=b""):
    files = {"a.txt": mark + text.encode(encoding), "a.ann": mark + annotations.encode(encoding)}
    return read_files(files, name="corpus")


def list_texts(reading):
    return [passage.mention_text(mention) for passage in reading.passages for mention in passage.mentions]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_gives_no_finding(encoding):
    reading = read_encoded(encoding)
    assert (list_texts(reading), reading.findings) == (["аспирин"], ())


@pytest.mark.parametrize("encoding", ["cp1251", "koi8_r", "cp866"])
def test_old_russian_encodings_are_guessed(encoding):
    reading = read_encoded(encoding)
    assert list_texts(reading) == ["аспирин"]
    message = f"encoding guessed: {encoding}. Look at the words; if they are wrong, save the file as UTF-8."
    assert [(f.where, f.message) for f in reading.findings] == [("a.ann", message), ("a.txt", message)]


def test_western_texts_are_guessed():
    text = "La paciente refiere náuseas después de la medicación"
    reading = read_encoded("cp1252", text, "T1\tADR 20 27\tnáuseas\n")
    assert list_texts(reading) == ["náuseas"]
    assert reading.findings[0].message.startswith("encoding guessed: cp1252.")


@pytest.mark.parametrize("encoding", ["cp1251", "koi8_r", "cp866"])
@pytest.mark.parametrize("times", [1, 5_000])
def test_tags_and_field_names_do_not_mislead_the_guess(encoding, times):
    conll = "Головная\tB-ADR\nболь\tI-ADR\nот\tO\nprednisolone\tB-Drug\n\n" * times
    reading = read_files({"a.conll": conll.encode(encoding)}, name="corpus")
    assert list_texts(reading)[:2] == ["Головная боль", "prednisolone"]
    record = '{"text": "боль от prednisolone", "spans": [{"start": 0, "end": 4, "label": "ADR"}]}\n' * times
    assert list_texts(read_files({"a.jsonl": record.encode(encoding)}, name="corpus"))[0] == "боль"


def test_files_that_share_an_encoding_are_guessed_together():
    files = {"a.ann": "T1\tDrug 0 3\tйод\n".encode("cp1251"), "a.txt": "йод".encode("cp1251")}
    files |= {"b.txt": (TEXT * 20).encode("cp1251"), "b.ann": ANN.encode("cp1251")}
    assert list_texts(read_files(files, name="corpus")) == ["йод", "аспирин"]


def test_utf8_with_a_damaged_byte_is_still_utf8():
    files = {"a.txt": TEXT.encode() + b"\xff", "a.ann": ANN.encode()}
    reading = read_files(files, name="corpus")
    assert list_texts(reading) == ["аспирин"]
    assert [(f.where, f.message) for f in reading.findings] == [
        ("a.txt", "damaged UTF-8: broken bytes are shown as �. Compare with the original file.")
    ]
