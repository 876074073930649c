"""Accuracy of crossings estimated on simulated noisy curves: ``python benchmarks/crossings.py``.

True curves are of the four families with the noise of the published curves. The results are the bias and
spread of six rules, the coverage of the interval, and a chart in docs/pictures. The table in
docs/method.md is printed by ``python benchmarks/crossings.py --table``.
"""

import json
import os
import platform
import sys
import time
from itertools import product
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
import vl_convert  # noqa: E402

from benchmarks.simulated_curves import (  # noqa: E402
    FULL,
    GOAL,
    GRIDS,
    estimate_published_noise,
    list_ranges,
    simulate_scores,
)
from bioner_core.charts.palette import SCHEMA, build_config, select_theme  # noqa: E402
from bioner_core.curves.crossing import (  # noqa: E402
    compute_spread_factor,
    find_step_crossings,
    fit_isotonic_rows,
    fit_monotone_curves,
)
from bioner_core.curves.families import FAMILIES, fit_family, invert_family  # noqa: E402
from bioner_core.curves.interval import TAIL, draw_seed_noise  # noqa: E402

OUT = ROOT / "benchmarks/results/crossings.json"
SEEDS = (1, 2, 3, 5)
N_TRUTHS = {"reachable": 600, "unreachable": 100}  # true curves per family, for bias
N_COVERAGE_TRUTHS = {"reachable": 60, "unreachable": 12}  # true curves per family, for coverage
DRAWS = 150  # of each true curve
RULES = ("first", "stable", "isotonic", "fitted", "sizes alone", "averaged")
BORROWED_ERROR = 0.25  # sd of the logarithm of the error of a borrowed seed spread


def run_benchmark():
    """Print and store the tables; draw the chart."""
    if "--table" in sys.argv:
        print("\n".join(build_table(json.loads(OUT.read_text()))))
        return
    began, cpu = time.perf_counter(), time.process_time()
    rng = np.random.default_rng(0)
    noise = estimate_published_noise()
    levels = {name: noise[name] for name in ("low", "median", "high")}
    bias, coverage = [], []
    for grid, seeds, (level, sd) in product(GRIDS, SEEDS, levels.items()):
        cell = {"grid": grid, "seeds": seeds, "noise": level, "sd": sd}
        bias += [{**cell, **row} for row in measure_bias(grid, seeds, sd, rng)]
        coverage += [{**cell, **row} for row in measure_coverage(grid, seeds, sd, rng)]
        print(summarize_cell(cell, bias, coverage), flush=True)
    result = {
        "what": f"crossings of {100 * GOAL:g} % of full F1, estimate / truth; full is {FULL} sentences",
        "noise": noise,
        "bias": bias,
        "coverage": coverage,
        "seconds": round(time.perf_counter() - began),
        "cpu_seconds": round(time.process_time() - cpu),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
    }
    OUT.write_text(json.dumps(result, indent=1) + "\n")
    (ROOT / "docs/pictures/crossings.png").write_bytes(vl_convert.vegalite_to_png(build_chart(bias), scale=2))
    print(f"{result['seconds']} s, {result['cpu_seconds']} s of processor time")


def measure_bias(grid, seeds, sd, rng):
    """Return a row for each rule: median and spread of estimate / truth, and how often it is beyond."""
    rows = []
    for kind, reach in list_ranges(grid):
        simulations = [
            simulate_scores(family, N_TRUTHS[kind], grid, seeds, sd, reach, rng) for family in FAMILIES
        ]
        estimates = [compute_crossings(grid, scores.mean(axis=0), seeds) for scores, _ in simulations]
        true = np.concatenate([numbers for _, numbers in simulations])
        for rule in RULES:
            sizes = [estimate[rule] for estimate in estimates]
            ratio = np.concatenate(sizes) / true
            low, median, high = np.quantile(ratio, [0.05, 0.5, 0.95], method="lower")
            families = [
                np.median(estimate / numbers)
                for estimate, (_, numbers) in zip(sizes, simulations, strict=True)
            ]
            rows.append(
                {
                    "truth": kind,
                    "rule": rule,
                    "median": round_ratio(median),
                    "p5": round_ratio(low),
                    "p95": round_ratio(high),
                    "beyond": round(float(np.isinf(ratio).mean()), 3),
                    "median_by_family": dict(zip(FAMILIES, map(round_ratio, families), strict=True)),
                }
            )
    return rows


