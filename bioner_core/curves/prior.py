"""What curves of other corpora say about the next one: the experts' coefficients and how they vary.

Each expert's coefficients are taken as drawn for every curve from one normal distribution, whose mean and
covariance are those of the other curves' own fits (empirical Bayes, Efron & Morris 1975). Curves of one
target and entity are alike, so together they count as one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from bioner_core.curves.curve import Curve
from bioner_core.curves.experts import EXPERTS, IS_BENT, Floats, basis, scaled, slope, unscaled

_ROUNDS = 3  # of taking the noise at the F1 that is fitted instead of the one that was seen
_VAGUE_WEIGHT = 1.0  # the vague prior counts as this many groups of curves
_VAGUE_LEVEL = (0.6, 0.25)  # mean and sd of F1 at 400 sentences
_VAGUE_RISE = (0.10, 0.10)  # of its rise there for each e-fold of n
_VAGUE_BEND = 0.03  # sd of the parabola's bend


@dataclass(frozen=True, kw_only=True, eq=False)
class Observed:
    """What is known of one curve: sizes above 0, ascending."""

    n: Floats  # sentences, (sizes,)
    f1: Floats  # in [0, 1], (sizes,)
    variance: Floats  # of the noise, in F1 squared, (sizes,)


@dataclass(frozen=True, kw_only=True)
class Noise:
    """How far measured F1 lies from a smooth curve."""

    sd: float = 0.02  # of one model's F1 at many sentences
    early: float = 200.0  # sentences at which its variance is doubled
    bend: float = 0.01  # sd of the slow departure of a true curve from any expert, in F1
    reach: float = 0.7  # e-folds of n over which this departure is alike

    def variance(self, n: Floats, n_seeds: Floats) -> Floats:
        """Return the variance of the mean over seeds, (sizes,)."""
        return np.asarray(self.sd**2 * (1 + self.early / n) / n_seeds)

    def departure(self, n: Floats, m: Floats) -> Floats:
        """Return the covariance of the slow departure between sizes, in F1 squared, (len(n), len(m))."""
        apart = np.abs(np.log(n)[:, None] - np.log(m))
        return np.asarray(self.bend**2 * np.exp(-apart / self.reach))


NOISE = Noise()


@dataclass(frozen=True, kw_only=True, eq=False)
class Prior:
    """Normal distributions of the experts' coefficients."""

    mean: Floats  # (experts, 3)
    covariance: Floats  # (experts, 3, 3)


def vague() -> Prior:
    """Return what is held where there are no other curves: F1 at 400 is 10 to 100 %, and curves rise."""
    at = np.full((1, 1), _VAGUE_LEVEL[0])
    steep = np.broadcast_to(slope(at), (len(EXPERTS), 1))[:, 0]
    mean = np.stack([scaled(at)[:, 0] + 0 * steep, _VAGUE_RISE[0] * steep, 0 * steep], axis=-1)
    sd = np.stack([_VAGUE_LEVEL[1] * steep, _VAGUE_RISE[1] * steep, IS_BENT * _VAGUE_BEND * steep], axis=-1)
    return Prior(mean=mean, covariance=sd[:, :, None] ** 2 * np.eye(3))


def observed(curve: Curve, *, n_observed: int | None = None, noise: Noise = NOISE) -> Observed:
    """Return the points of a curve up to ``n_observed`` sentences, its full point included where it is."""
    sizes = [size for size in (*curve.candidates, *([curve.full] if curve.full else [])) if size.n > 0]
    kept = [size for size in sizes if n_observed is None or size.n <= n_observed]
    n = np.array([size.n for size in kept], dtype=np.float64)
    seeds = np.array([size.n_seeds for size in kept], dtype=np.float64)
    return Observed(n=n, f1=np.array([size.f1 for size in kept]), variance=noise.variance(n, seeds))


