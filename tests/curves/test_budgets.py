"""Budgets of curves: first, stable and planned sizes, savings, and types combined in a row."""

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from bioner_core.curves.budget import Budget, add_interval
from bioner_core.curves.budget_table import combine_types, compute_budgets
from bioner_core.curves.crossing import fit_isotonic
from bioner_core.curves.curve import PlannedSeeds, build_curves
from bioner_core.curves.draws import N_DRAWS
from bioner_core.curves.interval import Interval
from bioner_core.curves.points import CurvePoint
from bioner_core.curves.saturation import measure_saturation
from bioner_core.errors import BionerError


def build_points(f1_by_n, *, full=None, train_size=1000, **fields):
    base = {"target": "t", "source": "none", "model": "m", "method": "probe", "entity": "Drug"}
    sizes = [*f1_by_n.items(), *([(train_size, full)] if full is not None else [])]
    return [
        CurvePoint(
            **{
                **base,
                "n_sentences": n,
                "f1": f1,
                "train_size": train_size,
                "is_full": n == train_size,
                **fields,
            }
        )
        for n, f1 in sizes
    ]


def compute_single_budget(points, **goal) -> Budget:
    (row,) = compute_budgets(points, **goal)
    return row


def read_numbers(row):
    return row.n_first, row.n_stable, row.n_plan


def test_a_noisy_curve_has_a_first_and_a_stable_size_and_a_plan():
    row = compute_single_budget(build_points({50: 0.5, 100: 0.8, 200: 0.7, 400: 0.79, 800: 0.8}, full=0.8))
    assert (row.n_first, row.n_stable, row.n_isotonic, row.plan_method) == (100, 800, 400, "averaged")
    assert 50 < row.n_plan < row.n_stable  # a noisy size does not move it up to the next one
    assert (row.status, row.target_f1, row.best_f1, row.best_n, row.n_max) == (
        "reached",
        0.99 * 0.8,
        0.8,
        100,
        1000,  # full data
    )
    assert row.share_of_train == row.n_plan / 1000


def test_with_three_points_the_plan_is_the_smallest_of_the_isotonic_steps():
    row = compute_single_budget(build_points({50: 0.5, 100: 0.8}, full=0.8))
    assert (*read_numbers(row), row.plan_method, row.share_of_train) == (100, 100, 100, "isotonic", 0.1)
    row = compute_single_budget(build_points({50: 0.5, 100: 0.8, 200: 0.7}), goal_f1=0.75)
    assert (*read_numbers(row), row.plan_method) == (100, None, 100, "isotonic")  # 0.8 and 0.7 are pooled


def test_full_data_is_the_fourth_point_of_a_smoothed_curve_of_three_sizes():
    row = compute_single_budget(build_points({50: 0.5, 100: 0.7, 200: 0.75}, full=0.8))
    assert (row.plan_method, row.basis) == ("averaged", "to_full")
    assert 200 < row.n_plan < 1000


def test_the_plan_lies_between_sizes_rounded_up_to_ten():
    truth = {n: round(0.9 * n / (n + 10), 6) for n in (50, 100, 200, 400, 800)}
    full = 0.891089  # at 1,000 sentences, on the same curve
    row = compute_single_budget(build_points(truth, full=full), fraction=0.999)  # reached at 908
    assert (row.n_plan, row.basis, row.n_below, row.n_above) == (910, "to_full", 800, 1000)
    assert (row.status, row.n_first, row.n_stable) == ("not_reached", None, None)  # by no trained size
    row = compute_single_budget(build_points(truth, full=full), fraction=0.949)  # reached at 155.6
    assert (row.n_first, row.n_plan, row.n_isotonic, row.n_below, row.n_above) == (200, 160, 200, 100, 200)
    assert (row.basis, row.gap) == ("measured", (100, 200))


def test_zero_shot_can_reach_the_goal_with_zero_sentences():
    none = build_points({50: 0.1, 100: 0.2}, full=0.8)
    row = compute_budgets([*none, *build_points({0: 0.8, 50: 0.9, 100: 0.9}, source="a")])[1]
    assert (read_numbers(row), row.share_of_train) == ((0, 0, 0), 0.0)


def test_a_target_that_is_exactly_met_is_reached_in_spite_of_binary_rounding():
    for full in range(100, 10001, 100):  # percent with two decimals: 99 % of it has at most four
        f1 = round(full / 10000, 4)
        assert (
            compute_single_budget(build_points({50: 0.0, 100: round(f1 * 0.99, 6)}, full=f1)).n_first == 100
        )


