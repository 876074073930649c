"""Gaussian regression of one curve on every growth law at once, in the law's own scale.

A curve is law + slow departure + noise. The departure of a true curve from any law is a Gaussian process in
ln n (Ornstein–Uhlenbeck); noise is what one model's F1 adds, more of it after fewer sentences.
Both are told in F1 and carried over to a law's scale by dT/df.
"""

from dataclasses import dataclass

import numpy as np

from bioner_core.forecast.growth_laws import Floats, basis, scaled, slope, unscaled

_ROUNDS = 3  # of taking the noise at the F1 that is fitted instead of the one that was seen
_NEAR = 1.25  # sizes within this ratio are taken together


@dataclass(frozen=True, kw_only=True, eq=False)
class Observed:
    """What is known of one curve: sizes above 0, ascending; none is allowed."""

    n: Floats  # sentences, (sizes,)
    f1: Floats  # in [0, 1], (sizes,)
    variance: Floats  # of the noise, in F1 squared, (sizes,)
    last: int = 0  # the largest size that was seen, before sizes were taken together
    n_points: int = 0  # sizes that were seen
    is_full_told: bool = False  # the last is full data without pretraining, which no size here has seen


NOTHING = Observed(n=np.zeros(0), f1=np.zeros(0), variance=np.zeros(0))


def together(seen: Observed) -> Observed:
    """Return the points with neighbours of nearly the same size averaged: as much is known, faster."""
    starts: list[int] = []
    for i, n in enumerate(seen.n):
        if not starts or n > _NEAR * seen.n[starts[-1]]:
            starts.append(i)
    weight = 1 / seen.variance
    total = np.add.reduceat(weight, starts) if starts else weight
    mean = [
        np.add.reduceat(weight * of, starts) / total if starts else of for of in (np.log(seen.n), seen.f1)
    ]
    return Observed(
        n=np.exp(mean[0]),
        f1=mean[1],
        variance=1 / total,
        last=int(seen.n.max(initial=0)),
        n_points=len(seen.n),
    )


@dataclass(frozen=True, kw_only=True)
class Noise:
    """How far measured F1 lies from a law."""

    sd: float = 0.008  # of one model's F1 at many sentences
    early: float = 1300.0  # sentences at which its variance is doubled
    power: float = 1.5  # by which the variance grows towards fewer sentences
    departure: float = 0.01  # sd of the slow departure, in F1
    reach: float = 0.7  # e-folds of n over which the departure is alike

    def variance(self, n: Floats, n_seeds: Floats) -> Floats:
        """Return the variance of the mean over seeds, (sizes,)."""
        return np.asarray(self.sd**2 * (1 + (self.early / n) ** self.power) / n_seeds)

    def shared(self, n: Floats, m: Floats) -> Floats:
        """Return the covariance of the departure between sizes, in F1 squared, (len(n), len(m))."""
        apart = np.abs(np.log(n)[:, None] - np.log(m))
        return np.asarray(self.departure**2 * np.exp(-apart / self.reach))


NOISE = Noise()


@dataclass(frozen=True, kw_only=True, eq=False)
class Prior:
    """Normal distributions of the laws' coefficients."""

    mean: Floats  # (experts, 3)
    covariance: Floats  # (experts, 3, 3)


@dataclass(frozen=True, kw_only=True, eq=False)
class Belief:
    """The laws' coefficients after what was observed, and what is needed to tell F1 elsewhere."""

    prior: Prior
    mean: Floats  # (experts, 3)
    n: Floats  # observed sizes, (sizes,)
    pull: Floats  # (experts, sizes): K^-1 (y - prior mean)
    inverse: Floats  # (experts, sizes, sizes): K^-1
    steep: Floats  # (experts, sizes): dT/df where observed

    def told(self, n: Floats) -> tuple[Floats, Floats]:
        """Return mean and covariance at sizes, in the laws' scales: (experts, n) and (experts, n, n)."""
        x, before, prior = basis(n), basis(self.n), self.prior
        steep = slope(unscaled(np.einsum("enc,ec->en", x, self.mean)))
        apart = steep[:, :, None] * NOISE.shared(n, self.n) * self.steep[:, None, :]
        both = x @ prior.covariance @ before.transpose(0, 2, 1) + apart  # (experts, n, observed)
        own = x @ prior.covariance @ x.transpose(0, 2, 1)
        own = own + steep[:, :, None] * NOISE.shared(n, n) * steep[:, None, :]
        mean = np.einsum("enc,ec->en", x, prior.mean) + np.einsum("enm,em->en", both, self.pull)
        return mean, own - both @ self.inverse @ both.transpose(0, 2, 1)

    def told_f1(self, n: Floats) -> tuple[Floats, Floats]:
        """Return the mean and sd of F1 at sizes by every law, each (experts, n)."""
        mean, covariance = self.told(n)
        f1 = unscaled(mean)
        variance = np.maximum(np.diagonal(covariance, axis1=1, axis2=2), 0.0)
        return f1, np.sqrt(variance) / slope(f1)


def condition(prior: Prior, seen: Observed) -> Belief:
    """Return what is held after ``seen``; noise is taken at the fitted F1, found in a few rounds."""
    x = basis(seen.n)  # (experts, sizes, 3)
    y = scaled(seen.f1[None])  # (experts, sizes)
    expected = np.einsum("enc,ec->en", x, prior.mean)
    spread = x @ prior.covariance  # (experts, sizes, 3)
    noise = NOISE.shared(seen.n, seen.n) + np.diag(seen.variance)
    fitted = np.broadcast_to(seen.f1, y.shape)
    for _ in range(_ROUNDS):
        steep = slope(fitted)
        k = spread @ x.transpose(0, 2, 1) + steep[:, :, None] * noise * steep[:, None, :]
        inverse = np.linalg.inv(k)
        pull = np.einsum("enm,em->en", inverse, y - expected)
        fitted = unscaled(expected + np.einsum("enc,emc,em->en", spread, x, pull))
    return Belief(
        prior=prior,
        mean=prior.mean + np.einsum("enc,en->ec", spread, pull),
        n=seen.n,
        pull=pull,
        inverse=np.asarray(inverse, dtype=np.float64),
        steep=steep,
    )
