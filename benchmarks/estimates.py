"""Compare early estimates with whole curves: ``python benchmarks/estimates.py RUN …``.

For every target and entity type of the runs, without pretraining: the estimate from the sizes up to 100, 200
and 400 sentences, with the training part as the pool and no other information on the target, beside F1 at
full data and the isotonic crossings of 90, 95 and 99 % of it.
"""

import argparse
import json
import statistics
from math import log2
from pathlib import Path

from bioner_core.analysis.reference_curves import list_reference_runs, load_reference_curves
from bioner_core.curves.crossing import fit_isotonic
from bioner_core.curves.points import ALL, NONE
from bioner_core.forecast.forecast import forecast_curve, forecast_from_prior
from bioner_core.study.store import RunStore

ROOT = Path(__file__).resolve().parent.parent
OBSERVED = (0, 100, 200, 400)  # 0: similar curves alone
FRACTIONS = (0.90, 0.95, 0.99)


def run_benchmark():
    """Print and store a row for each curve and number of observed sentences, and their errors together."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="+")
    names = parser.parse_args().runs
    reference_curves = load_reference_curves(list_reference_runs(RunStore()))
    target_curves = [
        reference
        for reference in reference_curves
        if reference.run in names and reference.curve.source == NONE and reference.curve.entity != ALL
    ]
    rows = [
        row
        for curve in target_curves
        if curve.curve.full
        for n in OBSERVED
        for row in estimate_curve(curve, reference_curves, n)
    ]
    summary = [summarize_rows(rows, n, fraction) for n in OBSERVED for fraction in FRACTIONS]
    for row in rows:
        print(*(str(value).rjust(8) for value in row.values()))
    for row in summary:
        print(row)
    result = {"runs": names, "rows": rows, "summary": summary}
    out = ROOT / "benchmarks/results/estimates.json"
    out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def estimate_curve(target_curve, reference_curves, n_observed):
    """Yield a row for each share of full F1."""
    curve, pool = target_curve.curve, target_curve.curve.full.n
    others = [
        k.curve
        for k in reference_curves
        if k.curve.target != curve.target and k.digest != target_curve.digest
    ]
    if n_observed:
        options = {"pool": pool, "fractions": FRACTIONS, "others": others}
        forecast = forecast_curve(curve, n_observed=n_observed, **options)
    else:
        same = [c for c in others if c.entity == curve.entity and c.source == NONE]
        forecast = forecast_from_prior(same, pool=pool, fractions=FRACTIONS)
    for need in forecast.needs:
        truth = find_crossing(curve, need.fraction * curve.full.f1)
        yield {
            "target": curve.target,
            "entity": curve.entity,
            "observed": n_observed,
            "fraction": need.fraction,
            "n": need.n,
            "low": need.low,
            "high": need.high,
            "truth": truth,
            "full_f1": round(100 * forecast.full.f1, 1),
            "full_low": round(100 * forecast.full.low, 1),
            "full_high": round(100 * forecast.full.high, 1),
            "full_truth": round(100 * curve.full.f1, 1),
        }


def find_crossing(curve, goal):
    """Return the sentences at which the isotonic curve, linear in ln n between sizes, reaches an F1."""
    sizes = [*(s for s in curve.settled_sizes if s.n), curve.full]
    fit = fit_isotonic([s.f1 for s in sizes], [s.n_seeds for s in sizes])
    i = next((i for i, f1 in enumerate(fit) if f1 >= goal), None)
    if i is None:
        return None
    if i == 0 or fit[i] == fit[i - 1]:
        return sizes[i].n
    share = (goal - fit[i - 1]) / (fit[i] - fit[i - 1])
    return round(sizes[i - 1].n * (sizes[i].n / sizes[i - 1].n) ** share)


def summarize_rows(rows, n_observed, fraction):
    """Return errors and coverage over all curves."""
    selected = [r for r in rows if (r["observed"], r["fraction"]) == (n_observed, fraction)]
    if not selected:
        return {}
    f1_inside = [r["full_low"] <= r["full_truth"] <= r["full_high"] for r in selected]
    inside = [(r["low"] or 0) <= r["truth"] <= (r["high"] or r["truth"]) for r in selected]
    return {
        "observed": n_observed,
        "fraction": fraction,
        "curves": len(selected),
        "median_abs_log2": round(
            statistics.median(abs(log2((r["n"] or r["truth"]) / r["truth"])) for r in selected), 2
        ),
        "inside_90": f"{sum(inside)} of {len(selected)}",
        "f1_error_median": round(statistics.median(abs(r["full_f1"] - r["full_truth"]) for r in selected), 1),
        "f1_inside_90": f"{sum(f1_inside)} of {len(selected)}",
    }


if __name__ == "__main__":
    run_benchmark()
