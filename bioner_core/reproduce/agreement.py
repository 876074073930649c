"""Agreement of replicated cells with the published ones, and both as CSV."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bioner_core.csv_text import format_csv
from bioner_core.reproduce.tables import TITLES, Cell

LIMITS = (1, 2, 5)  # deviation, in points or percent of the published number


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How many cells of a table agree, within several limits."""

    table: str  # name of ``TITLES``
    n_cells: int  # published
    n_compared: int  # with a replicated number
    n_equal: int  # the same number as printed
    within: tuple[int, ...]  # cells within each of ``LIMITS``

    @property
    def unit(self) -> str:
        """Return the unit of the limits."""
        return {
            "table1": "% of the published number",
            "table4": "% of a count, points of a share",
            "table5": "% of the printed number",
        }.get(self.table, "points")

    def record(self) -> dict[str, object]:
        """Return the row that ``bioner reproduce`` prints for programs."""
        return {
            "table": self.table,
            "n_cells": self.n_cells,
            "n_known": self.n_compared,
            "n_equal": self.n_equal,
            **{f"within_{limit}": n for limit, n in zip(LIMITS, self.within, strict=True)},
            "unit": self.unit,
        }


def measure_agreement(name: str, cells: Sequence[Cell]) -> Agreement:
    """Count the cells of one table that agree."""
    compared = [cell for cell in cells if cell.deviation is not None]
    return Agreement(
        table=name,
        n_cells=len(cells),
        n_compared=len(compared),
        n_equal=sum(cell.difference == 0 for cell in compared),
        within=tuple(sum((cell.deviation or 0) <= limit + 1e-9 for cell in compared) for limit in LIMITS),
    )


def measure_agreements(tables: Mapping[str, Sequence[Cell]]) -> list[Agreement]:
    """Count for all tables and the figure, in their order."""
    return [measure_agreement(name, tables[name]) for name in TITLES]


def format_cells_csv(cells: Sequence[Cell]) -> str:
    """Format cells as CSV, one per line: its row, measure, published, ours, difference, note."""
    names = (*cells[0].row, "measure", "published", "ours", "difference", "note")
    rows = []
    for cell in cells:
        numbers = {"published": cell.published, "ours": cell.replicated, "difference": cell.difference}
        texts = {name: "" if value is None else f"{value:.10g}" for name, value in numbers.items()}
        row = {**cell.row, "measure": cell.measure, **texts, "note": cell.note}
        rows.append([row[name] for name in names])
    return format_csv(names, rows)
