"""What an estimate still asks for, in hours, money and weeks; what is there is not paid again."""

import json
from dataclasses import replace

from bioner_core.answers.estimate import Estimate
from bioner_core.answers.next_round import compute_effort
from bioner_core.answers.pool import Pool
from bioner_core.answers.wording.costs import describe_effort
from bioner_core.cli import main
from bioner_core.corpus.library import Library
from bioner_core.costs.hours_and_money import NO_COST
from bioner_core.costs.rates import USER_SOURCE, Rates
from bioner_core.forecast.forecast import ForecastPoint, Need
from tests.ui.stored_runs import build_corpus

RATES = Rates(seconds_low=36, seconds_high=72, source=USER_SOURCE, hourly_rate=40)
ESTIMATE = Estimate(
    entity="Drug",
    basis="probe",
    fraction=0.99,
    pool=Pool(n_train=400, n_test=100, n_all=5000, is_specified=True),
    lead=0.99,
    needs=(Need(fraction=0.99, n=700, low=500, high=1100, is_beyond=False),),
    full=ForecastPoint(n=5000, f1=0.8, low=0.7, high=0.9),
    now=None,
    next=None,
    rest=None,
    rests_on="a curve",
)


def replace_need(n, high):
    """Return the estimate with another need for 99 %."""
    need = Need(fraction=0.99, n=n, low=500, high=high, is_beyond=high is None)
    return replace(ESTIMATE, needs=(need,))


def test_effort_counts_only_sentences_that_are_not_yet_annotated():
    cost = compute_effort(ESTIMATE, RATES, n_test=300)
    assert (cost.n_low, cost.n_high, cost.n_test) == (500, 900, 200)
    assert (cost.hours_low, cost.hours_high) == (5, 18)
    assert describe_effort(cost, RATES) == (
        "Still to annotate: 500 to 900 sentences (200 of them for testing). At your rate, this takes 5.0–18 "
        "h of work and 200–720 EUR: 1 week for 2 annotators at 10 hours a week."
    )


def test_an_upper_end_beyond_the_pool_gives_a_lower_bound_of_the_effort():
    cost = compute_effort(replace_need(700, None), Rates(), n_test=0)
    assert (cost.n_low, cost.n_high, cost.is_bound) == (300, 4600, True)
    assert describe_effort(cost, Rates()).startswith(
        "Still to annotate: 300 to more than 4,600 sentences. At published rates, this takes 0.7 to more "
        "than 22 h of work: 1 to more than 2 weeks"
    )


def test_no_effort_is_computed_without_a_plan():
    cost = compute_effort(replace_need(None, None), RATES, n_test=100)
    assert cost is None
    assert describe_effort(cost, RATES) == ""


def test_where_all_goals_are_reached_the_next_round_is_what_costs():
    cost = compute_effort(replace_need(300, 350), RATES, n_test=100)
    assert (cost.n_low, cost.n_high, cost.n_test) == (400, 400, 0)


def test_missing_test_sentences_alone_count_as_effort_where_nothing_is_left_to_train_on():
    pool = Pool(n_train=400, n_test=100, n_all=400, is_specified=True)
    cost = compute_effort(replace(ESTIMATE, pool=pool), RATES, n_test=200)
    assert (cost.n_low, cost.n_high, cost.n_test) == (100, 100, 100)
    assert compute_effort(replace(ESTIMATE, pool=pool), RATES, n_test=100) is None


def test_the_command_computes_hours_at_the_requested_rates(capsys):
    Library().add(build_corpus("notes", n=400))
    command = ["estimate", "notes", "--now", "--pool", "3000"]
    assert main([*command, "--seconds-per-sentence", "60", "--format", "json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert list(record["cost"]) == list(NO_COST)
    assert record["cost"]["hours_low"] is None or record["cost"]["hours_low"] <= record["cost"]["hours_high"]
    assert main([*command, "--seconds-per-sentence", "60"]) == 0
    output = capsys.readouterr().out
    assert ("Still to annotate: " in output) == (record["cost"]["hours_low"] is not None)


def test_wrong_rates_are_refused_before_anything_is_trained(capsys):
    Library().add(build_corpus("notes", n=400))
    assert main(["estimate", "notes", "--double", "3"]) == 1
    assert capsys.readouterr().err == (
        "bioner: rates, share annotated by two people: found 3.0; allowed is 0 to 1.\n"
    )


def build_task(number):
    """Return a task of Label Studio whose two sentences took 24 seconds."""
    region = {"start": 3, "end": 10, "text": "aspirin", "labels": ["Drug"]}
    result = [{"id": "r", "from_name": "l", "to_name": "t", "type": "labels", "value": region}]
    data = {"text": f"No aspirin helps. Number {number} is bad."}
    return {"id": number, "data": data, "annotations": [{"id": 1, "lead_time": 24, "result": result}]}


def test_the_times_of_an_export_are_used_unless_the_user_names_a_rate(capsys, tmp_path):
    (tmp_path / "tasks.json").write_text(json.dumps([build_task(number) for number in range(80)]))
    command = ["estimate", str(tmp_path / "tasks.json"), "--now", "--pool", "3000"]
    assert main(command) == 0
    assert "At 12 s per sentence (read from 80 timed texts of tasks)" in capsys.readouterr().out
    assert main([*command, "--seconds-per-sentence", "30"]) == 0
    assert "At your rate, " in capsys.readouterr().out
