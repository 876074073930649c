"""Simulated noisy learning curves with known truth, for ``crossings.py``."""

import numpy as np

from bioner_core.curves.crossing import compute_spread_factor
from bioner_core.curves.curve import build_curves
from bioner_core.curves.families import FAMILIES, evaluate_family, fit_family, invert_family
from bioner_core.study.store import RunStore

GRIDS = {"paper": tuple(range(50, 2001, 50)), "log": (50, 100, 200, 400, 800, 1600)}
FULL = 5000  # sentences of the training part
GOAL = 0.99  # fraction of full F1
REACHABLE, UNREACHABLE = (150, 0.9), (1.1, 2.0)  # from 150 to 0.9 of the largest size; 1.1 to 2 times it


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


def draw_true_curves(family, n_truths, low, high, rng):
    """Return parameters, full F1 and the true number of sentences of curves that reach the goal in range."""
    curve_batches = []
    while sum(len(sizes) for *_, sizes in curve_batches) < n_truths:
        params = draw_parameters(family, 20 * n_truths, rng)
        full = evaluate_family(family, params, [FULL])[:, 0]
        n = invert_family(family, params, GOAL * full)
        inside = (n >= low) & (n < high)
        curve_batches.append((params[inside], full[inside], n[inside]))
    return [np.concatenate(parts)[:n_truths] for parts in zip(*curve_batches, strict=True)]


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


def simulate_scores(family, n_truths, grid, seeds, sd, reach, rng):
    """Return F1 of seeds (seeds, truths, sizes and full), and the true numbers."""
    n = np.array(GRIDS[grid])
    params, full, true = draw_true_curves(family, n_truths, *reach, rng)
    sizes = np.append(n, FULL)
    mean = np.column_stack([evaluate_family(family, params, n), full])
    return mean + rng.normal(0, sd, (seeds, *mean.shape)) * compute_spread_factor(sizes), true


def list_ranges(grid):
    """Return the ranges of reachable and unreachable truths on a grid."""
    n_max = GRIDS[grid][-1]
    yield "reachable", (REACHABLE[0], REACHABLE[1] * n_max)
    yield "unreachable", (UNREACHABLE[0] * n_max, UNREACHABLE[1] * n_max)
