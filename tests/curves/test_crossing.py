"""Where curves reach a goal: on smoothed curves between sizes, on isotonic steps at a size."""

import numpy as np
import pytest

from bioner_core.curves.crossing import (
    build_size_grid,
    find_crossings,
    find_step_crossings,
    fit_isotonic,
    fit_isotonic_rows,
    fit_monotone_curves,
    round_sentences,
    smooth_curves,
)
from bioner_core.curves.families import FAMILIES, evaluate_family, invert_family

SIZES = np.array([50, 100, 200, 400, 800, 1600])
TRUE = {
    "pow3": [0.88, 0.25, 1.1],
    "pow4": [0.86, 0.7, 60, 1.4],
    "mmf4": [0.85, 0.8, 90, 1.3],
    "wbl4": [0.8, 0.6, 150, 0.6],
}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_smoothed_curve_without_noise_crosses_at_the_true_size(family):
    truth = evaluate_family(family, TRUE[family], SIZES)
    goal = 0.97 * evaluate_family(family, TRUE[family], [3000])[0]
    (at,) = fit_monotone_curves(SIZES, truth[None], np.ones(6)).find_crossings([goal])
    assert at == pytest.approx(invert_family(family, TRUE[family], goal), rel=0.05)


def test_a_smoothed_curve_never_falls():
    rng = np.random.default_rng(0)
    curves = smooth_curves(SIZES, rng.random((50, 6)), np.ones(6))
    assert curves.shape == (50, len(build_size_grid(SIZES)))
    assert np.diff(curves, axis=1).min() >= -1e-12


def test_sizes_of_more_seeds_and_more_sentences_weigh_more():
    flat = np.array([[0.5, 0.5, 0.5, 0.5, 0.5, 0.4]])
    once, more = smooth_curves(SIZES, flat, np.ones(6)), smooth_curves(SIZES, flat, [1, 1, 1, 1, 1, 50])
    assert more[0, -1] < once[0, -1] < 0.5


def test_full_data_improves_the_fit_and_may_be_the_answer():
    truth = np.array([evaluate_family("mmf4", TRUE["mmf4"], [*SIZES, 5000])])
    noisy = truth + np.random.default_rng(0).normal(0, 0.02, (200, 7)) * [1, 1, 1, 1, 1, 1, 0]
    goal = 0.97 * truth[0, -1]  # reached at about 1,100
    with_full = fit_monotone_curves([*SIZES, 5000], noisy, np.ones(7))
    alone = fit_monotone_curves(SIZES, noisy[:, :-1], np.ones(6))
    true = invert_family("mmf4", TRUE["mmf4"], goal)
    off = [
        np.median(np.abs(np.log(np.minimum(of.find_crossings([goal]), 1600) / true)))
        for of in (with_full, alone)
    ]
    assert off[0] < 0.9 * off[1]
    exact = fit_monotone_curves([*SIZES, 5000], truth, np.ones(7))
    assert exact.top == pytest.approx(truth[0, -1], abs=0.003)
    assert exact.find_crossings(exact.top) == pytest.approx(5000)
    assert 1600 < exact.find_crossings(0.985 * exact.top)[0] < 5000
    assert np.isinf(exact.find_crossings(exact.top + 0.01)).all()


def test_a_draw_follows_one_family_and_draws_average_to_the_smoothed_curve():
    noisy = evaluate_family("pow4", TRUE["pow4"], SIZES) + np.array([0.02, -0.02, 0.01, 0, -0.01, 0.01])
    many = np.tile(noisy, (400, 1))
    draws = smooth_curves(SIZES, many, np.ones(6), rng=np.random.default_rng(0))
    assert len(np.unique(draws.round(9), axis=0)) == len(FAMILIES)
    assert draws.mean(axis=0) == pytest.approx(smooth_curves(SIZES, many[:1], np.ones(6))[0], abs=0.002)
    again = smooth_curves(SIZES, many, np.ones(6), rng=np.random.default_rng(0))
    assert (draws == again).all()


def test_many_sizes_close_together_weigh_less_than_those_far_apart():
    n = [50, 100, 200, 400, 760, 780, 800, 820, 840, 1600]
    flat = np.full(len(n), 0.5)
    lone, crowd = flat.copy(), flat.copy()
    lone[3], crowd[6] = 0.4, 0.4  # the same error at 400 and at 800, where one model says more
    errors = [np.abs(smooth_curves(n, f1[None], np.ones(len(n)))[0] - 0.5).max() for f1 in (lone, crowd)]
    assert errors[0] > 1.2 * errors[1]


def test_a_crossing_is_linear_in_log_sentences_between_sizes():
    at = build_size_grid([100, 200])
    line = np.log(at)[None]
    assert find_crossings([100, 200], line, [np.log(150)]) == pytest.approx(150)
    assert find_crossings([100, 200], line, [np.log(50)]) == pytest.approx(
        100
    )  # never below the smallest size
    assert np.isinf(find_crossings([100, 200], line, [np.log(201)])).all()


def test_zero_shot_reaches_a_goal_only_where_its_isotonic_fit_does():
    sizes = [0, *SIZES]
    high = np.array([[0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8]])
    assert fit_monotone_curves(sizes, high, np.ones(7)).find_crossings([0.8]).tolist() == [0]
    lucky = high - [[0, 0.5, 0.4, 0.3, 0.2, 0.1, 0]]
    assert fit_monotone_curves(sizes, lucky, np.ones(7)).find_crossings([0.7])[0] > 400


def test_curves_of_fewer_than_four_sizes_use_isotonic_steps():
    fitted = fit_monotone_curves([0, 50, 100, 200], np.array([[0.1, 0.2, 0.6, 0.5]]), np.ones(4))
    assert fitted.smooth is None
    assert fitted.find_crossings([0.55]).tolist() == [100]
    assert np.isinf(fitted.find_crossings([0.56])).all()


def test_isotonic_fits_of_many_rows_equal_those_of_single_rows():
    rng = np.random.default_rng(1)
    values, weights = rng.random((200, 9)), rng.integers(1, 6, 9)
    assert np.allclose(fit_isotonic_rows(values, weights), [fit_isotonic(row, weights) for row in values])


def test_steps_reach_a_goal_that_is_exactly_met_in_spite_of_binary_rounding():
    assert find_step_crossings([50, 100], np.array([[0.1, 0.99 * 0.85]]), [0.8415]).tolist() == [100]


@pytest.mark.parametrize(
    ("n", "down", "rounded"),
    [
        (843.2, False, 850),
        (843.2, True, 840),
        (52, True, 50),
        (53, True, 53),
        (64, True, 60),
        (1599, False, 1595),
    ],
)
def test_numbers_between_sizes_are_rounded_to_ten_within_them(n, down, rounded):
    assert round_sentences(n, [50, 53, 1595], down=down) == rounded
