"""Simulated noisy learning curves with known truth, for ``crossings.py`` and ``search.py``."""

from dataclasses import dataclass

import numpy as np

from bioner_core.curves.crossing import compute_spread_factor
from bioner_core.curves.curve import build_curves
from bioner_core.curves.families import FAMILIES, evaluate_family, fit_family
from bioner_core.study.store import RunStore

GRIDS = {"paper": tuple(range(50, 2001, 50)), "log": (50, 100, 200, 400, 800, 1600)}
FULLS = (1200, 5000, 50_000)  # sentences of the training part
GOAL = 0.99  # fraction of full F1
LOWEST, HIGHEST = 100, 0.97  # truths lie from 100 sentences to 0.97 of full
SHAPES = (*FAMILIES, "dip", "late rise")  # "dip": not monotone, as one curve in seven of LCDB 1.1
ODD_SHARE = 1 / 7  # of the curves, for each of the two odd shapes
_TRUTH_GRID = 2000  # sizes at which a true curve is searched for its crossing


@dataclass(frozen=True)
class Simulation:
    """True curves at the sizes of a grid and at full data, and where they stay above the goal."""

    sizes: np.ndarray  # (sizes,), full data last
    f1: np.ndarray  # (curves, sizes), in [0, 1]
    truth: np.ndarray  # (curves,), sentences
    shape: np.ndarray  # (curves,), of SHAPES

    def draw_scores(self, seeds, sd, rng):
        """Return F1 of models with other seeds, (seeds, curves, sizes)."""
        noise = rng.normal(0, sd, (seeds, *self.f1.shape)) * compute_spread_factor(self.sizes)
        return np.clip(self.f1 + noise, 0, 1)


def estimate_published_noise():
    """Return the sd of one model's F1 at very many sentences in the published curves, by their residuals."""
    sds = []
    for curve in build_curves(RunStore().open("ecir2020").points()):
        sizes = [size for size in curve.sizes if size.n >= 400 and not size.is_interpolated]
        if not curve.has_enough_sizes or len(sizes) < 10:
            continue
        n, f1 = np.array([size.n for size in sizes]), np.array([[size.f1 for size in sizes]])
        spread = compute_spread_factor(n)
        losses = [fit_family(family, n, f1, spread**-2)[1][0] for family in FAMILIES]
        sds.append(float(np.sqrt(min(losses) / (len(n) - 4))))
    low, median, high = np.quantile(sds, [0.1, 0.5, 0.9])
    return {"curves": len(sds), "low": round(low, 4), "median": round(median, 4), "high": round(high, 4)}


def simulate_curves(grid, full, n_curves, rng, *, goal=GOAL, within=(LOWEST, None), shapes=SHAPES):
    """Draw true curves whose crossing lies in a range, a seventh of them with each odd shape.

    :param grid: a name in ``GRIDS``, or sizes
    :param within: sentences that the crossing lies between; None: ``HIGHEST`` of full data
    :param shapes: all of ``SHAPES``, or some of them in equal numbers
    """
    sizes = np.array([*(n for n in (GRIDS[grid] if isinstance(grid, str) else grid) if n < full), full])
    dense = np.unique(np.round(np.geomspace(20, full, _TRUTH_GRID)))
    within = (within[0], within[1] or HIGHEST * full)
    counts = _share_curves(n_curves, shapes)
    parts = [
        _draw_shape(shape, n, sizes, dense, rng, goal, within)
        for shape, n in zip(shapes, counts, strict=True)
        if n
    ]
    f1, truth = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    names = [shape for shape, n in zip(shapes, counts, strict=True) for _ in range(n)]
    return Simulation(sizes, f1, truth, np.array(names))


def _share_curves(n_curves, shapes):
    """Return how many curves have each shape; the first one has those that remain."""
    if shapes == SHAPES:
        n_odd = round(ODD_SHARE * n_curves)
        counts = [(n_curves - 2 * n_odd) // len(FAMILIES)] * len(FAMILIES) + [n_odd, n_odd]
    else:
        counts = [n_curves // len(shapes)] * len(shapes)
    counts[0] += n_curves - sum(counts)
    return counts


def _draw_shape(shape, n_curves, sizes, dense, rng, goal, within):
    f1, truth = np.empty((0, len(sizes))), np.empty(0)
    while len(truth) < n_curves:
        evaluate = _draw_functions(shape, 20 * n_curves, dense[-1], rng)
        curves = evaluate(dense)
        crossing = find_truths(dense, curves, goal)
        inside = (crossing >= within[0]) & (crossing <= within[1]) & (curves[:, -1] > 0.3)
        f1 = np.concatenate([f1, evaluate(sizes)[inside]])
        truth = np.concatenate([truth, crossing[inside]])
    return f1[:n_curves], truth[:n_curves]


def find_truths(dense, curves, goal):
    """Return the size from which each curve stays at or above a fraction of its last F1."""
    below = curves < goal * curves[:, -1:]
    last = below.shape[1] - 1 - below[:, ::-1].argmax(axis=1)
    return np.where(below.any(axis=1), dense[np.minimum(last + 1, len(dense) - 1)], dense[0])


def _draw_functions(shape, n, full, rng):
    """Return a function from sizes to F1 of ``n`` drawn curves, (n, sizes)."""
    if shape in FAMILIES:
        params = draw_parameters(shape, n, rng)
        return lambda sizes: evaluate_family(shape, params, sizes)
    params = draw_parameters("pow4", n, rng)
    centre = np.exp(rng.uniform(np.log(100), np.log(0.5 * full), n))[:, None]
    if shape == "dip":
        depth, width = rng.uniform(0.01, 0.04, n)[:, None], rng.uniform(0.2, 0.5, n)[:, None]

        def evaluate_dip(sizes):
            dip = np.exp(-0.5 * ((np.log(sizes) - np.log(centre)) / width) ** 2)
            return evaluate_family("pow4", params, sizes) - depth * dip

        return evaluate_dip
    rise, steepness = rng.uniform(0.02, 0.1, n)[:, None], rng.uniform(2, 4, n)[:, None]
    return lambda sizes: (
        evaluate_family("pow4", params, sizes) * (1 - rise) + rise / (1 + (centre / sizes) ** steepness)
    )


def draw_parameters(family, n, rng):
    """Draw parameters of a family: a top of 0.5 to 0.95, a drop and a shape."""
    top = rng.uniform(0.5, 0.95, n)

    def log(low, high):
        return np.exp(rng.uniform(np.log(low), np.log(high), n))

    drop = top * (rng.uniform(0.1, 0.7, n) if family == "pow3" else rng.uniform(0.3, 1, n))
    shape = {
        "pow3": lambda: [log(0.3, 2)],
        "pow4": lambda: [log(20, 1000), log(0.4, 4)],
        "mmf4": lambda: [log(30, 500), log(0.6, 3)],
        "wbl4": lambda: [log(30, 800), log(0.35, 1.5)],
    }[family]()
    return np.column_stack([top, drop, *shape])
