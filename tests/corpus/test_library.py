import errno
import os
from dataclasses import replace
from pathlib import Path

import pytest

from bioner_core.corpus.jsonl import write_corpus
from bioner_core.corpus.library import Library, checked_name, from_reading, open_corpus, proposed_name
from bioner_core.corpus.reading.passages import Mention, Passage, Reading
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
    'a blank or ".", has at most 80 characters, and is no word of the program or the system (such as none, '
    "all, con)."
)


def error_of(call, *args, **options):
    with pytest.raises(BionerError) as error:
        call(*args, **options)
    return str(error.value)


@pytest.mark.parametrize("name", ["a", "EN UGT", "psytar_en", "v1.2-b", "7", "мой корпус", "nonesuch"])
def test_names_of_letters_digits_and_a_few_signs_are_allowed(name):
    assert checked_name(name) == name


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
def test_other_names_are_refused(name):
    assert error_of(checked_name, name, what="run") == f"run name {name[:80]!r}: {RULE}"


@pytest.mark.parametrize(
    "text", ["../../etc/passwd", "a:b", "none", "", "...", "my corpus (v1)", "x" * 500, "con"]
)
def test_a_proposed_name_is_always_allowed(text):
    assert checked_name(proposed_name(text)) == proposed_name(text)


def test_a_corpus_that_is_added_is_named_and_loaded(own_folders):
    library = Library()
    assert library.names() == ()
    assert library.add(CORPUS) == own_folders / "corpora" / "my notes.jsonl"
    library.add(replace(CORPUS, name="another"))
    assert library.names() == ("another", "my notes")
    assert library.load("my notes") == CORPUS


@pytest.mark.skipif(os.name == "nt", reason="no such rights there")
def test_the_library_is_private(own_folders):
    path = Library().add(CORPUS)
    assert path.stat().st_mode & 0o077 == path.parent.stat().st_mode & 0o077 == 0


def test_another_corpus_of_the_same_name_is_refused_unless_it_is_to_replace():
    library = Library()
    library.add(CORPUS)
    library.add(CORPUS)
    other = replace(CORPUS, domain="UGT")
    assert error_of(library.add, other) == (
        "my notes: the library has another corpus of this name. Choose another name, or delete that one "
        "first."
    )
    assert "another corpus of this name" in error_of(library.add, replace(CORPUS, name="MY notes"))
    library.add(other, replace=True)
    assert library.load("my notes") == other


def test_a_corpus_with_a_bad_name_is_not_written(own_folders):
    assert "corpus name '../x'" in error_of(Library().add, replace(CORPUS, name="../x"))
    assert not list(own_folders.rglob("*.jsonl"))


def test_a_deleted_corpus_is_gone():
    library = Library()
    library.add(CORPUS)
    library.delete("my notes")
    assert library.names() == ()
    for call in (library.delete, library.load):
        assert error_of(call, "my notes") == "my notes: no such corpus in the library. There are: none yet."


def test_other_files_of_the_folder_are_no_corpora(own_folders):
    library = Library()
    library.add(CORPUS)
    for name in ("README.md", "train.jsonl", ".hidden.jsonl"):
        (library.folder / name).write_text('{"tokens": []}')
    (library.folder / "folder.jsonl").mkdir()
    assert library.names() == ("my notes",)
    for name in ("train", "folder"):
        assert error_of(library.delete, name) == (
            f"{name}: no such corpus in the library. There are: my notes."
        )
    assert (library.folder / "train.jsonl").exists()


def test_a_library_below_a_file_is_one_error_that_names_the_variable(tmp_path):
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file/corpora"):
        library = Library(folder)
        assert library.names() == ()
        assert error_of(library.add, CORPUS) == (
            f"{folder}/my notes.jsonl: cannot be written (Not a directory). "
            "Set BIONER_CORPORA to a folder of yours."
        )
        assert error_of(library.delete, "my notes").endswith("There are: none yet.")


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.EROFS, "it is read-only). Make the folder writable, or set BIONER_CORPORA to one that is."),
        (errno.ENOSPC, "the disk is full). Make room, then try again."),
    ],
)
def test_a_disk_that_takes_nothing_is_said_and_the_corpus_stays(monkeypatch, number, reason):
    library = Library()
    path = library.add(CORPUS)

    def refuse(*_, **__):  # root, who runs tests in containers, may write everywhere
        raise OSError(number, os.strerror(number))

    message = f"{path}: cannot be written ({reason}"
    with monkeypatch.context() as disk:
        disk.setattr(Path, "unlink", refuse)
        assert error_of(library.delete, "my notes") == message
    monkeypatch.setattr(os, "replace", refuse)
    assert error_of(library.add, replace(CORPUS, domain="UGT"), replace=True) == message
    assert library.load("my notes") == CORPUS
    assert [file.name for file in library.folder.iterdir()] == ["my notes.jsonl"]


