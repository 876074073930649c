"""Growth laws of learning curves: linear models of transformed F1 in a transformed training size.

Every law holds that

    T(f(n)) = b0 + b1 u(n),    u(n) = (1 + 400 / K) ln((1 + K / 400) / (1 + K / n))

with T(f) = f, the log odds ln(f / (1 - f)), or the log error -ln(1 - f): growth in ln n up to about K
sentences, which then levels off like 1 / n. u is 0 at 400 sentences and grows by 1 for each e-fold there, so
b0 is the level and b1 the rise at 400 in every law. Without a K, u(n) = ln(n / 400): F1 never levels off.
No single law is right for all curves (Viering & Loog 2021, arXiv 2103.10948). So laws are of two kinds,
levelling and steady; a forecast averages over the laws of a kind, and learns how much each kind counts.
"""

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
CENTRE = 400.0  # sentences at which u is 0
LOWEST, HIGHEST = 0.03, 0.97  # F1 is clipped to this range before it is transformed
SCALES = ("f1", "odds", "error")
KINDS = ("levelling", "steady")
# Sentences. 10,000 is about as large as pools get, so such a curve may count as either kind.
_KNEES = {"levelling": (100.0, 300.0, 1000.0, 3000.0, 10_000.0), "steady": (10_000.0, inf)}


@dataclass(frozen=True, kw_only=True)
class GrowthLaw:
    """One growth law: the transform of F1 and the transform of size."""

    kind: str  # of KINDS
    scale: str  # of SCALES
    knee: float  # K, sentences beyond which growth levels off


GROWTH_LAWS: tuple[GrowthLaw, ...] = tuple(
    GrowthLaw(kind=kind, scale=scale, knee=knee)
    for kind in KINDS
    for scale in SCALES
    for knee in _KNEES[kind]
)
_SCALE = np.array([SCALES.index(law.scale) for law in GROWTH_LAWS])
_KNEE = np.array([law.knee for law in GROWTH_LAWS])
_IS_OF_KIND = np.array([[law.kind == kind for law in GROWTH_LAWS] for kind in KINDS])
KIND_MEANS: Floats = _IS_OF_KIND / _IS_OF_KIND.sum(axis=1, keepdims=True)  # (kinds, laws): weights of a mean


def compute_basis(n: Floats) -> Floats:
    """Return 1 and u(n) for every law.

    :param n: sentences, above 0, (sizes,)
    :returns: (laws, sizes, 2)
    """
    knee = np.minimum(_KNEE, 1e9)[:, None]  # so large a K is none
    u = (1 + CENTRE / knee) * (np.log1p(knee / CENTRE) - np.log1p(knee / n))  # (laws, sizes)
    return np.stack([np.ones_like(u), u], axis=-1)


def transform_f1(f1: Floats) -> Floats:
    """Return T(F1) for every law; F1 is clipped away from 0 and 1.

    :param f1: (laws, …), or (1, …) for the same F1 in all laws
    :returns: (laws, …)
    """
    f = np.clip(f1, LOWEST, HIGHEST)
    return _choose_by_scale(f, np.log(f / (1 - f)), -np.log1p(-f))


def compute_slope(f1: Floats) -> Floats:
    """Return dT/df at F1 for every law, (laws, …); shapes as with :func:`transform_f1`."""
    f = np.clip(f1, LOWEST, HIGHEST)
    return _choose_by_scale(np.ones_like(f), 1 / (f * (1 - f)), 1 / (1 - f))


def invert_transform(values: Floats, *, laws: NDArray[np.int64] | None = None) -> Floats:
    """Return the F1 of transformed values, in [0, 1].

    :param values: (laws, …), or (rows, …)
    :param laws: the index of each row's law in ``GROWTH_LAWS``; by default row i is of law i.
    """
    bounded = np.clip(values, -30, 30)
    f1 = (values, 1 / (1 + np.exp(-bounded)), -np.expm1(-bounded))  # by scale
    return np.clip(_choose_by_scale(*f1, scales=_SCALE if laws is None else _SCALE[laws]), 0.0, 1.0)


def _choose_by_scale(*values: Floats, scales: NDArray[np.int64] = _SCALE) -> Floats:
    """Return the values of each row's scale; one array per scale."""
    return np.asarray(np.choose(scales.reshape(-1, *([1] * (values[0].ndim - 1))), values))
