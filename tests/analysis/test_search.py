"""A search: it ends within its goal or its limits, survives kills, and says why."""

import os
import signal
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import search_runner
from search_runner import (
    CORPORA,
    build_study,
    fail_between,
    find_true_number,
    run_in_process,
    run_known_curve,
)

from bioner_core.analysis.lookahead import find_widest_row, is_exact_enough, measure_searched_rows
from bioner_core.analysis.resampling import estimate_sampling_noise
from bioner_core.analysis.search import choose_next_models
from bioner_core.curves.budget_table import compute_curve_budgets
from bioner_core.errors import BionerError
from bioner_core.study.executors.local import run_locally
from bioner_core.study.jobs import JobResult
from bioner_core.study.run_export import export_run
from bioner_core.study.run_import import import_run
from bioner_core.study.search import Search, merge_searches
from bioner_core.study.search_plan import choose_first_sizes
from bioner_core.study.store import RunStore
from bioner_core.study.worker import start_search, train_pending_jobs

ROOT = Path(__file__).resolve().parent.parent.parent
CACHE = Path("unused")


def create_run(*searches, **options):
    return RunStore().create(build_study(*searches, **options), CORPORA)


def search_run(run, *, runner=run_known_curve, executor=run_in_process):
    outcomes = train_pending_jobs(
        run, executor=executor, runner=runner, cache=CACHE, chooser=choose_next_models
    )
    with closing(outcomes):
        return list(outcomes)


def measure_ratio(run):
    return find_widest_row(Search(), measure_searched_rows(run, Search())).ratio


def compute_row(run):
    [row] = compute_curve_budgets(run.curves(), noise=estimate_sampling_noise(run, RunStore()))
    return row


def test_a_search_ends_within_its_goal_near_the_truth():
    run = create_run(Search(until=1.5))
    search_run(run)
    search, row = run.study.search, compute_row(run)
    assert search.last_round.end == "reached"
    assert search.last_round.ratio <= 1.5
    assert row.n_low <= find_true_number() <= row.n_high
    assert run.state().status == "done"
    assert 1 <= search.n_models <= 15
    assert [job.id for job in run.study.jobs[8:]] == [job for step in search.rounds for job in step.jobs]


def test_each_round_says_what_was_known_and_why_its_models_were_chosen():
    run = create_run(Search(until=1.5))
    search_run(run)
    first, *_, last = run.study.search.rounds
    assert (first.target, first.source, first.entity) == ("target", "none", "Drug")
    assert first.low < first.high
    assert first.ratio > 1.5 > first.floor > 1
    assert first.n_more >= 1
    [job] = [run.study.job_ids[job] for job in first.jobs]
    assert first.reason.startswith(f"{job.n_sentences:,} sentences of target, seed {job.seed}: expected to")
    assert last.jobs == ()
    assert last.reason == "The interval is within a factor of 1.5."
    assert last.seconds >= first.seconds


def test_two_devices_end_within_the_goal_near_the_truth(monkeypatch):
    monkeypatch.setenv("BIONER_DEVICES", "cuda:0,cuda:1")
    run = create_run(Search(until=1.6))
    search_run(run, executor=run_locally)
    row = compute_row(run)
    assert run.study.search.last_round.end == "reached"
    assert not run.pending()
    assert row.n_low <= find_true_number() <= row.n_high


@pytest.mark.parametrize(
    ("limits", "end", "reason"),
    [
        ({"max_models": 1}, "models", "The limit of 1 added model is reached."),
        ({"max_models": 0}, "models", "The limit of 0 added models is reached."),
        ({"max_seconds": 1e-6}, "time", "The limit of 0 s is reached."),
    ],
)
def test_limits_end_a_search(limits, end, reason):
    run = create_run(Search(until=1.05, **limits))
    search_run(run)
    search = run.study.search
    assert (search.last_round.end, search.last_round.reason) == (end, reason)
    assert search.n_models == limits.get("max_models", 0)
    assert run.state().status == "done"


