"""Training in the terminal: progress, Ctrl-C, resuming and the final message."""

import sys

import numpy as np
import pytest
import stored_runs

from bioner_core.cli import main, progress
from bioner_core.curves.points import CurvePoint
from bioner_core.study.executors import backend
from bioner_core.study.jobs import JobProgress, JobResult, SentenceCounts
from bioner_core.study.run_state import RunState, WorkerProgress
from bioner_core.study.store import RunStore

COUNTS = SentenceCounts(entities=("Drug",), counts=np.zeros((60, 1, 3), dtype=np.int32))


def build_point(job, entity):
    return CurvePoint(
        target=job.target, source=job.source, model=job.model, method=job.method, entity=entity,
        n_sentences=job.n_sentences, is_full=job.is_full, seed=job.seed, f1=0.5, support=60,
    )  # fmt: skip


def build_executor(n_done):
    """Return an executor that Ctrl-C stops after ``n_done`` models, during the next one."""

    def execute(jobs, *, corpora, runner, cache, **options):
        for number, job in enumerate(jobs):
            yield JobProgress(job=job, phase="training", done=0, total=1)
            if number == n_done:
                raise KeyboardInterrupt
            yield JobResult(
                job=job, points=(build_point(job, "Drug"), build_point(job, "all")), counts=COUNTS
            )

    return execute


def test_ctrl_c_keeps_finished_models_and_prints_the_resume_command(capsys, monkeypatch):
    run = stored_runs.plan_run("my run")
    monkeypatch.setattr(backend, "run_locally", build_executor(2))
    assert main(["runs", "resume", "my run"]) == 130
    assert capsys.readouterr().err.splitlines()[2:] == ["stopped; continue with: bioner runs resume 'my run'"]
    assert (run.state().status, len(run.finished_job_ids()), len(run.points())) == ("stopped", 2, 4)
    monkeypatch.setattr(backend, "run_locally", build_executor(None))
    assert main(["runs", "resume", "my run"]) == 0
    assert len(run.finished_job_ids()) == 4


def test_ctrl_c_in_any_command_prints_that_it_stopped(capsys, monkeypatch):
    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(RunStore, "open", interrupt)
    monkeypatch.setattr(RunStore, "names", interrupt)
    assert main(["runs", "list"]) == 130
    assert capsys.readouterr().err == "bioner: stopped\n"


def test_ctrl_c_while_following_says_that_the_worker_continues(capsys, monkeypatch):
    run = stored_runs.plan_run()

    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(progress.time, "sleep", interrupt)
    with run.lock():
        assert main(["runs", "resume", "first"]) == 130
    assert capsys.readouterr().err.splitlines() == [
        "first: 0 of 4 models trained.",
        "the worker continues; follow: bioner runs resume first; stop: bioner runs cancel first",
    ]


def test_a_finished_run_is_reported_with_the_command_that_shows_its_results(capsys):
    stored_runs.record_outcomes(stored_runs.plan_run("my run"))
    assert main(["runs", "resume", "my run"]) == 0
    assert capsys.readouterr().out == "my run: all 4 models are done; look at: bioner budget 'my run'\n"
    stored_runs.record_outcomes(stored_runs.plan_run("no curve", sizes="full"))
    assert main(["runs", "resume", "no curve"]) == 0
    assert capsys.readouterr().out.endswith(" model is done; look at: bioner zero-shot 'no curve'\n")


class Followed:
    """Stand-in for a run whose worker finishes a model every 20 s; each call returns a later state."""

    name = "first"

    def __init__(self, seconds):
        self.states = [
            RunState(n_jobs=9, n_done=second // 20, worker=WorkerProgress(seconds_left=180.0 - second))
            for second in range(seconds)
        ]
        self.states.append(RunState(n_jobs=9, n_done=9))

    def state(self):
        return self.states.pop(0)


@pytest.fixture
def clock(monkeypatch):
    """Replace the clock: sleeping advances it at once."""
    now = [1000.0]
    monkeypatch.setattr(progress.time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])


def test_a_log_has_a_line_for_each_finished_model_only(capsys, clock):
    progress.follow_worker(Followed(60))
    assert capsys.readouterr().err.splitlines() == [
        "first: 0 of 9 models trained, about 3 min left.",
        "first: 1 of 9 models trained, about 3 min left.",
        "first: 2 of 9 models trained, about 2 min left.",
    ]


def test_a_log_has_a_line_every_half_minute_of_a_long_model(capsys, clock):
    run = Followed(19)
    run.states = run.states[:1] * 65 + run.states[-1:]
    progress.follow_worker(run)
    assert len(capsys.readouterr().err.splitlines()) == 3


def test_a_terminal_line_is_overwritten(capsys, clock, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    progress.follow_worker(Followed(3))
    captured = capsys.readouterr().err
    assert captured.count("\r\x1b[2Kfirst: 0 of 9 models") == 3
    assert "\n" not in captured
