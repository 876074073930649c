"""Accuracy of crossings estimated on simulated noisy curves: ``python benchmarks/crossings.py``.

True curves are of the four families, with a dip, or with a late rise, and have the noise of the published
curves. The results are the bias and spread of five rules, the coverage and width of the interval, and a
chart in docs/pictures. ``python benchmarks/crossings.py --table`` prints the tables of docs/method.md.
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
import vl_convert  # noqa: E402

from benchmarks.simulated_curves import (  # noqa: E402
    FULLS,
    GOAL,
    estimate_published_noise,
    simulate_curves,
)
from bioner_core.charts.palette import SCHEMA, build_config, select_theme  # noqa: E402
from bioner_core.curves.crossing import (  # noqa: E402
    compute_spread_factor,
    find_step_crossings,
    fit_isotonic_rows,
    fit_monotone_curves,
)
from bioner_core.curves.fitting import BORROWED_WEIGHT  # noqa: E402
from bioner_core.curves.interval import TAIL  # noqa: E402
from bioner_core.curves.model_noise import draw_seed_noise  # noqa: E402

OUT = ROOT / "benchmarks/results/crossings.json"
N_TRUTHS, N_COVERAGE_TRUTHS = 700, 140  # true curves of a setting, for bias and for coverage
DRAWS = 150  # of each true curve
RULES = ("first", "stable", "isotonic", "line", "averaged")
BORROWED_ERROR = 0.25  # sd of the logarithm of the error of a borrowed seed spread
SETTINGS = (
    *(("paper", full, 1, "median") for full in FULLS),
    *(("log", full, 3, "median") for full in FULLS),
    *(("log", 5000, seeds, "median") for seeds in (1, 5)),
    *((grid, 5000, seeds, noise) for grid, seeds in (("paper", 1), ("log", 3)) for noise in ("low", "high")),
)


def run_benchmark():
    """Print and store the tables; draw the chart."""
    if "--table" in sys.argv:
        print("\n".join(build_table(json.loads(OUT.read_text()))))
        return
    began, cpu, noise = time.perf_counter(), time.process_time(), estimate_published_noise()
    rows = []
    for number, setting in enumerate(SETTINGS):
        for end in ("own", "borrowed"):
            rows.append(measure_setting(*setting, end=end, noise=noise, rng=np.random.default_rng(number)))
            print(rows[-1], flush=True)
    result = {
        "what": f"crossings of {100 * GOAL:g} % of full F1, estimate / truth, up to full data",
        "noise": noise,
        "rows": rows,
        "seconds": round(time.perf_counter() - began),
        "cpu_seconds": round(time.process_time() - cpu),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
    }
    OUT.write_text(json.dumps(result, indent=1) + "\n")
    (ROOT / "docs/pictures/crossings.png").write_bytes(vl_convert.vegalite_to_png(build_chart(rows), scale=2))
    print(f"{result['seconds']} s, {result['cpu_seconds']} s of processor time")


def measure_setting(grid, full, seeds, level, *, end, noise, rng, n_truths=N_TRUTHS, n_coverage=None):
    """Return bias and spread of each rule, and coverage and width of the interval.

    :param end: "own": the curve has full data of its own; "borrowed": it ends at the full F1 of a curve
        without pretraining, which is the same in truth and is smoothed over its own sizes.
    """
    sd = noise[level]
    simulation = simulate_curves(grid, full, n_truths, rng)
    means = simulation.draw_scores(seeds, sd, rng).mean(axis=0)
    reference = None
    if end == "borrowed":
        reference = simulate_reference(simulation, rng).draw_scores(seeds, sd, rng).mean(axis=0)
    estimates = compute_crossings(simulation.sizes, means, seeds, sd, reference)
    row = {"grid": grid, "full": full, "seeds": seeds, "noise": level, "end": end, "rules": {}}
    for rule in RULES:
        ratio = estimates[rule] / simulation.truth
        low, median, high = np.quantile(ratio, [0.05, 0.5, 0.95], method="lower")
        error = np.abs(np.log2(np.minimum(ratio, full / simulation.truth)))
        row["rules"][rule] = {
            "median": round_ratio(median),
            "p5": round_ratio(low),
            "p95": round_ratio(high),
            "beyond": round(float(np.isinf(ratio).mean()), 3),
            "mean_abs_log2": round(float(error.mean()), 3),
        }
    return row | measure_coverage(grid, full, seeds, sd, end, rng, n_coverage or N_COVERAGE_TRUTHS)


def simulate_reference(simulation, rng):
    """Return curves without pretraining that end at the same full F1: lower before, by up to 15 points."""
    gap = rng.uniform(0, 0.15, (len(simulation.f1), 1))
    share = np.log(simulation.sizes[-1] / simulation.sizes) / np.log(
        simulation.sizes[-1] / simulation.sizes[0]
    )
    return type(simulation)(
        simulation.sizes, np.clip(simulation.f1 - gap * share, 0, 1), simulation.truth, simulation.shape
    )


def round_ratio(ratio):
    """Return a ratio for JSON; None where it is beyond."""
    return round(float(ratio), 3) if np.isfinite(ratio) else None


def fit_to_full(sizes, f1, seeds, sd, reference, rng=None):
    """Return the monotone fits of curves up to full data, and the full F1 that goals are fractions of."""
    weights, options = np.full(len(sizes), seeds), {"model_sd": sd, "rng": rng}
    if reference is None:
        fitted = fit_monotone_curves(sizes, f1, weights, **options)
        return fitted, fitted.top
    top = fit_monotone_curves(sizes, reference, weights, **options).top
    weights[-1] *= BORROWED_WEIGHT
    return fit_monotone_curves(sizes, np.column_stack([f1[:, :-1], top]), weights, **options), top


def compute_crossings(sizes, f1, seeds, sd, reference=None):
    """Return where each rule sees the goal reached, (curves,); inf where it never does by full data."""
    full = f1[:, -1] if reference is None else reference[:, -1]
    values = np.column_stack([f1[:, :-1], full])
    goals = GOAL * full
    is_reached = values >= goals[:, None]
    stays = np.logical_and.accumulate(is_reached[:, ::-1], axis=1)[:, ::-1]
    fitted, top = fit_to_full(sizes, f1, seeds, sd, reference)
    return {
        "first": find_step_crossings(sizes, values, goals),
        "stable": np.where(stays.any(axis=1), sizes[stays.argmax(axis=1)], np.inf),
        "isotonic": find_step_crossings(sizes, fit_isotonic_rows(values, np.ones(len(sizes))), goals),
        "line": interpolate_crossings(sizes, values, goals),
        "averaged": fitted.find_crossings(GOAL * top),
    }


def interpolate_crossings(sizes, values, goals):
    """Return where straight lines in ln n between the means first reach the goals: the simplest rule."""
    at = (values >= goals[:, None]).argmax(axis=1)
    rows, before = np.arange(len(values)), np.maximum(at - 1, 0)
    low, high, log_n = values[rows, before], values[rows, at], np.log(sizes)
    share = np.where(at > 0, (goals - low) / np.maximum(high - low, 1e-9), 1.0)
    return np.exp(log_n[before] + np.clip(share, 0, 1) * (log_n[at] - log_n[before]))


def measure_coverage(grid, full, seeds, sd, end, rng, n_truths):
    """Return how often the 90 % interval covers the truth and ends beyond full data, and its width."""
    simulation = simulate_curves(grid, full, n_truths, rng)
    scores = simulation.draw_scores(seeds, sd, rng)
    draws = resample_curves(scores, simulation.sizes, sd, rng)
    reference = None
    if end == "borrowed":
        reference_scores = simulate_reference(simulation, rng).draw_scores(seeds, sd, rng)
        reference = resample_curves(reference_scores, simulation.sizes, sd, rng)
    crossings = np.empty((n_truths, DRAWS))
    for i in range(n_truths):  # draws of one curve share its slopes
        ends = None if reference is None else reference[i * DRAWS : (i + 1) * DRAWS]
        fitted, top = fit_to_full(simulation.sizes, draws[i * DRAWS : (i + 1) * DRAWS], seeds, sd, ends, rng)
        crossings[i] = fitted.find_crossings(GOAL * top)
    low = np.minimum(np.quantile(crossings, TAIL, axis=1, method="lower"), full)
    high = np.quantile(crossings, 1 - TAIL, axis=1, method="higher")
    covered = (low <= simulation.truth) & (simulation.truth <= high)
    last = simulation.sizes[-2]
    is_narrow = np.minimum(high, full) / low < full / min(last, full / 1.01)
    return {
        "covered": round(float(covered.mean()), 3),
        "n": n_truths,
        "median_width": round(float(np.median(np.minimum(high, full) / low)), 2),
        "beyond": round(float(np.isinf(high).mean()), 3),
        "narrower_than_gap": round(float(is_narrow.mean()), 3),
        "covered_by_shape": {
            str(shape): round(float(covered[simulation.shape == shape].mean()), 3)
            for shape in np.unique(simulation.shape)
        },
    }


def resample_curves(scores, sizes, sd, rng):
    """Return draws of the means of curves with other seeds, (curves × draws, sizes)."""
    return np.concatenate([resample_means(scores[:, i], sizes, sd, rng) for i in range(scores.shape[1])])


def resample_means(scores, sizes, sd, rng):
    """Return draws of a curve's means with other seeds, (draws, sizes); a single seed borrows the spread."""
    if len(scores) == 1:
        borrowed_sd = sd * np.exp(rng.normal(0, BORROWED_ERROR))
        return scores[0] + rng.normal(0, borrowed_sd, (DRAWS, len(sizes))) * compute_spread_factor(sizes)
    return scores.mean(axis=0) + draw_seed_noise(scores.T.tolist(), sizes, draws=DRAWS, rng=rng)


