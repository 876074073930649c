"""Count the rows of the shipped runs with a plan and two ends, and how wide these are.

``python benchmarks/shipped_plans.py`` prints the table of docs/method.md and stores the counts. A row is a
target, a type and a source. *Narrow* means that the interval has fewer sentences than the gap between the
largest size of the plan and full data; single models that a search has placed are not of the plan.
"""

import json
import statistics
from collections import Counter
from pathlib import Path

from bioner_core.analysis.resampling import estimate_sampling_noise
from bioner_core.curves.budget_table import compute_curve_budgets
from bioner_core.curves.curve import build_curves
from bioner_core.curves.points import AVERAGES
from bioner_core.study.store import RunStore

RUNS = ("ecir2020", "four-corpora-probe", "rumedner-finetuned")
FRACTIONS = (0.99, 0.95, 0.90)


def main():
    """Print and store the counts."""
    result = {"what": "rows of " + ", ".join(RUNS), "goals": [measure_goal(goal) for goal in FRACTIONS]}
    print(format_table(result["goals"]))
    path = Path(__file__).with_name("results") / "shipped_plans.json"
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def measure_goal(fraction):
    """Return the counts of rows, and their widths by basis, for a share of full F1."""
    rows = [row for name in RUNS for row in list_rows(name, fraction)]
    planned = [(row, last) for row, last in rows if row.n_plan is not None]
    closed = [(row, last) for row, last in planned if not row.n_high_beyond and row.n_low is not None]
    widths = {}
    for row, _ in closed:
        widths.setdefault(row.basis, []).append(compute_width(row))
    return {
        "fraction": fraction,
        "rows": len(rows),
        "plan": len(planned),
        "more_likely_never": sum(row.n_plan is None and row.chance_reached < 0.5 for row, _ in rows),
        "two_ends": len(closed),
        "narrow": sum(row.n_high - row.n_low < row.n_max - last for row, last in closed),
        "narrow_by_ratio": sum(compute_width(row) < row.n_max / last for row, last in closed),
        "plan_by_basis": dict(Counter(row.basis for row, _ in planned)),
        "median_width_by_basis": {basis: round(statistics.median(w), 2) for basis, w in widths.items()},
    }


def list_rows(name, fraction):
    """Return the rows of a run without averages, each with the largest size of its plan below full data."""
    store = RunStore()
    run = store.open(name)
    curves = [curve for curve in build_curves(run.points()) if curve.entity not in AVERAGES]
    last = {(c.target, c.entity, c.source): find_last_size(c) for c in curves if c.has_enough_sizes}
    noise = estimate_sampling_noise(run, store)
    rows = compute_curve_budgets(curves, fraction=fraction, noise=noise)
    return [(row, last[row.target, row.entity, row.source]) for row in rows]


def find_last_size(curve):
    """Return the largest size below full data that has as many seeds as most sizes."""
    n_seeds = statistics.median_low(size.n_seeds for size in curve.sizes)
    return max(size.n for size in curve.sizes if size.n_seeds >= n_seeds)


def compute_width(row):
    """Return the upper end over the lower end, which counts as one sentence at least."""
    return row.n_high / max(row.n_low, 1)


def format_table(goals):
    """Return the counts as a Markdown table."""
    lines = [
        "| goal | rows with a number | with both ends | narrow | measured | to full | borrowed |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for goal in goals:
        widths = [goal["median_width_by_basis"][basis] for basis in ("measured", "to_full", "borrowed")]
        counts = [goal["plan_by_basis"][basis] for basis in ("measured", "to_full", "borrowed")]
        cells = [f"{n}, {width:.1f}" for n, width in zip(counts, widths, strict=True)]
        numbers = (f"{goal['plan']} of {goal['rows']}", goal["two_ends"], goal["narrow"])
        lines.append(f"| {100 * goal['fraction']:.0f} % | {' | '.join(map(str, (*numbers, *cells)))} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
