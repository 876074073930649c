"""``bioner curve``: the printed plan, and notes on budgets that a plan or its points do not allow."""

import json

import pytest
import stored_runs

from bioner_core.cli import curve, main
from bioner_core.study.store import SHIPPED, RunStore

CONLL = "aspirin\tB-Drug\nhelps\tO\n\nno\tO\npain{}\tB-Disease\n\n"
NO_FULL = (
    "note: mine: no share of full F1 can be estimated from this plan: it lacks full data without "
    "pretraining. An F1 can be the goal instead."
)
NO_CURVE = (
    "note: mine: no number of sentences can be estimated from this plan: it has 1 size below full data, "
    "and a curve needs two."
)


@pytest.fixture
def notes(tmp_path, monkeypatch):
    """Write a corpus; training is replaced by a stub."""
    monkeypatch.setattr(curve, "train_or_follow", lambda run: 1)
    monkeypatch.chdir(tmp_path)
    text = "".join(CONLL.format(n) for n in range(40))
    (tmp_path / "mine.conll").write_text(text, encoding="utf-8")


def plan_curve(capsys, sizes, *, seeds="0"):
    """Plan a curve and return the lines on stderr."""
    options = ("--seeds", seeds, "--run", "own", "--model", "multilingual-e5-small-q4")
    assert main(["curve", "mine.conll", "--preset", "probe", "--sizes", sizes, *options]) == 1
    return capsys.readouterr().err.splitlines()


def test_a_new_run_prints_its_plan(notes, capsys):
    assert [line.split(",")[0] for line in plan_curve(capsys, "10,20,full") if line.startswith("own: ")] == [
        "own: 3 models"
    ]


def test_an_existing_run_prints_how_many_models_are_pending_and_done(notes, capsys):
    plan_curve(capsys, "10,20,full")
    run = RunStore().open("own")
    stored_runs.record_outcomes(run, run.study.jobs[:2])
    lines = [line for line in plan_curve(capsys, "10,30") if line.startswith("own: ")]
    assert lines[0] == "own: 2 models pending (1 of them from an earlier plan), 2 done already"
    assert lines[1].startswith("own: 2 models, ")
    stored_runs.record_outcomes(run, run.pending())
    lines = [line for line in plan_curve(capsys, "10,30") if line.startswith("own: ")]
    assert lines == ["own: 0 models pending, 4 done already"]


@pytest.mark.parametrize(
    ("sizes", "expected_notes"),
    [("10", [NO_CURVE]), ("10,20", [NO_FULL]), ("10,full", [NO_CURVE]), ("10,20,full", [])],
)
def test_a_plan_that_allows_no_budget_gives_the_reason(notes, capsys, sizes, expected_notes):
    assert [
        line for line in plan_curve(capsys, sizes) if "can be estimated from this plan" in line
    ] == expected_notes


def test_existing_sizes_of_a_run_count_for_its_budget(notes, capsys):
    plan_curve(capsys, "10,full")
    assert [line for line in plan_curve(capsys, "20") if "can be estimated from this plan" in line] == []


def test_a_status_without_a_budget_is_explained_under_the_table(capsys):
    stored_runs.record_outcomes(stored_runs.plan_run(sizes="20,40"))
    assert main(["budget", "first"]) == 0
    *_, row, lines = capsys.readouterr().out.splitlines()
    assert row.split()[-1] == "no_full"
    assert lines == (
        "no_full: the model on full data without pretraining, which sets the goal, is not trained yet; "
        "`bioner budget --f1` sets another goal"
    )


def test_a_budget_of_models_with_zero_f1_is_a_table_with_the_reason(capsys):
    stored_runs.record_outcomes(stored_runs.plan_run(), f1=lambda job: 0.0)
    assert main(["budget", "first"]) == 0
    *rows, lines = capsys.readouterr().out.splitlines()[1:]
    assert {row.split()[-1] for row in rows} == {"no_f1"}
    assert lines == "no_f1: no model finds any of its test mentions: F1 is 0, so there is no goal to reach"


@pytest.mark.parametrize("form", ["table", "json"])
def test_a_plan_alone_stores_nothing_and_counts_what_is_left(notes, capsys, form):
    options = ["--seeds", "0", "--run", "own", "--model", "multilingual-e5-small-q4", "--preset", "probe"]
    command = ["curve", "mine.conll", "--sizes", "10,20,full", *options]
    assert main([*command, "--plan-only", "--format", form, "--backend", "ray://head:10001"]) == 0
    out = capsys.readouterr().out
    assert RunStore().names() == SHIPPED
    unknown = "The speed on ray://head:10001 is not known yet: the first models will show it."
    if form == "table":
        title, basis = out.splitlines()
        assert title.startswith("own: 3 models, ") and title.endswith(" sentence-passes")
        assert basis == unknown
    else:
        record = json.loads(out)
        assert (record["models"], record["backend"], record["basis"]) == (3, "ray://head:10001", unknown)
        assert (record["seconds"], record["cost"], record["kwh"]) == (None, None, None)
    assert main(command) == 1  # the stub of the training
    run = RunStore().open("own")
    stored_runs.record_outcomes(run, run.study.jobs[:2])
    capsys.readouterr()
    assert main([*command, "--plan-only"]) == 0
    assert capsys.readouterr().out.startswith("own: 1 model, ")
