"""Hours and money in the terminal: only when asked for, from options, else from Settings."""

import json

import pytest
from test_cli import refused, said

from bioner_core.costs.cost import NO_COST
from bioner_core.costs.rates import USER_SOURCE, Rates, save_rates

ROW = ("budget", "ecir2020", "--target", "EN UGT", "--entity", "Drug", "--source", "EN EHR")


def row(capsys, *options):
    return json.loads(said(capsys, *ROW, *options, "--format", "json"))[0]


def test_hours_and_money_are_added_only_when_asked_for(capsys):
    assert "hours_low" not in row(capsys)
    told = row(capsys, "--seconds-per-sentence", 60, "--annotators", 3, "--double", 0.2, "--hourly-rate", 40)
    plain = row(capsys)
    assert {name: told[name] for name in plain} == plain
    assert list(told)[len(plain) :] == list(NO_COST)
    n = plain["n_plan"]
    assert told["hours_low"] == round(n * 1.3 / 60, 2)  # once, 0.2 twice, 0.2 · 0.5 to settle
    assert told["cost_low"] == round(n * 1.3 / 60 * 40, 2)
    assert told["currency"] == "EUR"


def test_what_is_not_given_is_as_kept_under_settings(capsys):
    save_rates(Rates(seconds_low=36, seconds_high=36, source=USER_SOURCE, hourly_rate=10, currency="CHF"))
    told = row(capsys, "--cost", "--test-sentences", 150)
    assert told["hours_low"] == (row(capsys)["n_plan"] + 150) / 100
    assert told["cost_low"] == told["hours_low"] * 10
    assert told["currency"] == "CHF"


def test_a_row_without_a_plan_has_no_hours(capsys):
    (told,) = json.loads(
        said(capsys, *ROW[:-1], "RU UGT", "--cost", "--format", "json"),
    )
    assert told["n_plan"] is None
    assert {name: told[name] for name in NO_COST} == NO_COST


def test_the_table_shows_hours_money_and_weeks(capsys):
    lines = said(capsys, *ROW, "--seconds-per-sentence", 60, "--hourly-rate", 40).splitlines()
    assert lines[0].split()[-3:] == ["hours", "cost", "weeks"]
    assert lines[1].endswith("week") or lines[1].endswith("weeks")
    assert " EUR " in lines[1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--double", 20), "bioner: rates, share annotated by two: found 20.0; allowed is 0 to 1."),
        (
            ("--seconds-per-sentence", 0),
            "bioner: rates, seconds a sentence, at best: found 0.0; allowed is 0.1 to 36,000.",
        ),
        (
            ("--test-sentences", -5),
            "bioner: -5 sentences to test on; the number is 0 or more.",
        ),
    ],
)
def test_rates_out_of_range_are_refused_in_a_line(capsys, options, message):
    assert refused(capsys, *ROW, *options) == message
