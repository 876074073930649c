"""``bioner runs compare``: rows, verdicts and refusals."""

import csv
import io
import re

import pytest

from bioner_core.cli import main

RUNS = ("four-corpora-probe", "rumedner-finetuned")
CURVE = ("--target", "rumedner_ru", "--entity", "Disease", "--source", "none")


def test_runs_are_compared_with_a_verdict_in_words(capsys):
    assert main(["runs", "compare", *RUNS, *CURVE]) == 0
    out = capsys.readouterr().out
    assert re.search(r"Disease, none: \S+ needs fewest sentences: [\d,]+, [\d,]+ fewer than \S+\.", out)
    assert "The 90 % intervals " in out
    assert re.search(r"compared with it, rumedner-finetuned \([\d.]+\) (shows|is|differs) ", out)
    assert "note: four-corpora-probe and rumedner-finetuned: method: probe here, finetune there" in out


def test_each_run_has_a_row_in_the_csv(capsys):
    assert main(["runs", "compare", *RUNS, *CURVE, "--fraction", "0.95", "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["run"] for row in rows] == list(RUNS)
    assert {"plan", "likely", "full f1", "against the first run"} <= rows[0].keys()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (RUNS[:1], "found one run, four-corpora-probe; name two runs or more to compare them."),
        (("ecir2020", RUNS[0]), "no curve of the same target, entity type and source"),
    ],
)
def test_what_cannot_be_compared_is_refused(capsys, options, words):
    assert main(["runs", "compare", *options]) != 0
    assert words in capsys.readouterr().err
