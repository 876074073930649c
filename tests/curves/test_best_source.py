"""The best source: its chance, ties, missing plans, and a saving without the luck of the choice."""

from dataclasses import replace

import numpy as np
import pytest

from bioner_core.curves.best_source import add_chances, find_best_source, list_best, select_best
from bioner_core.curves.budget import Budget
from bioner_core.curves.interval import Interval

DRAWS = 500


def build_row(source, crossings=None, *, n_plan=0.5, entity="Drug"):
    """Return a row whose draws cross at ``crossings``; its plan is their median, or what is given."""
    row = Budget(
        target="t",
        entity=entity,
        source=source,
        model="m",
        method="finetune",
        fraction=0.99,
        full_f1=0.9,
        target_f1=0.89,
        status="reached",
        n_plan=int(np.median(crossings)) if n_plan == 0.5 else n_plan,
    )
    if crossings is None:
        return row
    interval = Interval(crossings=np.asarray(crossings, float), sizes=(50, 5000), n_sure=None, covers="seeds")
    return replace(row, interval=interval)


def test_the_best_source_needs_fewest_in_most_draws():
    """B has the smaller plan, but A needs fewer in two of three draws."""
    rows = [
        build_row("none", [900, 900, 900]),
        build_row("A", [300, 300, 800], n_plan=310),
        build_row("B", [350, 350, 100], n_plan=300),
    ]
    best = find_best_source(rows)
    assert best.source == "A"
    assert best.chances == {"A": pytest.approx(2 / 3), "B": pytest.approx(1 / 3), "none": 0}
    assert select_best(add_chances(rows)).source == "A"


def test_in_a_tie_no_pretraining_is_best():
    rows = [build_row("A", [0, 50, 50]), build_row("none", [0, 50, 50])]
    assert find_best_source(rows).chances == {"A": 0, "none": 1}


def test_draws_that_no_source_reaches_count_for_none_of_them():
    rows = [build_row("none", [np.inf, np.inf, 500], n_plan=None), build_row("A", [np.inf, 300, 400])]
    assert find_best_source(rows).chances == {"A": pytest.approx(2 / 3), "none": 0}


def test_a_source_without_a_plan_is_not_the_best():
    """A is first in more draws, but in most of them it never reaches the goal."""
    rows = [
        build_row("none", [900, 910, 920, 930, 940]),
        build_row("A", [100, 100, np.inf, np.inf, np.inf], n_plan=None),
        build_row("B", [950, 950, 700, 940, 950]),
    ]
    chances = find_best_source(rows).chances
    assert chances["A"] == pytest.approx(0.4)
    assert find_best_source(rows).source == "none"


def test_without_draws_the_smallest_plan_is_best_without_a_chance():
    rows = [build_row("none", n_plan=900), build_row("A", n_plan=400), build_row("B", n_plan=None)]
    best = find_best_source(rows)
    assert (best.source, best.chances, best.saved) == ("A", {}, None)
    assert [row.chance_best for row in add_chances(rows)] == [None] * 3


def test_every_type_has_a_best_source():
    rows = [
        build_row(source, crossings, entity=entity)
        for entity, needs in {"Drug": (900, 400), "Disease": (500, 800)}.items()
        for source, crossings in zip(("none", "A"), ([n] * 3 for n in needs), strict=True)
    ]
    assert [(row.entity, row.source) for row in list_best(add_chances(rows))] == [
        ("Drug", "A"),
        ("Disease", "none"),
    ]


def test_the_saving_of_a_clear_winner_is_unchanged():
    rng = np.random.default_rng(0)
    rows = [build_row("none", rng.normal(1000, 20, DRAWS)), build_row("A", rng.normal(600, 20, DRAWS))]
    [best] = [row for row in add_chances(rows) if row.source == "A"]
    assert best.saved_plan == pytest.approx(400, abs=10)
    assert best.saved_low < 400 < best.saved_high


def test_a_saving_without_the_luck_of_the_choice_is_nearer_to_the_truth():
    """Six sources that save nothing in truth: the winner's own saving is luck, most of the time."""
    rng = np.random.default_rng(0)
    naive, honest, covered = [], [], 0
    for _ in range(200):
        observed = rng.normal(1000, 100, 7)  # plans of none and six sources, as one run happens to see them
        draws = observed[:, None] + rng.normal(0, 100, (7, DRAWS))
        rows = [build_row("none" if i == 0 else f"S{i}", draws[i]) for i in range(7)]
        best = find_best_source(rows)
        if best.source != "none":
            plan = next(row.n_plan for row in rows if row.source == best.source)
            naive.append(rows[0].n_plan - plan)
            honest.append(best.saved)
            covered += best.saved_low <= 0 <= best.saved_high
    assert np.mean(naive) > 140
    assert np.mean(honest) < 0.8 * np.mean(naive)
    assert covered / len(honest) >= 0.85


def test_where_no_pretraining_misses_the_goal_the_bound_stays():
    rows = [
        build_row("none", [np.inf, np.inf, np.inf], n_plan=None),
        replace(build_row("A", [400, 400, 400]), saved_plan=4600, saved_plan_is_bound=True),
    ]
    row = add_chances(rows)[1]
    assert (row.saved_plan, row.saved_plan_is_bound, row.chance_best) == (4600, True, 1)
