"""``bioner forecast``: JSON and CSV rows, the table for people, errors in one line."""

import csv
import io
import json

import pytest

from bioner_core.analysis.reference_curves import list_reference_runs, load_reference_curves
from bioner_core.cli import main
from bioner_core.study.store import SHIPPED, RunStore

FIELDS = [
    "target", "entity", "source", "model", "method", "n_observed", "at", "f1", "f1_low", "f1_high",
    "pool", "full_f1", "full_low", "full_high", "n90", "n90_low", "n90_high", "n95", "n95_low", "n95_high",
    "n99", "n99_low", "n99_high", "method_used",
]  # fmt: skip
CURVE_OPTIONS = ("--target", "EN UGT", "--entity", "Drug", "--source", "none")


def read_output(capsys, *arguments):
    assert main(["forecast", "ecir2020", *map(str, arguments)]) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def read_error(capsys, *arguments):
    assert main(["forecast", *map(str, arguments)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    return line


def test_forecasts_have_a_row_for_each_curve_and_size(capsys):
    options = ("--observed", 200, "--at", 400, 800, "--pool", 5369, "--format", "json")
    rows = json.loads(read_output(capsys, *CURVE_OPTIONS, *options))
    assert [list(row) for row in rows] == [FIELDS, FIELDS]
    assert [(row["n_observed"], row["at"], row["pool"]) for row in rows] == [
        (200, 400, 5369),
        (200, 800, 5369),
    ]
    for row in rows:
        assert row["f1_low"] < row["f1"] < row["f1_high"]
        assert row["n90"] <= row["n95"] <= row["n99"] <= 5369
        assert row["n95_low"] <= row["n95"] <= row["n95_high"]


def test_all_34_curves_are_forecast_at_the_pool_by_default(capsys):
    rows = json.loads(read_output(capsys, "--observed", 100, "--format", "json"))
    assert len(rows) == 34
    assert {(row["at"], row["pool"], row["n_observed"]) for row in rows} == {(5000, 5000, 100)}
    assert all(row["f1"] == row["full_f1"] for row in rows)


def test_the_assumed_pool_is_never_below_the_training_size(capsys):
    (row,) = json.loads(
        read_output(capsys, "--target", "EN EHR", "--entity", "Drug", "--source", "none", "--format", "json")
    )
    assert (row["n_observed"], row["pool"]) == (49672, 49672)  # full data is a point, too


def test_csv_has_the_same_fields(capsys):
    rows = list(
        csv.DictReader(io.StringIO(read_output(capsys, *CURVE_OPTIONS, "--observed", 200, "--format", "csv")))
    )
    assert list(rows[0]) == FIELDS


def test_the_table_has_percentages_and_intervals(capsys):
    lines = read_output(capsys, *CURVE_OPTIONS, "--observed", 200, "--at", 800).splitlines()
    assert lines[0].split()[:6] == ["target", "entity", "source", "from", "at", "F1"]
    assert "[" in lines[1]
    references = load_reference_curves(list_reference_runs(RunStore()))
    n_others = sum(reference.curve.target != "EN UGT" for reference in references)
    assert lines[-1] == (
        "Brackets: 90 % intervals. Based on: average of 21 growth laws; "
        f"{n_others} curves of 15 other corpora; 4 sizes of this one."
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("ecir2020", "--target", "EN"),
            "run ecir2020: no target 'EN'. Available: EN EHR, EN UGT, RU EHR, RU UGT.",
        ),
        (
            ("ecir2020", "--observed", 20),
            "nothing was trained on 20 sentences or fewer. Use --observed 50 or more.",
        ),
        (("ecir2020", "--observed", 400, "--pool", 300), "the pool is 300 sentences, yet 400 are observed."),
        (("ecir2020", "--at", 0), "F1 is asked for at 0 sentences; ask for 1 or more."),
        (("nowhere",), f"run nowhere: no such run. Available: {', '.join(SHIPPED)}."),
    ],
)
def test_an_impossible_forecast_is_refused_in_one_line(capsys, arguments, message):
    assert message in read_error(capsys, *arguments)


def test_a_type_without_a_test_mention_has_no_forecast(capsys, tmp_path):
    base = {"target": "t", "source": "none", "model": "m", "method": "probe", "train_size": 900}
    rows = [
        [entity, n, f1, support]
        for entity, support in (("Drug", 60), ("Race", 0))
        for n, f1 in ((50, 0.4), (100, 0.5), (200, 0.6))
    ]
    columns = [*base, "entity", "n_sentences", "f1", "support"]
    lines = [",".join(columns)] + [",".join(map(str, [*base.values(), *row])) for row in rows]
    path = tmp_path / "points.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert main(["runs", "import", str(path)]) == 0
    capsys.readouterr()
    assert main(["forecast", "points", "--format", "json"]) == 0
    captured = capsys.readouterr()
    assert {row["entity"] for row in json.loads(captured.out)} == {"Drug"}
    assert captured.err == "note: no test mention, so no F1 to forecast: Race\n"
    assert read_error(capsys, "points", "--entity", "Race") == (
        "bioner: t: no test mention, so no F1 to forecast: Race. Choose another entity type."
    )