def test_a_search_ends_at_the_floor_of_its_test_part():
    target = search_runner.build_corpus("target", n_test=10)
    run = RunStore().create(build_study(Search(until=1.05), target=target), {"target": target})
    search_run(run)
    last = run.study.search.last_round
    assert last.end == "floor"
    assert 1.05 < last.floor < last.ratio <= 1.25 * last.floor
    assert last.reason.endswith("more test sentences, not models, would narrow this.")


def test_failed_models_are_not_chosen_again_and_three_in_a_row_end_the_search():
    run = create_run(Search(until=1.1))
    search_run(run, runner=fail_between)
    search = run.study.search
    failed = [failure.job.id for failure in run.failures()]
    assert (search.last_round.end, len(failed), len(set(failed))) == ("failures", 3, 3)
    assert run.state().status == "failed"


def test_a_search_without_results_ends():
    run = create_run(Search())
    search_run(run, runner=search_runner.fail_always)
    assert run.study.search.last_round.end == "exhausted"
    assert run.state().n_failed == 8


def test_a_cancelled_search_goes_on_where_it_was():
    run = create_run(Search(until=1.5))
    outcomes = train_pending_jobs(
        run, executor=run_in_process, runner=run_known_curve, cache=CACHE, chooser=choose_next_models
    )
    n_done = 0
    for outcome in outcomes:
        n_done += isinstance(outcome, JobResult)
        if n_done == 9:
            run.cancel()
    assert (run.state().status, run.state().n_pending, len(run.study.search.rounds)) == ("cancelled", 0, 1)
    search_run(run)
    undisturbed = RunStore().create(replace(build_study(Search(until=1.5)), name="other"), CORPORA)
    search_run(undisturbed)
    assert [job.id for job in run.study.jobs] == [job.id for job in undisturbed.study.jobs]
    assert run.points() == undisturbed.points()