def round_ratio(ratio):
    """Return a ratio for JSON; None where it is beyond."""
    return round(float(ratio), 3) if np.isfinite(ratio) else None


def compute_crossings(grid, f1, seeds):
    """Return where each rule sees the goal reached, (truths,); inf beyond the largest size."""
    n = np.array(GRIDS[grid])
    sizes, goals = f1[:, :-1], GOAL * f1[:, -1]
    is_there = sizes >= goals[:, None]
    stays = np.logical_and.accumulate(is_there[:, ::-1], axis=1)[:, ::-1]
    crossings = {
        "first": find_step_crossings(n, sizes, goals),
        "stable": np.where(stays.any(axis=1), n[stays.argmax(axis=1)], np.inf),
        "isotonic": find_step_crossings(n, fit_isotonic_rows(sizes, np.ones(len(n))), goals),
    }
    all_sizes = np.append(n, FULL)
    fits = [fit_family(family, all_sizes, f1, compute_spread_factor(all_sizes) ** -2) for family in FAMILIES]
    best = np.stack([loss for _, loss in fits]).argmin(axis=0)
    inverses = [
        invert_family(family, params, goals) for family, (params, _) in zip(FAMILIES, fits, strict=True)
    ]
    fitted = np.stack(inverses)[best, np.arange(len(sizes))]
    crossings["fitted"] = np.where(fitted > n[-1], np.inf, np.maximum(fitted, n[0]))
    averaged = {
        "sizes alone": fit_monotone_curves(
            n, sizes, np.full(len(n), seeds)
        ),  # as after a source: full data is not its own
        "averaged": fit_monotone_curves(all_sizes, f1, np.full(len(all_sizes), seeds), has_full=True),
    }
    for rule, smoothed in averaged.items():  # no plan where no size reaches it
        crossings[rule] = np.where(is_there.any(axis=1), smoothed.find_crossings(goals), np.inf)
    return crossings


def measure_coverage(grid, seeds, sd, rng):
    """Return how often the 90 % interval of the averaged crossing covers the truth."""
    n, rows = np.array(GRIDS[grid]), []
    sizes = np.append(n, FULL)
    for kind, reach in list_ranges(grid):
        held, widths = [], []
        for family in FAMILIES:
            scores, true = simulate_scores(family, N_COVERAGE_TRUTHS[kind], grid, seeds, sd, reach, rng)
            draws = np.concatenate([resample_means(scores[:, i], sizes, sd, rng) for i in range(len(true))])
            fitted = fit_monotone_curves(sizes, draws, np.full(len(sizes), seeds), has_full=True)
            reached = fitted.find_crossings(GOAL * draws[:, -1])
            reached = reached.reshape(len(true), DRAWS)
            low = np.quantile(reached, TAIL, axis=1, method="lower")
            high = np.quantile(reached, 1 - TAIL, axis=1, method="higher")
            true = np.where(true > n[-1], np.inf, true)
            held.append((low <= true) & (true <= high))
            widths.append(np.minimum(high, 2 * n[-1]) / np.minimum(low, 2 * n[-1]))
        rows.append(
            {
                "truth": kind,
                "covered": round(float(np.mean(held)), 3),
                "n": N_COVERAGE_TRUTHS[kind] * len(FAMILIES),
                "median_width": round(float(np.median(widths)), 2),
            }
        )
    return rows


