"""Sessions share what was computed: the second one asks for nothing again."""

import threading
import time

from stored_runs import build_corpus, plan_run, record_outcomes

from bioner_core.computed_once import compute_once
from bioner_core.curves import budget_table, draws
from bioner_core.study import run_list
from bioner_core.study.store import SHIPPED, RunStore


def count_calls(monkeypatch, module, name):
    """Count the calls of a function of a module."""
    calls, function = [], getattr(module, name)
    monkeypatch.setattr(module, name, lambda *args, **kwargs: calls.append(args) or function(*args, **kwargs))
    return calls


def test_a_second_session_computes_no_budget_and_no_draw(open_page, read_page, monkeypatch, tmp_path):
    monkeypatch.setenv("BIONER_CACHE", str(tmp_path))  # without draws of an earlier test run
    record_outcomes(plan_run(sources=[build_corpus("notes")]))
    fits = count_calls(monkeypatch, draws, "fit_monotone_curves")
    budgets = count_calls(monkeypatch, budget_table, "compute_budget")
    first = read_page(open_page("budget", run="first"))
    n_fits, n_budgets = len(fits), len(budgets)
    assert n_fits and n_budgets
    assert read_page(open_page("budget", run="first")) == first
    assert (len(fits), len(budgets)) == (n_fits, n_budgets)


def test_new_points_are_seen_by_the_next_session(open_page, read_page):
    run = plan_run()
    record_outcomes(run, run.study.jobs[:3])
    before = read_page(open_page("budget", run="first"))
    record_outcomes(run, run.study.jobs[3:])
    assert read_page(open_page("budget", run="first")) != before


def test_threads_that_ask_at_once_wait_for_one_computation():
    calls = []

    @compute_once(maxsize=4)
    def compute(number):
        calls.append(number)
        time.sleep(0.05)
        return number + 1

    results = []
    threads = [threading.Thread(target=lambda: results.append(compute(1))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (calls, results) == ([1], [2] * 8)


def test_the_list_of_runs_is_read_again_only_after_a_change(monkeypatch):
    plan_run("first")
    clock = [time.time() + 10]
    monkeypatch.setattr(run_list.time, "time", lambda: clock[0])
    assert RunStore().names() == ("first", *SHIPPED)
    reads = count_calls(monkeypatch, run_list, "_read_names")
    assert RunStore().names() == ("first", *SHIPPED)
    assert not reads
    plan_run("second")
    assert set(RunStore().names()) == {"first", "second", *SHIPPED}
    clock[0] += run_list.MAX_AGE + 1  # another process may have changed a plan
    RunStore().names()
    assert len(reads) >= 2
