"""Ranking of sources before any is trained: ``python benchmarks/ranking.py [RUN …]``.

For each target and type of the published run (and of the runs named) the gain of every source is known:
F1 with it less F1 without, averaged over 50 to 400 sentences. Rules that know language, domain, size,
shared word pieces and zero-shot F1 rank the sources; counted are the pairs in the right order and how often
the best comes first. No rule was fitted to the runs named.
"""

import argparse
import json
from itertools import combinations
from math import log10
from pathlib import Path
from statistics import fmean

import numpy as np
from scipy.stats import spearmanr

from bioner_core.analysis.shared_pieces import load_run_overlaps
from bioner_core.analysis.source_ranking import LANGUAGE, measure_gain, predict_gain
from bioner_core.curves.curve import build_curves
from bioner_core.curves.points import ALL, NONE
from bioner_core.study.run_corpora import describe_run_corpora
from bioner_core.study.store import RunStore

ROOT = Path(__file__).resolve().parent.parent
WEIGHTS = (0.0, 0.1, 0.2, 0.3, 0.5, 1.0)  # of the language, among which it was chosen


def run_benchmark():
    """Print the table and store it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="*", help="other runs, beside the published one")
    args = parser.parse_args()
    result = {"ecir2020": evaluate_rules(list_pairs("ecir2020"))}
    if args.runs:
        result["others"] = evaluate_rules([pair for name in args.runs for pair in list_pairs(name)])
    for name, evaluation in result.items():
        print(f"{name}: {evaluation['pairs']} sources of targets and types, {evaluation['orders']} orders")
        for rule, row in evaluation["rules"].items():
            print(f"  {rule:36}", *(f"{key} {value}" for key, value in row.items()))
        print("  fit", evaluation["fit"])
    (ROOT / "benchmarks/results/ranking.json").write_text(json.dumps(result, indent=1) + "\n")


def list_pairs(name):
    """Return the features and the gain of each source of each target and type."""
    run = RunStore().open(name)
    about = describe_run_corpora(run)
    curves = [c for c in build_curves(run.points(), run.planned_seeds()) if c.has_enough_sizes]
    none = {(c.target, c.entity): c for c in curves if c.source == NONE}
    shares = list_shares(run)
    pairs = []
    for curve in curves:
        if curve.source not in about or curve.entity == ALL:
            continue
        source_about, target_about = about[curve.source], about[curve.target]
        zero = next((size.f1 for size in curve.sizes if size.n == 0), None)
        f1_gain = measure_gain(curve, none.get((curve.target, curve.entity)))
        if zero is None or f1_gain is None:
            continue
        pairs.append(
            {
                "group": (curve.target, curve.entity),
                "target": curve.target,
                "source": curve.source,
                "language": float(source_about.language == target_about.language),
                "domain": float(source_about.domain == target_about.domain),
                "size": log10(source_about.sentences or 1),
                "pieces": shares.get((curve.target, curve.source, curve.entity), 0.0),
                "zero": zero,
                "gain": f1_gain,
            }
        )
    return pairs


def list_shares(run):
    """Return the share of a target's different pieces of a type that a source has, too."""
    shares = {}
    for row in load_run_overlaps(run)[1]:
        shares[row.corpus_1, row.corpus_2, row.entity] = row.share_of_1 or 0.0
        shares[row.corpus_2, row.corpus_1, row.entity] = row.share_of_2 or 0.0
    return shares


def evaluate_rules(pairs):
    """Return how each rule orders the sources, and the straight line from the rule to the gain."""
    rules = {
        "language": lambda p: p["language"],
        "domain": lambda p: p["domain"],
        "size": lambda p: p["size"],
        "language + domain": lambda p: p["language"] + p["domain"],
        "shared pieces": lambda p: p["pieces"],
        "language, then shared pieces": lambda p: p["language"] + p["pieces"] / 2,
        "zero-shot": lambda p: p["zero"],
        f"zero-shot + {LANGUAGE} language": lambda p: p["zero"] + LANGUAGE * p["language"],
        "expected, without zero-shot": lambda p: predict_gain(None, is_same_language=bool(p["language"])),
    }
    table = {name: score_ranking(pairs, {id(p): rule(p) for p in pairs}) for name, rule in rules.items()}
    table["weight of language chosen elsewhere"] = score_ranking(
        pairs, choose_weights_of_other_targets(pairs)
    )
    for pair in pairs:
        print(" ", *(round(v, 3) if isinstance(v, float) else v for v in pair.values()))
    x = np.array([p["zero"] + LANGUAGE * p["language"] for p in pairs])
    gains = np.array([p["gain"] for p in pairs])
    design = np.stack([np.ones_like(x), x], axis=1)
    line = np.linalg.lstsq(design, gains, rcond=None)[0]
    error = float(np.sqrt(np.mean((gains - design @ line) ** 2)))
    fit = {"base": round(float(line[0]), 4), "slope": round(float(line[1]), 4), "rmse": round(error, 4)}
    orders = sum(1 for _ in _orders(pairs))
    return {"pairs": len(pairs), "orders": orders, "rules": table, "fit": fit}


def _orders(pairs):
    return ((a, b) for a, b in combinations(pairs, 2) if a["group"] == b["group"] and a["gain"] != b["gain"])


def score_ranking(pairs, score):
    """Count orders that are right and wrong (ties are neither), and firsts that are the best."""
    signs = [(score[id(a)] - score[id(b)]) * (a["gain"] - b["gain"]) for a, b in _orders(pairs)]
    groups = [[p for p in pairs if p["group"] == g] for g in dict.fromkeys(p["group"] for p in pairs)]
    best, left, rhos = 0, [], []
    for group in groups:
        top = max(score[id(p)] for p in group)
        firsts = [p["gain"] for p in group if score[id(p)] == top]
        most = max(p["gain"] for p in group)
        best += firsts == [most]
        left.append(most - fmean(firsts))
        if len({score[id(p)] for p in group}) > 1:
            rhos.append(spearmanr([score[id(p)] for p in group], [p["gain"] for p in group]).statistic)
    return {
        "right": sum(sign > 0 for sign in signs),
        "wrong": sum(sign < 0 for sign in signs),
        "best first": f"{best}/{len(groups)}",
        "rho": round(float(np.mean(rhos)), 2) if rhos else None,
        "points lost": round(100 * fmean(left), 2),
    }


def choose_weights_of_other_targets(pairs):
    """Return scores of each target's sources by the weight of language that is best for the other targets."""
    score = {}
    for target in dict.fromkeys(p["target"] for p in pairs):
        others = [p for p in pairs if p["target"] != target]

        def right(weight, others=others):
            scores = {id(p): p["zero"] + weight * p["language"] for p in others}
            row = score_ranking(others, scores) if others else {"right": 0, "wrong": 0}
            return row["right"] - row["wrong"]

        weight = max(WEIGHTS, key=right)
        score |= {id(p): p["zero"] + weight * p["language"] for p in pairs if p["target"] == target}
    return score


if __name__ == "__main__":
    run_benchmark()
