"""Parametric families of learning curves: an asymptote minus a shortfall that shrinks with training size.

Each family is f(n) = top - drop · g(n; shape) with n in sentences and a shape of one or two numbers. For a
fixed shape, top and drop are a linear least-squares fit, so the best shape is searched on a grid, for many
curves at once. The families are pow3, pow4, mmf4 and wbl4 of LCDB (Mohr et al. 2022) with renamed parameters:

    pow3  g = (n / 100)^-c            drop is the shortfall at 100 sentences
    pow4  g = (1 + n / s)^-c          drop is the shortfall at 0 sentences, s a scale in sentences
    mmf4  g = 1 / (1 + (n / s)^d)     at s sentences the shortfall is half of drop
    wbl4  g = exp(-(n / s)^d)         at s sentences the shortfall is 37 % of drop
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Family = Literal["pow3", "pow4", "mmf4", "wbl4"]
FAMILIES: tuple[Family, ...] = get_args(Family)
_POW3_UNIT = 100  # sentences at which the shortfall of pow3 is its drop
_TINY = 1e-12


def evaluate_family(family: Family, params: ArrayLike, n: ArrayLike) -> Floats:
    """Return F1 at ``n`` sentences.

    >>> evaluate_family("mmf4", [0.8, 0.6, 100, 1], [0, 100, 300]).round(2).tolist()
    [0.2, 0.5, 0.65]

    :param params: top, drop and shape, (…, 3 or 4)
    :param n: (sizes,), above 0 for pow3
    :returns: (…, sizes)
    """
    params = np.asarray(params, dtype=np.float64)
    short = _SHORTFALL[family](np.asarray(n, dtype=np.float64), params[..., 2:, None])
    return np.asarray(params[..., 0, None] - params[..., 1, None] * short)


def invert_family(family: Family, params: ArrayLike, goal: ArrayLike) -> Floats:
    """Return the sentences at which F1 reaches a goal: 0 where it starts above it, inf where it never does.

    >>> invert_family("mmf4", [0.8, 0.6, 100, 1], [0.1, 0.65, 0.8]).round(6).tolist()
    [0.0, 300.0, inf]

    :param params: top, drop and shape, (…, 3 or 4)
    :param goal: in [0, 1], broadcast with the … of ``params``
    """
    params = np.asarray(params, dtype=np.float64)
    top, drop = params[..., 0], params[..., 1]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        short = np.where(
            drop > _TINY, (top - goal) / np.maximum(drop, _TINY), np.where(top < goal, -1.0, np.inf)
        )
        n = _INVERSE[family](short, np.moveaxis(params[..., 2:], -1, 0))
    n = np.where(short <= 0, np.inf, n)
    return np.where((short >= 1) & (family != "pow3"), 0.0, np.maximum(n, 0.0))


def fit_family(
    family: Family, n: ArrayLike, f1: ArrayLike, weights: ArrayLike | None = None
) -> tuple[Floats, Floats]:
    """Fit a family by weighted least squares; return its parameters and weighted sums of squared errors.

    :param n: sizes above 0, ascending, (sizes,)
    :param f1: (…, sizes), in [0, 1]
    :param weights: (sizes,), such as models per size; equal by default
    :returns: parameters (…, 3 or 4) and losses (…)
    """
    f1, n = np.asarray(f1, dtype=np.float64), np.asarray(n, dtype=np.float64)
    w = np.ones(len(n)) if weights is None else np.asarray(weights, dtype=np.float64)
    flat = f1.reshape(-1, len(n))
    starts = range(0, max(1, len(flat)), _CHUNK)
    fits = [_fit_rows(family, n, flat[start : start + _CHUNK], w) for start in starts]
    params, losses = (np.concatenate(arrays) for arrays in zip(*fits, strict=True))
    return params.reshape(*f1.shape[:-1], -1), losses.reshape(f1.shape[:-1])


def _fit_rows(family: Family, n: Floats, flat: Floats, w: Floats) -> tuple[Floats, Floats]:
    """Return parameters, (curves, 3 or 4), and losses, (curves,): the best shape of a grid, then refined."""
    grid, step = build_shape_grid(family), _STEP[family]
    shapes = np.broadcast_to(grid, (len(flat), *grid.shape))
    top, drop, loss = _fit_lines(_SHORTFALL[family](n, grid[..., None]), flat, w)
    while True:
        best, rows = loss.argmin(axis=1), np.arange(len(flat))
        params = np.column_stack([top[rows, best], drop[rows, best], shapes[rows, best]])
        if step.max() < _MAX_STEP:
            return params, loss[rows, best]
        step = step / 2
        shapes = params[:, None, 2:] * np.exp(_NEIGHBORS[family] * step)  # (curves, shapes, 1 or 2)
        top, drop, loss = _fit_lines(_SHORTFALL[family](n, shapes[..., None]), flat, w)


def _fit_lines(short: Floats, f1: Floats, w: Floats) -> tuple[Floats, Floats, Floats]:
    """Return top, drop and loss of the constrained linear fit for each shape, each (curves, shapes).

    top is kept at most 1 and drop at least 0: a fit beyond these bounds is the best one on the bound.

    :param short: g of each shape, (shapes, sizes), or (curves, shapes, sizes)
    :param f1: (curves, sizes)
    :param w: (sizes,)
    """
    total, mean_y = w.sum(), (f1 @ w / w.sum())[:, None]  # mean_y: (curves, 1)
    mean_g = short @ w / total
    spread_g = (short - mean_g[..., None]) ** 2 @ w
    spread_y = (f1 - mean_y) ** 2 @ w
    cross = (f1 * w) @ short.T if short.ndim == 2 else (short @ (f1 * w)[..., None])[..., 0]
    both = cross - total * mean_y * mean_g  # (curves, shapes)
    drop = np.maximum(-both / np.maximum(spread_g, _TINY), 0.0)
    top = mean_y + drop * mean_g
    over = top > 1
    if over.any():  # a line through top = 1: drop = Σ w g (1 - y) / Σ w g²
        at_edge = (total * mean_g - cross) / np.maximum(spread_g + total * mean_g**2, _TINY)
        drop, top = np.where(over, np.maximum(at_edge, 0.0), drop), np.minimum(top, 1.0)
    offset = mean_y - top + drop * mean_g  # Σ w (y - top + drop g)², about the means
    loss = spread_y[:, None] + 2 * drop * both + drop**2 * spread_g + total * offset**2
    return top, drop, np.maximum(loss, 0.0)


_SIZES = np.geomspace(3, 3000, 30)  # of s, in sentences
_POWERS = {
    "pow3": np.geomspace(0.05, 4, 60),
    "pow4": np.geomspace(0.2, 8, 22),
    "mmf4": np.geomspace(0.2, 3, 22),
    "wbl4": np.geomspace(0.2, 3, 22),
}
_CHUNK = 64  # curves fitted at once, so that the arrays fit into a processor's cache
_MAX_STEP = 0.005  # relative step of the shape at which refining stops


def _compute_log_step(values: Floats) -> float:
    return float(np.log(values[1] / values[0]))


_STEP: dict[Family, Floats] = {
    name: np.array(
        [_compute_log_step(_POWERS[name])]
        if name == "pow3"
        else [_compute_log_step(_SIZES), _compute_log_step(_POWERS[name])]
    )
    for name in FAMILIES
}
_OFFSETS = np.arange(-2.0, 3.0)  # steps around the best shape of a grid
_NEIGHBORS: dict[Family, Floats] = {
    name: _OFFSETS[:, None]
    if name == "pow3"
    else np.stack(np.meshgrid(_OFFSETS, _OFFSETS, indexing="ij"), axis=-1).reshape(-1, 2)
    for name in FAMILIES
}


@lru_cache(maxsize=8)
def build_shape_grid(family: Family) -> Floats:
    """Return the shapes to try, (shapes, 1 or 2), evenly spaced on a log scale."""
    if family == "pow3":
        return np.asarray(_POWERS[family][:, None])
    return np.stack(np.meshgrid(_SIZES, _POWERS[family], indexing="ij"), axis=-1).reshape(-1, 2)


def _evaluate_pow3(n: Floats, shape: Floats) -> Floats:
    return np.asarray((n / _POW3_UNIT) ** -shape[..., 0, :])


def _evaluate_pow4(n: Floats, shape: Floats) -> Floats:
    return np.asarray((1 + n / shape[..., 0, :]) ** -shape[..., 1, :])


def _evaluate_mmf4(n: Floats, shape: Floats) -> Floats:
    return np.asarray(1 / (1 + (n / shape[..., 0, :]) ** shape[..., 1, :]))


def _evaluate_wbl4(n: Floats, shape: Floats) -> Floats:
    return np.asarray(np.exp(-((n / shape[..., 0, :]) ** shape[..., 1, :])))


def _invert_pow3(short: Floats, shape: Floats) -> Floats:
    return np.asarray(_POW3_UNIT * short ** (-1 / shape[0]))


def _invert_pow4(short: Floats, shape: Floats) -> Floats:
    return np.asarray(shape[0] * (short ** (-1 / shape[1]) - 1))


def _invert_mmf4(short: Floats, shape: Floats) -> Floats:
    return np.asarray(shape[0] * np.maximum(1 / short - 1, 0) ** (1 / shape[1]))


def _invert_wbl4(short: Floats, shape: Floats) -> Floats:
    return np.asarray(shape[0] * np.maximum(-np.log(short), 0) ** (1 / shape[1]))


_SHORTFALL: dict[Family, Callable[[Floats, Floats], Floats]] = {
    "pow3": _evaluate_pow3,
    "pow4": _evaluate_pow4,
    "mmf4": _evaluate_mmf4,
    "wbl4": _evaluate_wbl4,
}
_INVERSE: dict[Family, Callable[[Floats, Floats], Floats]] = {
    "pow3": _invert_pow3,
    "pow4": _invert_pow4,
    "mmf4": _invert_mmf4,
    "wbl4": _invert_wbl4,
}
