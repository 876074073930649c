"""The order of budgets in lists: the best source first, the most demanding entity type first."""

from collections.abc import Iterable

from bioner_core.curves.best_source import rank_by_plan, select_best
from bioner_core.curves.budget import Budget
from bioner_core.curves.exclusion import UNANSWERABLE


def sort_sources(rows: Iterable[Budget]) -> list[Budget]:
    """Sort rows of one type: the best source first, then fewest sentences, first crossing, best F1."""
    listed = list(rows)
    best = select_best(listed) if listed else None
    return sorted(listed, key=lambda row: (row is not best, rank_by_plan(row)))


def sort_types(rows: Iterable[Budget]) -> list[Budget]:
    """Sort rows of one source: types that miss the goal, then most sentences first, unanswerable last."""
    return sorted(rows, key=_rank_type)


def _rank_type(budget: Budget) -> tuple[bool, bool, float, str]:
    size = -budget.n_plan if budget.n_plan is not None else (budget.best_f1 or 0) / (budget.target_f1 or 1)
    return budget.status in UNANSWERABLE, budget.n_plan is not None, size, budget.entity
