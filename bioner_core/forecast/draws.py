"""Curves drawn from what is believed: from them come F1, sentences needed and gains, with intervals."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from bioner_core.forecast.growth_laws import EXPERTS, Expert, Floats, unscaled
from bioner_core.forecast.regression import Belief

N_DRAWS = 1000
_SMALLEST = 10  # sentences at which drawn curves begin
_RAMP = 1.5  # times what was observed: from there on a forecast is widened in full
_STEPS = 64  # sizes at which a drawn curve is told, evenly spaced on a log scale


@dataclass(frozen=True, kw_only=True, eq=False)
class Draws:
    """Never-falling curves, each as likely as the others."""

    n: Floats  # sentences, ascending, (sizes,)
    f1: Floats = field(repr=False)  # in [0, 1], (draws, sizes)

    def at(self, n: float) -> Floats:
        """Return F1 at a number of sentences, (draws,), linear in ln n; level beyond the ends."""
        x, grid = np.log(max(n, 1e-9)), np.log(self.n)
        i = int(np.clip(np.searchsorted(grid, x), 1, len(grid) - 1))
        share = float(np.clip((x - grid[i - 1]) / (grid[i] - grid[i - 1]), 0, 1))
        return np.asarray((1 - share) * self.f1[:, i - 1] + share * self.f1[:, i])

    def reaching(self, goal: Floats) -> Floats:
        """Return the sentences at which each curve reaches its goal, inf where it does not, (draws,).

        :param goal: F1 in [0, 1], (draws,) or ()
        """
        goal = np.broadcast_to(np.asarray(goal, dtype=np.float64), self.f1.shape[:1])
        there = self.f1 >= goal[:, None] - 1e-12
        i, rows = there.argmax(axis=1), np.arange(len(goal))
        before = np.maximum(i - 1, 0)
        low, high = self.f1[rows, before], self.f1[rows, i]
        rise = high - low
        share = np.where(rise > 0, (goal - low) / np.where(rise > 0, rise, 1), 1.0)
        grid = np.log(self.n)
        n = np.exp(grid[before] + share * (grid[i] - grid[before]))
        return np.where(there.any(axis=1), np.where(i == 0, self.n[0], n), np.inf)


def draw(
    belief: Belief,
    *,
    last: int,
    upto: float,
    seed: int,
    widen: float = 1.0,
    laws: Sequence[Expert] = EXPERTS,
) -> Draws:
    """Return curves drawn from the laws, up to ``upto`` sentences.

    :param last: the largest size that the curve itself has, 0 where it has none.
    :param laws: which are drawn from, each as often as the others.
    :param widen: what each curve's distance from the middle one is multiplied by.
    """
    rng = np.random.default_rng(seed)
    n = np.geomspace(_SMALLEST, max(upto, 2 * _SMALLEST), _STEPS)
    mean, covariance = belief.told(n)
    sizes, vectors = np.linalg.eigh((covariance + covariance.transpose(0, 2, 1)) / 2)
    root = vectors * np.sqrt(np.maximum(sizes, 0.0))[:, None, :]  # (experts, n, n)
    law = rng.choice([EXPERTS.index(one) for one in laws], size=2 * N_DRAWS)
    values = rng.standard_normal((len(law), _STEPS))
    for expert in range(len(EXPERTS)):
        own = law == expert
        values[own] = mean[expert] + values[own] @ root[expert].T
    f1 = unscaled(values, laws=law)
    falling = f1[:, -1] < f1[:, 0]  # no curve does that in truth; kept only where too few others are
    f1 = f1[np.argsort(falling, kind="stable")[:N_DRAWS]]
    known = max(last, _SMALLEST)
    start = min(int(np.searchsorted(n, known)), _STEPS - 1)
    f1 = rising(f1, from_=start)
    if widen != 1:
        centre = np.median(f1, axis=0)
        share = np.clip(np.log(n / known) / np.log(_RAMP), 0, 1)  # what was observed needs no widening
        wider = centre + (1 + (widen - 1) * share) * (f1 - centre)
        f1 = rising(np.clip(wider, 0, 1), from_=start)
    return Draws(n=n, f1=f1)


def rising(f1: Floats, *, from_: int = 0) -> Floats:
    """Return curves that never fall: halfway between the highest so far and the lowest still to come.

    >>> rising(np.array([[0.5, 0.4, 0.6]])).tolist()
    [[0.45, 0.45, 0.6]]

    :param f1: (curves, sizes)
    :param from_: the size from which on this is done apart, so that what a curve may have been before does
        not move what it will be; before it curves are kept below.
    """
    after, before = _rising(f1[:, from_:]), _rising(f1[:, :from_])
    return np.concatenate([np.minimum(before, after[:, :1]), after], axis=1)


def _rising(f1: Floats) -> Floats:
    highest = np.maximum.accumulate(f1, axis=-1)
    lowest = np.minimum.accumulate(f1[:, ::-1], axis=-1)[:, ::-1]
    return np.asarray((highest + lowest) / 2)
