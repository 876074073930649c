"""Coverage of the two-level interval in simulated studies: ``python benchmarks/two_levels.py``.

Models find a mention with a probability that rises with training size; difficult documents and sentences are
difficult for all models, and each seed is a little better or worse. The truth is the limit of infinitely many
documents and seeds.
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

from bioner_core.curves.budget_table import compute_budgets  # noqa: E402
from bioner_core.curves.crossing import compute_spread_factor  # noqa: E402
from bioner_core.curves.draws import N_DRAWS, SamplingNoise  # noqa: E402
from bioner_core.curves.points import CurvePoint  # noqa: E402
from bioner_core.scoring.significance import compute_f1  # noqa: E402

SIZES, FULL, GOAL = (50, 100, 200, 400, 800, 1600), 4000, 0.95
PER_DOCUMENT, FALSE = 6, 0.1  # sentences, each with one mention; false finds a sentence
SEED_SD = 0.004  # of the probability to find a mention, at very many sentences
STUDIES = 60
CURVE = {"target": "t", "source": "none", "model": "m", "method": "probe", "entity": "Drug"}
CASES = tuple(product((40, 150), ((1, None), (1, 1.5 * SEED_SD), (3, None), (5, None))))


def run_benchmark():
    """Print and store coverage and width for small and large test parts, and one to five seeds."""
    began, rng, rows = time.process_time(), np.random.default_rng(1), []
    true = compute_true_size()
    for n_documents, (seeds, borrowed_sd) in CASES:
        budgets = [simulate_budget(n_documents, seeds, borrowed_sd, rng) for _ in range(STUDIES)]
        low = np.array([row.n_low if row.n_low is not None else np.inf for row in budgets])
        high = np.array([np.inf if row.n_high_beyond else row.n_high for row in budgets])
        plans = np.array([row.n_plan if row.n_plan is not None else np.inf for row in budgets])
        rows.append(
            {
                "test_documents": n_documents,
                "seeds": seeds,
                "interval_of": budgets[0].interval_of,
                "covered": round(float(np.mean((low <= true) & (true <= high))), 2),
                "median_width": round(float(np.median(np.minimum(high, FULL) / low)), 1),
                "plan_over_truth": round(float(np.median(plans / true)), 2),
            }
        )
        print(rows[-1], flush=True)
    result = {
        "what": f"{STUDIES} studies a row; the truth is {true:.0f} sentences for {GOAL:.0%} of full F1",
        "rows": rows,
        "cpu_seconds": round(time.process_time() - began),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
    }
    (ROOT / "benchmarks/results/two_levels.json").write_text(json.dumps(result, indent=1) + "\n")


def compute_recall(n):
    """Return the probability to find a mention after training on ``n`` sentences."""
    return 0.9 - 0.55 / (1 + np.asarray(n) / 50)


def compute_true_size():
    """Return the sentences at which F1 over infinitely many documents and seeds reaches the goal."""
    sizes = np.geomspace(50, FULL, 4000)
    counts = np.stack([compute_recall(sizes), np.full(4000, FALSE), 1 - compute_recall(sizes)], axis=-1)
    f1 = compute_f1(counts)
    return float(sizes[(f1 >= GOAL * f1[-1]).argmax()])


def simulate_budget(n_documents, seeds, borrowed_sd, rng):
    """Return the budget of one simulated study with a new test part."""
    n = n_documents * PER_DOCUMENT
    hard = np.repeat(rng.random(n_documents), PER_DOCUMENT) - 0.5
    luck, is_shared = rng.random(n), rng.random(n) < 0.7
    times = rng.multinomial(n_documents, np.full(n_documents, 1 / n_documents), size=N_DRAWS)
    points, shifts = [], {}
    for size in (*SIZES, FULL):
        changes = []
        for seed in range(seeds):
            recall = compute_recall(size) + rng.normal(0, SEED_SD) * compute_spread_factor(size) - 0.3 * hard
            tp = np.where(is_shared, luck, rng.random(n)) < recall
            counts = np.column_stack([tp, rng.random(n) < FALSE, ~tp]).astype(float)
            by_document = counts.reshape(n_documents, PER_DOCUMENT, 3).sum(axis=1)
            f1 = float(compute_f1(counts.sum(axis=0)))
            changes.append(compute_f1(times @ by_document) - f1)
            of = {"n_sentences": size, "is_full": size == FULL, "train_size": FULL, "seed": seed}
            points.append(CurvePoint(**CURVE, **of, f1=f1))
        shifts[(*CURVE.values(), size)] = np.mean(changes, axis=0)
    borrowed = {("m", "probe"): borrowed_sd} if borrowed_sd else {}
    (row,) = compute_budgets(
        points, fraction=GOAL, noise=SamplingNoise(shifts=shifts, units={"t": "documents"}, borrowed=borrowed)
    )
    return row


if __name__ == "__main__":
    run_benchmark()
