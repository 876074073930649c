"""What curves of other corpora say about the next one: the growth laws' coefficients and how they vary.

Each law's coefficients are taken as drawn for every curve from one normal distribution, whose mean and
covariance are those of the other curves' own fits (empirical Bayes, Efron & Morris 1975). Curves of one
target, entity, model and method are alike, so together they count as one.
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from bioner_core.curves.curve import Curve
from bioner_core.forecast.growth_laws import EXPERTS, IS_BENT, Floats, scaled, slope
from bioner_core.forecast.regression import NOISE, Belief, Observed, Prior, condition, together

_VAGUE_WEIGHT = 1.0  # the vague prior counts as this many groups of curves
_VAGUE_LEVEL = (0.6, 0.25)  # mean and sd of F1 at 400 sentences
_VAGUE_RISE = (0.10, 0.10)  # of its rise there for each e-fold of n
_VAGUE_BEND = 0.03  # sd of the square's coefficient
# Sd of F1 between models trained on all data after a source and without one. The 26 published pairs are 0.014
# to 0.019 apart from 800 sentences on, at every size alike, their noise included.
_TRANSFER = 0.015
Group = tuple[str, str, str, str]  # target, entity, model, method


def group(curve: Curve) -> Group:
    """Return what alike curves have in common: all but the source."""
    return (curve.target, curve.entity, curve.model, curve.method)


def vague() -> Prior:
    """Return what is held where there are no other curves: F1 at 400 is 10 to 100 %, and curves rise."""
    at = np.full((1, 1), _VAGUE_LEVEL[0])
    steep = np.broadcast_to(slope(at), (len(EXPERTS), 1))[:, 0]
    level = np.broadcast_to(scaled(at), (len(EXPERTS), 1))[:, 0]
    mean = np.stack([level, _VAGUE_RISE[0] * steep, 0 * steep], axis=-1)
    sd = np.stack([_VAGUE_LEVEL[1] * steep, _VAGUE_RISE[1] * steep, IS_BENT * _VAGUE_BEND * steep], axis=-1)
    return Prior(mean=mean, covariance=sd[:, :, None] ** 2 * np.eye(3))


def observed(curve: Curve, *, n_observed: int | None = None, is_full_told: bool = False) -> Observed:
    """Return the points of a curve up to ``n_observed`` sentences, its full point included where it is.

    :param is_full_told: where that is not among them, take full data without pretraining for it.
    """
    sizes = [size for size in (*curve.candidates, *([curve.full] if curve.full else [])) if size.n > 0]
    kept = [size for size in sizes if n_observed is None or size.n <= n_observed]
    n = np.array([size.n for size in kept], dtype=np.float64)
    seeds = np.array([max(1, size.n_seeds) for size in kept], dtype=np.float64)
    f1 = np.array([size.f1 for size in kept], dtype=np.float64)
    seen = together(Observed(n=n, f1=f1, variance=NOISE.variance(n, seeds)))
    full = curve.yardstick
    if not is_full_told or full is None or full.n <= seen.last:
        return seen
    off = NOISE.variance(np.array([full.n]), np.array([max(1, full.n_seeds)])) + _TRANSFER**2
    return replace(
        seen,
        n=np.append(seen.n, full.n),
        f1=np.append(seen.f1, full.f1),
        variance=np.append(seen.variance, off),
        is_full_told=True,
    )


def learn(others: Sequence[Curve], *, weights: Sequence[float] | None = None) -> Prior:
    """Return the prior that other curves make; the vague one where there are none.

    :param weights: how much each curve counts, such as its likeness to the corpus at hand; else alike.
    """
    start = vague()
    share = shares([group(curve) for curve in others], weights)
    if not len(share):
        return start
    found = np.stack([coefficients(curve) for curve in others])  # (curves, experts, 3)
    mean = np.einsum("i,iec->ec", share, found)
    off = found - mean
    spread = np.einsum("i,iec,ied->ecd", share, off, off)
    n_groups = _effective([group(curve) for curve in others], share)
    if n_groups > 1:
        spread = spread * n_groups / (n_groups - 1)
    total = n_groups + _VAGUE_WEIGHT
    return Prior(mean=mean, covariance=(n_groups * spread + _VAGUE_WEIGHT * start.covariance) / total)


def shares(groups: Sequence[Hashable], weights: Sequence[float] | None = None) -> Floats:
    """Return the share of each member, groups alike but for the weights; nothing where all weights are 0."""
    given = np.ones(len(groups)) if weights is None else np.asarray(weights, dtype=np.float64)
    members = Counter(groups)
    share = given / np.array([members[one] for one in groups], dtype=np.float64)
    total = share.sum()
    return np.asarray(share / total) if total > 0 else np.zeros(0)


def _effective(groups: Sequence[Hashable], share: Floats) -> float:
    """Return how many groups of equal share these are worth (Kish 1965)."""
    totals: Counter[Hashable] = Counter()
    for one, part in zip(groups, share, strict=True):
        totals[one] += part
    return float(1 / np.square(list(totals.values())).sum())


@lru_cache(maxsize=8192)
def coefficients(curve: Curve) -> Floats:
    """Return the laws' fits to a whole curve, (experts, 3); for a missing full point its yardstick."""
    return condition(vague(), observed(curve, is_full_told=True)).mean


def believe(others: Sequence[Curve], seen: Observed, *, weights: Sequence[float] | None = None) -> Belief:
    """Return what is held of a curve after other curves and its own points."""
    return condition(learn(others, weights=weights), seen)
