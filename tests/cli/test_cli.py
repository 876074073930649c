"""The command line in this process: output, exit codes, one-line errors."""

import csv
import io
import json
import os
import re

import pytest
import stored_runs

from bioner_core.cli import build_parser, main
from bioner_core.curves.best_source import add_chances
from bioner_core.curves.budget_table import compute_budgets
from bioner_core.curves.points import COLUMNS
from bioner_core.study.store import SHIPPED, RunStore

CONLL = "aspirin\tB-Drug\nhelps\tO\n\nno\tO\npain\tB-Disease\n\n"


@pytest.fixture
def notes(tmp_path):
    path = tmp_path / "notes.conll"
    path.write_text(CONLL * 40, encoding="utf-8")
    return path


def read_output(capsys, *arguments):
    """Run a command that must succeed and return what it printed."""
    assert main([str(a) for a in arguments]) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def read_error(capsys, *arguments):
    """Run a command that must fail with a user error and return its only line."""
    assert main([str(a) for a in arguments]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1, lines
    return lines[0]


def test_budget_in_json_has_the_34_rows_that_the_page_shows(capsys):
    rows = json.loads(read_output(capsys, "budget", "ecir2020", "--format", "json"))
    run = RunStore().open("ecir2020")
    expected = json.loads(json.dumps([b.record() for b in add_chances(compute_budgets(run.points()))]))
    assert [{name: row[name] for name in expected[0]} for row in rows] == expected
    assert len(rows) == 34
    assert all(row["n99"] == row["n_plan"] for row in rows)
    for row in rows:
        plans = [row[name] for name in ("n90", "n95", "n99") if row[name] is not None]
        assert plans == sorted(plans)
        assert row["n95_low"] <= row["n95"] <= row["n95_high"]


def test_the_best_source_is_that_with_the_highest_chance_to_need_fewest(capsys):
    options = ("--target", "EN UGT", "--entity", "Drug", "--format", "json")
    rows = json.loads(read_output(capsys, "budget", "ecir2020", *options))
    [best] = json.loads(read_output(capsys, "budget", "ecir2020", *options, "--source", "best"))
    assert best == max(rows, key=lambda row: row["chance_best"])
    assert sum(row["chance_best"] for row in rows) == pytest.approx(1, abs=0.01)


def test_beside_an_f1_there_are_no_other_goals(capsys):
    options = ("--target", "EN UGT", "--entity", "Drug", "--source", "best", "--f1", "0.8")
    [row] = json.loads(read_output(capsys, "budget", "ecir2020", *options, "--format", "json"))
    assert [row[name] for name in ("n99", "n95", "n95_low", "n90_high")] == [None] * 4
    assert "for 95 %" not in read_output(capsys, "budget", "ecir2020", *options)


def test_budget_of_one_curve_has_the_paper_s_number_and_the_plan(capsys):
    options = ("--target", "EN UGT", "--entity", "Drug", "--source", "EN EHR", "--format", "json")
    (row,) = json.loads(read_output(capsys, "budget", "ecir2020", *options))
    assert (row["n_first"], row["n_stable"], row["n_plan"]) == (500, None, row["n99"])


def test_a_row_has_the_plan_its_interval_and_what_pretraining_saves(capsys):
    lines = read_output(
        capsys, "budget", "ecir2020", "--target", "EN UGT", "--entity", "Drug", "--source", "EN EHR"
    ).splitlines()
    assert "basis" not in lines[0]
    options = ("--target", "EN UGT", "--entity", "Drug", "--source", "EN EHR", "--format", "json")
    (row,) = json.loads(read_output(capsys, "budget", "ecir2020", *options))
    numbers = [f"{row['n_plan']}", f"{row['n_low']}–{row['n_high']}", f"{row['n90']}", f"{row['n95']}"]
    cells = [cell.strip() for cell in re.split(r"\s{2,}", lines[1])]
    assert cells[:7] == ["EN UGT", "Drug", "EN EHR", *numbers]
    assert cells[7:] == ["500", "–", f"{row['saved_plan']}", "84.0", "84.9", "86.2", "reached"]


def test_a_lower_bound_of_a_saving_is_printed_with_a_greater_than_sign(capsys):
    options = ("--f1", "0.86", "--target", "RU EHR", "--entity", "Drug")
    rows = json.loads(read_output(capsys, "budget", "ecir2020", *options, "--format", "json"))
    bounds = {row["source"]: row["saved_plan"] for row in rows if row["saved_plan_is_bound"]}
    assert bounds
    table = read_output(capsys, "budget", "ecir2020", *options)
    for source, saved in bounds.items():
        assert f">{saved}" in next(line for line in table.splitlines() if f"Drug    {source}" in line)


def test_an_interval_that_may_end_beyond_full_data_has_a_greater_than_sign(capsys):
    options = ("--target", "RU UGT", "--entity", "Drug", "--source", "EN UGT")
    (row,) = json.loads(read_output(capsys, "budget", "ecir2020", *options, "--format", "json"))
    assert row["n_high_beyond"]
    assert row["n_high"] == row["n_max"] == 2961
    table = read_output(capsys, "budget", "ecir2020", *options)
    assert f"{row['n_plan']}  {row['n_low']}–>2961 " in table


def test_several_bases_of_plans_are_a_column_and_explained_in_a_line(capsys):
    options = ("budget", "ecir2020", "--target", "EN UGT", "--entity", "Drug")
    head, *rows, line = read_output(capsys, *options).splitlines()
    assert head.split()[-1] == "basis"
    assert [row.split()[-1] for row in rows] == ["measured", "measured", "measured", "borrowed"]
    assert line == (
        "basis: measured: within the sizes trained; borrowed: between the largest size and full data "
        "without pretraining"
    )


def test_budget_for_every_type_is_the_largest(capsys):
    (row,) = json.loads(
        read_output(
            capsys, "budget", "ecir2020", "--target", "RU UGT", "--entity", "every", "--source", "none",
            "--format", "json",
        )
    )  # fmt: skip
    assert (row["n_first"], row["decided_by"]) == (1100, "Drug")


def test_the_table_of_every_type_names_the_deciding_and_the_omitted_type(capsys):
    stored_runs.record_outcomes(stored_runs.plan_run("first"), support=0)
    head, *rows = read_output(capsys, "budget", "first", "--entity", "every").splitlines()
    assert head.endswith("decided by  left out")
    assert [cell.strip() for cell in re.split(" {2,}", rows[0])][-2:] == ["Disease", "Drug (no test mention)"]


def test_the_budget_of_every_type_is_that_of_the_only_type(capsys):
    options = ("budget", "four-corpora-probe", "--target", "psytar_en", "--format", "json")
    row, *_ = json.loads(read_output(capsys, *options, "--entity", "every"))
    row_of_type, *_ = json.loads(read_output(capsys, *options, "--entity", "Disease"))
    assert (row["decided_by"], row["n_plan"]) == ("Disease", row_of_type["n_plan"])


def test_a_run_without_a_curve_gives_the_reason_in_every_format(capsys):
    stored_runs.plan_run("first")
    for form in ("table", "json", "csv"):
        assert main(["budget", "first", "--format", form]) == 0
        assert capsys.readouterr().err == "run first: no curve of two or more sizes yet\n"


def test_budget_for_an_absolute_goal_needs_no_full_data(capsys):
    rows = json.loads(
        read_output(capsys, "budget", "ecir2020", "--f1", "0.80", "--entity", "Drug", "--format", "json")
    )
    assert {row["target_f1"] for row in rows} == {0.8}
    assert {row["fraction"] for row in rows} == {None}


def test_an_unknown_target_is_refused_with_the_available_ones(capsys):
    assert read_error(capsys, "budget", "ecir2020", "--target", "EN") == (
        "bioner: run ecir2020: no target 'EN'. Available: EN EHR, EN UGT, RU EHR, RU UGT."
    )


def test_an_unknown_run_is_refused_with_the_available_ones(capsys):
    assert read_error(capsys, "budget", "nothing") == (
        "bioner: run nothing: no such run. "
        "Available: ecir2020, four-corpora-probe, public-corpora-probe, rumedner-finetuned."
    )


def test_export_holds_every_point_under_the_column_names(capsys, tmp_path):
    printed = read_output(capsys, "export", "ecir2020")
    read_output(capsys, "export", "ecir2020", "--out", tmp_path / "points.csv")
    assert (tmp_path / "points.csv").read_text(encoding="utf-8") == printed
    rows = list(csv.DictReader(io.StringIO(printed)))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == len(RunStore().open("ecir2020").points())


def test_check_counts_labels_and_lists_findings(capsys, notes):
    record = json.loads(read_output(capsys, "corpus", "check", notes, "--format", "json"))
    assert record["labels"] == {"Drug": 40, "Disease": 40}
    assert record["entities"]["Drug"] == {"count": 40, "avg_length": 1.0}
    assert {"level", "where", "message"} == set(record["findings"][0])
    assert "Drug" in read_output(capsys, "corpus", "check", notes)


def test_map_renames_a_label_and_keeps_only_mapped_ones(capsys, tmp_path):
    path = tmp_path / "own.conll"
    path.write_text("a\tB-Foo\nb\tB-Bar\n\n" * 20, encoding="utf-8")
    command = ("corpus", "check", path, "--format", "json")
    assert set(json.loads(read_output(capsys, *command))["entities"]) == {"Foo", "Bar"}
    assert set(json.loads(read_output(capsys, *command, "--map", "Foo=Drug"))["entities"]) == {"Drug"}


def test_map_without_a_type_leaves_a_label_out(capsys, notes):
    command = ("corpus", "check", notes, "--format", "json", "--map", "Drug=")
    record = json.loads(read_output(capsys, *command))
    assert (set(record["labels"]), set(record["entities"])) == ({"Drug", "Disease"}, {"Disease"})
    mapped = json.loads(read_output(capsys, *command, "--map", "keep"))
    assert set(mapped["entities"]) == {"Disease"}


def test_map_without_a_label_explains_its_syntax(capsys):
    with pytest.raises(SystemExit):
        main(["corpus", "check", "notes.conll", "--map", "=Drug"])
    assert capsys.readouterr().err.splitlines()[-1] == (
        "bioner corpus check: error: argument --map: '=Drug': write RAW=TYPE, such as Chemical=Drug, RAW= to "
        "leave RAW out, or keep"
    )


def test_stats_take_several_corpora(capsys, notes, tmp_path):
    other = tmp_path / "other.conll"
    other.write_text(CONLL * 50, encoding="utf-8")
    rows = json.loads(read_output(capsys, "corpus", "stats", notes, other, "--format", "json"))
    assert [(row["name"], row["sentences"]) for row in rows] == [("notes", 80), ("other", 100)]


@pytest.mark.parametrize(
    "command",
    [
        ("export", "ecir2020", "--out"),
        ("report", "ecir2020", "--target", "EN UGT", "--entity", "Drug", "--model", "Multi-BERT", "--out"),
        ("runs", "export", "ecir2020"),
        ("corpus", "check", "notes.conll", "--unplaced"),
        ("corpus", "convert", "notes.conll", "--to", "conll"),
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_an_existing_file_is_never_overwritten(capsys, notes, tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "out.csv"
    out.write_text("mine")
    assert read_error(capsys, *command, out) == (
        f"bioner: {out}: already exists. Choose another file name, or move the old file away first."
    )
    assert out.read_text() == "mine"


def test_a_missing_folder_is_reported_in_one_line(capsys, tmp_path):
    out = tmp_path / "none" / "points.csv"
    assert read_error(capsys, "export", "ecir2020", "--out", out) == (
        f"bioner: {out}: cannot be written (the folder {tmp_path / 'none'} does not exist). Create it first."
    )


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="needs Linux")
def test_points_that_cannot_be_written_are_reported_in_one_line(capsys):
    assert read_error(capsys, "export", "ecir2020", "--out", "/proc/x.csv") == (
        "bioner: /proc/x.csv: cannot be written (No such file or directory). Choose another place."
    )


def test_convert_never_overwrites_a_file(capsys, notes, tmp_path):
    out = tmp_path / "out.jsonl"
    read_output(capsys, "corpus", "convert", notes, out, "--to", "jsonl")
    record = json.loads(read_output(capsys, "corpus", "check", out, "--format", "json"))
    assert record["labels"] == {"Drug": 40, "Disease": 40}
    assert read_error(capsys, "corpus", "convert", notes, out, "--to", "jsonl") == (
        f"bioner: {out}: already exists. Choose another file name, or move the old file away first."
    )


@pytest.mark.parametrize("to", ["conll", "brat"])
@pytest.mark.skipif(not os.path.isdir("/proc"), reason="needs Linux")
def test_convert_to_an_unwritable_path_is_reported_in_one_line(capsys, notes, to):
    assert read_error(capsys, "corpus", "convert", notes, "/proc/x.conll", "--to", to) == (
        "bioner: /proc/x.conll: cannot be written (No such file or directory). Choose another place."
    )


def test_a_file_name_that_is_too_long_is_reported_in_one_line(capsys, notes, tmp_path):
    out = tmp_path / ("x" * 300)
    reason = f"bioner: {out}: cannot be written (File name too long). Choose another place."
    assert read_error(capsys, "corpus", "convert", notes, out, "--to", "conll") == reason
    assert [path.name for path in tmp_path.iterdir()] == ["notes.conll"]


def test_samples_are_added_to_the_library_and_marked_as_synthetic(capsys):
    lines = read_output(capsys, "corpus", "add", "sample")
    assert "added sample EN UGT" in lines
    findings = json.loads(read_output(capsys, "corpus", "check", "sample RU EHR", "--format", "json"))[
        "findings"
    ]
    assert any("synthetic" in f["message"] for f in findings)


def test_a_missing_path_is_reported_in_one_line(capsys):
    line = read_error(capsys, "corpus", "check", "nowhere.conll")
    assert line.startswith("bioner: nowhere.conll: ")


def test_the_budget_of_a_synthetic_target_has_a_note_on_stderr(capsys):
    stored_runs.record_outcomes(
        stored_runs.plan_run("mine", target=stored_runs.build_corpus("made up", is_synthetic=True))
    )
    assert main(["budget", "mine", "--format", "json"]) == 0
    captured = capsys.readouterr()
    assert {row["target"] for row in json.loads(captured.out)} == {"made up"}
    assert captured.err == "note: made up is synthetic: its numbers are no evidence.\n"
    assert main(["budget", "ecir2020"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("command", ["in-corpus", "zero-shot", "answers", "sources", "forecast"])
def test_other_commands_also_note_a_synthetic_target(capsys, command):
    stored_runs.record_outcomes(
        stored_runs.plan_run(
            "mine", target=stored_runs.build_corpus("made up", is_synthetic=True), sizes="20,40,full"
        )
    )
    assert main([command, "mine"]) == 0
    lines = capsys.readouterr().err
    assert lines == (
        "" if command == "sources" else "note: made up is synthetic: its numbers are no evidence.\n"
    )


@pytest.mark.parametrize("line", ["budget", "corpus convert a b", "curve", "corpus check a --map x", "frob"])
def test_wrong_usage_exits_with_status_2(line, capsys):
    with pytest.raises(SystemExit) as ended:
        main(line.split())
    assert ended.value.code == 2


def test_the_published_run_cannot_be_deleted(capsys):
    assert read_error(capsys, "runs", "delete", "ecir2020", "--yes") == (
        "bioner: run ecir2020: comes with the program and cannot be deleted."
    )


def test_runs_lists_the_published_run(capsys):
    rows = json.loads(read_output(capsys, "runs", "list", "--format", "json"))
    states = [(name, RunStore().open(name).state().status) for name in SHIPPED]
    assert {word for _, word in states} <= {"published", "done", "partial"}
    assert [(row["run"], row["state"]) for row in rows] == states
    assert "ecir2020" in read_output(capsys, "runs")


def test_every_command_has_help():
    def walk(command, words):
        for action in command._actions:
            if hasattr(action, "choices") and isinstance(action.choices, dict):
                helped = {choice.dest for choice in action._choices_actions if choice.help}
                for name, sub in action.choices.items():
                    assert name in helped, " ".join((*words, name))
                    walk(sub, (*words, name))

    walk(build_parser(), ("bioner",))


def test_map_keep_keeps_all_labels_of_a_corpus(capsys, tmp_path):
    path = tmp_path / "labels.conll"
    path.write_text("aspirin\tB-Drug\n5\tB-Dose\nmg\tI-Dose\n\nold\tB-Age\n\n" * 30, encoding="utf-8")
    types = {}
    for options in ((), ("--map", "keep"), ("--map", "keep", "--map", "Dose=Dosage")):
        record = json.loads(read_output(capsys, "corpus", "check", path, *options, "--format", "json"))
        types[options] = set(record["entities"])
    assert list(types.values()) == [{"Drug"}, {"Age", "Dose", "Drug"}, {"Age", "Dosage", "Drug"}]


def test_a_shipped_run_is_imported_only_under_a_new_name(capsys, tmp_path):
    packed = tmp_path / "part.zip"
    assert main(["runs", "export", "rumedner-finetuned", str(packed)]) == 0
    assert main(["runs", "import", str(packed)]) == 1  # the name is taken, and stays as it came
    assert "comes with the program" in capsys.readouterr().err
    assert main(["runs", "import", str(packed), "--name", "mine"]) == 0
    store = RunStore()
    shipped, imported = store.open("rumedner-finetuned"), store.open("mine")
    assert (imported.points(), imported.pending()) == (shipped.points(), shipped.pending())