def build_table(result):
    """Return the lines of the table in docs/method.md: medians of estimate / truth, and the interval."""
    lines = [
        f"| sizes | full | noise | seeds | end | {' | '.join(RULES)} | its 5 to 95 % | covered | width |",
        "|" + " --- |" * (len(RULES) + 8),
    ]
    for row in result["rows"]:
        medians = " | ".join(format_ratio(row["rules"][rule]["median"]) for rule in RULES)
        best = row["rules"]["averaged"]
        ends = f"{format_ratio(best['p5'])} to {format_ratio(best['p95'])}"
        lines.append(
            f"| {row['grid']} | {row['full']:,} | {row['noise']} | {row['seeds']} | {row['end']} | "
            f"{medians} | {ends} | {row['covered']:.0%} | {row['median_width']:.2f} |"
        )
    return lines


def format_ratio(ratio):
    """Return a ratio as the table has it."""
    return "beyond" if ratio is None else f"{ratio:.2f}"


def build_chart(rows):
    """Return the chart: median and range of estimate / truth by rule, for each setting of median noise."""
    values = [
        {
            **scores,
            "rule": rule,
            "setting": f"{row['grid']}, {row['seeds']} seeds",
            "full": f"full {row['full']:,}",
        }
        for row in rows
        if row["noise"] == "median" and row["end"] == "own"
        for rule, scores in row["rules"].items()
    ]
    values = [{**value, **{k: min(value[k] or 4, 4) for k in ("median", "p5", "p95")}} for value in values]
    theme = select_theme(dark=False)
    y = {"type": "quantitative", "scale": {"type": "log", "domain": [0.1, 4]}, "title": "estimate / truth"}
    x = {"field": "rule", "type": "nominal", "sort": list(RULES), "title": None, "axis": {"labelAngle": 0}}
    color = {"field": "setting", "type": "nominal", "title": "sizes and seeds"}
    ticks = {**y, "axis": {"values": [0.1, 0.25, 0.5, 0.8, 1, 1.25, 2, 4]}}
    offset = {"field": "setting", "type": "nominal"}
    layers = [
        {"data": {"values": [{"truth": 1}]}, "mark": {"type": "rule", "color": theme.muted},
         "encoding": {"y": {"field": "truth", **ticks}}},
        {"mark": {"type": "rule", "opacity": 0.6},
         "encoding": {"x": x, "xOffset": offset, "color": color, "y": {"field": "p5", **ticks},
                      "y2": {"field": "p95"}}},
        {"mark": {"type": "point", "filled": True, "size": 60},
         "encoding": {"x": x, "xOffset": offset, "color": color, "y": {"field": "median", **ticks}}},
    ]  # fmt: skip
    panels = [
        {"title": title, "width": 300, "height": 260, "layer": layers,
         "data": {"values": [value for value in values if value["full"] == title]}}
        for title in dict.fromkeys(value["full"] for value in values)
    ]  # fmt: skip
    return {"$schema": SCHEMA, "config": build_config(theme), "hconcat": panels}


if __name__ == "__main__":
    run_benchmark()
