"""Excel workbooks (.xlsx): each sheet is a table; formulas and links are not followed."""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from itertools import islice
from typing import Any
from warnings import catch_warnings

from bioner_core.corpus.reading.bounds import MAX_FILES, escape_name
from bioner_core.corpus.reading.passages import Reading
from bioner_core.corpus.reading.sheets import (
    ClassifiedTables,
    classify_tables,
    find_claimed_texts,
    read_sheets,
)
from bioner_core.corpus.reading.tables import MAX_TITLES, Row, Table, find_header_row
from bioner_core.corpus.reading.zips import is_workbook, iterate_members
from bioner_core.errors import BionerError

NAME = "Excel"
MAX_UNPACKED = 50_000_000  # bytes; openpyxl takes some 10 s for so many
_MAX_COLUMNS = 64
_MAX_ROWS = 1_048_576  # limit of Excel
_MAX_BLANK_ROWS = 10_000  # in sequence, after which reading stops
_MAX_SHEETS = 50
_NO_TABLE = (
    "an Excel workbook in which no sheet is a table of spans (document, label, offsets, and the text or "
    "DOCUMENT.txt beside it), of records (a text or words; entities or tags as lists in cells) or of words "
    "and tags."
)


def claim_bytes(files: Mapping[str, bytes]) -> set[str]:
    """Return the workbooks that hold a corpus, and the files that hold its texts.

    :raises BionerError: where the only file is a workbook that cannot be read, or holds no such table
    """
    workbooks = {name: content for name, content in files.items() if is_workbook(content)}
    tables: dict[str, ClassifiedTables] = {}
    for name, content in workbooks.items():
        try:
            tables[name] = _read_sheets(content, name)
        except BionerError:
            if len(files) == 1:
                raise
    if len(files) == len(workbooks) == 1 and not any(
        sorted_tables.has_mentions for sorted_tables in tables.values()
    ):
        raise BionerError(f"{next(iter(workbooks))}: {_NO_TABLE}")
    claimed = {name for name, sorted_tables in tables.items() if sorted_tables.spans}
    claimed = claimed or {name for name, sorted_tables in tables.items() if sorted_tables.records}
    claimed = claimed or {name for name, sorted_tables in tables.items() if sorted_tables.words}
    other_files = files.keys() - workbooks.keys()
    return claimed.union(*(find_claimed_texts(tables[name], other_files) for name in claimed))


def read_bytes(
    files: Mapping[str, bytes], *, name: str, documents: str | None, column: str | None = None
) -> Reading:
    """Read all sheets of all workbooks that hold tables of spans; else those of records, or of words."""
    workbooks = {file: content for file, content in files.items() if is_workbook(content)}
    sheets = ClassifiedTables()
    for file, content in workbooks.items():
        sheets.add(_read_sheets(content, file))
    texts = {file: content for file, content in files.items() if file not in workbooks}
    return read_sheets(sheets, texts, name=name, documents=documents, format_name=NAME, column=column)


def _read_sheets(content: bytes, name: str) -> ClassifiedTables:
    for _, read in iterate_members(
        content, name=name, max_bytes=MAX_UNPACKED, max_files=MAX_FILES, is_office=True
    ):
        xml = read().replace(b"\0", b"")  # UTF-16 becomes ASCII
        if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
            raise BionerError(f"{name}: its XML declares entities, so it is not opened. Save it again.")
    book = _call_guarded(partial(_load_workbook, content), name)
    tables = []
    for title in _call_guarded(lambda: list(book.sheetnames), name)[:_MAX_SHEETS]:
        where = f"{name}, sheet {escape_name(title)}"
        if hasattr(sheet := _call_guarded(partial(book.__getitem__, title), name), "iter_rows"):  # no chart
            tables.append(_read_table(sheet, where, name))
    return classify_tables(table for table in tables if table is not None)


def _load_workbook(content: bytes) -> Any:
    from openpyxl import load_workbook  # at use: importing it would slow the start of a page

    with catch_warnings(action="ignore"):  # about styles and filters, which are not read
        return load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)


def _read_table(sheet: Any, where: str, name: str) -> Table | None:
    """Return a sheet as a table, whose headings may stand below a title; None if all rows are blank."""
    rows = (row for row in _iterate_rows(sheet, where, name) if any(row[1]))
    first = list(islice(rows, MAX_TITLES))
    if not first:
        return None
    skip = find_header_row([cells for _, cells in first])
    place, cells = first[skip]
    width = max(at for at, cell in enumerate(cells) if cell) + 1
    header = tuple(cell.strip() for cell in cells[:width])
    body = partial(_iterate_body_rows, sheet, where, name, place, width)
    return Table(name=where, header=header, rows=body, workbook=name)


def _iterate_body_rows(sheet: Any, where: str, name: str, header: str, width: int) -> Iterator[Row]:
    """Yield the rows below the place ``header``."""
    rows = _iterate_rows(sheet, where, name)
    next(row for row in rows if row[0] == header)
    for place, cells in rows:
        yield place, cells[:width]


def _iterate_rows(sheet: Any, where: str, name: str) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield the place and the cells, as text, of each row, including blank rows."""
    values = sheet.iter_rows(values_only=True, min_row=1, max_row=_MAX_ROWS, max_col=_MAX_COLUMNS)
    n_blank = 0
    for number in range(1, _MAX_ROWS + 1):
        row = _call_guarded(partial(next, values, None), name)
        n_blank = n_blank + 1 if row is not None and not any(row) else 0
        if row is None or n_blank > _MAX_BLANK_ROWS:
            return
        yield f"{where}, row {number}", [_format_cell(cell) for cell in row]


def _format_cell(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _call_guarded(action: Callable[[], Any], name: str) -> Any:
    """Call ``action``; turn every error into one that names the workbook."""
    try:
        return action()
    except Exception as error:  # openpyxl names no closed set of what damaged bytes raise
        raise BionerError(f"{name}: the Excel workbook is damaged. Save it again, or as CSV.") from error
