"""docs/method.md agrees with the results of the simulations, and small simulations with its claims."""

import json
import runpy
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def page():
    return (ROOT / "docs/method.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def result():
    return json.loads((ROOT / "benchmarks/results/crossings.json").read_text())


@pytest.fixture(scope="module")
def simulation():
    """Return the result of the benchmark with fewer simulated curves."""
    module = runpy.run_path(str(ROOT / "benchmarks/crossings.py"))
    module["measure_bias"].__globals__.update(
        N_TRUTHS={"reachable": 100, "unreachable": 10}, N_COVERAGE_TRUTHS={"reachable": 15, "unreachable": 3}
    )
    return module


def test_the_crossing_table_of_the_page_equals_the_benchmark(page, result):
    lines = runpy.run_path(str(ROOT / "benchmarks/crossings.py"))["build_table"](result)
    assert len(lines) == 2 + 24
    assert "\n".join(lines) in page


@pytest.mark.parametrize("grid", ["paper", "log"])
def test_the_averaged_crossing_is_nearer_to_the_truth_than_first_and_isotonic(simulation, result, grid):
    rows = simulation["measure_bias"](grid, 3, result["noise"]["median"], np.random.default_rng(0))
    error = {row["rule"]: abs(row["median"] - 1) for row in rows if row["truth"] == "reachable"}
    assert error["averaged"] <= 0.05 < min(error["first"], error["isotonic"])


def test_the_interval_covers_the_truth_in_about_nine_of_ten_simulations(simulation, result):
    rows = simulation["measure_coverage"]("log", 3, result["noise"]["median"], np.random.default_rng(0))
    covered = {row["truth"]: row["covered"] for row in rows}
    assert 0.8 <= covered["reachable"] <= 1
    assert covered["unreachable"] >= 0.9


def test_the_two_level_table_of_the_page_equals_the_benchmark(page):
    rows = json.loads((ROOT / "benchmarks/results/two_levels.json").read_text())["rows"]
    for row in rows:
        line = (
            f"| {row['test_documents']} | {row['seeds']} | {row['interval_of']} | {row['covered']:.0%} | "
            f"{row['median_width']:.1f} | {row['plan_over_truth']:.2f} |"
        )
        assert line in page


def test_the_two_level_interval_covers_the_truth_in_most_simulated_studies():
    module = runpy.run_path(str(ROOT / "benchmarks/two_levels.py"))
    true, rng = module["compute_true_size"](), np.random.default_rng(1)
    budgets = [module["simulate_budget"](40, 3, None, rng) for _ in range(15)]
    covered = [(b.n_low or 0) <= true <= (b.n_high or np.inf) for b in budgets]
    assert {b.interval_of for b in budgets} == {"seeds and documents"}
    assert sum(covered) >= 12