def learn(others: Sequence[Curve], *, weights: Sequence[float] | None = None) -> Prior:
    """Return the prior that other curves make.

    :param weights: how much each curve counts, such as its likeness to the corpus at hand; else alike.
    """
    start = vague()
    kinds = [(c.target, c.entity, c.model, c.method) for c in others]
    given = np.ones(len(others)) if weights is None else np.asarray(weights, dtype=np.float64)
    w = given / np.array([kinds.count(kind) for kind in kinds] or [1])[: len(others)]
    if not w.sum() > 0:
        return start
    found = np.stack([coefficients(curve) for curve in others])  # (curves, experts, 3)
    share = w / w.sum()
    mean = np.einsum("i,iec->ec", share, found)
    off = found - mean
    spread = np.einsum("i,iec,ied->ecd", share, off, off)
    n_groups = _effective(kinds, share)
    if n_groups > 1:
        spread = spread * n_groups / (n_groups - 1)
    total = n_groups + _VAGUE_WEIGHT
    covariance = (n_groups * spread + _VAGUE_WEIGHT * start.covariance) / total
    return Prior(mean=mean, covariance=covariance)


def _effective(kinds: Sequence[object], share: Floats) -> float:
    """Return how many groups of equal weight the weights are worth (Kish 1965)."""
    groups = [sum(s for kind, s in zip(kinds, share, strict=True) if kind == one) for one in set(kinds)]
    return float(1 / np.square(groups).sum())


@lru_cache(maxsize=1024)
def coefficients(curve: Curve) -> Floats:
    """Return the experts' fits to a whole curve, (experts, 3); for a missing full point its yardstick."""
    own = observed(curve)
    if curve.full is None and curve.yardstick and curve.yardstick.n > 0:
        n, f1 = (np.append(a, b) for a, b in ((own.n, curve.yardstick.n), (own.f1, curve.yardstick.f1)))
        variance = np.append(own.variance, NOISE.variance(n[-1:], np.ones(1)))
        own = Observed(n=n, f1=f1, variance=variance)
    return condition(vague(), own, noise=NOISE).mean


@dataclass(frozen=True, kw_only=True, eq=False)
class Posterior:
    """The experts' coefficients after what was observed, and what is needed to draw curves."""

    mean: Floats  # (experts, 3)
    covariance: Floats  # (experts, 3, 3)
    n: Floats  # observed sizes, (sizes,)
    pull: Floats  # (experts, sizes): K^-1 (y - prior mean)
    inverse: Floats  # (experts, sizes, sizes): K^-1
    steep: Floats  # (experts, sizes): dT/df where observed
    prior: Prior
    noise: Noise


def condition(prior: Prior, seen: Observed, *, noise: Noise = NOISE) -> Posterior:
    """Return the posterior of every expert: Gaussian regression in the expert's scale.

    Noise is told in F1, so it is carried over by dT/df, taken at the fitted F1.
    """
    x = basis(seen.n)  # (experts, sizes, 3)
    y = scaled(seen.f1[None])  # (experts, sizes)
    expected = np.einsum("enc,ec->en", x, prior.mean)
    spread = x @ prior.covariance  # (experts, sizes, 3)
    fitted = np.broadcast_to(seen.f1, y.shape)
    seen_noise = noise.departure(seen.n, seen.n) + np.diag(seen.variance)
    for _ in range(_ROUNDS):
        steep = slope(fitted)
        k = spread @ x.transpose(0, 2, 1) + steep[:, :, None] * seen_noise * steep[:, None, :]
        inverse = np.linalg.inv(k)
        pull = np.einsum("enm,em->en", inverse, y - expected)
        fitted = unscaled(expected + np.einsum("enc,emc,em->en", spread, x, pull))
    return Posterior(
        mean=prior.mean + np.einsum("enc,en->ec", spread, pull),
        covariance=prior.covariance - np.einsum("enc,enm,emd->ecd", spread, inverse, spread),
        n=seen.n,
        pull=pull,
        inverse=np.asarray(inverse, dtype=np.float64),
        steep=steep,
        prior=prior,
        noise=noise,
    )
