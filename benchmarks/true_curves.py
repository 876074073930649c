"""True curves that a search must locate, for ``search.py``: simulated ones, and those of the shipped runs."""

from dataclasses import dataclass

import numpy as np

from benchmarks.simulated_curves import GRIDS, find_truths, simulate_curves
from bioner_core.curves.crossing import build_size_grid, compute_spread_factor, smooth_curves
from bioner_core.curves.curve import build_curves
from bioner_core.curves.fitting import find_borrowed_end, list_points
from bioner_core.curves.model_noise import estimate_model_sd
from bioner_core.curves.placement import list_candidate_sizes
from bioner_core.curves.points import AVERAGES
from bioner_core.study.store import RunStore

ORACLES = ("ecir2020", "four-corpora-probe", "rumedner-finetuned")
SMALLEST = 60  # sentences that an oracle needs at least: less lies at the smallest size


@dataclass(frozen=True)
class Truth:
    """A true curve at the sizes that may be trained, and where it reaches the goal."""

    sizes: np.ndarray  # (sizes,), full data last
    f1: np.ndarray  # (sizes,)
    n: float  # sentences at which it reaches the goal
    sd: float  # of one model's F1 at very many sentences

    @property
    def full(self):
        """Return the sentences of the whole training part."""
        return int(self.sizes[-1])

    def draw_model(self, n, rng):
        """Return the F1 of one more model of ``n`` sentences."""
        f1 = self.f1[np.searchsorted(self.sizes, n)]
        return float(np.clip(f1 + rng.normal(0, self.sd * float(compute_spread_factor(n))), 0, 1))


def simulate_truths(full, n_truths, sd, *, start_sizes, goal, **options):
    """Return simulated true curves; options are those of ``simulate_curves``."""
    sizes = list_sizes(full, start_sizes)
    simulation = simulate_curves(sizes, full, n_truths, np.random.default_rng(7), goal=goal, **options)
    return [Truth(simulation.sizes, f1, n, sd) for f1, n in zip(simulation.f1, simulation.truth, strict=True)]


def list_sizes(full, start_sizes):
    """Return all sizes that a plan or a search may train, full data last."""
    sizes = {*GRIDS["paper"], *GRIDS["log"], *list_candidate_sizes(start_sizes, full)}
    return (*sorted(n for n in sizes if n < full), full)


def list_oracles(*, start_sizes, goal):
    """Return the smoothed curves of the shipped runs, with their own noise, where they reach the goal."""
    truths, store = [], RunStore()
    for curve in (curve for name in ORACLES for curve in build_curves(store.open(name).points())):
        points = [point for point in list_points(curve) if point.n > 0]
        end = find_borrowed_end(curve)
        points += [end] if end else []
        sd = estimate_model_sd(points)
        if curve.entity in AVERAGES or not curve.has_enough_sizes or sd is None or curve.full_f1 is None:
            continue
        full = points[-1].n
        sizes = np.array(list_sizes(full, start_sizes))
        dense = np.unique(np.round(np.geomspace(50, full, 1000)))
        f1 = smooth_locally(points, dense)
        (n,) = find_truths(dense, f1[None], goal)
        if n > SMALLEST:
            truths.append(Truth(sizes, np.interp(np.log(sizes), np.log(dense), f1), n, sd))
    return truths


def smooth_locally(points, dense):
    """Return the families' average with what it misses, smoothed over 0.35 of ln n by a Gaussian kernel."""
    n, f1 = np.array([point.n for point in points]), np.array([point.f1 for point in points])
    n_seeds = np.array([point.n_seeds for point in points])
    smooth, grid = smooth_curves(n, f1[None], n_seeds)[0], np.log(build_size_grid(n))
    residuals = f1 - np.interp(np.log(n), grid, smooth)
    weights = np.exp(-0.5 * ((np.log(dense)[:, None] - np.log(n)) / 0.35) ** 2) * n_seeds
    return np.interp(np.log(dense), grid, smooth) + weights @ residuals / weights.sum(axis=1)
