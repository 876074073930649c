"""What the families of curves miss: predicted from residuals, and drawn where data leave it open."""

import numpy as np
import pytest

from bioner_core.curves.crossing import build_size_grid, fit_monotone_curves
from bioner_core.curves.misfit import (
    LENGTH,
    SHIFT_SD,
    _build_path_factor,
    compute_slopes,
    interpolate_grid,
    make_monotone,
    predict_errors,
)

FULL = 5000


def compute_true_f1(n):
    return 0.9 - 0.7 * (1 + np.asarray(n) / 60) ** -1.2


def compute_dip(n):
    return compute_true_f1(n) - 0.02 * np.exp(-0.5 * (np.log(np.asarray(n) / 600) / 0.4) ** 2)


def draw_crossings(n, model_sd):
    """Return where draws of a curve that the families fit exactly reach its F1 at 400 sentences."""
    draws = np.tile(compute_true_f1(n), (400, 1))
    fitted = fit_monotone_curves(n, draws, np.ones(len(n)), model_sd=model_sd, rng=np.random.default_rng(0))
    return fitted.find_crossings(compute_true_f1(400))


def test_a_curve_without_residuals_has_no_error():
    n = np.array([50.0, 200, 800, FULL])
    grid = build_size_grid(n)
    slopes = compute_slopes(grid, compute_true_f1(grid)[None])
    assert not predict_errors(grid, slopes, n, np.zeros((1, 4)), np.full(4, 0.01)).any()
    assert predict_errors(grid, slopes, n, np.full((1, 4), 0.01), np.full(4, 0.01)).max() > 0.001


def test_draws_vary_in_a_gap_and_hardly_where_sizes_are_dense():
    dense = [50, 100, 200, 300, 340, 380, 420, 460, 500, 600, FULL]
    gap, close = (np.log(draw_crossings(n, 1e-4)).std() for n in ([50, 100, 200, 1600, FULL], dense))
    assert 0.005 < close < 0.5 * gap


def test_noisy_sizes_pin_the_error_down_less_than_exact_ones():
    n = [50, 100, 200, 300, 400, 500, 800, 1600, FULL]
    exact, noisy = (np.log(draw_crossings(n, sd)).std() for sd in (1e-4, 0.03))
    assert exact < 0.7 * noisy


def test_many_exact_sizes_show_a_dip_that_no_family_can_follow():
    n = np.round(np.geomspace(50, FULL, 30))
    fits = [
        fit_monotone_curves(n, compute_dip(n)[None], np.ones(30), model_sd=sd).smooth[0] for sd in (1e-4, 0.2)
    ]
    rising = np.minimum.accumulate(compute_dip(build_size_grid(n))[::-1])[::-1]
    followed, missed = (np.abs(fit - rising).mean() for fit in fits)
    assert followed < 0.7 * missed


def test_monotone_curves_never_fall_and_rising_ones_stay():
    values = np.random.default_rng(0).random((20, 30))
    assert (np.diff(make_monotone(values), axis=1) >= 0).all()
    rising = np.sort(values, axis=1)
    assert (make_monotone(rising) == rising).all()


def test_paths_have_the_covariance_of_the_process():
    factor = _build_path_factor(50, 0.1)
    lags = np.abs(np.arange(50)[:, None] - np.arange(50)) * 0.1
    assert factor @ factor.T == pytest.approx(SHIFT_SD**2 * np.exp(-lags / LENGTH))


def test_interpolation_on_the_grid_is_linear_in_log_n():
    grid = np.geomspace(50, FULL, 160)
    values = np.random.default_rng(0).random((3, 160))
    at = [50, 77, 1234.5, FULL]
    expected = [np.interp(np.log(at), np.log(grid), row) for row in values]
    assert interpolate_grid(grid, values, at) == pytest.approx(np.array(expected))
