"""Compare the run time of the scorer with that of seqeval: ``python benchmarks/scoring.py``."""

import json
import platform
import time
from pathlib import Path

import numpy as np
from seqeval.metrics import f1_score

from bioner_core.scoring.exact import count_matches, sum_counts

N_SENTENCES, N_TOKENS, REPEATS = 21_000, 12, 5
NAMES = np.array(["O", "B-Drug", "I-Drug", "B-Disease", "I-Disease"])


def measure_best_seconds(action):
    """Return the smallest wall time of ``REPEATS`` runs and the last result."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        result = action()
        times.append(time.perf_counter() - start)
    return min(times), result


def main():
    """Print and store both times, their ratio, and both F1."""
    rng = np.random.default_rng(0)
    gold = rng.choice(5, N_SENTENCES * N_TOKENS, p=[0.8, 0.06, 0.04, 0.05, 0.05])
    predicted = np.where(rng.random(gold.size) < 0.9, gold, rng.choice(5, gold.size))
    lengths = np.full(N_SENTENCES, N_TOKENS)
    gold_tags = NAMES[gold].reshape(-1, N_TOKENS).tolist()
    predicted_tags = NAMES[predicted].reshape(-1, N_TOKENS).tolist()
    seconds, counts = measure_best_seconds(lambda: count_matches(gold, predicted, lengths, n_types=2))
    seqeval_seconds, f1 = measure_best_seconds(lambda: f1_score(gold_tags, predicted_tags))
    result = {
        "what": f"exact-match F1 of {N_SENTENCES} sentences of {N_TOKENS} tokens, best of {REPEATS}",
        "ours_ms": round(seconds * 1000, 2),
        "seqeval_1.2.2_ms": round(seqeval_seconds * 1000, 1),
        "ratio": round(seqeval_seconds / seconds, 1),
        "f1": sum_counts(counts).f1,
        "f1_difference": abs(sum_counts(counts).f1 - f1),
        "machine": f"{platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}",
    }
    print(json.dumps(result, indent=1))
    Path(__file__).with_name("results").joinpath("scoring.json").write_text(
        json.dumps(result, indent=1) + "\n"
    )


if __name__ == "__main__":
    main()
