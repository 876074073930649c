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
MAX_TITLES = 12  # rows in which the headings stand
_TITLE_LENGTH = 20_000  # characters of these rows
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
            if "" not in header:
                rows = partial(_iterate_rows, text, separator, quoting, name, 0, len(header))
                yield Table(name=name, header=tuple(cell.strip() for cell in header), rows=rows)
                continue
        elif not separator.join(head[:_TITLE_LENGTH].split("\n")[1:MAX_TITLES]).count(separator):
            continue
        else:
            quoting = csv.QUOTE_MINIMAL
        if table := _find_table_below_titles(text, head, separator, quoting, name):
            yield table


def _find_table_below_titles(text: str, head: str, separator: str, quoting: int, name: str) -> Table | None:
    """Return the table whose headings stand below rows of a title; None if there is none."""
    try:
        numbered = read_cells(head[:_TITLE_LENGTH], separator, quoting, where=name)
        rows = [cells for _, cells in islice(numbered, MAX_TITLES) if any(cells)]
    except BionerError:
        return None
    skip = find_header_row(rows)
    if not rows or sum(map(bool, rows[skip])) < 2:
        return None
    header = tuple(cell.strip() for cell in rows[skip])
    body = partial(_iterate_rows, text, separator, quoting, name, skip, len(header))
    return Table(name=name, header=header, rows=body)


def find_header_row(rows: Sequence[Sequence[str]]) -> int:
    """Return the number of the row of headings: the first, or the first full one below rows of a title.

    >>> find_header_row([["Round 3", ""], ["text", "label"], ["Took it.", ""]]), find_header_row([["a", "b"]])
    (1, 0)
    """
    n_filled = [sum(bool(cell.strip()) for cell in row) for row in rows]
    most = max(n_filled, default=0)
    if not rows or n_filled[0] == most or (n_filled[0] > 1 and 2 * n_filled[0] >= most):
        return 0
    return n_filled.index(most)


def _iterate_rows(text: str, separator: str, quoting: int, name: str, skip: int, width: int) -> Iterator[Row]:
    """Yield the rows below the headings, padded or cut to ``width`` cells.

    :param skip: rows of a title above the headings
    """
    rows = read_cells(text, separator, quoting, where=name)
    for _ in range(skip + 1):
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
