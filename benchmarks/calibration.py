"""Compare partial runs and probes with a fine-tuned run: ``python benchmarks/calibration.py RUN``.

Only sizes and seeds that both runs have count. F1 is compared size by size. The numbers of sentences for a
share of each method's own full F1 are compared draw by draw: both methods are tested on the same resampled
documents, with the same resampled seeds. A run may replace fine-tuning only where the 90 % interval of
log2(N / N fine-tuned) lies within ``BOUND``.
"""

import argparse
import json
import statistics
from dataclasses import asdict
from pathlib import Path

import numpy as np

from bioner_core.analysis.resampling import estimate_sampling_noise
from bioner_core.curves.budget import compute_budget
from bioner_core.curves.curve import build_curves
from bioner_core.curves.points import NONE
from bioner_core.study.store import RunStore

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "benchmarks/results/calibration.json"
FRACTIONS = (0.9, 0.95, 0.99)
BOUND = 0.5  # of log2(N / N fine-tuned), on either side
OF_THE_METHOD = ("first_layers", "upper_layers", "learning_rate", "vectors")  # may differ
COMPARED = ("split_seed", "sample", "leave_out_shared", "model", "model_revision", "scoring_version")


def main():
    """Print and store the comparison of each run; those with other fine-tuned runs stay."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="+", metavar="RUN")
    parser.add_argument("--finetuned", default="rumedner-finetuned", metavar="RUN")
    args = parser.parse_args()
    store = RunStore()
    tuned = store.open(args.finetuned)
    results = json.loads(OUT.read_text()) if OUT.exists() else {}
    rows = results[tuned.name] = {}
    for name in args.runs:
        run = store.open(name)
        check_plans(run, tuned)
        rows[name] = compare(run, tuned)
        print_comparison(name, rows[name])
    OUT.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")


def check_plans(run, tuned):
    """Refuse runs that differ in more than the method."""
    jobs = [of.study.jobs[0] for of in (run, tuned)]
    different = [name for name in COMPARED if getattr(jobs[0], name) != getattr(jobs[1], name)]
    if jobs[0].method == "partial":  # all settings of a probe are its own
        settings = [asdict(job.settings) | dict.fromkeys(OF_THE_METHOD) for job in jobs]
        different += [name for name in settings[0] if settings[0][name] != settings[1][name]]
    different += [n for n in tuned.study.targets if run.study.corpora.get(n) != tuned.study.corpora[n]]
    if different:
        raise SystemExit(f"{run.name}: differs from {tuned.name} in {', '.join(different)}")


def compare(run, tuned):
    """Return F1 by size and the ratios of sentences, by target and type."""
    points = [[p for p in of.points() if p.source == NONE] for of in (run, tuned)]
    keys = [{(p.target, p.n_sentences, p.seed) for p in of} for of in points]
    common = keys[0] & keys[1]
    of_run, of_tuned = (
        build_curves([p for p in of if (p.target, p.n_sentences, p.seed) in common]) for of in points
    )
    noises = [estimate_sampling_noise(of) for of in (run, tuned)]
    tuned_curves = {(curve.target, curve.entity): curve for curve in of_tuned}
    return {
        "method": run.study.jobs[0].method,
        "first_layers": run.study.settings.first_layers,
        "upper_layers": run.study.settings.upper_layers,
        "seeds": sorted({seed for _, _, seed in common}),
        "curves": {
            f"{curve.target}, {curve.entity}": compare_curves(
                curve, tuned_curves[curve.target, curve.entity], noises
            )
            for curve in of_run
            if (curve.target, curve.entity) in tuned_curves
        },
    }


def compare_curves(curve, tuned, noises):
    """Return F1 in percent by size of both methods, and the sentences for each share of their full F1."""
    sizes = [[*of.settled_sizes, *filter(None, [of.full])] for of in (curve, tuned)]
    f1 = [{size.n: size.scores for size in of} for of in sizes]
    return {
        "f1": {
            n: {
                "run": round(100 * statistics.mean(f1[0][n]), 1),
                "finetuned": round(100 * statistics.mean(f1[1][n]), 1),
                "difference": round(100 * (statistics.mean(f1[0][n]) - statistics.mean(f1[1][n])), 1),
                "seeds": len(f1[0][n]),
            }
            for n in sorted(f1[0].keys() & f1[1].keys())
        },
        "sentences": {
            f"{100 * share:g} %": compare_numbers(curve, tuned, share, noises) for share in FRACTIONS
        },
    }


def compare_numbers(curve, tuned, fraction, noises):
    """Return the plans of both methods and the 90 % interval of log2 of their ratio."""
    rows = [
        compute_budget(of, fraction=fraction, goal_f1=None, noise=noise)
        for of, noise in zip((curve, tuned), noises, strict=True)
    ]
    numbers = {
        name: [row.n_low, row.n_plan, row.n_high]
        for name, row in zip(("run", "finetuned"), rows, strict=True)
    }
    if any(row.interval is None for row in rows):
        return numbers
    with np.errstate(invalid="ignore"):
        ratios = np.log2(rows[0].interval.crossings / rows[1].interval.crossings)
    ratios = ratios[~np.isnan(ratios)]  # both beyond full data: nothing to compare
    low, middle, high = (float(np.quantile(ratios, q)) for q in (0.05, 0.5, 0.95))
    return numbers | {
        "log2 ratio": [round(value, 2) for value in (low, middle, high)],
        "draws": len(ratios),
        f"within ± {BOUND:g}": low >= -BOUND and high <= BOUND,
    }


def print_comparison(name, comparison):
    """Print the tables of a run."""
    print(f"{name}: {comparison['method']}, seeds {comparison['seeds']}")
    for curve, of in comparison["curves"].items():
        print(f"  {curve}")
        for n, row in of["f1"].items():
            print(f"    {n:>6}  {row['run']:5.1f}  {row['finetuned']:5.1f}  {row['difference']:+5.1f}")
        for share, row in of["sentences"].items():
            print(f"    {share:>5}  {row}")


if __name__ == "__main__":
    main()
