"""Passes that a search takes to locate a crossing: ``python benchmarks/search.py``.

True curves are simulated, or are the smoothed curves of the shipped runs with their own noise. A model costs
as many passes as it has sentences. Compared are the paper's forty sizes with one seed, seven sizes with three
seeds, and searches that choose the next models by different rules.
``python benchmarks/search.py --table`` prints the tables of docs/method.md.
"""

import json
import os
import platform
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402

from benchmarks.simulated_curves import GRIDS, SHAPES, estimate_published_noise  # noqa: E402
from benchmarks.true_curves import list_oracles, simulate_truths  # noqa: E402
from bioner_core.curves import draws, interval  # noqa: E402
from bioner_core.curves.curve import build_curves  # noqa: E402
from bioner_core.curves.draws import SamplingNoise  # noqa: E402
from bioner_core.curves.fitting import compute_smooth_full, fit_curve  # noqa: E402
from bioner_core.curves.interval import compute_interval  # noqa: E402
from bioner_core.curves.placement import Candidate, choose_candidate, list_candidate_sizes  # noqa: E402
from bioner_core.curves.points import CurvePoint  # noqa: E402

OUT = ROOT / "benchmarks/results/search.json"
GOAL, UNTIL, FULL = 0.99, 1.5, 5000
N_TRUTHS = 32  # of a setting
N_DRAWS = 200  # of an interval; the program makes 500
START_SIZES, START_SEEDS = (50, 200, 800), 2  # and full data once
STEP = 1.35  # passes from one checkpoint to the next; models between them are chosen together
LIMIT = 1.05  # passes of the longest search, over those of the paper's plan
SETTINGS = {
    "low noise": {"level": "low"},
    "high noise": {"level": "high"},
    "early": {"level": "median", "within": (100, 800)},
    "late": {"level": "median", "within": (1600, 4500)},
    "not monotone": {"level": "median", "shapes": SHAPES[-2:]},
}
NOISE = SamplingNoise()  # one object: draws are kept for it
RULES = ("search", "bisect", "random")
CURVE = {"target": "t", "source": "none", "model": "m", "method": "probe", "entity": "Drug"}


class Study:
    """The models of one simulated study, and what they tell."""

    def __init__(self, truth, rng):
        self.truth, self.rng, self.points, self.passes = truth, rng, [], 0

    def train(self, n):
        """Train one more model of ``n`` sentences."""
        seed = sum(point.n_sentences == n for point in self.points)
        of = {"n_sentences": int(n), "is_full": n == self.truth.full, "train_size": self.truth.full}
        self.points.append(CurvePoint(**CURVE, **of, seed=seed, f1=self.truth.draw_model(n, self.rng)))
        self.passes += int(n)

    def measure(self):
        """Return the error of ln N, the ratio of the interval's ends, and whether it holds the truth."""
        (curve,) = build_curves(self.points)
        fitted = fit_curve(curve, None)
        n_plan = fitted.find_crossings([GOAL * compute_smooth_full(curve, None)])[0]
        bootstrap = compute_interval(curve, fraction=GOAL, noise=NOISE)
        low, high = np.quantile(bootstrap.crossings, [0.05, 0.95])
        return {
            "passes": self.passes,
            "models": len(self.points),
            "error": float(abs(np.log(n_plan / self.truth.n))),
            "ratio": float(high / low),
            "is_covered": bool(low <= self.truth.n <= high),
            "middle": float(np.sqrt(low * high)),
        }


def run_benchmark():
    """Print and store the tables."""
    if "--table" in sys.argv:
        print("\n".join(build_table(json.loads(OUT.read_text()))))
        return
    began = time.perf_counter()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        rows = []
        for row in pool.map(measure_setting, (*SETTINGS, "shipped runs")):
            rows.append(row)
            print(json.dumps(row), flush=True)
    result = {
        "what": f"passes to locate {GOAL:.0%} of full F1; errors are medians of |ln(estimate / truth)|",
        "until": UNTIL,
        "rows": rows,
        "seconds": round(time.perf_counter() - began),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
    }
    OUT.write_text(json.dumps(result, indent=1) + "\n")


