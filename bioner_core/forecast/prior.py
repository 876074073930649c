"""The prior of a forecast: the distribution of the growth laws' coefficients over curves of other corpora.

The coefficients of each law are assumed normal over curves, with the mean and covariance of the fits to the
other curves (empirical Bayes, Efron & Morris 1975). How often curves follow each kind of laws is learned from
them, too. Curves that differ in their source only are similar, so such a group counts as one curve. Curves of
other methods count little: fine-tuned models level off where a probe goes on rising.
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from bioner_core.curves.curve import Curve, SizePoint
from bioner_core.forecast.growth_laws import GROWTH_LAWS, KINDS, Floats, compute_slope, transform_f1
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
_OTHER_METHOD = 0.1  # weight of a curve of another method
_KIND_WEIGHT = 0.05  # before any curve is known, each kind of laws counts as its share of so many curves
_KIND_ROUNDS = 10  # of the EM algorithm, after which shares hardly change
_SEED_DEGREES = 5.0  # degrees of freedom that the assumed variance counts for beside that of the seeds
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
    mean = np.stack([level, _VAGUE_RISE[0] * slopes], axis=-1)
    sd = np.stack([_VAGUE_LEVEL[1] * slopes, _VAGUE_RISE[1] * slopes], axis=-1)
    return Prior(
        mean=mean,
        covariance=sd[:, :, None] ** 2 * np.eye(2),
        kind_shares=np.full(len(KINDS), 1 / len(KINDS)),
    )


def select_observations(
    curve: Curve, *, n_observed: int | None = None, has_full_reference: bool = False
) -> Observations:
    """Return the points of a curve up to ``n_observed`` sentences, its full data included.

    :param has_full_reference: add full data without pretraining where that of the curve is not among them.
    """
    sizes = [size for size in (*curve.settled_sizes, *([curve.full] if curve.full else [])) if size.n > 0]
    kept = [size for size in sizes if n_observed is None or size.n <= n_observed]
    n = np.array([size.n for size in kept], dtype=np.float64)
    f1 = np.array([size.f1 for size in kept], dtype=np.float64)
    observations = merge_close_sizes(Observations(n=n, f1=f1, variance=estimate_variance(kept)))
    full = curve.full_reference
    if not has_full_reference or full is None or full.n <= observations.last:
        return observations
    variance = estimate_variance([full]) + _TRANSFER_SD**2
    return replace(
        observations,
        n=np.append(observations.n, full.n),
        f1=np.append(observations.f1, full.f1),
        variance=np.append(observations.variance, variance),
        has_full_reference=True,
    )


def estimate_variance(sizes: Sequence[SizePoint]) -> Floats:
    """Return the variance of the mean F1 over seeds: the assumed one, corrected by that of the seeds.

    :returns: in F1 squared, (sizes,)
    """
    n = np.array([size.n for size in sizes], dtype=np.float64)
    n_seeds = np.array([max(1, size.n_seeds) for size in sizes], dtype=np.float64)
    squares = np.array([np.var(size.scores) * len(size.scores) if size.scores else 0.0 for size in sizes])
    degrees = np.array([max(0, len(size.scores) - 1) for size in sizes])
    pooled = (_SEED_DEGREES * NOISE.compute_variance(n) + squares) / (_SEED_DEGREES + degrees)
    return np.asarray(pooled / n_seeds)


def learn_prior(
    others: Sequence[Curve], *, method: str = "", weights: Sequence[float] | None = None
) -> Prior:
    """Learn the prior from other curves; return the vague one where there are none.

    :param method: of the curve to forecast; "" where all methods count alike.
    :param weights: of each curve, such as its similarity to the target corpus; equal by default.
    """
    vague = build_vague_prior()
    groups = [identify_group(curve) for curve in others]
    share = normalize_weights(groups, _weigh_methods(others, method, weights))
    if not len(share):
        return vague
    fits = [_fit_curve(curve) for curve in others]
    means = np.stack([fit.mean for fit in fits])  # (curves, laws, 2)
    mean = np.einsum("i,iec->ec", share, means)
    deviations = means - mean
    spread = np.einsum("i,iec,ied->ecd", share, deviations, deviations)
    n_groups = _count_effective_groups(groups, share)
    if n_groups > 1:
        spread = spread * n_groups / (n_groups - 1)
    return Prior(
        mean=mean,
        covariance=(n_groups * spread + _VAGUE_WEIGHT * vague.covariance) / (n_groups + _VAGUE_WEIGHT),
        kind_shares=_estimate_kind_shares(np.stack([fit.kind_evidence for fit in fits]), share, n_groups),
    )


def _weigh_methods(others: Sequence[Curve], method: str, weights: Sequence[float] | None) -> Floats:
    raw = np.ones(len(others)) if weights is None else np.asarray(weights, dtype=np.float64)
    is_other = np.array([bool(method) and curve.method != method for curve in others], dtype=bool)
    return np.where(is_other, _OTHER_METHOD, 1.0) * raw


def _estimate_kind_shares(evidence: Floats, share: Floats, n_groups: float) -> Floats:
    """Return how often curves follow each kind of laws, by expectation maximization, (kinds,).

    :param evidence: of each curve, (curves, kinds)
    :param share: weight of each curve, (curves,)
    """
    start = np.full(len(KINDS), 1 / len(KINDS))
    shares = start
    for _ in range(_KIND_ROUNDS):
        memberships = shares * evidence
        memberships = memberships / memberships.sum(axis=1, keepdims=True)
        shares = (_KIND_WEIGHT * start + n_groups * (share @ memberships)) / (_KIND_WEIGHT + n_groups)
    return np.asarray(shares)


def normalize_weights(groups: Sequence[Hashable], weights: Sequence[float] | Floats | None = None) -> Floats:
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
def _fit_curve(curve: Curve) -> Posterior:
    """Return the laws fitted to a whole curve with its full reference."""
    return condition_prior(build_vague_prior(), select_observations(curve, has_full_reference=True))
