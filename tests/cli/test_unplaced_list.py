"""``corpus check --unplaced`` lists mentions that could not be placed, without their text."""

import csv

import pytest

from bioner_core.cli import main

LINES = "T1\tDrug 5 12\taspirin\nT2\tADR 500 510\tsecret pain\nT3\tADR 23 27\tback\n"


@pytest.fixture
def brat(tmp_path):
    folder = tmp_path / "brat"
    folder.mkdir()
    (folder / "a.txt").write_text("Took aspirin daily. No pain.", encoding="utf-8")
    (folder / "a.ann").write_text(LINES, encoding="utf-8")
    return folder


def test_unplaced_mentions_are_written_with_place_and_reason(brat, tmp_path, capsys):
    out = tmp_path / "left out.csv"
    assert main(["corpus", "check", str(brat), "--unplaced", str(out)]) == 0
    assert capsys.readouterr().err == f"2 mentions without a valid place: {out}\n"
    with out.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [tuple(row.values()) for row in rows] == [
        (
            "a.ann, line 2",
            "ADR",
            "500",
            "510",
            "its offsets lie outside the text of 28 characters or cover only blanks; left out.",
        ),
        ("a.ann, line 3", "ADR", "23", "27", "the text at its offsets differs from the mention; left out."),
    ]
    assert "secret" not in out.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("there.csv", "already exists. Choose another file name, or move the old file away first."),
        ("none/out.csv", "the folder "),
    ],
)
def test_a_list_never_overwrites_a_file_and_needs_an_existing_folder(name, message, brat, tmp_path, capsys):
    (tmp_path / "there.csv").write_text("mine")
    assert main(["corpus", "check", str(brat), "--unplaced", str(tmp_path / name)]) == 1
    assert message in capsys.readouterr().err
    assert (tmp_path / "there.csv").read_text() == "mine"


def test_a_list_that_cannot_be_written_is_reported_in_one_line(brat, tmp_path, capsys):
    out = tmp_path / ("x" * 300)
    assert main(["corpus", "check", str(brat), "--unplaced", str(out)]) == 1
    assert capsys.readouterr().err == (
        f"bioner: {out}: cannot be written (File name too long). Choose another place.\n"
    )


def test_the_list_is_written_even_if_no_mention_could_be_placed(brat, tmp_path, capsys):
    (brat / "a.ann").write_text("T1\tDrug 900 907\taspirin\n", encoding="utf-8")
    out = tmp_path / "out.csv"
    assert main(["corpus", "check", str(brat), "--unplaced", str(out)]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == f"1 mention without a valid place: {out}"
    assert "no entities in 1 texts or sentences (brat)" in lines[1]
    assert len(out.read_text(encoding="utf-8").splitlines()) == 2


def test_mentions_dropped_for_other_reasons_are_reported_but_not_listed(brat, tmp_path, capsys):
    lines = "T1\tDrug 5 12\taspirin\nT2\tADR 5 18\taspirin daily\nT3\tADR 23 27\tpain\nT4\tDI 23 27\tpain\n"
    (brat / "a.ann").write_text(lines, encoding="utf-8")
    out = tmp_path / "out.csv"
    assert main(["corpus", "check", str(brat), "--unplaced", str(out)]) == 0
    captured = capsys.readouterr()
    assert captured.err.splitlines() == [
        f"0 mentions without a valid place: {out}",
        "note: 2 more left out, since they overlap another mention, repeat it or cover no word. The findings "
        "count them; the list does not hold them.",
    ]
    assert "they overlap one that is kept (spans are flat): 1 Drug." in captured.out
    assert "duplicate mentions after mapping, of which one is kept: 1 Disease." in captured.out
    assert len(out.read_text(encoding="utf-8").splitlines()) == 1
