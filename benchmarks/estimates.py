"""Hold early estimates against whole curves: ``python benchmarks/estimates.py RUN …``.

For every target and entity type of the runs, without pretraining: the estimate from the sizes up to 100, 200
and 400 sentences, with the pool set to the training part and nothing of the target known otherwise, beside F1
at full data and the isotonic crossings of 90, 95 and 99 % of it.
"""

import argparse
import json
import statistics
from math import log2
from pathlib import Path

from bioner_core.analysis.reference_curves import known_curves, runs_to_learn_from
from bioner_core.curves.crossing import fit_isotonic
from bioner_core.curves.points import ALL, NONE
from bioner_core.forecast.forecast import forecast_curve, forecast_from_prior
from bioner_core.study.store import RunStore

ROOT = Path(__file__).resolve().parent.parent
OBSERVED = (0, 100, 200, 400)  # 0: similar curves alone
FRACTIONS = (0.90, 0.95, 0.99)


def main():
    """Print and store a row for each curve and number of observed sentences, and their errors together."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="+")
    names = parser.parse_args().runs
    known = known_curves(runs_to_learn_from(RunStore()))
    mine = [k for k in known if k.run in names and k.curve.source == NONE and k.curve.entity != ALL]
    rows = [row for one in mine if one.curve.full for n in OBSERVED for row in estimated(one, known, n)]
    summary = [summed(rows, n, fraction) for n in OBSERVED for fraction in FRACTIONS]
    for row in rows:
        print(*(str(value).rjust(8) for value in row.values()))
    for row in summary:
        print(row)
    result = {"runs": names, "rows": rows, "summary": summary}
    out = ROOT / "benchmarks/results/estimates.json"
    out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def estimated(one, known, n_observed):
    """Yield a row for each share of full F1."""
    curve, pool = one.curve, one.curve.full.n
    others = [k.curve for k in known if k.curve.target != curve.target and k.digest != one.digest]
    if n_observed:
        asked = {"pool": pool, "fractions": FRACTIONS, "others": others}
        found = forecast_curve(curve, n_observed=n_observed, **asked)
    else:
        same = [c for c in others if c.entity == curve.entity and c.source == NONE]
        found = forecast_from_prior(same, pool=pool, fractions=FRACTIONS)
    for need in found.needs:
        truth = crossing(curve, need.fraction * curve.full.f1)
        yield {
            "target": curve.target,
            "entity": curve.entity,
            "observed": n_observed,
            "fraction": need.fraction,
            "n": need.n,
            "low": need.low,
            "high": need.high,
            "truth": truth,
            "full_f1": round(100 * found.full.f1, 1),
            "full_low": round(100 * found.full.low, 1),
            "full_high": round(100 * found.full.high, 1),
            "full_truth": round(100 * curve.full.f1, 1),
        }


def crossing(curve, goal):
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


def summed(rows, n_observed, fraction):
    """Return errors and coverage over all curves."""
    own = [r for r in rows if (r["observed"], r["fraction"]) == (n_observed, fraction)]
    if not own:
        return {}
    f1_inside = [r["full_low"] <= r["full_truth"] <= r["full_high"] for r in own]
    inside = [(r["low"] or 0) <= r["truth"] <= (r["high"] or r["truth"]) for r in own]
    return {
        "observed": n_observed,
        "fraction": fraction,
        "curves": len(own),
        "median_abs_log2": round(
            statistics.median(abs(log2((r["n"] or r["truth"]) / r["truth"])) for r in own), 2
        ),
        "inside_90": f"{sum(inside)} of {len(own)}",
        "f1_error_median": round(statistics.median(abs(r["full_f1"] - r["full_truth"]) for r in own), 1),
        "f1_inside_90": f"{sum(f1_inside)} of {len(own)}",
    }


if __name__ == "__main__":
    main()