def resample_means(scores, sizes, sd, rng):
    """Return draws of a curve's means with other seeds, (draws, sizes); a single seed borrows the spread."""
    if len(scores) == 1:
        borrowed_sd = sd * np.exp(rng.normal(0, BORROWED_ERROR))
        return scores[0] + rng.normal(0, borrowed_sd, (DRAWS, len(sizes))) * compute_spread_factor(sizes)
    return scores.mean(axis=0) + draw_seed_noise(scores.T.tolist(), sizes, draws=DRAWS, rng=rng)


def summarize_cell(cell, bias, coverage):
    """Format the results of one setting in a line."""
    last = [row for row in bias if all(row[key] == value for key, value in cell.items())]
    medians = " ".join(f"{row['rule']} {row['median']}" for row in last if row["truth"] == "reachable")
    held = [row["covered"] for row in coverage[-2:]]
    return f"{cell['grid']:5} {cell['seeds']} seeds, {cell['noise']} noise: {medians}; covered {held}"


def build_table(result):
    """Return the lines of the table in docs/method.md: medians of estimate / truth, and coverage."""
    lines = [
        f"| sizes | noise | seeds | {' | '.join(RULES)} | its 5 to 95 % | beyond | interval holds it |",
        "|" + " --- |" * (len(RULES) + 6),
    ]
    for grid, noise, seeds in product(GRIDS, ("low", "median", "high"), SEEDS):
        cell = {"grid": grid, "seeds": seeds, "noise": noise, "truth": "reachable"}
        rows = {row["rule"]: row for row in result["bias"] if cell.items() <= row.items()}
        [held] = [row for row in result["coverage"] if cell.items() <= row.items()]
        best = rows["averaged"]
        medians = " | ".join(format_ratio(rows[rule]["median"]) for rule in RULES)
        ends = f"{format_ratio(best['p5'])} to {format_ratio(best['p95'])}"
        beyond, covered = f"{best['beyond']:.0%}", f"{held['covered']:.0%}"
        lines.append(f"| {grid} | {noise} | {seeds} | {medians} | {ends} | {beyond} | {covered} |")
    return lines


def format_ratio(ratio):
    """Return a ratio as the table has it."""
    return "beyond" if ratio is None else f"{ratio:.2f}"


def build_chart(bias):
    """Return the chart: median of estimate / truth by rule, for each grid and noise."""
    values = [
        {**row, "median": row["median"] or 4, "p5": row["p5"] or 4, "p95": min(row["p95"] or 4, 4)}
        for row in bias
        if row["truth"] == "reachable" and row["noise"] == "median"
    ]
    theme = select_theme(dark=False)
    y = {"type": "quantitative", "scale": {"type": "log", "domain": [0.25, 4]}, "title": "estimate / truth"}
    x = {"field": "rule", "type": "nominal", "sort": list(RULES), "title": None, "axis": {"labelAngle": 0}}
    offset = {"field": "seeds", "type": "ordinal"}
    color = {"field": "seeds", "type": "ordinal", "title": "seeds"}
    ticks = {**y, "axis": {"values": [0.25, 0.5, 0.8, 1, 1.25, 2, 4]}}
    layers = [
        {"data": {"values": [{"one": 1}]}, "mark": {"type": "rule", "color": theme.muted},
         "encoding": {"y": {"field": "one", **ticks}}},
        {"mark": {"type": "rule", "opacity": 0.6},
         "encoding": {"x": x, "xOffset": offset, "color": color, "y": {"field": "p5", **ticks},
                      "y2": {"field": "p95"}}},
        {"mark": {"type": "point", "filled": True, "size": 60},
         "encoding": {"x": x, "xOffset": offset, "color": color, "y": {"field": "median", **ticks}}},
    ]  # fmt: skip
    panels = [
        {
            "title": {"paper": "50, 100, … 2,000", "log": "50, 100, 200, … 1,600"}[grid],
            "width": 400,
            "height": 260,
            "data": {"values": [value for value in values if value["grid"] == grid]},
            "layer": layers,
        }
        for grid in GRIDS
    ]
    return {"$schema": SCHEMA, "config": build_config(theme), "hconcat": panels}


if __name__ == "__main__":
    run_benchmark()
