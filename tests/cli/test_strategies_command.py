"""``bioner strategies`` and ``bioner curve --strategy``: rows, the answer, and refusals."""

import json

import pytest
import stored_runs

from bioner_core.cli import curve, main
from bioner_core.study.store import RunStore

CONLL = "aspirin\tB-Drug\nhelps\tO\n\nno\tO\npain{}\tB-Disease\n\n"
MODEL = ("--model", "multilingual-e5-small-q4")


@pytest.fixture
def train(tmp_path, monkeypatch):
    """Return a function that plans curves; results are stored in place of training."""

    def store_results(run):
        def f1(job):
            n = job.n_sentences * (2 if job.strategy != "random" else 1)
            return 0.9 * n / (n + 15) if not job.is_full else 0.8

        stored_runs.record_outcomes(run, run.pending(), f1=f1)
        return 0

    monkeypatch.setattr(curve, "train_or_follow", store_results)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.conll").write_text("".join(CONLL.format(n) for n in range(80)))

    def train(*options, run="chosen"):
        return main(["curve", "mine.conll", "--seeds", "0,1", "--run", run, *MODEL, *options])

    return train


def test_a_curve_with_strategies_is_planned_for_the_probe(train, capsys):
    assert train("--sizes", "10,20,40,80,full", "--strategy", "margin/10", "--strategy", "diverse/10") == 0
    printed = capsys.readouterr()
    assert "note: what choosing saves: bioner strategies chosen" in printed.err
    study = RunStore().open("chosen").study
    assert study.preset == "probe"
    assert {job.strategy for job in study.jobs} == {"random", "margin/10", "diverse/10"}
    assert "margin" not in printed.out  # budgets are of random sentences


def test_the_table_has_a_row_for_each_strategy_and_goal(train, capsys):
    train("--sizes", "10,20,40,80,full", "--strategy", "margin/10")
    capsys.readouterr()
    assert main(["strategies", "chosen"]) == 0
    out = capsys.readouterr().out
    lines = out.splitlines()
    assert [line.split()[:5] for line in lines[1:3]] == [
        ["mine", "all", "90", "%", "random"],
        ["mine", "all", "90", "%", "margin/10"],
    ]
    assert "To reach 90 % of full F1 on all in mine, margin/10 saves " in out
    assert "Hours: a sentence of average length takes 12.5 s, the mean of 8 and 17" in out


def test_rows_for_programs_have_every_axis(train, capsys):
    train("--sizes", "10,20,40,80,full", "--strategy", "margin/10")
    capsys.readouterr()
    options = ["--fraction", "0.8", "--entity", "Drug", "--seconds-per-sentence", "36", "--format", "json"]
    assert main(["strategies", "chosen", *options]) == 0
    random, chosen = json.loads(capsys.readouterr().out)
    assert (random["strategy"], chosen["strategy"]) == ("random", "margin/10")
    assert {random["entity"], chosen["entity"]} == {"Drug"}
    assert chosen["sentences"] < random["sentences"]
    assert chosen["sentences_saved"] == random["sentences"] - chosen["sentences"]
    assert chosen["words"] is None  # the stored results know no words


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--strategy", "entropy"], "bioner: strategy 'entropy': unknown. Allowed: random, margin,"),
        (
            ["--strategy", "margin", "--preset", "quick"],
            "bioner: strategies: only the probe chooses sentences, not the method finetune.",
        ),
        (
            ["--strategy", "documents"],
            "bioner: strategy documents/100: sentences of mine name no document. Choose another strategy",
        ),
        (
            ["--strategy", "margin", "--search"],
            "bioner: --strategy and --search: a search adds random sentences only. Name --sizes instead.",
        ),
    ],
)
def test_what_cannot_be_chosen_is_refused(train, capsys, options, message):
    assert train("--sizes", "10,20,full", *options) == 1
    assert any(line.startswith(message) for line in capsys.readouterr().err.splitlines())


def test_a_run_without_strategies_says_how_to_train_some(train, capsys):
    train("--sizes", "10,20,full", "--preset", "probe", run="plain")
    capsys.readouterr()
    assert main(["strategies", "plain"]) == 1
    assert capsys.readouterr().err.startswith("bioner: run plain: has no strategies, only random sentences.")


def test_a_chosen_model_is_compared_with_a_random_one(train, capsys):
    train("--sizes", "10,20,40,80,full", "--strategy", "margin/10")
    capsys.readouterr()
    assert main(["significance", "chosen", "margin/10@20", "none@20", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert all(row["f1_one"] > row["f1_other"] for row in rows)
