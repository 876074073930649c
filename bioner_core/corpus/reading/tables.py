"""Tables of cells with a row of headings, from text whose columns are parted by tabs, commas or the like."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice

from bioner_core.corpus.reading.bounds import MAX_LINE
from bioner_core.errors import BionerError

Row = tuple[str, Sequence[str]]  # its place; its cells as text, as many as there are headings
_SEPARATORS = ("\t", ",", ";", "|")
_SAMPLED = 200  # rows that columns are told by
_HEAD = 200_000  # characters that the separator is told by
_MAX_COLUMNS = 200


@dataclass(frozen=True, kw_only=True)
class Table:
    """Headings, and rows that may be read again and again."""

    name: str  # of the file, and of the sheet where it has several
    header: tuple[str, ...]
    rows: Callable[[], Iterator[Row]]

    def sample(self) -> list[Sequence[str]]:
        """Return the cells of the first rows."""
        return [cells for _, cells in islice(self.rows(), _SAMPLED)]


def tables_in(text: str, name: str) -> Iterator[Table]:
    """Yield each way of reading ``text`` as a table of two or more columns, by what may part them."""
    head = text[:_HEAD].lstrip("\r\n")
    first = head.partition("\n")[0]
    for separator in _SEPARATORS:
        if 1 <= first.count(separator) < _MAX_COLUMNS:
            quoting = _quoting(head, separator) if separator == "\t" else csv.QUOTE_MINIMAL
            header = next(_cells(first.rstrip("\r"), separator, quoting, name), (0, [""]))[1]
            rows = partial(_rows, text, separator, quoting, name, len(header))
            yield Table(name=name, header=tuple(cell.strip() for cell in header), rows=rows)


def _rows(text: str, separator: str, quoting: int, name: str, width: int) -> Iterator[Row]:
    """Yield rows below the headings; shorter ones are filled up, longer ones cut."""
    cells_ = _cells(text, separator, quoting, name)
    next((row for row in cells_ if any(row[1])), None)
    for number, cells in cells_:
        if any(cells):
            yield f"{name}, line {number}", [*cells[:width], *[""] * (width - len(cells))]


def _cells(text: str, separator: str, quoting: int, name: str) -> Iterator[tuple[int, list[str]]]:
    if "\n" not in text:
        text = text.replace("\r", "\n")
    csv.field_size_limit(MAX_LINE)  # of the process; a cell may hold a document
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, quoting=quoting)  # type: ignore[arg-type]
    number = 1
    try:
        for cells in reader:
            yield number, cells
            number = reader.line_num + 1
    except csv.Error as error:
        raise BionerError(f"{name}, line {number}: no table row ({error}). Check the quotes.") from error


def _quoting(head: str, separator: str) -> int:
    """Tell whether quotes mean something between tabs: not where fewer rows are as wide as the first then."""
    head = head[: head.rfind("\n") + 1] or head
    widths = {}
    for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
        try:
            rows = [len(cells) for _, cells in _cells(head, separator, quoting, "")]
        except BionerError:
            rows = []
        widths[quoting] = rows.count(rows[0]) if rows else 0
    return csv.QUOTE_NONE if widths[csv.QUOTE_NONE] > widths[csv.QUOTE_MINIMAL] else csv.QUOTE_MINIMAL
