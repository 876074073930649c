"""What whole documents cost beside random sentences: ``python benchmarks/sampling.py RUN DOCUMENTS_RUN``.

Both runs have the same targets and sizes; the second drew whole documents (``--sample documents``). For every
target and type: the sentences at which each curve reaches 80, 90 and 95 % of full F1, and their ratio.
"""

import argparse
import json
import statistics
from pathlib import Path

from estimates import find_crossing

from bioner_core.curves.curve import build_curves
from bioner_core.curves.points import ALL, NONE
from bioner_core.study.store import RunStore

ROOT = Path(__file__).resolve().parent.parent
FRACTIONS = (0.80, 0.90, 0.95)


def run_benchmark():
    """Print and store a row for each curve and share of full F1, and the ratios' median and range."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run")
    parser.add_argument("documents")
    args = parser.parse_args()
    random, whole = (load_curves(name) for name in (args.run, args.documents))
    rows = [
        compare_crossings(random[key], whole[key], fraction)
        for key in sorted(whole)
        if key in random
        for fraction in FRACTIONS
    ]
    for row in rows:
        print(row)
    ratios = [row["ratio"] for row in rows if row["ratio"]]
    for target in sorted({row["target"] for row in rows}):  # DOCUMENT_FACTORS
        target_ratios = [row["ratio"] for row in rows if row["target"] == target and row["fraction"] >= 0.9]
        print(target, round(statistics.geometric_mean(target_ratios), 2))
    summary = {
        "median": round(statistics.median(ratios), 2),
        "lowest": min(ratios),
        "highest": max(ratios),
        "curves": len({(row["target"], row["entity"]) for row in rows}),
    }
    print(summary)
    out = ROOT / "benchmarks/results/sampling.json"
    out.write_text(json.dumps({"rows": rows, "summary": summary}, indent=1) + "\n", encoding="utf-8")


def load_curves(name):
    """Return the curves of a run without pretraining, by target and type."""
    run = RunStore().open(name)
    curves = build_curves(run.points(), run.planned_seeds())
    return {(c.target, c.entity): c for c in curves if c.source == NONE and c.entity != ALL and c.full}


def compare_crossings(random, whole, fraction):
    """Return both crossings of the same F1, that of random sentences' full data."""
    goal = fraction * random.full.f1
    n = [find_crossing(curve, goal) for curve in (random, whole)]
    return {
        "target": random.target,
        "entity": random.entity,
        "fraction": fraction,
        "sentences": n[0],
        "documents": n[1],
        "ratio": round(n[1] / n[0], 2) if all(n) else None,
    }


if __name__ == "__main__":
    run_benchmark()
