"""Can the number be read off anywhere up to full data? ``python benchmarks/crossings_to_full.py``.

A trial of a rule that the program does not use yet. The smoothed curve includes full data, and the goal is a
fraction of the full F1 on that curve, so the crossing lies between the sizes, or between the last size and
full data. A curve from a source may *borrow* its end: the smoothed full F1 without pretraining. The simplest
rule, straight lines in ln n between the means, stands in the same table.
"""

import json
import os
import platform
import sys
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402

from benchmarks.crossings import BORROWED_ERROR  # noqa: E402
from benchmarks.simulated_curves import GOAL, GRIDS, estimate_published_noise  # noqa: E402
from benchmarks.true_curves import FULLS, TrueCurves, draw_true_curves  # noqa: E402
from bioner_core.curves.crossing import build_size_grid, compute_spread_factor, find_crossings  # noqa: E402
from bioner_core.curves.families import FAMILIES, evaluate_family, fit_family  # noqa: E402
from bioner_core.curves.interval import TAIL, draw_seed_noise  # noqa: E402

OUT = ROOT / "benchmarks/results/crossings_to_full.json"
N_TRUTHS, N_COVERAGE_TRUTHS = 700, 140  # true curves of a setting, for bias and for coverage
DRAWS = 150  # of each true curve
MODEL_ERROR = 0.12  # sd of ln n of a crossing, as no family is exact; more beyond the last trained size
BORROWED_WEIGHT = 3  # models that a borrowed full F1 counts for
RESIDUAL_FLOOR = 0.0085  # F1, as in ``crossing.smooth_curves``
SETTINGS = (
    *(("paper", full, 1, "median") for full in FULLS),
    *(("log", full, 3, "median") for full in FULLS),
    *(("log", 5000, seeds, "median") for seeds in (1, 5)),
    *((grid, 5000, seeds, noise) for grid, seeds in (("paper", 1), ("log", 3)) for noise in ("low", "high")),
)


def run_benchmark():
    """Print and store a row for each setting and each kind of end."""
    began, noise, rows = time.process_time(), estimate_published_noise(), []
    for number, setting in enumerate(SETTINGS):
        for end in ("own", "borrowed"):
            rows.append(measure_setting(*setting, end=end, noise=noise, rng=np.random.default_rng(number)))
            print(rows[-1], flush=True)
    result = {
        "what": f"crossings of {100 * GOAL:g} % of full F1 up to full data, estimate / truth",
        "noise": noise,
        "rows": rows,
        "cpu_seconds": round(time.process_time() - began),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
    }
    OUT.write_text(json.dumps(result, indent=1) + "\n")


def measure_setting(
    grid, full, seeds, level, *, end, noise, rng, n_truths=N_TRUTHS, n_coverage=N_COVERAGE_TRUTHS
):
    """Return bias and spread of both rules, and coverage and width of the interval."""
    sd, sizes = noise[level], np.array([*(n for n in GRIDS[grid] if n < full), full])
    curves = draw_true_curves(sizes, n_truths, rng)
    f1 = curves.draw_scores(seeds, sd, rng).mean(axis=0)
    reference = None
    if end == "borrowed":
        reference = lower_curves(curves, rng).draw_scores(seeds, sd, rng).mean(axis=0)
    smooth, top = smooth_to_full(sizes, f1, seeds, reference)
    means = f1 if reference is None else np.column_stack([f1[:, :-1], reference[:, -1]])
    estimates = {
        "line": interpolate_crossings(sizes, means, GOAL * means[:, -1]),
        "smoothed": find_crossings(sizes, smooth, GOAL * top),
    }
    return {
        "grid": grid,
        "full": full,
        "seeds": seeds,
        "noise": level,
        "end": end,
        **{rule: summarize(numbers, curves.truth, full) for rule, numbers in estimates.items()},
        **measure_coverage(sizes, seeds, sd, end, rng, n_coverage),
    }


def summarize(estimates, truth, full):
    """Return the median and the 5 and 95 % quantiles of estimate / truth, and the mean error in octaves."""
    estimates = np.minimum(estimates, full)
    low, median, high = np.quantile(estimates / truth, [0.05, 0.5, 0.95])
    error = np.abs(np.log2(estimates / truth)).mean()
    names = ("median", "p5", "p95", "mean_abs_log2")
    return dict(zip(names, (round(float(v), 3) for v in (median, low, high, error)), strict=True))


