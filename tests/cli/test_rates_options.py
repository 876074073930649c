"""Hours and cost in the terminal: only with rate options, which fall back to the saved settings."""

import json

import pytest
from test_cli import read_error, read_output

from bioner_core.costs.hours_and_money import NO_COST
from bioner_core.costs.rates import USER_SOURCE, Rates, save_rates

ROW = ("budget", "ecir2020", "--target", "EN UGT", "--entity", "Drug", "--source", "EN EHR")


def read_budget_row(capsys, *options):
    return json.loads(read_output(capsys, *ROW, *options, "--format", "json"))[0]


def test_hours_and_cost_are_added_only_with_rate_options(capsys):
    assert "hours_low" not in read_budget_row(capsys)
    row = read_budget_row(
        capsys, "--seconds-per-sentence", 60, "--annotators", 3, "--double", 0.2, "--hourly-rate", 40
    )
    plain = read_budget_row(capsys)
    assert {name: row[name] for name in plain} == plain
    assert list(row)[len(plain) :] == list(NO_COST)
    n = plain["n_plan"]
    assert row["hours_low"] == round(n * 1.3 / 60, 2)  # once, 0.2 twice, 0.2 · 0.5 to settle
    assert row["cost_low"] == round(n * 1.3 / 60 * 40, 2)
    assert row["currency"] == "EUR"


def test_missing_rate_options_come_from_the_saved_settings(capsys):
    save_rates(Rates(seconds_low=36, seconds_high=36, source=USER_SOURCE, hourly_rate=10, currency="CHF"))
    row = read_budget_row(capsys, "--cost", "--test-sentences", 150)
    assert row["hours_low"] == (read_budget_row(capsys)["n_plan"] + 150) / 100
    assert row["cost_low"] == row["hours_low"] * 10
    assert row["currency"] == "CHF"


def test_a_row_without_a_plan_has_no_hours(capsys):
    options = ("--target", "RU UGT", "--entity", "Disease", "--source", "EN EHR", "--cost")
    (row,) = json.loads(read_output(capsys, *ROW[:2], *options, "--format", "json"))
    assert row["chance_reached"] < 0.5
    assert row["n_plan"] is None
    assert {name: row[name] for name in NO_COST} == NO_COST


def test_the_table_has_hours_cost_and_weeks(capsys):
    lines = read_output(capsys, *ROW, "--seconds-per-sentence", 60, "--hourly-rate", 40).splitlines()
    assert lines[0].split()[-3:] == ["hours", "cost", "weeks"]
    assert lines[1].endswith("week") or lines[1].endswith("weeks")
    assert " EUR " in lines[1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--double", 20), "bioner: rates, share annotated by two people: found 20.0; allowed is 0 to 1."),
        (
            ("--seconds-per-sentence", 0),
            "bioner: rates, fastest seconds per sentence: found 0.0; allowed is 0.1 to 36,000.",
        ),
        (
            ("--test-sentences", -5),
            "bioner: -5 sentences to test on; the number is 0 or more.",
        ),
    ],
)
def test_rates_out_of_range_are_refused_in_one_line(capsys, options, message):
    assert read_error(capsys, *ROW, *options) == message
