"""Excel workbooks (.xlsx): each sheet is a table; nothing is computed, linked or fetched."""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any
from warnings import catch_warnings

from bioner_core.corpus.reading.bounds import MAX_FILES, printable
from bioner_core.corpus.reading.passages import Reading
from bioner_core.corpus.reading.sheets import Sheets, claimed_texts, read_sheets, sorted_out
from bioner_core.corpus.reading.tables import Row, Table
from bioner_core.corpus.reading.zips import is_workbook, members
from bioner_core.errors import BionerError

NAME = "Excel"
MAX_UNPACKED = 50_000_000  # bytes; openpyxl takes some 10 s for so many
_MAX_COLUMNS = 64
_MAX_ROWS = 1_048_576  # that Excel has
_BLANK = 10_000  # rows in a row, after which nothing more is looked for
_MAX_SHEETS = 50
_NO_TABLE = (
    "an Excel workbook in which no sheet is a table of spans (document, label, offsets, and the text or "
    "DOCUMENT.txt beside it), of records (a text or words; entities or tags as lists in cells) or of words "
    "and tags."
)


def claims_bytes(files: Mapping[str, bytes]) -> set[str]:
    """Return the workbooks that hold a corpus, and the files beside them that hold its texts.

    :raises BionerError: where the only file is a workbook that cannot be read, or holds no such table
    """
    books = {name: content for name, content in files.items() if is_workbook(content)}
    found: dict[str, Sheets] = {}
    for name, content in books.items():
        try:
            found[name] = _sheets(content, name)
        except BionerError:
            if len(files) == 1:
                raise
    if len(files) == len(books) == 1 and not any(sheets.are_corpus for sheets in found.values()):
        raise BionerError(f"{next(iter(books))}: {_NO_TABLE}")
    mine = {name for name, sheets in found.items() if sheets.spans}
    mine = mine or {name for name, sheets in found.items() if sheets.records}
    mine = mine or {name for name, sheets in found.items() if sheets.words}
    others = files.keys() - books.keys()
    return mine.union(*(claimed_texts(found[name], others) for name in mine))


def read_bytes(files: Mapping[str, bytes], *, name: str, documents: str | None) -> Reading:
    """Read all sheets of all workbooks that hold tables of spans; else those of records, or of words."""
    books = {file: content for file, content in files.items() if is_workbook(content)}
    sheets = Sheets()
    for file, content in books.items():
        sheets.add(_sheets(content, file))
    texts = {file: content for file, content in files.items() if file not in books}
    return read_sheets(sheets, texts, name=name, documents=documents, form=NAME)


def _sheets(content: bytes, name: str) -> Sheets:
    for _, read in members(content, name=name, room=MAX_UNPACKED, max_files=MAX_FILES, is_office=True):
        xml = read().replace(b"\0", b"")  # of UTF-16, its letters
        if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
            raise BionerError(f"{name}: its XML declares entities, so it is not opened. Save it again.")
    book = _tried(partial(_opened, content), name)
    tables = []
    for title in _tried(lambda: list(book.sheetnames), name)[:_MAX_SHEETS]:
        where = f"{name}, sheet {printable(title)}"
        if hasattr(sheet := _tried(partial(book.__getitem__, title), name), "iter_rows"):  # no chart
            tables.append(_table(sheet, where, name))
    return sorted_out(table for table in tables if table is not None)


def _opened(content: bytes) -> Any:
    from openpyxl import load_workbook  # at use: a page would pay for it at start

    with catch_warnings(action="ignore"):  # of styles and filters, which are not read
        return load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)


def _table(sheet: Any, where: str, name: str) -> Table | None:
    """Return a sheet with the headings of its first row that is not blank; None where all are."""
    first = next((row for row in _rows(sheet, where, name) if any(row[1])), None)
    if first is None:
        return None
    width = max(at for at, cell in enumerate(first[1]) if cell) + 1
    header = tuple(cell.strip() for cell in first[1][:width])
    return Table(name=where, header=header, rows=partial(_below, sheet, where, name, width), workbook=name)


def _below(sheet: Any, where: str, name: str, width: int) -> Iterator[Row]:
    rows = _rows(sheet, where, name)
    next(row for row in rows if any(row[1]))
    for place, cells in rows:
        yield place, cells[:width]


def _rows(sheet: Any, where: str, name: str) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield the place and the cells of each row, blank ones too, as text."""
    values = sheet.iter_rows(values_only=True, min_row=1, max_row=_MAX_ROWS, max_col=_MAX_COLUMNS)
    n_blank = 0
    for number in range(1, _MAX_ROWS + 1):
        row = _tried(partial(next, values, None), name)
        n_blank = n_blank + 1 if row is not None and not any(row) else 0
        if row is None or n_blank > _BLANK:
            return
        yield f"{where}, row {number}", [_text(cell) for cell in row]


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _tried(action: Callable[[], Any], name: str) -> Any:
    try:
        return action()
    except Exception as error:  # openpyxl names no closed set of what damaged bytes raise
        raise BionerError(f"{name}: the Excel workbook is damaged. Save it again, or as CSV.") from error
