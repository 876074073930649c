"""One text for each state of a run: what a page and a command say while models are trained, and after."""

from dataclasses import replace
from typing import get_args

import pytest
import stored_runs

from bioner_core.answers.wording.progress import describe_estimate_state, describe_progress
from bioner_core.study.jobs import PAUSED, WAITING, format_reading
from bioner_core.study.run_state import RunningJob, RunState, RunStatus, WorkerProgress
from bioner_core.study.search import Search, SearchRound

ROUND = SearchRound(at="", seconds=60, low=50, high=100, ratio=2.0, n_more=1, seconds_more=60)
WIDE = SearchRound(at="", seconds=60, low=50, high=500, ratio=10.0)
END = replace(ROUND, end="reached", reason="It is narrow.")
LIVE = WorkerProgress(seconds_left=150)


@pytest.fixture(scope="module")
def job():
    return stored_runs.plan_study(
        name="x",
        targets=[stored_runs.build_corpus()],
        model=stored_runs.ModelChoice(name="tiny", revision="1"),
        preset="probe",
    ).jobs[0]


def build_worker(job, phase, done=0, total=1):
    return replace(LIVE, running=(RunningJob(job=job, phase=phase, done=done, total=total),))


def test_each_state_has_a_text(job):
    waiting = build_worker(job, WAITING, total=2)
    states = [
        RunState(problem="study.json is missing."),
        RunState(n_jobs=24, worker=LIVE, is_starting=True),
        RunState(n_jobs=24, worker=LIVE),
        RunState(n_jobs=24, worker=LIVE, search=Search()),
        RunState(n_jobs=24, worker=waiting),
        RunState(n_jobs=24, worker=build_worker(job, PAUSED), is_paused=True),
        RunState(n_jobs=24, worker=LIVE, is_cancelled=True),
        RunState(is_published=True),
        RunState(),
        RunState(n_jobs=24, n_done=24),
        RunState(n_jobs=24, n_done=23, n_failed=1),
        RunState(n_jobs=24, is_cancelled=True),
        RunState(n_jobs=24),
        RunState(n_jobs=24, is_shipped=True),
    ]
    assert {state.status for state in states} == set(get_args(RunStatus))
    texts = [describe_progress(state) for state in states]
    assert len(set(texts)) == len(texts)
    assert all(text.endswith(".") for text in texts)


@pytest.mark.parametrize(
    ("state", "text"),
    [
        (RunState(n_jobs=24, worker=LIVE), "0 of 24 models trained, about 2 min left."),
        (RunState(n_jobs=24, n_done=15, worker=LIVE), "15 of 24 models trained, about 2 min left."),
        (RunState(n_jobs=24, worker=WorkerProgress()), "0 of 24 models trained."),
        (
            RunState(n_jobs=24, n_done=15, worker=LIVE, search=Search()),
            "15 of 24 first models trained, about 2 min left. Then the search adds those that tell most.",
        ),
        (
            RunState(n_jobs=26, n_done=25, worker=LIVE, search=Search(rounds=(ROUND,))),
            "25 models trained. Now 50 to 100, a factor of 2.0; about 1 more model, 60 s, to within a factor "
            "of 1.5.",
        ),
        (
            RunState(n_jobs=26, n_done=25, worker=LIVE, search=Search(max_seconds=180, rounds=(WIDE,))),
            "25 models trained, at most 2 min left. Now 50 to 500, a factor of 10.0; more models are needed.",
        ),
        (
            RunState(n_jobs=26, n_done=25, worker=LIVE, search=Search(rounds=(WIDE,))),
            "25 models trained. Now 50 to 500, a factor of 10.0; more models are needed.",
        ),
        (
            RunState(n_jobs=24, n_done=24, search=Search(rounds=(ROUND, END))),
            "All 24 models are trained. The search ended: 50 to 100, a factor of 2.0. It is narrow.",
        ),
    ],
)
def test_the_text_of_a_run_in_training_says_how_far_it_is(state, text):
    assert describe_progress(state) == text


def test_while_the_encoder_reads_the_text_says_so(job):
    worker = build_worker(job, format_reading("reviews"), 12_000, 32_732)
    assert describe_progress(RunState(n_jobs=24, worker=worker, search=Search())) == (
        "First the encoder reads the corpus once: 12,000 of 32,732 words. 0 of 24 first models trained, "
        "about 2 min left."
    )


SIMILAR = "From similar corpora only, "


@pytest.mark.parametrize(
    ("state", "has_number", "card", "basis"),
    [
        (
            RunState(n_jobs=24, worker=LIVE),
            False,
            "The first models give the first number.",
            f"{SIMILAR}until the first models are trained:",
        ),
        (
            RunState(n_jobs=24, n_done=15, worker=LIVE),
            False,
            "15 of 24 models are trained, and the curve has no point yet.",
            f"{SIMILAR}because 15 of 24 models are trained, and the curve has no point yet:",
        ),
        (
            RunState(n_jobs=24, n_done=15, worker=LIVE),
            True,
            "so far, 15 of 24 models",
            "So far, with 15 of 24 models:",
        ),
        (RunState(n_jobs=24, n_done=24, worker=LIVE, search=Search()), True, "", "So far:"),
        (RunState(n_jobs=24, n_done=24), True, "", ""),
        (
            RunState(n_jobs=24, n_done=24),
            False,
            "The models find no entity type well enough for a number of their own.",
            f"{SIMILAR}because the models find no entity type well enough for a number of their own:",
        ),
        (
            RunState(n_jobs=24, n_failed=24),
            False,
            "All models failed.",
            f"{SIMILAR}because all models failed:",
        ),
        (
            RunState(n_jobs=24, n_done=2, is_cancelled=True),
            False,
            "Training stopped after 2 of 24 models.",
            f"{SIMILAR}because training stopped after 2 of 24 models:",
        ),
        (RunState(n_jobs=24, n_done=15), True, "so far, 15 of 24 models", "So far, with 15 of 24 models:"),
    ],
)
def test_an_estimate_says_what_it_rests_on_in_each_state(state, has_number, card, basis):
    text = describe_estimate_state(state, has_number=has_number)
    assert (text.card, text.basis) == (card, basis)
