"""Sources are listed from the best on, entity types from the most demanding on."""

from bioner_core.answers.sort_order import sort_sources, sort_types
from bioner_core.curves.budget import Budget


def build_row(name, n_plan, **values):
    """Return a row whose source and entity have the same name."""
    names = {"target": "t", "model": "m", "method": "finetune", "entity": name, "source": name}
    fields = {"fraction": 0.99, "full_f1": 0.9, "target_f1": 0.89, "status": "reached", "n_plan": n_plan}
    return Budget(**{**names, **fields, **values})


def test_the_source_that_needs_least_comes_first_and_one_that_misses_the_goal_last():
    rows = [build_row("A", 900), build_row("B", None, best_f1=0.8), build_row("C", 300)]
    assert [row.source for row in sort_sources(rows)] == ["C", "A", "B"]


def test_types_that_miss_the_goal_come_first_and_those_without_an_answer_last():
    rows = [
        build_row("A", 300),
        build_row("B", None, status="no_test"),
        build_row("C", 900),
        build_row("D", None, best_f1=0.8),
    ]
    assert [row.entity for row in sort_types(rows)] == ["D", "C", "A", "B"]
