"""Tables of cells with a row of headings, from text whose columns are parted by tabs, commas or the like."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import PurePosixPath

from bioner_core.corpus.reading.bounds import MAX_LINE
from bioner_core.corpus.reading.split_names import file_part, part_of
from bioner_core.corpus.sentences import Part
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
    workbook: str = ""  # whose sheet it is

    @property
    def part(self) -> Part:
        """Return the part that the sheet's name says, then the file's, then its folders'."""
        sheet = self.name.removeprefix(self.workbook) if self.workbook else ""
        return part_of(sheet) or file_part(self.name)

    @property
    def home(self) -> str:
        """Return what it lies in: its workbook, or its folder."""
        return self.workbook or str(PurePosixPath(self.name).parent)

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
            header = next(read_cells(first.rstrip("\r"), separator, quoting, where=name), (0, [""]))[1]
            rows = partial(_rows, text, separator, quoting, name, len(header))
            yield Table(name=name, header=tuple(cell.strip() for cell in header), rows=rows)


def _rows(text: str, separator: str, quoting: int, name: str, width: int) -> Iterator[Row]:
    """Yield rows below the headings; shorter ones are filled up, longer ones cut."""
    cells_ = read_cells(text, separator, quoting, where=name)
    next((row for row in cells_ if any(row[1])), None)
    for number, cells in cells_:
        if any(cells):
            yield f"{name}, line {number}", [*cells[:width], *[""] * (width - len(cells))]


def read_cells(
    text: str, separator: str, quoting: int = csv.QUOTE_MINIMAL, *, where: str
) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of its first line, and the cells, of each row; a cell may hold a whole document.

    :raises BionerError: for a row that ends inside quotes, or a cell of more than ``MAX_LINE`` characters
    """
    if "\n" not in text:
        text = text.replace("\r", "\n")
    csv.field_size_limit(MAX_LINE)  # one for all: it is the process's, and threads read at the same time
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, quoting=quoting)  # type: ignore[arg-type]
    number = 1
    try:
        for cells in reader:
            yield number, cells
            number = reader.line_num + 1
    except csv.Error as error:
        raise BionerError(f"{where}, line {number}: no table row ({error}). Check the quotes.") from error


def _quoting(head: str, separator: str) -> int:
    """Tell whether quotes mean something between tabs: not where fewer rows are as wide as the first then."""
    head = head[: head.rfind("\n") + 1] or head
    widths = {}
    for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
        try:
            rows = [len(cells) for _, cells in read_cells(head, separator, quoting, where="")]
        except BionerError:
            rows = []
        widths[quoting] = rows.count(rows[0]) if rows else 0
    return csv.QUOTE_NONE if widths[csv.QUOTE_NONE] > widths[csv.QUOTE_MINIMAL] else csv.QUOTE_MINIMAL