def measure_coverage(sizes, seeds, sd, end, rng, n_truths):
    """Return how often the 90 % interval covers the truth, its width, and how often it has no upper end."""
    curves, full = draw_true_curves(sizes, n_truths, rng), sizes[-1]
    draws = resample_curves(curves.draw_scores(seeds, sd, rng), sizes, sd, rng)
    reference = None
    if end == "borrowed":
        scores = lower_curves(curves, rng).draw_scores(seeds, sd, rng)
        reference = resample_curves(scores, sizes, sd, rng)
    smooth, top = smooth_to_full(sizes, draws, seeds, reference, rng)
    crossings = add_model_error(find_crossings(sizes, smooth, GOAL * top), sizes, rng).reshape(
        n_truths, DRAWS
    )
    low = np.minimum(np.quantile(crossings, TAIL, axis=1, method="lower"), full)
    high = np.quantile(crossings, 1 - TAIL, axis=1, method="higher")
    return {
        "covered": round(float(((low <= curves.truth) & (curves.truth <= high)).mean()), 3),
        "median_width": round(float(np.median(np.minimum(high, full) / low)), 2),
        "beyond": round(float(np.isinf(high).mean()), 3),
    }


def smooth_to_full(sizes, f1, seeds, reference=None, rng=None):
    """Return smoothed curves, (curves, grid), and the full F1 that goals are fractions of, (curves,)."""
    weights = np.full(len(sizes), float(seeds))
    if reference is None:
        smooth = smooth_curves(sizes, f1, weights, rng)
        return smooth, smooth[:, -1]
    top = smooth_curves(sizes, reference, weights, rng)[:, -1]
    weights[-1] *= BORROWED_WEIGHT
    return smooth_curves(sizes, np.column_stack([f1[:, :-1], top]), weights, rng), top


def smooth_curves(sizes, f1, n_models, rng=None):
    """Return the average of the families' fits, or with ``rng`` one family for each curve, by its likelihood.

    A size weighs as its models over their variance, times the root of the stretch of ln n that it stands for:
    no family is exact, and sizes close together err alike.
    """
    gaps = np.diff(np.log(sizes))
    stretches = np.concatenate([gaps[:1], gaps[:-1] + gaps[1:], gaps[-1:]]) / 2
    weights = n_models / compute_spread_factor(sizes) ** 2 * np.sqrt(stretches / stretches.mean())
    fits = [fit_family(family, sizes, f1, weights) for family in FAMILIES]
    shares = (np.stack([loss for _, loss in fits]) + RESIDUAL_FLOOR**2) ** (-len(sizes) / 2)
    shares = shares / shares.sum(axis=0)
    grid = build_size_grid(sizes)
    values = np.stack(
        [evaluate_family(family, params, grid) for family, (params, _) in zip(FAMILIES, fits, strict=True)]
    )
    if rng is None:
        return np.einsum("fc,fcg->cg", shares, values)
    chosen = (np.cumsum(shares, axis=0)[:-1] < rng.random(len(f1))).sum(axis=0)
    return values[chosen, np.arange(len(f1))]


def add_model_error(crossings, sizes, rng):
    """Return crossings with the error of the families, at most full data; inf stays inf."""
    distance = np.maximum(np.log(np.minimum(crossings, sizes[-1]) / sizes[-2]), 0)
    shifted = crossings * np.exp(rng.normal(0, MODEL_ERROR, len(crossings)) * (1 + distance))
    return np.where(np.isinf(crossings), np.inf, np.minimum(shifted, sizes[-1]))


def lower_curves(curves, rng):
    """Return curves without pretraining: the same full F1, up to 15 points lower at the smallest size."""
    gap = rng.uniform(0, 0.15, (len(curves.f1), 1))
    share = np.log(curves.sizes[-1] / curves.sizes) / np.log(curves.sizes[-1] / curves.sizes[0])
    return TrueCurves(curves.sizes, np.clip(curves.f1 - gap * share, 0, 1), curves.truth)


def resample_curves(scores, sizes, sd, rng):
    """Return draws of the means of curves with other seeds, (curves × draws, sizes)."""
    return np.concatenate([resample_means(scores[:, i], sizes, sd, rng) for i in range(scores.shape[1])])


def resample_means(scores, sizes, sd, rng):
    """Return draws of one curve's means; a single seed borrows the spread, which is known with an error."""
    if len(scores) == 1:
        borrowed_sd = sd * np.exp(rng.normal(0, BORROWED_ERROR))
        return scores[0] + rng.normal(0, borrowed_sd, (DRAWS, len(sizes))) * compute_spread_factor(sizes)
    return scores.mean(axis=0) + draw_seed_noise(scores.T.tolist(), sizes, draws=DRAWS, rng=rng)


def interpolate_crossings(sizes, values, goals):
    """Return where straight lines in ln n between the means first reach the goals: the simplest rule."""
    at = (values >= goals[:, None]).argmax(axis=1)
    rows, before = np.arange(len(values)), np.maximum(at - 1, 0)
    low, high, log_n = values[rows, before], values[rows, at], np.log(sizes)
    share = np.where(at > 0, (goals - low) / np.maximum(high - low, 1e-9), 1.0)
    return np.exp(log_n[before] + np.clip(share, 0, 1) * (log_n[at] - log_n[before]))


if __name__ == "__main__":
    run_benchmark()
