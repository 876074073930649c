"""True learning curves up to full data, regular and odd ones, for ``crossings_to_full.py``."""

from dataclasses import dataclass

import numpy as np

from benchmarks.simulated_curves import GOAL, draw_parameters
from bioner_core.curves.crossing import compute_spread_factor
from bioner_core.curves.families import FAMILIES, evaluate_family

FULLS = (1200, 5000, 50_000)  # sentences of the training part
LOWEST, HIGHEST = 100, 0.97  # truths lie from 100 sentences to 0.97 of full data
ODD_SHARE = (
    1 / 7
)  # of the curves has a dip, and as many have a late rise (LCDB 1.1: one in seven is not monotone)


@dataclass(frozen=True)
class TrueCurves:
    """True curves at some sizes, and the size from which each stays at or above its goal."""

    sizes: np.ndarray  # (sizes,), full data last
    f1: np.ndarray  # (curves, sizes), in [0, 1]
    truth: np.ndarray  # (curves,), sentences

    def draw_scores(self, seeds, sd, rng):
        """Return F1 of models with other seeds, (seeds, curves, sizes)."""
        noise = rng.normal(0, sd, (seeds, *self.f1.shape)) * compute_spread_factor(self.sizes)
        return np.clip(self.f1 + noise, 0, 1)


def draw_true_curves(sizes, n_curves, rng):
    """Draw curves of all shapes whose crossing lies in the range."""
    n_odd = round(ODD_SHARE * n_curves)
    n_regular = [(n_curves - 2 * n_odd + i) // len(FAMILIES) for i in range(len(FAMILIES))]
    shapes = zip((*FAMILIES, "dip", "late rise"), (*n_regular, n_odd, n_odd), strict=True)
    parts = [_draw_shape(shape, n, sizes, rng) for shape, n in shapes]
    f1, truth = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return TrueCurves(sizes, f1, truth)


def _draw_shape(shape, n_curves, sizes, rng):
    """Return curves of one shape at the sizes, and their truths."""
    dense = np.unique(np.round(np.geomspace(20, sizes[-1], 2000)))
    f1, truth = np.empty((0, len(sizes))), np.empty(0)
    while len(truth) < n_curves:
        evaluate = _draw_functions(shape, 20 * n_curves, sizes[-1], rng)
        curves = evaluate(dense)
        below = curves < GOAL * curves[:, -1:]
        last = below.shape[1] - 1 - below[:, ::-1].argmax(axis=1)
        crossing = np.where(below.any(axis=1), dense[np.minimum(last + 1, len(dense) - 1)], dense[0])
        inside = (crossing >= LOWEST) & (crossing <= HIGHEST * sizes[-1]) & (curves[:, -1] > 0.3)
        f1 = np.concatenate([f1, evaluate(sizes)[inside]])
        truth = np.concatenate([truth, crossing[inside]])
    return f1[:n_curves], truth[:n_curves]


def _draw_functions(shape, n, full, rng):
    """Return a function from sizes to F1 of ``n`` drawn curves, (n, sizes)."""
    if shape in FAMILIES:
        params = draw_parameters(shape, n, rng)
        return lambda sizes: evaluate_family(shape, params, sizes)
    params = draw_parameters("pow4", n, rng)
    centre = np.exp(rng.uniform(np.log(100), np.log(0.5 * full), n))[:, None]
    if shape == "dip":
        depth, width = rng.uniform(0.01, 0.04, n)[:, None], rng.uniform(0.2, 0.5, n)[:, None]
        return lambda sizes: (
            evaluate_family("pow4", params, sizes)
            - depth * np.exp(-0.5 * ((np.log(sizes) - np.log(centre)) / width) ** 2)
        )
    rise, steepness = rng.uniform(0.02, 0.1, n)[:, None], rng.uniform(2, 4, n)[:, None]
    return lambda sizes: (
        evaluate_family("pow4", params, sizes) * (1 - rise) + rise / (1 + (centre / sizes) ** steepness)
    )
