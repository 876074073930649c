"""``bioner runs watch``: a table on a terminal, a line for each change elsewhere; training goes on."""

import re
import sys
from types import SimpleNamespace

import pytest
import stored_runs

from bioner_core.cli import main, runs_watch
from bioner_core.study.run_state import DeviceProgress, WorkerProgress


@pytest.fixture
def steps(monkeypatch):
    """Replace the pauses between looks: each takes the next step of a list that a test fills."""
    todo = []
    monkeypatch.setattr(runs_watch, "time", SimpleNamespace(sleep=lambda seconds: todo.pop(0)()))
    return todo


@pytest.fixture
def run():
    """Return a run that a worker trains until the test takes its lock away."""
    run = stored_runs.plan_run("first")
    with run.lock() as writer:
        run.__dict__["writer"] = writer
        yield run


def report(run, *names, seconds=90.0):
    devices = [
        DeviceProgress(name=name, n_running=2, memory=3_000_000_000, passes_per_second=120.0)
        for name in names
    ]
    run.writer.save_progress(WorkerProgress(pid=1, host="x", seconds_left=seconds, devices=tuple(devices)))


def finish(run, n):
    for job in run.pending()[:n]:
        run.writer.append_result(stored_runs.build_outcome(run, job, 0.5))


def end(run):
    finish(run, 4)


def test_without_a_terminal_each_change_is_a_line_until_the_run_ends(run, steps, capsys):
    report(run, "cpu")
    steps += [lambda: None, lambda: finish(run, 1), lambda: end(run)]
    assert main(["runs", "watch"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "first: 0 of 4 models trained, about 90 s left.",
        "first: 1 of 4 models trained, about 90 s left.",
        "first: All 4 models are trained.",
    ]


def test_a_terminal_has_a_table_that_is_written_over(run, steps, capsys, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    report(run, "cuda:0", "cuda:1")
    steps += [lambda: stored_runs.plan_run("second"), lambda: end(run)]
    assert main(["runs", "watch", "first"]) == 0
    first, second, last = re.split(r"(?:\x1b\[4F)?\x1b\[J", capsys.readouterr().out)[1:]
    assert first == second
    head, row, *devices = first.splitlines()
    assert head.split() == ["run", "state", "done", "failed", "training", "passes/s", "memory", "left"]
    assert row.split() == ["first", "live", "0", "of", "4", "0", "4", "240", "6.0", "GB", "90", "s"]
    assert devices == [f"  first: GPU {n}: 2 models, 120 sentence-passes/s, 3.0 GB" for n in (0, 1)]
    assert last.splitlines()[1].split()[:5] == ["first", "done", "4", "of", "4"]


def test_ctrl_c_leaves_the_training_alone(run, steps, capsys):
    def press():
        raise KeyboardInterrupt

    report(run)
    steps.append(press)
    assert main(["runs", "watch", "first"]) == 130
    assert capsys.readouterr().err == "\ntraining goes on; watch again: bioner runs watch first\n"
    assert (run.is_cancelled, run.state().is_live) == (False, True)


def test_runs_that_start_meanwhile_join_and_failures_change_the_exit_code(run, steps, capsys):
    other = stored_runs.plan_run("second")
    lock = other.lock()

    def start():
        other.__dict__["writer"] = lock.__enter__()

    def finish_both():
        end(run)
        lock.__exit__(None, None, None)

    steps += [start, finish_both]
    assert main(["runs", "watch"]) == 1
    assert capsys.readouterr().out.splitlines()[-1].startswith("second: Stopped after 0 of 4 models")


def test_where_nothing_is_in_training_the_command_says_how_to_begin(capsys):
    stored_runs.plan_run("planned")
    assert main(["runs", "watch"]) == 0
    assert capsys.readouterr().out == (
        "no run is in training; start one: bioner curve, or bioner runs resume RUN\n"
    )
    assert main(["runs", "watch", "gone"]) == 1
