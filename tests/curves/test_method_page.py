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
def benchmark_module():
    return runpy.run_path(str(ROOT / "benchmarks/crossings.py"))


@pytest.fixture(scope="module")
def simulated(benchmark_module, result):
    """Return the rows of three settings with fewer simulated curves."""
    settings = [("paper", 1200, 1, "own"), ("log", 5000, 3, "own"), ("log", 5000, 3, "borrowed")]
    return [
        benchmark_module["measure_setting"](
            grid,
            full,
            seeds,
            "median",
            end=end,
            noise=result["noise"],
            rng=np.random.default_rng(0),
            n_truths=140,
            n_coverage=28,
        )
        for grid, full, seeds, end in settings
    ]


def test_the_crossing_table_of_the_page_equals_the_benchmark(page, result, benchmark_module):
    lines = benchmark_module["build_table"](result)
    assert len(lines) == 2 + 2 * len(benchmark_module["SETTINGS"])
    assert "\n".join(lines) in page


def test_the_claims_of_the_page_about_the_benchmark_hold(page, result):
    rules = [row["rules"] for row in result["rows"]]
    off = [round(abs(of["averaged"]["median"] - 1), 3) for of in rules]
    page = " ".join(page.split())
    assert f"within 5 % of the truth in {sum(error <= 0.05 for error in off)} of {len(off)}" in page
    assert f"within {max(off):.0%} in all".replace("%", " %") in page
    guide = " ".join((ROOT / "docs/guide.md").read_text(encoding="utf-8").split())
    assert f"{sum(error <= 0.05 for error in off)} of {len(off)} settings, and {max(off):.0%} off" in (
        guide.replace(" %", "%")
    )
    covered = [row["covered"] for row in result["rows"]]
    assert f"in {100 * min(covered):.0f} to {100 * max(covered):.0f} % of the cases" in page
    assert all(of["averaged"]["mean_abs_log2"] < of["line"]["mean_abs_log2"] for of in rules)


def test_the_averaged_crossing_is_nearer_to_the_truth_than_straight_lines(simulated):
    for row in simulated:
        assert row["rules"]["averaged"]["mean_abs_log2"] < row["rules"]["line"]["mean_abs_log2"]
        assert row["rules"]["averaged"]["median"] == pytest.approx(1, abs=0.1)


def test_the_interval_covers_the_truth_in_about_nine_of_ten_simulations(simulated):
    assert all(0.8 <= row["covered"] <= 1 for row in simulated)


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
    covered = [b.n_low <= true and (b.n_high_beyond or true <= b.n_high) for b in budgets]
    assert {b.interval_of for b in budgets} == {"seeds and documents"}
    assert sum(covered) >= 12


@pytest.fixture(scope="module")
def search_module():
    return runpy.run_path(str(ROOT / "benchmarks/search.py"))


@pytest.fixture(scope="module")
def search_result():
    return json.loads((ROOT / "benchmarks/results/search.json").read_text())


def test_the_search_table_of_the_page_equals_the_benchmark(page, search_result, search_module):
    lines = search_module["build_table"](search_result)
    assert len(lines) == 2 + 4 * (len(search_module["SETTINGS"]) + 1)
    assert "\n".join(lines) in page


def test_the_claims_of_the_page_about_searches_hold(page, search_result):
    rows = search_result["rows"]
    searches, plans = [row["rules"]["search"] for row in rows], [row["plans"] for row in rows]
    pairs = list(zip(searches, plans, strict=True))
    assert all(of["error_at_paper"] < plan["paper"]["error"] for of, plan in pairs)
    assert sum(of["error_at_seven"] < plan["seven"]["error"] for of, plan in pairs[:5]) == 4
    shares = [of["share_of_paper"] for of in searches]
    assert f"{100 * min(shares):.0f} to {100 * max(shares):.0f} % of the passes" in page
    ended = sum(of["stopped"]["n"] for of in searches)
    held = sum(round(of["stopped"]["n"] * of["stopped"]["covered"]) for of in searches)
    assert f"Of the {ended} searches that ended there, {held} held the truth" in " ".join(page.split())
    assert 0.85 <= held / ended <= 0.97


def test_a_simulated_search_spends_its_passes_and_narrows_the_interval(search_module):
    (truth,) = search_module["simulate_truths"](
        5000, 1, 0.0084, start_sizes=(50, 200, 800), goal=0.95, shapes=("pow4",)
    )
    path = search_module["search"](truth, "search", limit=20_000, rng=np.random.default_rng(0))
    passes = [at["passes"] for at in path]
    assert passes[0] == 2 * 1050 + 5000 and passes == sorted(passes) and passes[-1] >= 20_000
    assert path[-1]["ratio"] < path[0]["ratio"]