def test_an_unreached_target_is_null_with_its_status():
    row = compute_single_budget(build_points({50: 0.1, 100: 0.2}), goal_f1=0.8)
    assert (row.status, read_numbers(row), row.share_of_train, row.best_n) == (
        "not_reached",
        (None,) * 3,
        None,
        100,
    )
    assert (row.basis, row.chance_reached, row.n_max) == (None, None, 100)


def test_full_data_is_the_plan_where_only_full_data_reaches_the_goal():
    row = compute_single_budget(build_points({50: 0.1, 100: 0.2}, full=0.8))
    assert (row.status, read_numbers(row), row.share_of_train) == ("not_reached", (None, None, 1000), 1.0)
    assert (row.basis, row.gap) == ("to_full", (100, 1000))


@given(
    st.lists(st.floats(0.01, 1), min_size=3, max_size=7),
    st.floats(0.5, 1),
)
def test_a_curve_with_full_data_has_a_plan_for_every_fraction(values, fraction):
    f1 = dict(zip((50, 100, 200, 400, 600, 800), values, strict=False))
    row = compute_single_budget(build_points(f1, full=values[-1]), fraction=fraction)
    assert 50 <= row.n_plan <= row.n_max == 1000
    assert row.basis == ("measured" if row.n_plan <= max(f1) else "to_full")


def test_a_goal_above_the_smoothed_full_f1_has_no_plan():
    points = build_points({50: 0.5, 100: 0.6, 200: 0.65, 400: 0.7}, full=0.7)
    row = compute_single_budget(points, goal_f1=0.9)
    assert (row.n_plan, row.basis, row.n_max, row.plan_method) == (None, None, 1000, "averaged")


def test_a_goal_reached_once_by_chance_does_not_make_the_plan_small():
    row = compute_single_budget(build_points({50: 0.9, 100: 0.1, 200: 0.1}, full=0.8))
    assert (row.status, row.n_first, row.n_stable) == ("reached", 50, None)
    assert row.n_plan > 900


def test_a_source_without_full_data_ends_at_the_smoothed_full_f1_without_pretraining():
    none = {50: 0.4, 100: 0.5, 200: 0.6, 400: 0.68, 800: 0.74}
    source = build_points({50: 0.5, 100: 0.58, 200: 0.65, 400: 0.7}, source="a")
    first, row = compute_budgets([*build_points(none, full=0.75), *source])
    assert (row.basis, row.n_below, row.n_above, row.n_max) == ("borrowed", 400, 1000, 1000)
    assert 400 < row.n_plan < first.n_plan
    assert compute_single_budget(source).status == "no_full"  # and no goal
    lucky, row_lucky = compute_budgets([*build_points(none, full=0.80), *source])
    assert lucky.target_f1 - first.target_f1 == pytest.approx(0.99 * 0.05)
    assert row_lucky.n_plan > row.n_plan  # a higher goal needs more
    (alone,) = compute_budgets(source, goal_f1=0.72)
    _, ended = compute_budgets([*build_points(none, full=0.75), *source], goal_f1=0.72)
    assert (alone.n_plan, alone.n_max) == (None, 400)
    assert (ended.basis, ended.n_max) == ("borrowed", 1000)


def test_full_data_of_a_source_counts_before_that_without_pretraining():
    none = build_points({50: 0.4, 100: 0.5, 200: 0.6, 400: 0.68, 800: 0.74}, full=0.75)
    few = {50: 0.5, 100: 0.58, 200: 0.65, 400: 0.7}
    _, borrowed = compute_budgets([*none, *build_points(few, source="a")])
    _, measured = compute_budgets([*none, *build_points(few, full=0.8, source="a")])
    assert (borrowed.basis, measured.basis) == ("borrowed", "to_full")
    assert measured.n_plan < borrowed.n_plan  # the same goal, and a curve that rises further


def test_sizes_beyond_full_data_end_the_curve_themselves():
    none = build_points({50: 0.4, 100: 0.5, 200: 0.6, 400: 0.7}, train_size=None)
    full = [replace(point, is_full=True) for point in build_points({300: 0.68}, train_size=None)]
    source = build_points({50: 0.4, 100: 0.5, 200: 0.6, 500: 0.7}, train_size=None, source="a")
    for row, largest in zip(compute_budgets([*none, *full, *source], fraction=0.95), (400, 500), strict=True):
        assert (row.n_max, row.basis) == (largest, "measured")
        assert row.n_plan <= largest


