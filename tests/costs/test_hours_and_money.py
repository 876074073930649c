"""Costs as ranges of hours, money and weeks, checked by hand; rates are saved, loaded and validated."""

import json
import re
from dataclasses import replace

import pytest

from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.costs.hours_and_money import (
    NO_COST,
    Cost,
    compute_annotation_hours,
    compute_budget_cost,
    compute_cost,
)
from bioner_core.costs.rates import (
    PUBLISHED_SECONDS,
    PUBLISHED_WORDS,
    Rates,
    delete_rates,
    derive_timed_rates,
    load_rates,
    locate_rates,
    replace_seconds,
    save_rates,
)
from bioner_core.curves.budget_table import compute_budgets
from bioner_core.errors import BionerError
from bioner_core.study.store import RunStore

# Table 4 of Wei et al. 2019 (JAMIA 26(11)): sentences, minutes and words a minute, random sampling.
TABLE_4 = [
    (920, 119.97, 87.16),
    (553, 119.41, 53.18),
    (766, 119.88, 68.58),
    (842, 119.56, 81.97),
    (910, 119.85, 92.22),
    (745, 120.01, 71.44),
    (435, 119.46, 40.47),
    (875, 119.95, 79.89),
    (617, 120.23, 58.77),
]


def test_the_published_seconds_are_those_of_the_slowest_and_fastest_annotator():
    seconds = [60 * minutes / sentences for sentences, minutes, _ in TABLE_4]
    assert (round(min(seconds)), -(-max(seconds) // 1)) == PUBLISHED_SECONDS
    words = [words for _, _, words in TABLE_4]
    assert (round(min(words), 1), round(max(words), 1)) == PUBLISHED_WORDS


def test_hours_money_and_weeks_equal_a_calculation_by_hand():
    rates = Rates(
        seconds_low=30,
        seconds_high=60,
        annotators=2,
        double=0.2,
        adjudication=0.5,
        setup_hours=16,
        hours_a_week=10,
        hourly_rate=40,
    )
    cost = compute_cost(700, 1100, rates, n_test=300)
    # 1,000 to 1,400 sentences, each 1 + 0.2 + 0.1 times: 1,300 · 30 s = 10.83 h; 1,820 · 60 s = 30.33 h
    assert cost.record() == {
        "hours_low": 26.83,
        "hours_high": 46.33,
        "cost_low": 1073.33,
        "cost_high": 1853.33,
        "currency": "EUR",
        "weeks_low": 2,
        "weeks_high": 3,
        "cost_is_bound": False,
    }
    assert (cost.n_low, cost.n_high, cost.n_test) == (1000, 1400, 300)


def test_without_an_hourly_rate_there_is_no_money():
    cost = compute_cost(100, 100, Rates(seconds_low=36, seconds_high=36))
    assert cost.hours_low == cost.hours_high == 1
    assert (cost.cost_low, cost.cost_high, cost.record()["currency"]) == (None, None, None)


def test_a_full_week_is_one_week_not_two():
    rates = Rates(seconds_low=36, seconds_high=36, annotators=3, hours_a_week=0.1)
    assert compute_cost(30, 30, rates).weeks_low == 1
    assert compute_cost(31, 31, rates).weeks_low == 2
    assert compute_cost(0, 0, rates).weeks_low == 0


def test_annotating_everything_twice_without_adjudication_doubles_the_hours():
    once = Rates(seconds_low=10, seconds_high=20)
    twice = replace(once, double=1.0, adjudication=0.0)
    assert compute_annotation_hours(360, once) == (1, 2)
    assert compute_annotation_hours(360, twice) == (2, 4)


@pytest.mark.parametrize(("low", "high"), [(-1, 5), (6, 5)])
def test_a_range_of_sentences_with_its_ends_swapped_is_refused(low, high):
    with pytest.raises(BionerError, match="numbers are 0 or more, and the second is not smaller"):
        compute_cost(low, high, Rates())


def find_published_budget(**wanted):
    rows = compute_budgets(RunStore().open("ecir2020").points())
    return next(r for r in rows if all(getattr(r, k) == v for k, v in wanted.items()))


def test_a_budget_costs_from_its_plan_to_its_upper_end():
    row = find_published_budget(target="EN UGT", entity="Drug", source="EN EHR", model="Multi-BERT")
    rates = Rates(seconds_low=36, seconds_high=72)
    plain = replace(row, n_plan=800, n_low=None, n_high=None, n_high_beyond=None)
    assert compute_budget_cost(plain, rates).record() | {"weeks_low": 0, "weeks_high": 0} == NO_COST | {
        "hours_low": 8.0,
        "hours_high": 16.0,
        "weeks_low": 0,
        "weeks_high": 0,
    }
    bounded = compute_budget_cost(
        replace(plain, n_low=700, n_high=1200, n_high_beyond=False), rates, n_test=100
    )
    assert (bounded.hours_low, bounded.hours_high, bounded.is_bound) == (9, 26, False)
    beyond = compute_budget_cost(replace(plain, n_low=700, n_high=row.n_max, n_high_beyond=True), rates)
    assert (beyond.n_high, beyond.is_bound) == (5369, True)  # full data


def test_a_budget_without_a_plan_has_no_cost():
    row = find_published_budget(target="EN UGT", entity="Drug", source="none", model="Multi-BERT")
    assert compute_budget_cost(replace(row, n_plan=None), Rates()) is None
    assert list(NO_COST) == list(compute_cost(1, 1, Rates()).record())


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"seconds_low": 0}, "rates, fastest seconds per sentence: found 0; allowed is 0.1 to 36,000."),
        ({"annotators": 1.5}, "rates, annotators: found 1.5; allowed is 1 to 1,000."),
        ({"double": 20}, "rates, share annotated by two people: found 20; allowed is 0 to 1."),
        ({"hourly_rate": float("nan")}, "rates, price per hour: found nan; allowed is 0 to 100,000."),
        (
            {"seconds_low": 20, "seconds_high": 10},
            "rates: 20 seconds per sentence at the fastest and 10 at the slowest; the second must not be "
            "smaller.",
        ),
        ({"currency": " "}, "rates, currency: found ' '; allowed are 1 to 12 letters."),
        ({"annotators": True}, "rates, annotators: found True; allowed is 1 to 1,000."),
    ],
)
def test_rates_out_of_range_are_refused(wrong, message):
    with pytest.raises(BionerError) as caught:
        Rates(**wrong)
    assert str(caught.value) == message


