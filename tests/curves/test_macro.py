"""The macro average is the mean of the types' F1 for each seed, and is never stored."""

import pytest

from bioner_core.curves.budget_table import combine_types, compute_budgets
from bioner_core.curves.curve import build_curves
from bioner_core.curves.macro import add_macro_average
from bioner_core.curves.points import MACRO, CurvePoint


def build_point(entity, n, f1, *, seed=0, support=60, **fields):
    fixed = {"target": "t", "source": "none", "model": "m", "method": "probe", "is_full": n == 400}
    return CurvePoint(entity=entity, n_sentences=n, f1=f1, seed=seed, support=support, **{**fixed, **fields})


def build_run_points(scores, **supports):
    """Return points of types and of "all"; ``scores`` is F1 by type, size and seed."""
    points = []
    for (entity, n, seed), f1 in scores.items():
        points.append(build_point(entity, n, f1, seed=seed, support=supports.get(entity, 60)))
    return points + [build_point("all", n, 0.5, seed=seed) for n, seed in {(n, s) for _, n, s in scores}]


def test_macro_is_the_mean_of_the_types_of_each_seed():
    points = build_run_points({("A", 50, 0): 0.2, ("B", 50, 0): 0.6, ("A", 50, 1): 0.4, ("B", 50, 1): 1.0})
    macro_f1 = {p.seed: p.f1 for p in add_macro_average(points) if p.entity == MACRO}
    assert macro_f1 == {0: pytest.approx(0.4), 1: pytest.approx(0.7)}
    (curve,) = [c for c in build_curves(add_macro_average(points)) if c.entity == MACRO]
    assert (curve.sizes[0].f1, curve.sizes[0].n_seeds) == (pytest.approx(0.55), 2)


def test_types_without_a_test_mention_do_not_count():
    points = build_run_points({("A", 50, 0): 0.4, ("B", 50, 0): 0.0, ("C", 50, 0): 0.0}, B=0)
    (macro,) = [p for p in add_macro_average(points) if p.entity == MACRO]
    assert macro.f1 == pytest.approx(0.2)


def test_where_there_is_no_average_over_all_types_there_is_no_macro_average():
    points = [build_point("A", 50, 0.4), build_point("B", 50, 0.4)]
    assert add_macro_average(points) == points


def test_full_and_few_shot_points_of_the_same_size_do_not_mix():
    few, full = build_point("A", 400, 0.2, is_full=False), build_point("A", 400, 0.8)
    both = [few, full, build_point("all", 400, 0.2, is_full=False), build_point("all", 400, 0.8)]
    macro = [p for p in add_macro_average(both) if p.entity == MACRO]
    assert [(p.is_full, p.f1) for p in macro] == [(False, 0.2), (True, 0.8)]


def test_the_macro_average_has_a_budget_but_does_not_count_as_a_type():
    scores = {(e, n, 0): f1 for e in "AB" for n, f1 in ((50, 0.5), (100, 0.8), (400, 0.8))}
    rows = compute_budgets(add_macro_average(build_run_points(scores)))
    assert {row.entity: row.n_first for row in rows} == {"A": 100, "B": 100, "all": 50, MACRO: 100}
    (every,) = combine_types(rows)
    assert every.decided_by in ("A", "B")
