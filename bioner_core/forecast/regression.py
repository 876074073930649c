"""Bayesian linear regression of one curve on every growth law at once, on the transformed scale of each law.

A curve is law + departure + noise. The departure of the true curve from a law is a Gaussian process in ln n
(Ornstein–Uhlenbeck); noise is the variation of one model's F1, larger for fewer sentences. Both are defined
in F1 and converted to a law's scale by dT/df.
"""

from dataclasses import dataclass

import numpy as np

from bioner_core.forecast.growth_laws import (
    KIND_MEANS,
    Floats,
    compute_basis,
    compute_slope,
    invert_transform,
    transform_f1,
)

_ROUNDS = 3  # of refitting with the noise at the fitted instead of the observed F1
_MERGE_RATIO = 1.25  # sizes within this ratio are merged


@dataclass(frozen=True, kw_only=True, eq=False)
class Observations:
    """Observed points of one curve: sizes above 0, ascending; may be empty."""

    n: Floats  # sentences, (sizes,)
    f1: Floats  # in [0, 1], (sizes,)
    variance: Floats  # of the noise, in F1 squared, (sizes,)
    last: int = 0  # largest observed size, before merging
    n_points: int = 0  # number of observed sizes, before merging
    has_full_reference: bool = False  # the last point is full data without pretraining


NO_OBSERVATIONS = Observations(n=np.zeros(0), f1=np.zeros(0), variance=np.zeros(0))


def merge_close_sizes(observations: Observations) -> Observations:
    """Average points of nearly the same size, weighted by precision; this loses little and saves time."""
    starts: list[int] = []
    for i, n in enumerate(observations.n):
        if not starts or n > _MERGE_RATIO * observations.n[starts[-1]]:
            starts.append(i)
    weight = 1 / observations.variance
    total = np.add.reduceat(weight, starts) if starts else weight
    mean = [
        np.add.reduceat(weight * values, starts) / total if starts else values
        for values in (np.log(observations.n), observations.f1)
    ]
    return Observations(
        n=np.exp(mean[0]),
        f1=mean[1],
        variance=1 / total,
        last=int(observations.n.max(initial=0)),
        n_points=len(observations.n),
    )


@dataclass(frozen=True, kw_only=True)
class Noise:
    """How far measured F1 lies from a growth law."""

    sd: float = 0.008  # of one model's F1 at many sentences
    doubling_size: float = 1300.0  # sentences at which its variance is twice that
    power: float = 1.5  # exponent of the growth of variance towards few sentences
    departure: float = 0.01  # sd of the departure, in F1
    length_scale: float = 0.4  # of the departure, in ln n

    def compute_variance(self, n: Floats) -> Floats:
        """Return the variance of one model's F1, (sizes,)."""
        return np.asarray(self.sd**2 * (1 + (self.doubling_size / n) ** self.power))

    def compute_covariance(self, n: Floats, m: Floats) -> Floats:
        """Return the covariance of the departure between sizes, in F1 squared, (len(n), len(m))."""
        distance = np.abs(np.log(n)[:, None] - np.log(m))
        return np.asarray(self.departure**2 * np.exp(-distance / self.length_scale))


NOISE = Noise()


@dataclass(frozen=True, kw_only=True, eq=False)
class Prior:
    """Normal distributions of the laws' coefficients before a curve is observed, and how likely kinds are."""

    mean: Floats  # (laws, 2)
    covariance: Floats  # (laws, 2, 2)
    kind_shares: Floats  # probability of each kind of laws, sums to 1, (kinds,)


@dataclass(frozen=True, kw_only=True, eq=False)
class Posterior:
    """The laws' coefficients given observations, and the terms that predictions at other sizes need."""

    prior: Prior
    mean: Floats  # (laws, 2)
    kind_evidence: Floats  # likelihood of the observations by kind of laws, the largest law's is 1, (kinds,)
    n: Floats  # observed sizes, (sizes,)
    residual_weights: Floats  # (laws, sizes): K^-1 (y - prior mean)
    inverse_covariance: Floats  # (laws, sizes, sizes): K^-1
    slopes: Floats  # (laws, sizes): dT/df at the observed sizes

    @property
    def law_weights(self) -> Floats:
        """Return the probability of each law, (laws,): kinds by Bayes' rule, the laws of a kind alike."""
        shares = self.prior.kind_shares * self.kind_evidence
        return np.asarray(shares / shares.sum() @ KIND_MEANS)

    def predict(self, n: Floats) -> tuple[Floats, Floats]:
        """Return the predictive mean and covariance on the laws' scales: (laws, n) and (laws, n, n)."""
        x, observed_basis, prior = compute_basis(n), compute_basis(self.n), self.prior
        slopes = compute_slope(invert_transform(np.einsum("enc,ec->en", x, self.mean)))
        departure = slopes[:, :, None] * NOISE.compute_covariance(n, self.n) * self.slopes[:, None, :]
        cross = x @ prior.covariance @ observed_basis.transpose(0, 2, 1) + departure  # (laws, n, observed)
        covariance = x @ prior.covariance @ x.transpose(0, 2, 1)
        covariance = covariance + slopes[:, :, None] * NOISE.compute_covariance(n, n) * slopes[:, None, :]
        mean = np.einsum("enc,ec->en", x, prior.mean) + np.einsum("enm,em->en", cross, self.residual_weights)
        return mean, covariance - cross @ self.inverse_covariance @ cross.transpose(0, 2, 1)

    def predict_f1(self, n: Floats) -> tuple[Floats, Floats]:
        """Return the predictive mean and sd of F1 by every law, each (laws, n)."""
        mean, covariance = self.predict(n)
        f1 = invert_transform(mean)
        variance = np.maximum(np.diagonal(covariance, axis1=1, axis2=2), 0.0)
        return f1, np.sqrt(variance) / compute_slope(f1)


def condition_prior(prior: Prior, observations: Observations) -> Posterior:
    """Return the posterior given observations; the noise is scaled at the fitted F1, in a few rounds."""
    x = compute_basis(observations.n)  # (laws, sizes, 2)
    y = transform_f1(observations.f1[None])  # (laws, sizes)
    expected = np.einsum("enc,ec->en", x, prior.mean)
    spread = x @ prior.covariance  # (laws, sizes, 2)
    noise = NOISE.compute_covariance(observations.n, observations.n) + np.diag(observations.variance)
    fitted = np.broadcast_to(observations.f1, y.shape)
    for _ in range(_ROUNDS):
        slopes = compute_slope(fitted)
        covariance = spread @ x.transpose(0, 2, 1) + slopes[:, :, None] * noise * slopes[:, None, :]
        inverse = np.linalg.inv(covariance)
        residual_weights = np.einsum("enm,em->en", inverse, y - expected)
        fitted = invert_transform(expected + np.einsum("enc,emc,em->en", spread, x, residual_weights))
    log_evidence = (
        np.log(compute_slope(observations.f1[None])).sum(axis=-1)  # densities of F1, not of T(F1)
        - np.einsum("en,en->e", residual_weights, y - expected) / 2
        - np.linalg.slogdet(covariance)[1] / 2
    )
    return Posterior(
        prior=prior,
        mean=prior.mean + np.einsum("enc,en->ec", spread, residual_weights),
        kind_evidence=KIND_MEANS @ np.exp(log_evidence - log_evidence.max()),
        n=observations.n,
        residual_weights=residual_weights,
        inverse_covariance=np.asarray(inverse, dtype=np.float64),
        slopes=slopes,
    )
