"""Corpora opened by their name in the library or from files: read, mapped, flattened and checked."""

from dataclasses import replace
from pathlib import Path

from test_library import CORPUS, catch_error

from bioner_core.corpus.jsonl import save_corpus
from bioner_core.corpus.library import Library
from bioner_core.corpus.opening import open_corpus, open_reading
from bioner_core.corpus.reading.passages import Mention, Passage, Reading


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


def test_a_corpus_file_opens_by_its_path(tmp_path):
    save_corpus(tmp_path / "x.jsonl", CORPUS)
    assert open_corpus(tmp_path / "x.jsonl").corpus == CORPUS


def test_a_foreign_file_is_mapped_flattened_and_checked(tmp_path):
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
        "the training part, and F1 is then too high. --documents COLUMN says where a table names "
        "documents.",
    ]
    corpus = open_corpus(path, label_map={"Body": "Body"}, name="kept", language="en", domain="EHR").corpus
    assert (corpus.name, corpus.types, corpus.domain) == ("kept", ("Body", "Disease", "Drug"), "EHR")


def test_a_mapping_of_a_label_that_does_not_occur_is_a_finding(tmp_path):
    path = tmp_path / "x.conll"
    path.write_text("took O\naspirin B-Chemical\n\ntook O\nit B-Chemical\n")
    messages = [f.message for f in open_corpus(path, label_map={"Chem": "Drug"}).findings]
    assert "--map Chem=Drug: no mention has this label. Available: Chemical." in messages


def test_a_missing_corpus_is_refused_with_the_available_ones():
    assert catch_error(open_corpus, "my notes") == (
        "my notes: no such file or folder, nor corpus of the library (nothing yet)."
    )
    Library().add(CORPUS)
    assert catch_error(open_corpus, Path("my notes")) == (
        "my notes: no such file or folder, nor corpus of the library (my notes)."
    )


def test_a_corpus_without_entities_is_refused(tmp_path):
    path = tmp_path / "x.conll"
    path.write_text("took O\naspirin B-Chemical\n")
    assert catch_error(open_corpus, path, label_map={"Chemical": ""}) == (
        f"{path}: no entities. Read as CoNLL: 1 sentences, labels: Chemical (1). First finding: x: labels "
        "left out: Chemical (1). Keep one by --map Chemical=TYPE."
    )
    path.write_text("took O\naspirin O\n")
    assert "x.conll: no entities" in catch_error(open_corpus, path)


def test_a_reading_of_uploaded_files_is_opened_with_an_allowed_name():
    passage = Passage(text="Took aspirin.", mentions=(Mention("DRUG", ((5, 12),)),))
    reading = Reading(name="none", format="test", passages=(passage,))
    assert open_reading(reading).corpus.name == "none corpus"
    assert "corpus name 'a/b'" in catch_error(open_reading, reading, name="a/b")
