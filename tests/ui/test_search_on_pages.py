"""A search on the pages: planned on Train, followed while it runs, offered by Upload."""

import json
from dataclasses import replace

import pytest
import search_runner
import stored_runs

from bioner_core.answers.wording.progress import describe_progress
from bioner_core.charts.search_chart import build_search_chart
from bioner_core.costs.rates import Rates, save_rates
from bioner_core.study.run_state import RunState, WorkerProgress
from bioner_core.study.search import Search, SearchRound
from bioner_core.study.store import RunStore
from bioner_core.ui.shared.search_view import count_models_to_come

WIDE = SearchRound(
    at="2026-11-30T00:00:00+00:00",
    seconds=60,
    jobs=("a",),
    target="reviews",
    source="none",
    entity="Drug",
    low=40,
    high=120,
    ratio=3.0,
    floor=1.2,
    n_more=3,
    seconds_more=240,
    reason="60 sentences of reviews, seed 2: expected to remove 18 % of the uncertainty in 12 s",
)
NARROW = replace(WIDE, seconds=90, jobs=("b",), low=50, high=100, ratio=2.0, n_more=1, seconds_more=60)
END = replace(NARROW, jobs=(), low=60, high=84, ratio=1.4, n_more=None, end="reached", reason="It is narrow.")
SEARCH = Search(rounds=(WIDE, NARROW))


def plan_search(search):
    run = stored_runs.plan_run(seeds=(0, 1))
    with run.lock() as writer:
        writer.save_study(replace(run.study, searches=(search,)))
    stored_runs.record_outcomes(run, run.study.jobs)
    return run


def test_a_search_is_planned_in_place_of_a_grid(open_page, read_page, monkeypatch):
    started = []
    monkeypatch.setattr("bioner_core.ui.train.plan.start_detached", started.append)
    stored_runs.add_to_library("reviews")
    app = open_page("train", preset="probe", targets="reviews")
    app.segmented_control(key="which models").set_value("search").run()
    assert "sizes" not in {field.key for field in app.text_input}
    text = read_page(app)
    assert "\n8 models, " in text
    assert "until the number for 99 % is known to within a factor of 1.5." in text
    app.number_input(key="until").set_value(1.3).run()
    app.number_input(key="minutes").set_value(10).run()
    app.number_input(key="most models").set_value(20).run()
    assert "within a factor of 1.3, or 20 are added, or 10 min have passed." in read_page(app)
    app.button(key="start").click().run()
    run = RunStore().open(started[0])
    assert run.study.search == Search(until=1.3, max_models=20, max_seconds=600)


def test_an_address_plans_the_same_search(open_page, read_page):
    stored_runs.add_to_library("reviews")
    address = {"which models": "search", "until": "2.0", "minutes": "5", "reach": "95.0"}
    app = open_page("train", preset="probe", targets="reviews", **address)
    assert "until the number for 95 % is known to within a factor of 2, or 5 min have passed" in read_page(
        app
    )


def test_a_price_of_training_limits_the_cost_of_a_search(open_page, read_page):
    stored_runs.add_to_library("reviews")
    address = {"which models": "search", "minutes": "5", "cost": "0.05"}
    text = read_page(open_page("train", preset="probe", targets="reviews", **address))
    assert "or 5 min have passed." in text
    assert "EUR at most" not in text
    save_rates(Rates(machine_price=1))
    text = read_page(open_page("train", preset="probe", targets="reviews", **address))
    assert "or 3 min have passed." in text


def test_an_open_search_says_how_far_it_is_and_shows_how_it_narrowed(open_page, read_page):
    run = plan_search(SEARCH)
    app = open_page("train", run=run.name)
    text = app.get("progress")[0].text
    assert text.startswith("**Stopped after 8 models: no worker is running.")
    assert "Now 50 to 100, a factor of 2.0; about 1 more model, 60 s, to within a factor of 1.5." in text
    assert "resume" in {button.key for button in app.button}
    page = read_page(app)
    assert "The search then adds models until the number for 99 % is known" in page
    [chart] = [c for c in app.get("vega_lite_chart") if "rounds of the search" in c.proto.spec]
    rows = json.loads(chart.proto.spec)
    assert rows["mark"]["type"] == "rule"


def test_the_chart_has_a_bar_a_round():
    spec = build_search_chart(replace(SEARCH, rounds=(*SEARCH.rounds, END)))
    bars = [(row["models"], row["low"], row["high"]) for row in spec["data"]["values"]]
    assert bars == [(0, 40, 120), (1, 50, 100), (2, 60, 84)]


@pytest.mark.parametrize(
    ("search", "text"),
    [
        (
            Search(),
            "2 of 8 first models trained. Then the search adds those that tell most.",
        ),
        (
            SEARCH,
            "2 models trained. Now 50 to 100, a factor of 2.0; about 1 more model, 60 s, to within a "
            "factor of 1.5.",
        ),
    ],
)
def test_a_live_search_is_described(search, text):
    state = RunState(n_jobs=8, n_done=2, search=search, worker=WorkerProgress())
    assert state.status == "searching"
    assert describe_progress(state) == text


def test_an_ended_search_says_why():
    state = RunState(n_jobs=8, n_done=8, search=Search(rounds=(WIDE, END)))
    assert describe_progress(state) == (
        "All 8 models are trained. The search ended: 60 to 84, a factor of 1.4. It is narrow."
    )


def test_models_to_come_count_in_the_progress_bar():
    state = RunState(n_jobs=8, n_done=8, search=Search(rounds=(WIDE,)), worker=WorkerProgress())
    assert count_models_to_come(state) == 2
    assert count_models_to_come(replace(state, search=Search(rounds=(WIDE, END)))) == 0


def test_a_wide_interval_offers_a_search_on_the_budget_page(open_page, read_page, monkeypatch):
    started = []
    monkeypatch.setattr("bioner_core.ui.budget.search_offer.start_detached", started.append)
    run = RunStore().create(search_runner.build_study(), search_runner.CORPORA)
    with run.lock() as writer:
        for job in run.study.jobs:
            writer.append_result(search_runner.build_result(job))
    app = open_page("budget", run=run.name)
    assert "search" not in {button.key for button in app.button}
    app.session_state["narrow"] = True
    app.run()
    assert "would narrow the interval from a factor of " in read_page(app)
    app.button(key="search").click().run()
    assert started == [run.name]
    assert run.study.search == Search(target="target", source="none", entity="Drug")
    assert run.state().is_searching
