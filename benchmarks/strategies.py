"""Does choosing sentences pay? ``python benchmarks/strategies.py RUN…``.

Each run has random sentences and strategies (``bioner curve CORPUS --preset probe --strategy …``); training
goes on where it stopped when the command is repeated. For every target, all of its types together: sentences,
words and hours to 90, 95 and 99 % of full F1, what each strategy saves against random, and F1 at each size.
Results of other targets stay in the stored file.
"""

import argparse
import json
import platform
from pathlib import Path
from statistics import fmean

from bioner_core.analysis.strategy_savings import measure_strategies
from bioner_core.answers.wording.strategies import (
    build_strategy_record,
    build_strategy_rows,
    describe_choosing,
)
from bioner_core.cli.output import format_table
from bioner_core.costs.rates import Rates
from bioner_core.curves.points import ALL, NONE, RANDOM
from bioner_core.study.store import RunStore

OUT = Path(__file__).with_name("results") / "strategies.json"
MARKING = 0.5  # of the time, for a second count of hours: the other half reads


def run_benchmark():
    """Print and store the table and the curves of all runs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("runs", nargs="+")
    parser.add_argument("--no-write", action="store_true", help="only print")
    args = parser.parse_args()
    store, needs, curves = RunStore(), [], []
    rates = {"by words": Rates(), "half by mentions": Rates(marking=MARKING)}
    rows = {name: [] for name in rates}
    for name in args.runs:
        run = store.open(name)
        curves += list_sizes(run)
        for how, rate in rates.items():
            chosen = select_totals(measure_strategies(run, store, rate))
            rows[how] += [build_strategy_record(need, rate) for need in chosen]
            needs += chosen if how == "by words" else []
    print(format_table(build_strategy_rows(needs, rates["by words"])))
    for group in split_goals(needs):
        print(describe_choosing(group, rates["by words"]))
    if not args.no_write:
        machine = f"{platform.machine()}, {platform.processor() or 'unknown processor'}"
        content = add_to_stored({"machine": machine, "needs": rows, "sizes": curves})
        OUT.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def add_to_stored(content):
    """Return the results with those of other targets, which earlier calls have stored."""
    stored = json.loads(OUT.read_text(encoding="utf-8"))
    new = {row["target"] for row in content["sizes"]}
    for how, rows in content["needs"].items():
        rows[:0] = [row for row in stored["needs"][how] if row["target"] not in new]
    content["sizes"][:0] = [row for row in stored["sizes"] if row["target"] not in new]
    return content


def select_totals(needs):
    """Return the needs of all types together, or of the only type."""
    with_all = {n.sentences.target for n in needs if n.sentences.entity == ALL}
    return [n for n in needs if n.sentences.entity == ALL or n.sentences.target not in with_all]


def split_goals(needs):
    """Return the needs of each target and goal."""
    groups = {}
    for need in needs:
        groups.setdefault((need.sentences.target, need.sentences.fraction), []).append(need)
    return groups.values()


def list_sizes(run):
    """Return mean F1, words and mentions of each strategy and size, over seeds."""
    groups = {}
    points = [p for p in run.points() if p.source == NONE]
    with_all = {p.target for p in points if p.entity == ALL}
    for point in points:
        if point.entity == ALL or point.target not in with_all:
            groups.setdefault((point.target, point.strategy, point.n_sentences), []).append(point)
    return [
        {
            "target": target,
            "strategy": strategy,
            "sentences": n,
            "seeds": len(members),
            "f1": round(fmean(p.f1 for p in members), 4),
            "words": round(fmean(p.n_words for p in members)),
            "mentions": round(fmean(p.n_mentions for p in members)),
        }
        for (target, strategy, n), members in sorted(
            groups.items(), key=lambda item: (item[0][0], item[0][1] != RANDOM, item[0])
        )
    ]


if __name__ == "__main__":
    run_benchmark()
