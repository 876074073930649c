"""``bioner corpus check`` as CSV, and which corpora ``bioner corpus sources`` refuses."""

import csv
import io

import pytest

from bioner_core.cli import main

CONLL = "aspirin\tB-Drug\nhilft\tO\n\nkein\tO\nSchmerz\tB-Disease\n\n"


@pytest.fixture(autouse=True)
def working_folder(tmp_path, monkeypatch):
    """Work in a folder with a corpus, the same one under another name, and another one of the same name."""
    (tmp_path / "other").mkdir()
    for name in ("notes", "copy"):
        (tmp_path / f"{name}.conll").write_text(CONLL * 40, encoding="utf-8")
    (tmp_path / "other/notes.conll").write_text(CONLL * 20, encoding="utf-8")
    monkeypatch.chdir(tmp_path)


def test_check_as_csv_has_a_row_for_each_finding(capsys):
    assert main(["corpus", "check", "notes.conll", "--map", "Foo=Bar", "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert {tuple(row) for row in rows} == {("level", "where", "message")}
    assert list(rows[0].values()) == [
        "warning",
        "notes",
        "'--map Foo=Bar: no mention has this label. Available: Drug, Disease.",
    ]
    assert rows[-1]["message"] == "the language is unknown. Set it with --language, such as en or ru."


def test_check_as_csv_without_findings_has_its_headings(capsys, monkeypatch):
    monkeypatch.setattr("bioner_core.corpus.opening.check_corpus", lambda corpus: ())
    assert main(["corpus", "check", "notes.conll", "--format", "csv"]) == 0
    assert capsys.readouterr().out == "level,where,message\n"


@pytest.mark.parametrize(
    ("candidate", "message"),
    [
        ("notes.conll", "is the target itself. Name another corpus as the source."),
        ("copy.conll", "is the target itself. Name another corpus as the source."),
        (
            "other/notes.conll",
            "has the same name as the target (notes). Add one of them to the library under a name of its "
            "own: bioner corpus add PATH --name NAME.",
        ),
    ],
)
def test_a_corpus_is_not_a_source_of_itself(candidate, message, capsys):
    assert main(["corpus", "sources", "notes.conll", candidate]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == f"bioner: {candidate}: {message}"
