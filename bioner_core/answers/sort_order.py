"""The order of budgets in lists: the best source first, the most demanding entity type first."""

from collections.abc import Iterable

from bioner_core.curves.budget import UNANSWERABLE, Budget
from bioner_core.curves.points import NONE


def sort_sources(rows: Iterable[Budget]) -> list[Budget]:
    """Sort rows of one type: fewest sentences first, then the first crossing, then the best F1."""
    return sorted(rows, key=_rank_source)


def _rank_source(row: Budget) -> tuple[float, float, float, bool]:
    plan, first = (float("inf") if n is None else n for n in (row.n_plan, row.n_first))
    return plan, first, -(row.best_f1 or 0), row.source != NONE


def sort_types(rows: Iterable[Budget]) -> list[Budget]:
    """Sort rows of one source: types that miss the goal, then most sentences first, unanswerable last."""
    return sorted(rows, key=_rank_type)


def _rank_type(row: Budget) -> tuple[bool, bool, float, str]:
    size = -row.n_plan if row.n_plan is not None else (row.best_f1 or 0) / (row.target_f1 or 1)
    return row.status in UNANSWERABLE, row.n_plan is not None, size, row.entity
