"""The burn-up chart is a valid specification that shows progress, plans and dates."""

from datetime import date

import altair as alt
import pytest

from bioner_core.charts.burn_up import PlanMark, build_burn_up_chart
from bioner_core.charts.curve_chart import render_chart

MARKS = (
    PlanMark(number=0, day=date(2026, 3, 2), n_train=200, pool=2000),
    PlanMark(number=1, day=date(2026, 3, 9), n_train=300, n=700, low=400, high=1200, pool=2000),
    PlanMark(number=2, day=date(2026, 3, 16), n_train=450, n=None, low=900, high=None, pool=2000),
)
PROGRESS = [(date(2026, 3, 1), 200), (date(2026, 3, 4), 240), (date(2026, 3, 12), 450)]


def list_values(spec, kind):
    return [
        value for layer in spec["layer"] if layer["mark"]["type"] == kind for value in layer["data"]["values"]
    ]


def build(marks=MARKS[:2], finish=(date(2026, 3, 20), date(2026, 4, 2)), **options):
    return build_burn_up_chart(marks, PROGRESS, finish, goal="95 %", **options)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("finish", [None, (date(2026, 3, 20), None), (date(2026, 3, 20), date(2026, 4, 2))])
@pytest.mark.parametrize("n", [1, 2, 3])
def test_every_state_of_a_project_is_a_valid_chart(n, finish, dark):
    alt.Chart.from_dict(build(MARKS[:n], finish, dark=dark)).to_dict()


def test_the_chart_is_drawn():
    assert render_chart({**build(), "width": 600}, "svg").count(b"<path") > 10


def test_the_plan_of_a_round_is_a_dot_with_its_interval():
    [value] = list_values(build(), "point")
    assert (value["n"], value["low"], value["high"]) == (700, 400, 1200)
    assert value["Sentences"] == "700 (400 to 1,200)"


def test_a_plan_beyond_the_pool_is_drawn_at_its_end_and_says_so():
    *_, value = list_values(build(MARKS), "point")
    assert (value["n"], value["high"]) == (2000, 2000)
    assert value["Sentences"] == "more than 2,000 (900 to 2,000)"


def test_dates_stand_where_the_goal_is_reached():
    texts = [value["text"] for value in list_values(build(), "text")]
    assert texts == ["plan for 95 %, 90 % interval", "20 Mar", "2 Apr"]
    assert "2 Apr" not in [
        value["text"] for value in list_values(build(finish=(date(2026, 3, 20),) * 2), "text")
    ]


def test_the_description_has_the_numbers():
    assert build()["description"] == (
        "Sentences annotated in 2 rounds: 300 to train on by 2026-03-09; the plan for 95 % is 700."
    )
