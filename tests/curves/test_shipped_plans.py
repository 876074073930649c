"""Nearly every row of the shipped runs has a number with two ends, and docs/method.md says how many."""

import json
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def module():
    return runpy.run_path(str(ROOT / "benchmarks/shipped_plans.py"))


@pytest.fixture(scope="module")
def stored():
    return json.loads((ROOT / "benchmarks/results/shipped_plans.json").read_text())["goals"]


def test_the_table_of_the_page_equals_the_stored_counts(module, stored):
    assert module["format_table"](stored) in (ROOT / "docs/method.md").read_text(encoding="utf-8")


def test_rows_for_99_percent_have_a_number_with_two_ends_that_narrow_the_gap(module, stored):
    goal = module["measure_goal"](0.99)
    assert goal == stored[0], "run: python benchmarks/shipped_plans.py, and correct docs/method.md"
    assert goal["plan"] + goal["more_likely_never"] == goal["rows"] == 91
    assert goal["two_ends"] >= 84
    assert goal["narrow"] >= 0.8 * goal["plan"]
    widths, caps = goal["median_width_by_basis"], {"measured": 4, "to_full": 2.5, "borrowed": 2}
    assert all(widths[basis] <= caps[basis] for basis in caps)


def test_every_row_has_both_ends_for_95_and_90_percent(stored):
    assert [(goal["two_ends"], goal["rows"]) for goal in stored[1:]] == [(91, 91)] * 2