def test_without_full_there_is_no_budget_but_an_absolute_goal_needs_none():
    points = build_points({50: 0.1, 100: 0.5})
    row = compute_single_budget(points)
    assert (row.status, row.target_f1, read_numbers(row), row.best_f1) == ("no_full", None, (None,) * 3, 0.5)
    row = compute_single_budget(points, goal_f1=0.5)
    assert (row.status, row.fraction, row.target_f1, read_numbers(row)) == (
        "reached",
        None,
        0.5,
        (100, 100, 100),
    )


def test_sizes_with_missing_seeds_do_not_count():
    plan = {("t", "none", "m", "probe", n): PlannedSeeds(frozenset({0, 1})) for n in (50, 100)}
    points = build_points({50: 0.1, 100: 0.2}, full=0.2, seed=0)
    (row,) = compute_budgets(points, planned=plan)
    assert (row.status, row.n_max, row.best_f1) == ("no_data", None, None)


def test_curves_of_fewer_than_two_sizes_have_no_budget():
    assert compute_budgets(build_points({0: 0.9, 50: 0.9}, full=0.9)) == []
    assert compute_budgets([]) == []


def test_a_full_f1_of_zero_gives_no_goal():
    row = compute_single_budget(build_points({50: 0.0, 100: 0.0}, full=0.0))
    assert (row.status, row.full_f1, row.target_f1, row.n_plan) == ("no_f1", 0.0, None, None)
    row = compute_single_budget(build_points({50: 0.0, 100: 0.0}, full=0.0), goal_f1=0.8)
    assert (row.status, row.n_plan) == ("no_f1", None)


@pytest.mark.parametrize(
    ("goal", "message"),
    [
        ({"fraction": 99}, "the fraction is 99; it must be above 0 and at most 1, such as 0.99."),
        ({"fraction": 0.0}, "the fraction is 0; it must be above 0 and at most 1, such as 0.99."),
        ({"fraction": float("nan")}, "the fraction is nan; it must be above 0 and at most 1, such as 0.99."),
        ({"goal_f1": 80}, "the goal is an F1 of 80; it must be above 0 and at most 1, such as 0.80."),
        ({"goal_f1": 0}, "the goal is an F1 of 0; it must be above 0 and at most 1, such as 0.80."),
    ],
)
def test_a_goal_out_of_range_is_refused(goal, message):
    with pytest.raises(BionerError) as error:
        compute_budgets([], **goal)
    assert str(error.value) == message


def test_savings_compare_numbers_of_the_same_rule():
    none = build_points({100: 0.9, 200: 0.1, 400: 0.9})
    source = build_points({50: 0.9, 100: 0.1, 200: 0.9}, source="a")
    first, row = compute_budgets([*none, *source], goal_f1=0.85)
    assert (read_numbers(first), read_numbers(row)) == ((100, 400, 400), (50, 200, 200))
    assert (row.saved_first, row.saved_plan, row.saved_plan_is_bound) == (50, 200, False)
    assert (first.saved_first, first.saved_plan) == (None, None)


def test_plans_of_two_methods_are_compared_by_their_steps():
    none = build_points({50: 0.1, 100: 0.5, 200: 0.7, 400: 0.9, 800: 0.9})
    source = build_points({50: 0.1, 100: 0.9, 200: 0.9}, source="a")
    first, row = compute_budgets([*none, *source], goal_f1=0.89)
    assert (first.plan_method, row.plan_method) == ("averaged", "isotonic")
    assert first.n_plan != first.n_isotonic == 400
    assert row.saved_plan == 300


def test_a_saving_is_a_bound_where_training_without_a_source_does_not_reach_the_goal():
    none, source = {50: 0.1, 400: 0.2}, build_points({50: 0.1, 100: 0.9}, source="a")
    row = compute_budgets([*build_points(none), *source], goal_f1=0.9)[1]
    assert (row.saved_first, row.saved_first_is_bound, row.saved_plan, row.saved_plan_is_bound) == (
        300,
        True,
    ) * 2
    row = compute_budgets([*build_points(none, full=0.9), *source])[
        1
    ]  # full data reaches it without a source
    assert (row.saved_first, row.saved_first_is_bound) == (900, True)
    assert (row.saved_plan, row.saved_plan_is_bound) == (900, False)


