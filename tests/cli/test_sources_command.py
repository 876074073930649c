"""``bioner sources``: rows, refusals and the note where no interval can be computed."""

import csv
import io
import json

from bioner_core.cli import main


def read_output(capsys, *arguments):
    assert main(["sources", *arguments]) == 0
    return capsys.readouterr().out


def test_rows_in_json_and_csv_are_the_same(capsys):
    options = ("ecir2020", "--target", "RU UGT", "--entity", "Drug")
    rows = json.loads(read_output(capsys, *options, "--format", "json"))
    assert [(row["added"], row["to"]) for row in rows] == [
        ("EN EHR", "none"),
        ("EN UGT", "none"),
        ("EN UGT", "RU EHR"),
        ("RU EHR", "EN UGT"),
        ("RU EHR", "none"),
    ]
    assert {(row["low"], row["high"], row["verdict"]) for row in rows} == {(None, None, "no interval")}
    (first, *_) = csv.DictReader(io.StringIO(read_output(capsys, *options, "--format", "csv")))
    assert list(first) == list(rows[0])


def test_the_table_says_that_one_seed_without_counts_has_no_interval(capsys):
    lines = read_output(capsys, "ecir2020", "--target", "RU UGT", "--added", "EN EHR").splitlines()
    assert lines[-1] == (
        "The differences have no interval, because each size has one model and the test part has no counts. "
        "They may be due to chance."
    )


def test_by_size_has_a_row_for_each_common_size(capsys):
    text = read_output(
        capsys,
        "four-corpora-probe",
        "--target",
        "phee",
        "--entity",
        "Disease",
        "--added",
        "psytar_en",
        "--by-size",
        "--format",
        "json",
    )
    rows = [row for row in json.loads(text) if row["to"] == "none"]
    assert [row["n_sentences"] for row in rows] == [50, 100, 200, 400, 800]
    assert all(row["low"] <= row["difference"] <= row["high"] for row in rows)
    assert {row["interval_of"] for row in rows} == {"seeds and documents"}


def test_an_option_without_a_match_is_refused_with_the_available_values(capsys):
    assert main(["sources", "ecir2020", "--added", "nowhere"]) == 1
    assert capsys.readouterr().err.strip() == (
        "bioner: run ecir2020: no added 'nowhere'. Available: EN EHR, EN UGT, RU EHR, RU UGT."
    )
