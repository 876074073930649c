"""The speed of a team by the tool's times, and when what is missing will be annotated."""

from datetime import date

import pytest

from bioner_core.connections.tool import WorkTime
from bioner_core.costs.hours_and_money import compute_cost
from bioner_core.costs.rates import Rates
from bioner_core.rounds.velocity import compute_finish, compute_velocity, count_days

TODAY = date(2026, 3, 2)
WEEKS = {f"2026-03-{day:02}": 20 for day in (2, 3, 4, 5, 6, 9, 10, 11, 12, 13)}  # working days


def test_days_off_count():
    velocity = compute_velocity(WEEKS, sentences_per_text=2)
    assert velocity.mean == pytest.approx(10 * 20 * 2 / 12)
    assert velocity.n_days == 12
    assert velocity.low < velocity.mean < velocity.high
    assert (velocity.first, velocity.last) == (date(2026, 3, 2), date(2026, 3, 13))


def test_the_interval_holds_the_true_speed_nine_times_in_ten():
    """Simulated teams of five working days with 5 to 35 texts each: 20 texts a working day are true."""
    import numpy as np

    hits = 0
    for seed in range(200):
        generator = np.random.default_rng(seed)
        counts = {f"2026-03-{day:02}": int(generator.integers(5, 36)) for day in range(1, 29)}
        velocity = compute_velocity(counts, sentences_per_text=1)
        hits += velocity.low <= 20 <= velocity.high
    assert 165 <= hits <= 195


def test_a_few_days_say_nothing_about_weeks():
    assert compute_velocity({"2026-03-02": 50, "2026-03-05": 50}, sentences_per_text=1) is None
    assert compute_velocity({}, sentences_per_text=1) is None
    assert compute_velocity({"2026-03-02": 50, "2026-03-06": 50}, sentences_per_text=1)


def test_the_range_of_days_is_that_of_numbers_and_speed():
    cost = compute_cost(100, 200, Rates())
    velocity = compute_velocity({f"2026-03-{day:02}": 10 for day in range(2, 12)}, sentences_per_text=1)
    assert (velocity.low, velocity.high) == (10, 10)  # the same each day: nothing to doubt
    finish = compute_finish(cost, velocity, today=TODAY)
    assert (finish.earliest, finish.latest) == (date(2026, 3, 12), date(2026, 3, 22))


def test_without_times_the_hours_a_week_decide():
    rates = Rates(seconds_low=36, seconds_high=72, annotators=1, hours_a_week=10)
    finish = compute_finish(compute_cost(1000, 2000, rates), None, today=TODAY)
    assert finish.earliest == date(2026, 3, 9)  # 10 hours
    assert finish.latest == date(2026, 3, 30)  # 40 hours


def test_a_number_without_an_upper_end_has_no_latest_day():
    cost = compute_cost(100, 200, Rates(), is_bound=True)
    assert compute_finish(cost, None, today=TODAY).latest is None
    slow = compute_velocity({"2026-03-02": 1, "2026-03-30": 0}, sentences_per_text=1)
    assert slow.low == 0
    assert compute_finish(compute_cost(100, 200, Rates()), slow, today=TODAY).latest is None


def test_centuries_are_no_date():
    rates = Rates(seconds_low=36_000, seconds_high=36_000, annotators=1, hours_a_week=0.1)
    assert compute_finish(compute_cost(900_000, 1_000_000, rates), None, today=TODAY).latest is None


def test_texts_are_counted_by_day():
    times = [WorkTime(at=f"2026-03-0{day}T09:00:00+00:00") for day in (3, 2, 3)]
    assert count_days(times) == {"2026-03-02": 1, "2026-03-03": 2}