def test_rates_are_saved_privately_and_deleted():
    assert load_rates() == Rates()
    user_rates = replace_seconds(Rates(hourly_rate=55, currency="CHF"), seconds=40)
    save_rates(user_rates)
    assert load_rates() == user_rates
    assert not user_rates.is_published
    assert locate_rates().stat().st_mode & 0o077 == 0
    assert locate_rates().parent.stat().st_mode & 0o077 == 0
    delete_rates()
    delete_rates()
    assert load_rates().is_published


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("{", "cannot be read (JSONDecodeError)."),
        ("[]", "no table of rates. Known are adjudication, annotators, checking, currency, double, "),
        (json.dumps({"wage": 3}), "'wage' is not known. Known are adjudication, "),
        (json.dumps({"double": "x"}), "rates, share annotated by two people: found 'x'; allowed is 0 to 1."),
    ],
)
def test_a_damaged_file_of_rates_is_reported_with_a_remedy(content, why):
    save_rates(Rates())
    locate_rates().write_text(content)
    with pytest.raises(BionerError) as caught:
        load_rates()
    assert why in str(caught.value)
    assert str(caught.value).startswith(str(locate_rates()))
    assert str(caught.value).endswith("Save your rates again under Settings, or delete the file.")


def test_a_cost_with_its_ends_swapped_is_refused():
    with pytest.raises(BionerError, match="lower end lies above its upper end"):
        Cost(
            n_low=2,
            n_high=1,
            annotation_hours_low=1,
            annotation_hours_high=1,
            team_hours_per_week=1,
            source="x",
        )


def build_timed_reading(n_passages, **times):
    passages = tuple(Passage(document=f"d{n}", tokens=("a",)) for n in range(n_passages))
    return Reading(name="tasks", format="Label Studio", passages=passages, **times)


def test_the_rate_is_derived_from_an_export_with_times():
    user_rates = Rates(hourly_rate=40)
    cost = derive_timed_rates(
        build_timed_reading(4, annotation_seconds=120, n_timed=2), 12, user_rates
    )  # 2 of 4 texts, 6 of 12 sentences
    assert (cost.seconds_low, cost.seconds_high, cost.hourly_rate) == (20, 20, 40)
    assert cost.source == "read from 2 timed texts of tasks"
    assert not cost.is_published


@pytest.mark.parametrize(
    ("times", "n_sentences"),
    [
        ({}, 12),
        ({"annotation_seconds": 0.0, "n_timed": 2}, 12),
        ({"annotation_seconds": 9.0, "n_timed": 1}, 0),
    ],
)
def test_an_export_without_times_gives_no_rate(times, n_sentences):
    assert derive_timed_rates(build_timed_reading(4, **times), n_sentences, Rates()) is None


def test_impossible_times_give_no_rate():
    assert derive_timed_rates(build_timed_reading(1, annotation_seconds=9e9, n_timed=1), 1, Rates()) is None


def test_an_amount_pays_for_seconds_of_training():
    assert Rates(machine_price=4).compute_paid_seconds(1) == 900


@pytest.mark.parametrize(
    ("price", "money", "message"),
    [
        (4, 0, "the highest cost is 0; allowed is more than 0."),
        (4, float("nan"), "the highest cost is nan; allowed is more than 0."),
        (None, 5, "an hour of training has no price. Enter it under Settings"),
        (0, 5, "an hour of training has no price. Enter it under Settings"),
    ],
)
def test_an_amount_without_a_price_or_above_nothing_is_refused(price, money, message):
    with pytest.raises(BionerError, match=re.escape(message)):
        Rates(machine_price=price).compute_paid_seconds(money)
