"""Straight-line models of a learning curve, one for each pair of a scale of F1 and a measure of size.

Every expert holds that a curve is a straight line (or a parabola) between some scale of F1 and some power of
the number of sentences:

    T(f(n)) = b0 + b1 u(n) [+ b2 u(n)²],   u(n) = (1 - (n / 400)^-c) / c,   u(n) = ln(n / 400) where c = 0

with T(f) = f, the log odds ln(f / (1 - f)), or the log error -ln(1 - f). Power laws of F1 (c = 0.5, 0.75),
power laws of the error (log error, c = 0) and logarithmic growth are among them. No single one is right for
all curves (Viering & Loog 2021, arXiv 2103.10948), so forecasts average over all of them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
CENTRE = 400.0  # sentences at which u is 0
LOWEST, HIGHEST = 0.03, 0.97  # F1 is kept between these where a scale is taken of it
_POWERS = (0.0, 0.25, 0.5, 0.75, 1.0)
SCALES = ("f1", "odds", "error")


@dataclass(frozen=True, kw_only=True)
class Expert:
    """One scale of F1 and one measure of size."""

    scale: str  # of SCALES
    power: float  # c, 0 or more
    is_bent: bool = False  # a parabola instead of a straight line


EXPERTS: tuple[Expert, ...] = tuple(
    expert
    for scale in SCALES
    for expert in (
        *(Expert(scale=scale, power=power) for power in _POWERS),
        Expert(scale=scale, power=0.0, is_bent=True),
    )
)
_SCALE = np.array([SCALES.index(expert.scale) for expert in EXPERTS])
_POWER = np.array([expert.power for expert in EXPERTS])
IS_BENT = np.array([expert.is_bent for expert in EXPERTS])


def basis(n: ArrayLike) -> Floats:
    """Return 1, u(n) and u(n)² of every expert; the last is 0 for straight lines.

    :param n: sentences, above 0, (sizes,)
    :returns: (experts, sizes, 3)
    """
    x = np.log(np.asarray(n, dtype=np.float64) / CENTRE)  # (sizes,)
    c = _POWER[:, None]
    u = np.where(c > 0, -np.expm1(-c * x) / np.maximum(c, 1e-9), x)  # (experts, sizes)
    return np.stack([np.ones_like(u), u, np.where(IS_BENT[:, None], u**2, 0.0)], axis=-1)


def scaled(f1: Floats) -> Floats:
    """Return F1 in the scale of every expert; F1 is kept off 0 and 1.

    :param f1: (experts, …), or (1, …) where all get the same
    :returns: (experts, …)
    """
    f = np.clip(f1, LOWEST, HIGHEST)
    return _by_scale(f, np.log(f / (1 - f)), -np.log1p(-f))


def slope(f1: Floats) -> Floats:
    """Return dT/df at F1 for every expert, (experts, …); shapes as with :func:`scaled`."""
    f = np.clip(f1, LOWEST, HIGHEST)
    return _by_scale(np.ones_like(f), 1 / (f * (1 - f)), 1 / (1 - f))


def unscaled(values: Floats) -> Floats:
    """Return the F1 of values in the experts' scales, (experts, …), in [0, 1]."""
    bounded = np.clip(values, -30, 30)
    return np.clip(_by_scale(values, 1 / (1 + np.exp(-bounded)), -np.expm1(-bounded)), 0.0, 1.0)


def _by_scale(*of: Floats) -> Floats:
    """Return for each expert the values of its scale."""
    index = _SCALE.reshape(-1, *([1] * (of[0].ndim - 1)))
    return np.asarray(np.choose(index, of))