DYING_SEARCH = """
import os, signal, sys
sys.path[:0] = {path!r}
import search_runner
from pathlib import Path
from bioner_core.analysis.search import choose_next_models
from bioner_core.study import worker
from bioner_core.study.jobs import JobResult
from bioner_core.study.store import RunStore

n_done = 0
for outcome in worker.train_pending_jobs(
    RunStore().open("searched"), executor=search_runner.run_in_process,
    runner=search_runner.run_known_curve, cache=Path("unused"), chooser=choose_next_models,
):
    n_done += isinstance(outcome, JobResult)
    if len(RunStore().open("searched").study.jobs) > 8 + {n_added}:
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no signals")
def test_a_killed_search_goes_on_where_it_was():
    run = create_run(Search(until=1.4))
    path = [str(ROOT), str(ROOT / "tests/analysis")]
    killed = subprocess.run([sys.executable, "-c", DYING_SEARCH.format(path=path, n_added=0)], timeout=120)
    assert killed.returncode == -signal.SIGKILL
    state = run.state()
    assert not state.problem
    assert (state.status, state.n_pending, state.is_searching) == ("stopped", 1, True)
    search_run(run)
    undisturbed = RunStore().create(replace(build_study(Search(until=1.4)), name="other"), CORPORA)
    search_run(undisturbed)
    assert run.points() == undisturbed.points()


def test_an_ended_search_trains_nothing_more():
    run = create_run(Search(until=1.5))
    search_run(run)
    assert search_run(run) == []


def test_a_search_is_added_to_a_grid(tmp_path):
    run = create_run(sizes="50,100,200,400,800,1600,full")
    search_run(run)
    assert run.study.search is None
    ratio = measure_ratio(run)
    start_search(run, Search(until=1 + (ratio - 1) / 2, max_models=4))
    assert run.state().is_searching
    assert run.state().status == "stopped"
    search_run(run)
    assert 1 <= run.study.search.n_models <= 4
    assert measure_ratio(run) < ratio


def test_a_search_needs_a_plan():
    run = RunStore().create(replace(build_study(), jobs=()), CORPORA)
    with pytest.raises(BionerError, match="has no plan, so no model can be added"):
        start_search(run, Search())


def test_an_exported_search_is_imported_and_goes_on(tmp_path):
    run = create_run(Search(until=1.2, max_models=1))
    search_run(run)
    export_run(run, tmp_path / "run.zip", with_text=True)
    store = RunStore(tmp_path / "theirs")
    import_run(store, tmp_path / "run.zip")
    twin = store.open(run.name)
    assert (twin.study.searches, twin.points()) == (run.study.searches, run.points())
    start_search(twin, Search(until=1.2, max_models=2))
    search_run(twin)
    import_run(RunStore(), _export(twin, tmp_path / "back.zip"))
    assert [search.n_models for search in run.study.searches] == [1, 2]
    assert run.points() == twin.points()


def _export(run, path):
    export_run(run, path)
    return path


def test_the_longer_record_of_a_search_is_kept():
    run = create_run(Search(until=1.5))
    search_run(run)
    searches = run.study.searches
    shorter = (replace(searches[0], rounds=searches[0].rounds[:1]),)
    assert merge_searches(searches, shorter) == merge_searches(shorter, searches) == searches
    assert merge_searches(searches, (Search(until=1.2),)) == (*searches, Search(until=1.2))


def test_a_size_with_a_model_under_way_counts_with_the_finished_ones():
    run = create_run(Search(until=1.5))
    search_run(run)
    job = replace(run.study.jobs[0], seed=9)
    with run.lock() as writer:
        writer.save_study(replace(run.study, jobs=(*run.study.jobs, job)))
    [curve] = run.curves()
    assert curve.sizes[0].is_settled
    assert curve.sizes[0].n_seeds == 2


def test_a_plan_without_a_search_has_no_trace_of_it():
    run = create_run(sizes="50,full")
    assert "searches" not in run.record


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"until": 1}, "until is 1; it must be above 1"),
        ({"fraction": 1.2}, "the fraction is 1.2"),
        ({"goal_f1": 0}, "the goal is an F1 of 0"),
        ({"max_models": -1}, "the most models are -1"),
        ({"max_seconds": 0}, "the most minutes are 0"),
    ],
)
def test_searches_out_of_range_are_refused(fields, message):
    with pytest.raises(BionerError, match=message):
        Search(**fields)


@pytest.mark.parametrize("n_train", [2, 5, 40, 71, 72, 120, 300, 1200, 50_000])
def test_first_sizes_are_below_full(n_train):
    *sizes, full = choose_first_sizes(n_train)
    assert full == "full"
    assert sizes == sorted(set(sizes))
    assert all(0 < n < n_train for n in sizes)
    assert len(sizes) >= min(3, n_train // 4)


def test_a_damaged_search_is_reported():
    run = create_run(Search(until=1.5))
    path = run.folder / "study.json"
    path.write_text(path.read_text().replace('"until": 1.5', '"until": "wide"'))
    with pytest.raises(BionerError, match="until is 'wide', so it was changed by hand"):
        _ = run.study


def test_the_interval_is_never_computed_in_vain(monkeypatch):
    """A device that asks while first models are under way waits, and costs nothing."""
    run = create_run(Search())
    monkeypatch.setattr("bioner_core.analysis.search.measure_searched_rows", None)
    assert choose_next_models(run, under_way=run.study.jobs[:1], seconds=0) is None
    assert os.environ["BIONER_RUNS"]


def test_each_source_is_searched_until_it_is_exact_enough():
    run = create_run(Search(until=2.5), sources=["source"])
    search_run(run)
    search = run.study.search
    rows = measure_searched_rows(run, search)
    assert [row.decided_by[:2] for row in rows] == [("target", "none"), ("target", "source")]
    assert all(is_exact_enough(search, row) for row in rows)
    assert search.last_round.end == "reached"


def test_only_the_searched_source_counts():
    run = create_run(Search(until=2.5, source="none"), sources=["source"])
    search_run(run)
    added = [run.study.job_ids[job] for step in run.study.search.rounds for job in step.jobs]
    assert {job.source for job in added} <= {"none"}
