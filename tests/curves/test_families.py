"""Families of learning curves: evaluated, fitted and inverted."""

import numpy as np
import pytest
from scipy.optimize import least_squares

from bioner_core.curves.families import FAMILIES, evaluate_family, fit_family, invert_family

SIZES = np.arange(50, 2001, 50)
TRUE = {
    "pow3": [0.88, 0.4, 0.6],
    "pow4": [0.9, 0.7, 60, 0.8],
    "mmf4": [0.85, 0.8, 90, 0.9],
    "wbl4": [0.8, 0.6, 150, 0.6],
}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_curve_without_noise_is_recovered_within_a_tenth_of_a_point(family):
    truth = evaluate_family(family, TRUE[family], SIZES)
    params, loss = fit_family(family, SIZES, truth)
    assert np.abs(evaluate_family(family, params, SIZES) - truth).max() < 0.001
    assert loss < 1e-4


@pytest.mark.parametrize("family", FAMILIES)
def test_inverting_a_family_is_the_inverse_of_evaluating_it(family):
    for n in (60.0, 300.0, 1500.0):
        (f1,) = evaluate_family(family, TRUE[family], [n])
        assert invert_family(family, TRUE[family], f1) == pytest.approx(n)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_goal_at_or_above_the_asymptote_is_never_reached(family):
    top = TRUE[family][0]
    assert np.isinf(invert_family(family, TRUE[family], [top, top + 0.1])).all()


@pytest.mark.parametrize("family", FAMILIES)
def test_fits_of_many_curves_at_once_equal_those_of_single_curves(family):
    rng = np.random.default_rng(0)
    several = evaluate_family(family, TRUE[family], SIZES) + rng.normal(0, 0.01, (3, 2, len(SIZES)))
    params, loss = fit_family(family, SIZES, several, weights=SIZES)
    assert params.shape == (3, 2, len(TRUE[family]))
    single, single_loss = fit_family(family, SIZES, several[2, 1], weights=SIZES)
    assert np.allclose(single, params[2, 1])
    assert single_loss == pytest.approx(loss[2, 1])


@pytest.mark.parametrize("family", FAMILIES)
def test_the_fit_is_nearly_as_good_as_that_of_scipy(family):
    rng = np.random.default_rng(1)
    f1 = evaluate_family(family, TRUE[family], SIZES) + rng.normal(0, 0.01, len(SIZES))
    _, loss = fit_family(family, SIZES, f1)
    scipy_fit = least_squares(
        lambda p: evaluate_family(family, p, SIZES) - f1, TRUE[family], x_scale=TRUE[family]
    )
    assert loss <= 1.02 * 2 * scipy_fit.cost


@pytest.mark.parametrize("family", FAMILIES)
def test_the_loss_is_the_weighted_sum_of_squared_errors(family):
    rng = np.random.default_rng(2)
    f1, weights = rng.random((4, len(SIZES))), rng.random(len(SIZES))
    params, loss = fit_family(family, SIZES, f1, weights)
    assert np.allclose(loss, (evaluate_family(family, params, SIZES) - f1) ** 2 @ weights)
    assert params[:, 0].max() <= 1
    assert params[:, 1].min() >= 0


def test_a_falling_curve_is_fitted_by_its_mean():
    params, _ = fit_family("mmf4", SIZES, np.linspace(0.9, 0.5, len(SIZES)))
    assert np.allclose(evaluate_family("mmf4", params, SIZES), 0.7)


def test_an_asymptote_above_one_is_capped_at_one():
    steep = 1 - 0.5 * (SIZES / 100) ** -0.02  # needs far more than 1 by any shape tried, but 0.05 at c
    params, _ = fit_family("pow3", SIZES, steep)
    assert params[0] <= 1
    assert np.abs(evaluate_family("pow3", params, SIZES) - steep).max() < 0.02
