"""Growth laws of learning curves: straight lines between a scale of F1 and a measure of size.

Every law holds that

    T(f(n)) = b0 + b1 u(n) [+ b2 u(n)²],    u(n) = (1 + 400 / K) ln((1 + K / 400) / (1 + K / n))

with T(f) = f, the log odds ln(f / (1 - f)), or the log error -ln(1 - f): growth in ln n up to about K
sentences, which then levels off like 1 / n. u is 0 at 400 sentences and grows by 1 for each e-fold there, so
b0 is the level and b1 the rise at 400 in every law. No single law is right for all curves (Viering & Loog
2021, arXiv 2103.10948), so forecasts average over all of them.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
CENTRE = 400.0  # sentences at which u is 0
LOWEST, HIGHEST = 0.03, 0.97  # F1 is kept between these where a scale is taken of it
SCALES = ("f1", "odds", "error")
_KNEES = (100.0, 1000.0, 10000.0)  # in sentences: early, late, and as far as pools go
_BENT_KNEE = 1000.0


@dataclass(frozen=True, kw_only=True)
class Expert:
    """One growth law."""

    scale: str  # of SCALES
    knee: float  # K, sentences beyond which growth levels off
    is_bent: bool = False  # with the square of u


EXPERTS: tuple[Expert, ...] = (
    *(Expert(scale=scale, knee=knee) for scale, knee in product(SCALES, _KNEES)),
    *(Expert(scale=scale, knee=_BENT_KNEE, is_bent=True) for scale in SCALES),
)
_SCALE = np.array([SCALES.index(expert.scale) for expert in EXPERTS])
_KNEE = np.array([expert.knee for expert in EXPERTS])
IS_BENT = np.array([expert.is_bent for expert in EXPERTS])


def basis(n: Floats) -> Floats:
    """Return 1, u(n) and u(n)² of every law; the last is 0 for straight lines.

    :param n: sentences, above 0, (sizes,)
    :returns: (experts, sizes, 3)
    """
    knee = _KNEE[:, None]
    u = (1 + CENTRE / knee) * (np.log1p(knee / CENTRE) - np.log1p(knee / n))  # (experts, sizes)
    return np.stack([np.ones_like(u), u, np.where(IS_BENT[:, None], u**2, 0.0)], axis=-1)


def scaled(f1: Floats) -> Floats:
    """Return F1 in the scale of every law; F1 is kept off 0 and 1.

    :param f1: (experts, …), or (1, …) where all get the same
    :returns: (experts, …)
    """
    f = np.clip(f1, LOWEST, HIGHEST)
    return _by_scale(f, np.log(f / (1 - f)), -np.log1p(-f))


def slope(f1: Floats) -> Floats:
    """Return dT/df at F1 for every law, (experts, …); shapes as with :func:`scaled`."""
    f = np.clip(f1, LOWEST, HIGHEST)
    return _by_scale(np.ones_like(f), 1 / (f * (1 - f)), 1 / (1 - f))


def unscaled(values: Floats, *, laws: NDArray[np.int64] | None = None) -> Floats:
    """Return the F1 of values in the laws' scales, in [0, 1].

    :param values: (experts, …), or (rows, …)
    :param laws: the law of each row, an index into ``EXPERTS``; where not given, a row is a law.
    """
    bounded = np.clip(values, -30, 30)
    of = (values, 1 / (1 + np.exp(-bounded)), -np.expm1(-bounded))
    return np.clip(_by_scale(*of, scales=_SCALE if laws is None else _SCALE[laws]), 0.0, 1.0)


def _by_scale(*of: Floats, scales: NDArray[np.int64] = _SCALE) -> Floats:
    """Return for each row the values of its scale."""
    return np.asarray(np.choose(scales.reshape(-1, *([1] * (of[0].ndim - 1))), of))
