"""The library of the user's corpora: names, saving, loading, deleting."""

import errno
import os
from dataclasses import replace
from pathlib import Path

import pytest

from bioner_core.corpus.library import Library, propose_name, validate_name
from bioner_core.corpus.sentences import Corpus, Sentence, Span
from bioner_core.errors import BionerError

CORPUS = Corpus(
    name="my notes",
    types=("Anatomy", "Drug"),
    sentences=(
        Sentence(("took", "aspirin"), (Span(1, 2, "Drug"),), "a", "train"),
        Sentence(("left", "arm"), (Span(0, 2, "Anatomy"),), "b", "test"),
    ),
    language="en",
    domain="EHR",
)
RULE = (
    'a name begins with a letter or digit, holds letters, digits, ".", "_", "-" and blanks, does not end in '
    'a blank or ".", has at most 80 characters, and is not a reserved word (such as none, '
    "all, con)."
)


def catch_error(call, *args, **options):
    with pytest.raises(BionerError) as error:
        call(*args, **options)
    return str(error.value)


@pytest.mark.parametrize("name", ["a", "EN UGT", "psytar_en", "v1.2-b", "7", "мой корпус", "nonesuch"])
def test_names_of_letters_digits_and_some_punctuation_are_allowed(name):
    assert validate_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "none",
        "ALL",
        "every",
        "con",
        "NUL.txt",
        "🙂",
        "",
        " a",
        "a ",
        "a.",
        ".a",
        "-a",
        "_a",
        "a/b",
        "a\\b",
        "..",
        "a:b",
        "a+b",
        "a\n",
        "a\0",
        "a*",
        "x" * 81,
    ],
)
def test_invalid_names_are_refused(name):
    assert catch_error(validate_name, name, what="run") == f"run name {name[:80]!r}: {RULE}"


@pytest.mark.parametrize(
    "text", ["../../etc/passwd", "a:b", "none", "", "...", "my corpus (v1)", "x" * 500, "con"]
)
def test_a_proposed_name_is_always_allowed(text):
    assert validate_name(propose_name(text)) == propose_name(text)


def test_an_added_corpus_is_listed_and_loaded(isolated_folders):
    library = Library()
    assert library.names() == ()
    assert library.add(CORPUS) == isolated_folders / "corpora" / "my notes.jsonl"
    library.add(replace(CORPUS, name="another"))
    assert library.names() == ("another", "my notes")
    assert library.load("my notes") == CORPUS


@pytest.mark.skipif(os.name == "nt", reason="no such rights there")
def test_the_library_is_private(isolated_folders):
    path = Library().add(CORPUS)
    assert path.stat().st_mode & 0o077 == path.parent.stat().st_mode & 0o077 == 0


def test_another_corpus_of_the_same_name_is_refused_unless_it_replaces_the_first():
    library = Library()
    library.add(CORPUS)
    library.add(CORPUS)
    other = replace(CORPUS, domain="UGT")
    assert catch_error(library.add, other) == (
        "my notes: the library has another corpus of this name. Choose another name, or delete that one "
        "first."
    )
    assert "another corpus of this name" in catch_error(library.add, replace(CORPUS, name="MY notes"))
    library.add(other, replace=True)
    assert library.load("my notes") == other


def test_a_corpus_with_a_bad_name_is_not_written(isolated_folders):
    assert "corpus name '../x'" in catch_error(Library().add, replace(CORPUS, name="../x"))
    assert not list(isolated_folders.rglob("*.jsonl"))


def test_a_deleted_corpus_is_gone():
    library = Library()
    library.add(CORPUS)
    library.delete("my notes")
    assert library.names() == ()
    for call in (library.delete, library.load):
        assert (
            catch_error(call, "my notes") == "my notes: no such corpus in the library. Available: none yet."
        )


def test_other_files_of_the_folder_are_ignored(isolated_folders):
    library = Library()
    library.add(CORPUS)
    for name in ("README.md", "train.jsonl", ".hidden.jsonl"):
        (library.folder / name).write_text('{"tokens": []}')
    (library.folder / "folder.jsonl").mkdir()
    assert library.names() == ("my notes",)
    for name in ("train", "folder"):
        assert catch_error(library.delete, name) == (
            f"{name}: no such corpus in the library. Available: my notes."
        )
    assert (library.folder / "train.jsonl").exists()


def test_a_folder_that_cannot_be_created_is_explained_with_the_variable(tmp_path):
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file/corpora"):
        library = Library(folder)
        assert library.names() == ()
        assert catch_error(library.add, CORPUS) == (
            f"{folder}/my notes.jsonl: cannot be written (Not a directory). "
            "Set BIONER_CORPORA to a folder of yours."
        )
        assert catch_error(library.delete, "my notes").endswith("Available: none yet.")


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.EROFS, "it is read-only). Make the folder writable, or set BIONER_CORPORA to one that is."),
        (errno.ENOSPC, "the disk is full). Free some disk space, then try again."),
    ],
)
def test_a_write_error_is_explained_and_the_corpus_stays(monkeypatch, number, reason):
    library = Library()
    path = library.add(CORPUS)

    def refuse(*_, **__):  # root, who runs tests in containers, may write everywhere
        raise OSError(number, os.strerror(number))

    message = f"{path}: cannot be written ({reason}"
    with monkeypatch.context() as disk:
        disk.setattr(Path, "unlink", refuse)
        assert catch_error(library.delete, "my notes") == message
    monkeypatch.setattr(os, "replace", refuse)
    assert catch_error(library.add, replace(CORPUS, domain="UGT"), replace=True) == message
    assert library.load("my notes") == CORPUS
    assert [file.name for file in library.folder.iterdir()] == ["my notes.jsonl"]