def list_truths(name):
    """Return the true curves of a setting."""
    if name not in SETTINGS:
        oracles = list_oracles(start_sizes=START_SIZES, goal=GOAL)
        return oracles[:: max(1, len(oracles) // N_TRUTHS)]
    options = dict(SETTINGS[name])
    sd = estimate_published_noise()[options.pop("level")]
    return simulate_truths(FULL, N_TRUTHS, sd, start_sizes=START_SIZES, goal=GOAL, **options)


def measure_setting(name):
    """Return errors of the two plans and of each rule, and the passes to reach the plans' errors."""
    draws.N_DRAWS = interval.N_DRAWS = N_DRAWS
    truths, rng = list_truths(name), np.random.default_rng(len(name))
    plans = {"paper": [], "seven": []}
    for truth in truths:
        for plan, grid, seeds in (("paper", "paper", 1), ("seven", "log", 3)):
            study = Study(truth, rng)
            for n in (*(n for n in GRIDS[grid] if n < truth.full), truth.full):
                for _ in range(seeds):
                    study.train(n)
            plans[plan].append(study.measure())
    row = {"setting": name, "truths": len(truths), "rules": {}}
    row["plans"] = {plan: summarize(results) for plan, results in plans.items()}
    for rule in RULES:
        paths = [
            search(truth, rule, limit=LIMIT * paper["passes"], rng=rng)
            for truth, paper in zip(truths, plans["paper"], strict=True)
        ]
        row["rules"][rule] = compare_paths(paths, plans)
    return row


def search(truth, rule, *, limit, rng):
    """Return what a search shows at each checkpoint."""
    study = Study(truth, rng)
    for n in (*(n for n in START_SIZES if n < truth.full), truth.full):
        for _ in range(START_SEEDS if n < truth.full else 1):
            study.train(n)
    path = [study.measure()]
    sizes = [*list_candidate_sizes([n for n in START_SIZES if n < truth.full], truth.full), truth.full]
    while study.passes < limit:
        for n in choose_models(study, path[-1], rule, sizes, rng):
            study.train(n)
        path.append(study.measure())
    return path


def choose_models(study, last, rule, sizes, rng):
    """Return the sizes of the models up to the next checkpoint."""
    budget, chosen = (STEP - 1) * study.passes, []
    (curve,) = build_curves(study.points)
    candidates = [
        Candidate(target="t", source="none", n=int(n), seed=0, is_full=n == study.truth.full, cost=float(n))
        for n in sizes
    ]
    while sum(candidate.n for candidate in chosen) < budget:
        if rule == "search":
            choice = choose_candidate(
                [curve], candidates, fraction=GOAL, goal_f1=None, noise=NOISE, under_way=chosen
            )
            chosen.append(choice.candidate)
        elif rule == "random":
            chosen.append(candidates[rng.integers(len(candidates))])
        else:
            chosen.append(min(candidates, key=lambda c: abs(np.log(c.n / last["middle"]))))
    return [candidate.n for candidate in chosen]


def summarize(results):
    """Return the median error, the median ratio and the coverage of studies."""
    return {
        "passes": round(float(np.mean([result["passes"] for result in results]))),
        "models": round(float(np.median([result["models"] for result in results]))),
        "error": round(float(np.median([result["error"] for result in results])), 3),
        "ratio": round(float(np.median([result["ratio"] for result in results])), 2),
        "covered": round(float(np.mean([result["is_covered"] for result in results])), 3),
    }


def compare_paths(paths, plans):
    """Return a rule's errors at each plan's passes, the share of passes for its error, and its stops."""
    row = {}
    for name, results in plans.items():
        total = np.array([result["passes"] for result in results])
        error = np.median([result["error"] for result in results])
        shares = np.geomspace(0.1, 1.5, 60)
        errors = np.array([compute_median_error(paths, share * total) for share in shares])
        settled = [share for share, value in zip(shares, errors, strict=True) if value <= error]
        row[f"error_at_{name}"] = round(float(compute_median_error(paths, total)), 3)
        row[f"share_of_{name}"] = round(float(settled[0]), 2) if settled else None
    stops = [next((at for at in path if at["ratio"] <= UNTIL), None) for path in paths]
    stops = [stop for stop in stops if stop is not None]
    row["stopped"] = summarize(stops) | {"n": len(stops)} if stops else {"n": 0}
    row["at_limit"] = summarize([path[-1] for path in paths])
    return row


def compute_median_error(paths, passes):
    """Return the median error at the last checkpoint up to some passes; inf before the first."""
    errors = []
    for path, limit in zip(paths, passes, strict=True):
        before = [at["error"] for at in path if at["passes"] <= limit]
        errors.append(before[-1] if before else np.inf)
    return np.median(errors)


def build_table(result):
    """Return the lines of the table in docs/method.md."""
    lines = [
        "| true curves | plan or rule | error at 40 × 1 | error at 7 × 3 | passes of 40 × 1 | "
        "passes of 7 × 3 | ended at 1.5 | held then |",
        "|" + " --- |" * 8,
    ]
    for row in result["rows"]:
        plans = row["plans"]
        errors = f"{plans['paper']['error']:.2f} | {plans['seven']['error']:.2f}"
        lines.append(f"| {row['setting']} | 40 × 1, 7 × 3 | {errors} | | | | |")
        for rule, values in row["rules"].items():
            stopped = values["stopped"]
            cells = [
                *(f"{values[f'error_at_{plan}']:.2f}" for plan in plans),
                *(format_share(values[f"share_of_{plan}"]) for plan in plans),
                f"{stopped['n']} of {row['truths']}",
                f"{stopped['covered']:.0%}" if stopped["n"] else "–",
            ]
            lines.append(f"| {row['setting']} | {rule} | {' | '.join(cells)} |")
    return lines


def format_share(share):
    """Return a share of passes as the table has it."""
    return "more" if share is None else f"{share:.0%}"


if __name__ == "__main__":
    run_benchmark()
