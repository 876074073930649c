"""How near our cells come to the published ones, and both as CSV."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from bioner_core.reproduce.tables import TITLES, Cell

WITHIN = (1, 2, 5)  # points, or percent of the published number


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How many cells of a table are near."""

    table: str  # name of ``TITLES``
    n_cells: int  # published
    n_compared: int  # with a number of ours
    n_equal: int  # the same number as printed
    within: tuple[int, ...]  # cells by ``WITHIN``

    @property
    def unit(self) -> str:
        """Return in what nearness is measured."""
        return {
            "table1": "% of the published number",
            "table4": "% of a count, points of a share",
            "table5": "% of the printed number",
        }.get(self.table, "points")

    def record(self) -> dict[str, object]:
        """Return the row that ``bioner reproduce`` prints for programs."""
        record = asdict(self)
        near = dict(zip((f"within_{n}" for n in WITHIN), record.pop("within"), strict=True))
        return {**record, **near, "unit": self.unit}


def measure_agreement(name: str, cells: Sequence[Cell]) -> Agreement:
    """Count the cells of one table that are near."""
    compared = [cell for cell in cells if cell.deviation is not None]
    return Agreement(
        table=name,
        n_cells=len(cells),
        n_compared=len(compared),
        n_equal=sum(cell.difference == 0 for cell in compared),
        within=tuple(sum((cell.deviation or 0) <= limit + 1e-9 for cell in compared) for limit in WITHIN),
    )


def measure_agreements(tables: Mapping[str, Sequence[Cell]]) -> list[Agreement]:
    """Count for all tables and the figure."""
    return [measure_agreement(name, tables[name]) for name in TITLES]


def format_cells_csv(cells: Sequence[Cell]) -> str:
    """Return the cells, one a line: what it is of, measure, published, ours, difference, note."""
    text = io.StringIO()
    names = (*cells[0].row, "measure", "published", "ours", "difference", "note")
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    for cell in cells:
        numbers = {"published": cell.published, "ours": cell.replicated, "difference": cell.difference}
        texts = {name: "" if value is None else f"{value:.10g}" for name, value in numbers.items()}
        writer.writerow({**cell.row, "measure": cell.measure, **texts, "note": cell.note})
    return text.getvalue()
