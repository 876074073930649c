"""Order of rows: sources by need, entity types by difficulty."""

from bioner_core.answers.sort_order import sort_sources, sort_types
from bioner_core.curves.budget import Budget


def build_row(name, n_plan, **values):
    """Return a row whose source and entity have the same name."""
    names = {"target": "t", "model": "m", "method": "finetune", "entity": name, "source": name}
    fields = {"fraction": 0.99, "full_f1": 0.9, "target_f1": 0.89, "status": "reached", "n_plan": n_plan}
    return Budget(**{**names, **fields, **values})


def test_sources_are_sorted_by_need_with_unreached_goals_last():
    rows = [build_row("A", 900), build_row("B", None, best_f1=0.8), build_row("C", 300)]
    assert [row.source for row in sort_sources(rows)] == ["C", "A", "B"]


def test_types_are_sorted_with_unreached_goals_first_and_missing_answers_last():
    rows = [
        build_row("A", 300),
        build_row("B", None, status="no_test"),
        build_row("C", 900),
        build_row("D", None, best_f1=0.8),
    ]
    assert [row.entity for row in sort_types(rows)] == ["D", "C", "A", "B"]