def test_a_negative_lower_bound_of_a_saving_is_omitted():
    none = build_points({50: 0.1, 100: 0.2})
    row = compute_budgets([*none, *build_points({50: 0.1, 400: 0.9}, source="a")], goal_f1=0.9)[1]
    assert (row.saved_first, row.saved_first_is_bound) == (None, False)
    assert (row.saved_plan, row.saved_plan_is_bound) == (None, False)


def test_a_source_that_needs_more_saves_a_negative_number():
    none = build_points({50: 0.1, 100: 0.9}, full=0.9)
    assert compute_budgets([*none, *build_points({50: 0.1, 400: 0.9}, source="a")])[1].saved_first == -300


def test_the_plan_is_weighted_by_seeds():
    thrice = [p for seed in range(3) for p in build_points({50: 0.1, 100: 0.8}, seed=seed)]
    row = compute_single_budget([*thrice, *build_points({200: 0.77}, seed=0)], goal_f1=0.792)
    assert (row.n_seeds, row.n_isotonic) == (1, 100)  # (0.8 · 3 + 0.77) / 4 = 0.7925
    once = build_points({50: 0.1, 100: 0.8, 200: 0.77}, seed=0)
    assert compute_single_budget(once, goal_f1=0.792).n_isotonic is None


def test_the_plan_lies_between_no_sentence_and_full_data():
    rng = np.random.default_rng(0)
    for _ in range(100):
        values = dict(zip((0, 50, 100, 150, 200, 250), rng.random(6).round(2).tolist(), strict=True))
        row = compute_single_budget(build_points(values, full=0.7))
        assert 0 <= row.n_plan <= row.n_max == 1000
        if row.n_low is not None:
            assert row.n_low <= row.n_plan <= row.n_high <= 1000


def test_a_wide_gap_between_trained_sizes_is_reported():
    steps = compute_single_budget(build_points({800: 0.1, 850: 0.8, 900: 0.8}), goal_f1=0.75)
    assert (steps.n_plan, steps.gap) == (850, None)
    doubling = compute_single_budget(build_points({400: 0.1, 800: 0.8}, full=0.8))
    assert doubling.gap == (400, 800)
    assert compute_single_budget(build_points({450: 0.1, 500: 0.8}, full=0.8)).gap is None  # exactly 10 %
    assert (
        compute_single_budget(build_points({50: 0.8, 100: 0.8}, full=0.8)).gap is None
    )  # nothing smaller was tried


def test_combined_types_take_the_largest_number_and_name_the_deciding_type():
    drug = build_points({50: 0.8, 100: 0.8, 200: 0.8}, full=0.8)
    disease = build_points({50: 0.1, 100: 0.1, 200: 0.5}, full=0.5, entity="Disease")
    plan = compute_single_budget(disease).n_plan
    both = build_points({50: 0.0, 100: 0.0, 200: 0.0}, full=0.9, entity="all")
    (row,) = combine_types(compute_budgets([*drug, *disease, *both]))
    assert (row.entity, row.decided_by, row.full_f1, read_numbers(row)) == (
        "every",
        "Disease",
        0.5,
        (200, 200, plan),
    )
    assert plan > 100


def test_a_single_type_combined_equals_that_type():
    (drug,) = compute_budgets(build_points({50: 0.1, 100: 0.8, 200: 0.8}, full=0.8))
    (row,) = combine_types([drug])
    assert (row.entity, row.decided_by, read_numbers(row)) == ("every", "Drug", read_numbers(drug))


def test_combined_types_do_not_reach_the_goal_unless_all_types_do():
    drug = build_points({50: 0.1, 100: 0.2})
    near = build_points({50: 0.1, 100: 0.49}, entity="Disease")
    (row,) = combine_types(
        compute_budgets([*drug, *near, *build_points({50: 0.9, 100: 0.9}, entity="X")], goal_f1=0.5)
    )
    assert (row.status, row.decided_by, read_numbers(row)) == ("not_reached", "Drug", (None, None, None))


