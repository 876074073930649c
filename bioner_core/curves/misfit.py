"""The misfit of the families of curves: a smooth error that data pin down where they are dense.

The true curve is taken as s(ln n + w), where s is of a family and w a random shift of ln n: an
Ornstein-Uhlenbeck process, whose values at two sizes correlate as exp(-|difference of ln n| / LENGTH). To
first order the error of s in F1 is its slope times w. It is predicted from the residuals at the trained sizes
(kriging; Rasmussen and Williams 2006, Gaussian Processes for Machine Learning, chapter 2). A draw subtracts a
random error from the data before everything is fitted, and adds it afterwards: what the data leave open of it
remains (Matheron's rule; Chiles and Delfiner 2012, Geostatistics, section 7.3).
"""

import numpy as np
from numpy.typing import ArrayLike

from bioner_core.curves.families import Floats

SHIFT_SD = 0.25  # of w, in ln n, far from all data
LENGTH = 2.5  # of w, in ln n


def compute_slopes(grid: Floats, smooth: Floats) -> Floats:
    """Return the slopes of curves by ln n, at least 0, (curves, grid)."""
    return np.maximum(np.gradient(smooth, _compute_step(grid), axis=1), 0.0)


def draw_errors(grid: Floats, slopes: Floats, n_draws: int, rng: np.random.Generator) -> Floats:
    """Draw errors of one curve's family as if there were no data, (draws, grid).

    :param grid: sizes evenly spaced in ln n, (grid,)
    :param slopes: as ``compute_slopes`` returns them, (1, grid)
    """
    path = rng.standard_normal((n_draws, len(grid))) @ _build_path_factor(len(grid), _compute_step(grid)).T
    return np.asarray(slopes * path)


def predict_errors(grid: Floats, slopes: Floats, n: Floats, residuals: Floats, noise_sd: Floats) -> Floats:
    """Return the error of fits as their residuals predict it, (curves, grid).

    :param grid: sizes evenly spaced in ln n from the smallest to the largest of ``n``, (grid,)
    :param slopes: (curves, grid), or (1, grid) for draws of one curve
    :param n: trained sizes above 0, ascending, (sizes,)
    :param residuals: F1 less that of the fits, (curves, sizes)
    :param noise_sd: of the mean F1 of each size over models, (sizes,)
    """
    at, slopes_at = np.log(n), interpolate_grid(grid, slopes, n)
    covariance = slopes_at[:, :, None] * _compute_covariance(at, at) * slopes_at[:, None, :]
    loads = np.linalg.solve(covariance + np.diag(noise_sd**2), residuals[:, :, None])[:, :, 0]
    return np.asarray(slopes * ((slopes_at * loads) @ _compute_covariance(at, np.log(grid))))


def make_monotone(curves: Floats) -> Floats:
    """Return the mean of the highest value so far and the lowest from here on: it never falls."""
    highest = np.maximum.accumulate(curves, axis=1)
    lowest = np.minimum.accumulate(curves[:, ::-1], axis=1)[:, ::-1]
    return np.asarray((highest + lowest) / 2)


def interpolate_grid(grid: Floats, values: Floats, n: ArrayLike) -> Floats:
    """Return values at other sizes, linear in log n, (curves, sizes)."""
    at = np.interp(np.log(np.asarray(n, dtype=np.float64)), np.log(grid), np.arange(len(grid)))
    low = np.minimum(at.astype(int), len(grid) - 2)
    return np.asarray(values[:, low] + (at - low) * (values[:, low + 1] - values[:, low]))


def _compute_covariance(log_n: Floats, others: Floats) -> Floats:
    """Return the covariance of w at some sizes with w at others."""
    return np.asarray(SHIFT_SD**2 * np.exp(-np.abs(log_n[:, None] - others) / LENGTH))


def _build_path_factor(n: int, step: float) -> Floats:
    """Return the Cholesky factor of the covariance of w at ``n`` steps: an autoregression, (n, n)."""
    decay = np.exp(-step / LENGTH)
    lags = np.arange(n)[:, None] - np.arange(n)
    factor = np.where(lags >= 0, decay ** np.maximum(lags, 0), 0.0) * np.sqrt(1 - decay**2)
    factor[:, 0] = decay ** np.arange(n)
    return np.asarray(SHIFT_SD * factor)


def _compute_step(grid: Floats) -> float:
    return float(np.log(grid[1] / grid[0]))
