"""Compare a search with a plan at equal passes: ``python benchmarks/search_pairs.py [SETTING ...]``.

``search.py`` compares medians of a few curves at checkpoints. Here each curve is measured after exactly the
passes of each plan, so that errors can be compared in pairs.
"""

import json
import os
import platform
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache, partial
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
from scipy.stats import wilcoxon  # noqa: E402

from benchmarks import search  # noqa: E402
from bioner_core.curves import draws, interval  # noqa: E402

OUT = ROOT / "benchmarks/results/search_pairs.json"
N_TRUTHS = 64  # of a setting
SETTINGS = ("low noise", "shipped runs")  # where the medians of ``search.py`` leave the question open
PLANS = {"paper": ("paper", 1), "seven": ("log", 3)}  # grid and seeds


def run_benchmark():
    """Print and store a row for each setting and plan."""
    began = time.perf_counter()
    rows = [row for name in sys.argv[1:] or SETTINGS for row in compare_setting(name)]
    result = {
        "what": "error of ln N after exactly the passes of a plan, plan and search on the same curves",
        "rows": rows,
        "seconds": round(time.perf_counter() - began),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
    }
    OUT.write_text(json.dumps(result, indent=1) + "\n")


def compare_setting(name):
    """Return the rows of a setting, and print them."""
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        pairs = list(pool.map(partial(compare_rules, name), range(len(list_truths(name)))))
    rows = [summarize_pairs(name, plan, [pair[plan] for pair in pairs]) for plan in PLANS]
    for row in rows:
        print(json.dumps(row), flush=True)
    return rows


@lru_cache(maxsize=1)
def list_truths(name):
    """Return the true curves of a setting."""
    search.N_TRUTHS = N_TRUTHS
    return search.list_truths(name)


def summarize_pairs(setting, plan, pairs):
    """Return medians, means, how often the search was nearer, and Wilcoxon's signed-rank p."""
    of_plan, of_search = np.array(pairs).T
    return {
        "setting": setting,
        "plan": plan,
        "curves": len(pairs),
        "median": [round(float(np.median(errors)), 3) for errors in (of_plan, of_search)],
        "mean": [round(float(np.mean(errors)), 3) for errors in (of_plan, of_search)],
        "search_nearer": int((of_search < of_plan).sum()),
        "p": round(float(wilcoxon(of_plan, of_search).pvalue), 3),
    }


def compare_rules(name, number):
    """Return the errors of each plan and of the search after its passes, for one curve."""
    draws.N_DRAWS = interval.N_DRAWS = search.N_DRAWS
    truth, rng = list_truths(name)[number], np.random.default_rng(number)
    plans = {plan: measure_plan(truth, *PLANS[plan], rng) for plan in PLANS}
    study, errors = start_search(truth, rng), {}
    for plan in sorted(plans, key=lambda plan: plans[plan]["passes"]):
        grow_search(study, plans[plan]["passes"], rng)
        errors[plan] = (plans[plan]["error"], study.measure()["error"])
    return errors


def measure_plan(truth, grid, n_seeds, rng):
    """Return what a plan shows."""
    study = search.Study(truth, rng)
    for n in (*(n for n in search.GRIDS[grid] if n < truth.full), truth.full):
        for _ in range(n_seeds):
            study.train(n)
    return study.measure()


def start_search(truth, rng):
    """Return a study with the first models of a search."""
    study = search.Study(truth, rng)
    for n in (*(n for n in search.START_SIZES if n < truth.full), truth.full):
        for _ in range(search.START_SEEDS if n < truth.full else 1):
            study.train(n)
    return study


def grow_search(study, passes, rng):
    """Train what the search chooses, as long as it fits into so many passes."""
    full = study.truth.full
    sizes = [*search.list_candidate_sizes([n for n in search.START_SIZES if n < full], full), full]
    while fitting := [n for n in sizes if n <= passes - study.passes]:
        last = study.measure()
        for n in search.choose_models(study, last, "search", fitting, rng):
            if n <= passes - study.passes:
                study.train(n)


if __name__ == "__main__":
    run_benchmark()
