"""``bioner curve``: what it says is to be trained, and what a plan or its points cannot answer."""

import kept
import pytest

from bioner_core.cli import main, training
from bioner_core.study.store import RunStore

CONLL = "aspirin\tB-Drug\nhelps\tO\n\nno\tO\npain{}\tB-Disease\n\n"
NO_FULL = "it lacks full data without pretraining, so there is nothing to compare with"
NO_CURVE = "it has 1 size below full data, and a curve takes two"


@pytest.fixture
def notes(tmp_path, monkeypatch):
    """Make a corpus; training itself is left out."""
    monkeypatch.setattr(training, "resume", lambda run: 1)
    monkeypatch.chdir(tmp_path)
    text = "".join(CONLL.format(n) for n in range(40))
    (tmp_path / "mine.conll").write_text(text, encoding="utf-8")


def planned(capsys, sizes, *, seeds="0"):
    """Plan and return what is said on stderr."""
    options = ("--seeds", seeds, "--run", "own", "--model", "multilingual-e5-small-q4")
    assert main(["curve", "mine.conll", "--preset", "probe", "--sizes", sizes, *options]) == 1
    return capsys.readouterr().err.splitlines()


def test_a_new_run_tells_its_plan(notes, capsys):
    assert [line.split(",")[0] for line in planned(capsys, "10,20,full") if line.startswith("own: ")] == [
        "own: 3 models"
    ]


def test_a_run_that_is_there_tells_what_is_pending_and_what_is_done(notes, capsys):
    planned(capsys, "10,20,full")
    run = RunStore().open("own")
    kept.train(run, run.study.jobs[:2])
    told = [line for line in planned(capsys, "10,30") if line.startswith("own: ")]
    assert told[0] == "own: 2 models pending (1 of them from an earlier plan), 2 done already"
    assert told[1].startswith("own: 2 models, ")
    kept.train(run, run.pending())
    told = [line for line in planned(capsys, "10,30") if line.startswith("own: ")]
    assert told == ["own: 0 models pending, 4 done already"]


@pytest.mark.parametrize(
    ("sizes", "reasons"),
    [("10", f"{NO_FULL}; {NO_CURVE}"), ("10,20", NO_FULL), ("10,full", NO_CURVE), ("10,20,full", None)],
)
def test_a_plan_that_can_give_no_budget_says_so_and_why(notes, capsys, sizes, reasons):
    told = [line for line in planned(capsys, sizes) if "no number" in line]
    begin = "note: mine: no number of sentences can be told of this plan: "
    assert told == ([] if reasons is None else [f"{begin}{reasons}."])


def test_what_a_run_has_already_counts_for_its_budget(notes, capsys):
    planned(capsys, "10,full")
    assert [line for line in planned(capsys, "20") if "no number" in line] == []


def test_a_status_that_is_no_answer_is_explained_under_the_table(capsys):
    kept.train(kept.planned(sizes="20,40"))
    assert main(["budget", "first"]) == 0
    *_, row, told = capsys.readouterr().out.splitlines()
    assert row.split()[-1] == "no_full"
    assert told == (
        "no_full: the model on full data without pretraining, which sets the goal, is not trained; --f1 sets "
        "another goal"
    )


def test_a_budget_of_models_that_find_nothing_is_a_table_with_the_reason(capsys):
    kept.train(kept.planned(), f1=lambda job: 0.0)
    assert main(["budget", "first"]) == 0
    *rows, told = capsys.readouterr().out.splitlines()[1:]
    assert {row.split()[-1] for row in rows} == {"no_f1"}
    why = "never found, even on full data, so there is no share of its F1 to reach"
    assert told == f"no_f1: {why}; --f1 sets another goal"
