"""The prior of a forecast: the distribution of the growth laws' coefficients over curves of other corpora.

The coefficients of each law are assumed normal over curves, with the mean and covariance of the fits to the
other curves (empirical Bayes, Efron & Morris 1975). Curves that differ in their source only are similar, so
such a group counts as one curve.
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from bioner_core.curves.curve import Curve
from bioner_core.forecast.growth_laws import GROWTH_LAWS, IS_QUADRATIC, Floats, compute_slope, transform_f1
from bioner_core.forecast.regression import (
    NOISE,
    Observations,
    Posterior,
    Prior,
    condition_prior,
    merge_close_sizes,
)

_VAGUE_WEIGHT = 1.0  # the vague prior counts as this many groups of curves
_VAGUE_LEVEL = (0.6, 0.25)  # mean and sd of F1 at 400 sentences
_VAGUE_RISE = (0.10, 0.10)  # mean and sd of its rise there per e-fold of n
_VAGUE_CURVATURE = 0.03  # sd of b2, in F1
# Sd of F1 between models trained on all data after a source and without one. The 26 published pairs are 0.014
# to 0.019 apart from 800 sentences on, at every size alike, their noise included.
_TRANSFER_SD = 0.015
Group = tuple[str, str, str, str]  # target, entity, model, method


def identify_group(curve: Curve) -> Group:
    """Return the group of a curve: all its keys but the source."""
    return (curve.target, curve.entity, curve.model, curve.method)


def build_vague_prior() -> Prior:
    """Return the prior without other curves: F1 at 400 sentences is 10 to 100 %, and curves rise."""
    level_f1 = np.full((1, 1), _VAGUE_LEVEL[0])
    slopes = np.broadcast_to(compute_slope(level_f1), (len(GROWTH_LAWS), 1))[:, 0]
    level = np.broadcast_to(transform_f1(level_f1), (len(GROWTH_LAWS), 1))[:, 0]
    mean = np.stack([level, _VAGUE_RISE[0] * slopes, 0 * slopes], axis=-1)
    sd = np.stack(
        [_VAGUE_LEVEL[1] * slopes, _VAGUE_RISE[1] * slopes, IS_QUADRATIC * _VAGUE_CURVATURE * slopes], axis=-1
    )
    return Prior(mean=mean, covariance=sd[:, :, None] ** 2 * np.eye(3))


def select_observations(
    curve: Curve, *, n_observed: int | None = None, has_full_reference: bool = False
) -> Observations:
    """Return the points of a curve up to ``n_observed`` sentences, its full data included.

    :param has_full_reference: add full data without pretraining where that of the curve is not among them.
    """
    sizes = [size for size in (*curve.settled_sizes, *([curve.full] if curve.full else [])) if size.n > 0]
    kept = [size for size in sizes if n_observed is None or size.n <= n_observed]
    n = np.array([size.n for size in kept], dtype=np.float64)
    seeds = np.array([max(1, size.n_seeds) for size in kept], dtype=np.float64)
    f1 = np.array([size.f1 for size in kept], dtype=np.float64)
    observations = merge_close_sizes(Observations(n=n, f1=f1, variance=NOISE.compute_variance(n, seeds)))
    full = curve.full_reference
    if not has_full_reference or full is None or full.n <= observations.last:
        return observations
    variance = NOISE.compute_variance(np.array([full.n]), np.array([max(1, full.n_seeds)])) + _TRANSFER_SD**2
    return replace(
        observations,
        n=np.append(observations.n, full.n),
        f1=np.append(observations.f1, full.f1),
        variance=np.append(observations.variance, variance),
        has_full_reference=True,
    )


def learn_prior(others: Sequence[Curve], *, weights: Sequence[float] | None = None) -> Prior:
    """Learn the prior from other curves; return the vague one where there are none.

    :param weights: of each curve, such as its similarity to the target corpus; equal by default.
    """
    vague = build_vague_prior()
    share = normalize_weights([identify_group(curve) for curve in others], weights)
    if not len(share):
        return vague
    fits = np.stack([fit_coefficients(curve) for curve in others])  # (curves, laws, 3)
    mean = np.einsum("i,iec->ec", share, fits)
    deviations = fits - mean
    spread = np.einsum("i,iec,ied->ecd", share, deviations, deviations)
    n_groups = _count_effective_groups([identify_group(curve) for curve in others], share)
    if n_groups > 1:
        spread = spread * n_groups / (n_groups - 1)
    total = n_groups + _VAGUE_WEIGHT
    return Prior(mean=mean, covariance=(n_groups * spread + _VAGUE_WEIGHT * vague.covariance) / total)


def normalize_weights(groups: Sequence[Hashable], weights: Sequence[float] | None = None) -> Floats:
    """Return the normalized weight of each member, split within its group; empty where all weights are 0."""
    raw = np.ones(len(groups)) if weights is None else np.asarray(weights, dtype=np.float64)
    members = Counter(groups)
    share = raw / np.array([members[name] for name in groups], dtype=np.float64)
    total = share.sum()
    return np.asarray(share / total) if total > 0 else np.zeros(0)


def _count_effective_groups(groups: Sequence[Hashable], share: Floats) -> float:
    """Return the effective number of groups (Kish 1965)."""
    totals: Counter[Hashable] = Counter()
    for name, weight in zip(groups, share, strict=True):
        totals[name] += weight
    return float(1 / np.square(list(totals.values())).sum())


@lru_cache(maxsize=8192)
def fit_coefficients(curve: Curve) -> Floats:
    """Return the laws' coefficients fitted to a whole curve with its full reference, (laws, 3)."""
    return condition_prior(build_vague_prior(), select_observations(curve, has_full_reference=True)).mean


def compute_posterior(
    others: Sequence[Curve], observations: Observations, *, weights: Sequence[float] | None = None
) -> Posterior:
    """Return the posterior of a curve given other curves and its own observations."""
    return condition_prior(learn_prior(others, weights=weights), observations)
