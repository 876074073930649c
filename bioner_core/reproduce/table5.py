"""Table 5 of the paper beside what the published curves say."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bioner_core.curves.budget import Budget
from bioner_core.curves.points import NONE


@dataclass(frozen=True, kw_only=True)
class PrintedCell:
    """One cell of the printed table and the number computed from the curves by the same rule."""

    target: str
    entity: str
    pretrain: str  # "best", "worst" (of the sources that reach the target) or "none"
    printed: int  # sentences
    n_first: int | None  # sentences; None where no source reaches the target
    sources: tuple[str, ...]  # that need n_first sentences
    why: str  # one sentence where the numbers differ, else ""

    @property
    def is_equal(self) -> bool:
        """Say whether print and curves agree."""
        return self.printed == self.n_first


def compute_table5(rows: Iterable[Budget], printed: Iterable[Mapping[str, str]]) -> list[PrintedCell]:
    """Return the printed cells, in their order, each with our number.

    :param rows: budgets of the published run at 99 %.
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
