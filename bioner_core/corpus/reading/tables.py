"""Parse tables with a heading row: columns separated by tabs, commas, semicolons or bars."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import PurePosixPath

from bioner_core.corpus.reading.bounds import MAX_LINE
from bioner_core.corpus.reading.split_names import parse_file_part, parse_part
from bioner_core.corpus.sentences import Part
from bioner_core.errors import BionerError

Row = tuple[str, Sequence[str]]  # its place; its cells as text, one per heading
_SEPARATORS = ("\t", ",", ";", "|")
_N_SAMPLED = 200  # rows from which the columns are inferred
_HEAD_SIZE = 200_000  # characters from which quoting is inferred
_MAX_COLUMNS = 200


@dataclass(frozen=True, kw_only=True)
class Table:
    """Headings, and rows that can be read several times."""

    name: str  # of the file, with the sheet if it has several
    header: tuple[str, ...]
    rows: Callable[[], Iterator[Row]]
    workbook: str = ""  # the workbook that the sheet is part of

    @property
    def part(self) -> Part:
        """Return the part in the name of the sheet, else of the file, else of its folders."""
        sheet = self.name.removeprefix(self.workbook) if self.workbook else ""
        return parse_part(sheet) or parse_file_part(self.name)

    @property
    def container(self) -> str:
        """Return the workbook or folder that holds the table."""
        return self.workbook or str(PurePosixPath(self.name).parent)

    def sample(self) -> list[Sequence[str]]:
        """Return the cells of the first rows."""
        return [cells for _, cells in islice(self.rows(), _N_SAMPLED)]


def parse_tables(text: str, name: str) -> Iterator[Table]:
    """Yield ``text`` as a table of two or more columns, for each separator that its first line allows."""
    head = text[:_HEAD_SIZE].lstrip("\r\n")
    first = head.partition("\n")[0]
    for separator in _SEPARATORS:
        if 1 <= first.count(separator) < _MAX_COLUMNS:
            quoting = _detect_quoting(head, separator) if separator == "\t" else csv.QUOTE_MINIMAL
            header = next(read_cells(first.rstrip("\r"), separator, quoting, where=name), (0, [""]))[1]
            rows = partial(_iterate_rows, text, separator, quoting, name, len(header))
            yield Table(name=name, header=tuple(cell.strip() for cell in header), rows=rows)


def _iterate_rows(text: str, separator: str, quoting: int, name: str, width: int) -> Iterator[Row]:
    """Yield the rows below the headings, padded or cut to ``width`` cells."""
    rows = read_cells(text, separator, quoting, where=name)
    next((row for row in rows if any(row[1])), None)
    for number, cells in rows:
        if any(cells):
            yield f"{name}, line {number}", [*cells[:width], *[""] * (width - len(cells))]


def read_cells(
    text: str, separator: str, quoting: int = csv.QUOTE_MINIMAL, *, where: str
) -> Iterator[tuple[int, list[str]]]:
    """Yield the first line number and the cells of each row; a cell may hold a whole document.

    :raises BionerError: for a row that ends inside quotes, or a cell of more than ``MAX_LINE`` characters
    """
    if "\n" not in text:
        text = text.replace("\r", "\n")
    csv.field_size_limit(MAX_LINE)  # the same everywhere: the limit is global, and threads share it
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, quoting=quoting)  # type: ignore[arg-type]
    number = 1
    try:
        for cells in reader:
            yield number, cells
            number = reader.line_num + 1
    except csv.Error as error:
        raise BionerError(f"{where}, line {number}: not a table row ({error}). Check the quotes.") from error


def _detect_quoting(head: str, separator: str) -> int:
    """Return the csv quoting of a tab-separated text: the one with which more rows have equal width."""
    head = head[: head.rfind("\n") + 1] or head
    widths = {}
    for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
        try:
            rows = [len(cells) for _, cells in read_cells(head, separator, quoting, where="")]
        except BionerError:
            rows = []
        widths[quoting] = rows.count(rows[0]) if rows else 0
    return csv.QUOTE_NONE if widths[csv.QUOTE_NONE] > widths[csv.QUOTE_MINIMAL] else csv.QUOTE_MINIMAL
