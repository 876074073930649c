"""What docs/method.md tells of the simulations is what they gave."""

import json
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def page():
    return (ROOT / "docs/method.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def result():
    return json.loads((ROOT / "benchmarks/results/crossings.json").read_text())


def medians(result, rule):
    return [r["median"] for r in result["bias"] if (r["rule"], r["truth"]) == (rule, "reachable")]


def test_the_table_is_that_of_the_benchmark(page, result):
    lines = runpy.run_path(str(ROOT / "benchmarks/crossings.py"))["table"](result)
    assert len(lines) == 2 + 24
    assert "\n".join(lines) in page


def test_the_averaged_crossing_is_near_the_truth_where_first_and_isotonic_are_not(result):
    at_median = [
        r["median"]
        for r in result["bias"]
        if (r["rule"], r["truth"], r["noise"]) == ("averaged", "reachable", "median")
    ]
    assert max(abs(ratio - 1) for ratio in at_median) <= 0.05
    near = {
        rule: sum(abs(m - 1) <= 0.05 for m in medians(result, rule))
        for rule in ("averaged", "sizes alone", "isotonic", "first")
    }
    assert near == {"averaged": 22, "sizes alone": 16, "isotonic": 0, "first": 1}


def test_the_interval_holds_the_truth_as_often_as_the_page_says(result):
    held = [r for r in result["coverage"] if r["truth"] == "reachable"]
    assert min(r["covered"] for r in held) >= 0.82
    assert max(r["covered"] for r in held) <= 0.95
    for grid in ("paper", "log"):
        for seeds in (1, 2, 3, 5):
            own = [r["covered"] for r in held if (r["grid"], r["seeds"]) == (grid, seeds)]
            assert 0.85 <= sum(own) / len(own) <= 0.97
    assert min(r["covered"] for r in result["coverage"] if r["truth"] == "unreachable") >= 0.95


def test_both_levels_hold_as_the_page_says(page):
    rows = json.loads((ROOT / "benchmarks/results/two_levels.json").read_text())["rows"]
    for row in rows:
        line = (
            f"| {row['test_documents']} | {row['seeds']} | {row['interval_of']} | {row['covered']:.0%} | "
            f"{row['median_width']:.1f} | {row['plan_over_truth']:.2f} |"
        )
        assert line in page
    assert min(row["covered"] for row in rows if row["seeds"] > 1) >= 0.85
