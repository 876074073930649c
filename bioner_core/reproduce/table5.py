"""Table 5 of the paper: printed numbers and those computed from curves."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bioner_core.curves.budget import Budget
from bioner_core.curves.points import NONE


@dataclass(frozen=True, kw_only=True)
class PrintedCell:
    """One cell of the printed table and the number computed from the curves by the same rule."""

    target: str
    entity: str
    pretrain: str  # "best", "worst" (of the sources that reach the goal) or "none"
    printed: int  # sentences
    n_first: int | None  # sentences; None where no source reaches the goal
    sources: tuple[str, ...]  # that need n_first sentences
    why: str  # one sentence where the numbers differ, else ""

    @property
    def is_equal(self) -> bool:
        """Tell whether the printed and the computed number are equal."""
        return self.printed == self.n_first


def compute_table5(rows: Iterable[Budget], printed: Iterable[Mapping[str, str]]) -> list[PrintedCell]:
    """Compute the cells of Table 5 from budgets, in the printed order.

    :param rows: budgets at 99 %.
    :param printed: rows of ``table5.csv``: target, entity, pretrain, printed, why.
    """
    reached = [row for row in rows if row.n_first is not None]
    return [_compute_cell(cell, reached) for cell in printed]


def _compute_cell(cell: Mapping[str, str], reached: list[Budget]) -> PrintedCell:
    needed = {
        row.source: row.n_first
        for row in reached
        if (row.target, row.entity) == (cell["target"], cell["entity"])
        and (row.source == NONE) == (cell["pretrain"] == "none")
        and row.n_first is not None
    }
    pick = max if cell["pretrain"] == "worst" else min
    n_first = pick(needed.values(), default=None)
    return PrintedCell(
        target=cell["target"],
        entity=cell["entity"],
        pretrain=cell["pretrain"],
        printed=int(cell["printed"]),
        n_first=n_first,
        sources=tuple(sorted(source for source, n in needed.items() if n == n_first)),
        why=cell["why"],
    )
