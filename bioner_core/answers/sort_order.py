"""The order of budgets in lists: the best source first, the most demanding entity type first."""

from collections.abc import Iterable

from bioner_core.curves.budget import UNANSWERABLE, Budget
from bioner_core.curves.points import NONE


def sort_sources(rows: Iterable[Budget]) -> list[Budget]:
    """Sort rows of one type: fewest sentences first, then the first crossing, then the best F1."""
    return sorted(rows, key=_rank_source)


def _rank_source(budget: Budget) -> tuple[float, float, float, bool]:
    plan, first = (float("inf") if n is None else n for n in (budget.n_plan, budget.n_first))
    return plan, first, -(budget.best_f1 or 0), budget.source != NONE


def sort_types(rows: Iterable[Budget]) -> list[Budget]:
    """Sort rows of one source: types that miss the goal, then most sentences first, unanswerable last."""
    return sorted(rows, key=_rank_type)


def _rank_type(budget: Budget) -> tuple[bool, bool, float, str]:
    size = -budget.n_plan if budget.n_plan is not None else (budget.best_f1 or 0) / (budget.target_f1 or 1)
    return budget.status in UNANSWERABLE, budget.n_plan is not None, size, budget.entity