def test_a_corpus_of_the_library_opens_by_name_with_all_its_types():
    Library().add(CORPUS)
    opened = open_corpus("my notes")
    assert opened.corpus == CORPUS
    assert opened.reading is None
    assert opened.n_read == opened.n_placed == {"Anatomy": 1, "Drug": 1}
    assert opened.label_map.mapping == {"Anatomy": "Anatomy", "Drug": "Drug"}
    assert open_corpus("my notes", name="x", language="de", domain="").corpus == replace(
        CORPUS, name="x", language="de", domain=""
    )


def test_a_corpus_of_the_library_can_be_mapped_again():
    Library().add(CORPUS)
    opened = open_corpus("my notes", label_map={"Anatomy": "Body"})
    assert opened.corpus.types == ("Body", "Drug")
    assert [s.document for s in opened.corpus.sentences] == ["a", "b"]
    assert open_corpus("my notes", label_map={"Anatomy": ""}).corpus.types == ("Drug",)


def test_a_file_of_the_library_opens_as_a_path_too(tmp_path):
    write_corpus(tmp_path / "x.jsonl", CORPUS)
    assert open_corpus(tmp_path / "x.jsonl").corpus == CORPUS


def test_a_file_opens_mapped_flattened_and_checked(tmp_path):
    path = tmp_path / "notes (1).conll"
    path.write_text("took O\naspirin B-Chemical\n\nbad O\npain B-ADR\nhere B-Body\n")
    opened = open_corpus(str(path))
    assert (opened.corpus.name, opened.corpus.types) == ("notes _1", ("Disease", "Drug"))
    assert opened.corpus.label_map == {"Chemical": "Drug", "ADR": "Disease"}
    assert opened.label_map.dropped == ("Body",)
    assert opened.reading.labels == {"Chemical": 1, "ADR": 1, "Body": 1}
    assert [f.message for f in opened.findings][:2] == [
        "labels left out: Body (1). Keep one by --map Body=TYPE.",
        "2 sentences name no document, so the test part is drawn by sentence: it may share documents with "
        "the training part, and F1 is then optimistic. --documents COLUMN says where a table names "
        "documents.",
    ]
    kept = open_corpus(path, label_map={"Body": "Body"}, name="kept", language="en", domain="EHR").corpus
    assert (kept.name, kept.types, kept.domain) == ("kept", ("Body", "Disease", "Drug"), "EHR")


def test_a_mapping_of_no_label_is_a_finding(tmp_path):
    path = tmp_path / "x.conll"
    path.write_text("took O\naspirin B-Chemical\n\ntook O\nit B-Chemical\n")
    messages = [f.message for f in open_corpus(path, label_map={"Chem": "Drug"}).findings]
    assert "--map Chem=Drug: no mention has this label. There are: Chemical." in messages


def test_what_is_not_there_is_told_with_what_is():
    assert error_of(open_corpus, "my notes") == (
        "my notes: no such file or folder, nor corpus of the library (nothing yet)."
    )
    Library().add(CORPUS)
    assert error_of(open_corpus, Path("my notes")) == (
        "my notes: no such file or folder, nor corpus of the library (my notes)."
    )


def test_a_corpus_without_entities_is_refused(tmp_path):
    path = tmp_path / "x.conll"
    path.write_text("took O\naspirin B-Chemical\n")
    assert error_of(open_corpus, path, label_map={"Chemical": ""}) == (
        f"{path}: no entities. Read as CoNLL: 1 sentences, labels: Chemical (1). First finding: x: labels "
        "left out: Chemical (1). Keep one by --map Chemical=TYPE."
    )
    path.write_text("took O\naspirin O\n")
    assert "x.conll: no entities" in error_of(open_corpus, path)


def test_uploads_are_opened_from_their_reading():
    passage = Passage(text="Took aspirin.", mentions=(Mention("DRUG", ((5, 12),)),))
    reading = Reading(name="none", format="test", passages=(passage,))
    assert from_reading(reading).corpus.name == "none corpus"
    assert "corpus name 'a/b'" in error_of(from_reading, reading, name="a/b")
