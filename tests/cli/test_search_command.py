"""``bioner curve --search`` and ``bioner runs resume --search``: options, progress, and what is stored."""

import json

import pytest
import search_runner
import stored_runs
from search_runner import CORPORA, build_study, run_in_process, run_known_curve

from bioner_core.cli import curve, main, runs
from bioner_core.costs.rates import Rates, save_rates
from bioner_core.study.executors import backend
from bioner_core.study.search import Search
from bioner_core.study.store import RunStore

CONLL = "aspirin\tB-Drug\nhelps\tO\n\nno\tO\npain{}\tB-Disease\n\n"


@pytest.fixture
def known_curve(monkeypatch):
    """Replace training by a known curve."""
    monkeypatch.setattr(backend, "run_locally", run_in_process)
    monkeypatch.setattr(runs, "load_torch_and_train", run_known_curve)


def create_run(*searches, **options):
    return RunStore().create(build_study(*searches, **options), CORPORA)


def plan_search(tmp_path, monkeypatch, *options):
    """Plan a search of a small corpus; training is replaced by a stub."""
    monkeypatch.setattr(curve, "train_or_follow", lambda run: 1)
    path = tmp_path / "mine.conll"
    path.write_text("".join(CONLL.format(n) for n in range(150)), encoding="utf-8")
    model = ("--model", "multilingual-e5-small-q4", "--preset", "probe")
    return main(["curve", str(path), "--run", "own", *model, *options])


def test_a_search_is_planned_with_few_sizes_and_two_seeds(tmp_path, monkeypatch, capsys):
    options = ("--until", "1.3", "--fraction", "0.95", "--max-models", "10", "--max-minutes", "5")
    assert plan_search(tmp_path, monkeypatch, "--search", *options) == 1
    study = RunStore().open("own").study
    assert study.search == Search(until=1.3, fraction=0.95, max_models=10, max_seconds=300)
    assert sorted({job.n_sentences for job in study.jobs}) == [13, 52, 105, 210]
    assert study.seeds == (0, 1)
    assert capsys.readouterr().err.splitlines()[-1] == (
        "own: The search then adds models until the number for 95 % is known to within a factor of 1.3, "
        "or 10 are added, or 5 min have passed."
    )


def test_sizes_and_seeds_of_a_search_can_be_named(tmp_path, monkeypatch):
    plan_search(tmp_path, monkeypatch, "--search", "--sizes", "20,80,full", "--seeds", "5")
    study = RunStore().open("own").study
    assert {job.n_sentences for job in study.jobs} == {20, 80, 210}
    assert study.seeds == (5,)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--until", "1.3"), "--until: is an option of a search; add --search."),
        (("--max-models", "3"), "--max-models: is an option of a search; add --search."),
        (("--max-cost", "3"), "--max-cost: is an option of a search; add --search."),
        (("--search", "--until", "1"), "until is 1; it must be above 1, such as 1.5: high / low."),
    ],
)
def test_options_that_fit_no_search_are_refused(tmp_path, monkeypatch, capsys, options, message):
    assert plan_search(tmp_path, monkeypatch, *options) == 1
    assert capsys.readouterr().err.splitlines()[-1].removeprefix("bioner: ") == message


def test_money_limits_a_search_at_the_price_of_training(tmp_path, monkeypatch, capsys):
    save_rates(Rates(machine_price=4))
    plan_search(tmp_path, monkeypatch, "--search", "--max-cost", "1", "--max-minutes", "60")
    assert RunStore().open("own").study.search == Search(max_seconds=900)
    assert "or 15 min have passed." in capsys.readouterr().err


def test_progress_says_how_the_interval_narrows_and_why_the_search_ended(known_curve, capsys):
    run = create_run(Search(until=1.5))
    assert main(["runs", "resume", run.name]) == 0
    lines = capsys.readouterr().err.splitlines()
    rounds = [line for line in lines if line.startswith(("Now ", "The search ended: "))]
    assert len(rounds) == len(run.study.search.rounds)
    assert "more model" in rounds[0]
    assert "to within a factor of 1.5." in rounds[0]
    assert rounds[-1].endswith("The interval is within a factor of 1.5.")
    assert sum(line.startswith("next: ") for line in lines) == len(rounds) - 1


def test_a_search_is_added_to_a_run_and_shown(known_curve, capsys):
    run = create_run(sizes="50,100,200,400,full")
    assert main(["runs", "resume", run.name]) == 0
    command = ["runs", "resume", run.name, "--search", "--until", "1.05", "--max-models", "1"]
    assert main(command) == 0
    assert run.study.search.n_models == 1
    assert main(command) == 0  # the same search has ended
    assert len(run.study.jobs) == 11
    capsys.readouterr()
    assert main(["runs", "show", run.name]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("round: ")]
    assert len(lines) == 2
    assert lines[-1].endswith("The limit of 1 added model is reached.")
    assert main(["runs", "show", run.name, "--format", "json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert [step["end"] for step in record["searches"][0]["rounds"]] == ["", "models"]


def test_a_search_for_one_type_of_one_target_is_stored(known_curve):
    run = create_run(Search(max_models=0), sources=["source"])
    scope = ("--target", "target", "--source", "none", "--entity", "Drug")
    main(["runs", "resume", run.name, "--search", *scope, "--max-models", "1"])
    search = run.study.search
    assert (search.target, search.source, search.entity, search.n_models) == ("target", "none", "Drug", 1)
    assert run.study.jobs[-1].source == "none"


def test_an_open_search_without_a_worker_is_stopped(capsys):
    run = create_run(Search())
    for job in run.study.jobs:
        with run.lock() as writer:
            writer.append_result(search_runner.build_result(job))
    assert main(["runs", "list", "--format", "json"]) == 0
    [row] = [row for row in json.loads(capsys.readouterr().out) if row["run"] == run.name]
    assert (row["state"], row["models"]) == ("stopped", "8 of 8")


def test_a_searching_run_is_listed_as_searching(capsys):
    run = create_run(Search())
    with run.lock():
        assert main(["runs", "list"]) == 0
    [line] = [line for line in capsys.readouterr().out.splitlines() if line.startswith(run.name)]
    assert line.split()[1] == "searching"


def test_a_cancelled_search_without_pending_models_is_resumable(capsys):
    run = create_run(Search())
    stored_runs.record_outcomes(run, run.study.jobs)
    run.cancel()
    assert run.state().status == "cancelled"
    assert runs._report_failures(run) == 1
    assert "continue with: bioner runs resume searched" in capsys.readouterr().err