def test_combined_types_without_a_plan_have_no_basis_share_or_neighbours():
    types = [
        compute_single_budget(build_points({50: 0.1, 100: 0.8, 200: 0.8}, full=0.8, entity=entity))
        for entity in ("Drug", "Disease")
    ]
    reached = [np.arange(N_DRAWS) < 300, np.arange(N_DRAWS) >= 200]  # 60 % each, 20 % both
    rows = [
        add_interval(
            row,
            Interval(crossings=np.where(draws, 100.0, np.inf), sizes=(50, 1000), n_sure=None, covers="seeds"),
        )
        for row, draws in zip(types, reached, strict=True)
    ]
    assert all(row.n_plan and row.basis for row in rows)
    (row,) = combine_types(rows)
    assert (row.chance_reached, row.n_plan, row.basis, row.share_of_train) == (0.2, None, None, None)
    assert (row.n_below, row.n_above, row.n_high, row.n_high_beyond) == (None, None, 1000, True)


def test_savings_of_combined_types_compare_combined_plans():
    none = build_points({50: 0.1, 100: 0.8, 200: 0.8}, full=0.8) + build_points(
        {50: 0.1, 100: 0.1, 200: 0.5}, full=0.5, entity="Disease"
    )
    source = build_points({50: 0.8, 100: 0.8, 200: 0.8}, source="a") + build_points(
        {50: 0.1, 100: 0.5, 200: 0.5}, source="a", entity="Disease"
    )
    none_row, row = combine_types(compute_budgets([*none, *source]))
    assert (row.source, row.saved_plan) == ("a", none_row.n_plan - row.n_plan)
    assert row.saved_plan >= 100


def test_a_record_has_the_documented_fields():
    curve_of = ["target", "entity", "source", "model", "method"]
    f1 = ["fraction", "full_f1", "target_f1"]
    answer = [
        "n_first",
        "n_stable",
        "n_plan",
        "n_low",
        "n_high",
        "n_high_beyond",
        "n_max",
        "n_seeds",
        "status",
    ]
    best = ["best_f1", "best_n", "share_of_train"]
    savings = ["saved_first", "saved_first_is_bound", "saved_plan", "saved_plan_is_bound"]
    robust = ["n_sure", "plan_method", "interval_of", "saved_low", "saved_high"]
    reach = ["basis", "chance_reached", "chance_best", "plan_full_f1"]  # after n_isotonic, not printed
    fields = [*curve_of, *f1, *answer, *best, *savings, *robust, *reach]
    types = [
        *build_points({50: 0.1, 100: 0.2}, full=0.2),
        *build_points({50: 0.1, 100: 0.2}, full=0.2, entity="Disease"),
    ]
    rows = compute_budgets(types)
    assert list(rows[0].record()) == fields
    (every,) = combine_types(rows)
    assert list(every.record()) == [*fields, "decided_by", "left_out", "left_out_reasons"]
    assert json.loads(json.dumps(every.record())) == every.record()


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(1, 9)), max_size=30))
def test_the_isotonic_fit_is_that_of_scikit_learn(rows):
    values, weights = [r[0] for r in rows], [r[1] for r in rows]
    fit = fit_isotonic(values, weights)
    assert all(a <= b for a, b in pairwise(fit))
    if rows:
        scikit_fit = IsotonicRegression().fit_transform(np.arange(len(rows)), values, sample_weight=weights)
        assert fit == pytest.approx(scikit_fit, abs=1e-12)


def test_saturation_compares_full_data_with_half_of_it():
    (grown,) = build_curves(build_points({0: 0.9, 250: 0.4, 500: 0.5, 900: 0.9}, full=0.9))
    saturation = measure_saturation(grown)
    assert (saturation.n_half, saturation.is_reached) == (500, False)
    assert saturation.f1_half == pytest.approx(0.6)  # 0.9, 0.4 and 0.5 pooled
    assert saturation.gain == pytest.approx(0.5)
    (flat,) = build_curves(build_points({250: 0.1, 500: 0.8}, full=0.808))
    assert measure_saturation(flat).is_reached  # exactly 1 %
    (rising,) = build_curves(build_points({250: 0.1, 500: 0.8}, full=0.809))
    assert not measure_saturation(rising).is_reached


def test_saturation_needs_a_full_point_and_a_size_of_half():
    assert measure_saturation(build_curves(build_points({250: 0.1, 500: 0.8}))[0]) is None
    assert measure_saturation(build_curves(build_points({600: 0.1, 700: 0.8}, full=0.8))[0]) is None
    points = [*build_points({250: 0.1}, full=0.8), *build_points({250: 0.1}, source="a")]
    assert measure_saturation(build_curves(points)[1]) is None  # only ``none`` is the yardstick
