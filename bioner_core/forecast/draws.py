"""Curves drawn from the posterior; F1, sentences needed and gains are quantiles over them."""

from dataclasses import dataclass, field
from statistics import NormalDist

import numpy as np

from bioner_core.curves.misfit import make_monotone
from bioner_core.forecast.growth_laws import GROWTH_LAWS, Floats, invert_transform
from bioner_core.forecast.regression import Posterior

N_DRAWS = 2000
MIN_DRAWS = 1000  # that are kept, even if more of them fall
_SMALLEST = 10  # sentences at which sampled curves begin
_RAMP = 1.5  # times the last observed size: from there on intervals are widened in full
_NORMAL = NormalDist()
_STEPS = 64  # sizes of a sampled curve, evenly spaced on a log scale


@dataclass(frozen=True, kw_only=True, eq=False)
class Draws:
    """Sampled curves that never fall, equally likely."""

    n: Floats  # sentences, ascending, (sizes,)
    f1: Floats = field(repr=False)  # in [0, 1], (draws, sizes)

    def interpolate(self, n: float) -> Floats:
        """Return F1 at a number of sentences, (draws,), linear in ln n and constant beyond the ends."""
        x, grid = np.log(max(n, 1e-9)), np.log(self.n)
        i = int(np.clip(np.searchsorted(grid, x), 1, len(grid) - 1))
        share = float(np.clip((x - grid[i - 1]) / (grid[i] - grid[i - 1]), 0, 1))
        return np.asarray((1 - share) * self.f1[:, i - 1] + share * self.f1[:, i])

    def find_crossings(self, goal: Floats) -> Floats:
        """Return the sentences at which each curve reaches its goal, inf where it does not, (draws,).

        :param goal: F1 in [0, 1], (draws,) or ()
        """
        goal = np.broadcast_to(np.asarray(goal, dtype=np.float64), self.f1.shape[:1])
        is_reached = self.f1 >= goal[:, None] - 1e-12
        i, rows = is_reached.argmax(axis=1), np.arange(len(goal))
        before = np.maximum(i - 1, 0)
        low, high = self.f1[rows, before], self.f1[rows, i]
        rise = high - low
        share = np.where(rise > 0, (goal - low) / np.where(rise > 0, rise, 1), 1.0)
        grid = np.log(self.n)
        n = np.exp(grid[before] + share * (grid[i] - grid[before]))
        return np.where(is_reached.any(axis=1), np.where(i == 0, self.n[0], n), np.inf)


def draw_curves(
    posterior: Posterior,
    *,
    last: int,
    max_size: float,
    seed: int,
    widen: float = 1.0,
) -> Draws:
    """Draw curves from the posterior up to ``max_size`` sentences.

    :param last: the largest observed size of the curve, 0 where there is none.
    :param widen: factor on each curve's distance from the median curve.
    """
    rng = np.random.default_rng(seed)
    n = np.geomspace(_SMALLEST, max(max_size, 2 * _SMALLEST), _STEPS)
    mean, covariance = posterior.predict(n)
    sizes, vectors = np.linalg.eigh((covariance + covariance.transpose(0, 2, 1)) / 2)
    root = vectors * np.sqrt(np.maximum(sizes, 0.0))[:, None, :]  # (laws, n, n)
    positions = (np.arange(N_DRAWS) + 0.5) / N_DRAWS  # each law as often as its weight says
    law_index = np.searchsorted(np.cumsum(posterior.law_weights)[:-1], positions)
    values = np.concatenate(
        [
            mean[i] + _draw_normal(int((law_index == i).sum()), rng) @ root[i].T
            for i in range(len(GROWTH_LAWS))
        ]
    )
    f1 = invert_transform(values, laws=law_index)
    is_falling = f1[:, -1] < f1[:, 0]  # unlike true curves: they only fill up the number of draws
    f1 = f1[np.argsort(is_falling, kind="stable")[: max(MIN_DRAWS, int((~is_falling).sum()))]]
    last_size = max(last, _SMALLEST)
    start = min(int(np.searchsorted(n, last_size)), _STEPS - 1)
    f1 = enforce_monotone(f1, start=start)
    if widen != 1:
        centre = np.median(f1, axis=0)
        share = np.clip(np.log(n / last_size) / np.log(_RAMP), 0, 1)  # none up to the observed sizes
        wider = centre + (1 + (widen - 1) * share) * (f1 - centre)
        f1 = enforce_monotone(np.clip(wider, 0, 1), start=start)
    return Draws(n=n, f1=f1)


def _draw_normal(n_draws: int, rng: np.random.Generator) -> Floats:
    """Return standard normal values for each size of a curve, (draws, sizes), by Latin hypercube sampling.

    Quantiles over such draws vary less with the seed (McKay, Beckman and Conover 1979, Technometrics 21).
    """
    quantiles = [_NORMAL.inv_cdf((i + 0.5) / n_draws) for i in range(n_draws)]
    return rng.permuted(np.tile(np.array(quantiles)[:, None], _STEPS), axis=0)


def enforce_monotone(f1: Floats, *, start: int = 0) -> Floats:
    """Return curves that never fall: the mean of the highest value so far and the lowest one to come.

    >>> enforce_monotone(np.array([[0.5, 0.4, 0.6]])).tolist()
    [[0.45, 0.45, 0.6]]

    :param f1: (curves, sizes)
    :param start: index of the size from which on values do not depend on earlier ones; earlier values are
        capped at the first of them.
    """
    after, before = make_monotone(f1[:, start:]), make_monotone(f1[:, :start])
    return np.concatenate([np.minimum(before, after[:, :1]), after], axis=1)
