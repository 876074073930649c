"""Encodings: marks, guesses over all files together, and damage."""

import pytest

from bioner_core.corpus.reading.detect import read_files

TEXT = "Принимал аспирин. Головная боль прошла."
ANN = "T1\tDrug 9 16\tаспирин\n"


def read(encoding, text=TEXT, annotations=ANN, mark=b""):
    files = {"a.txt": mark + text.encode(encoding), "a.ann": mark + annotations.encode(encoding)}
    return read_files(files, name="corpus")


def words(reading):
    return [passage.words(mention) for passage in reading.passages for mention in passage.mentions]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_needs_no_finding(encoding):
    reading = read(encoding)
    assert (words(reading), reading.findings) == (["аспирин"], ())


@pytest.mark.parametrize("encoding", ["cp1251", "koi8_r", "cp866"])
def test_old_russian_encodings_are_guessed(encoding):
    reading = read(encoding)
    assert words(reading) == ["аспирин"]
    message = f"encoding guessed: {encoding}. Look at the words; if they are wrong, save the file as UTF-8."
    assert [(f.where, f.message) for f in reading.findings] == [("a.ann", message), ("a.txt", message)]


def test_western_texts_are_guessed():
    text = "La paciente refiere náuseas después de la medicación"
    reading = read("cp1252", text, "T1\tADR 20 27\tnáuseas\n")
    assert words(reading) == ["náuseas"]
    assert reading.findings[0].message.startswith("encoding guessed: cp1252.")


def test_files_that_share_an_encoding_are_guessed_together():
    files = {"a.ann": "T1\tDrug 0 3\tйод\n".encode("cp1251"), "a.txt": "йод".encode("cp1251")}
    files |= {"b.txt": (TEXT * 20).encode("cp1251"), "b.ann": ANN.encode("cp1251")}
    assert words(read_files(files, name="corpus")) == ["йод", "аспирин"]


def test_a_broken_byte_does_not_make_utf8_something_else():
    files = {"a.txt": TEXT.encode() + b"\xff", "a.ann": ANN.encode()}
    reading = read_files(files, name="corpus")
    assert words(reading) == ["аспирин"]
    assert [(f.where, f.message) for f in reading.findings] == [
        ("a.txt", "damaged UTF-8: broken bytes are shown as �. Compare with the original file.")
    ]
