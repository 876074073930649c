"""Tables as CSV text; every table of the program that may be opened in a spreadsheet is written here."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")  # what a spreadsheet computes, and what guards it already
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")


def format_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a head and rows as CSV: nothing for None and NaN, texts guarded against formulas."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(escape_formula, columns))
    writer.writerows(
        ["" if cell is None or cell != cell else escape_formula(cell) for cell in row] for row in rows
    )
    return text.getvalue()


def escape_formula(value: object) -> object:
    """Return a value as a spreadsheet shows it: an apostrophe before a text that it would compute.

    >>> escape_formula("=cmd|' /c calc'!A1"), escape_formula("-0.5"), escape_formula("-x"), escape_formula(-1)
    ("'=cmd|' /c calc'!A1", '-0.5', "'-x", -1)
    """
    is_formula = isinstance(value, str) and _FORMULA.match(value) and not _NUMBER.fullmatch(value)
    return f"'{value}" if is_formula else value


def remove_guard(text: str) -> str:
    """Return what :func:`escape_formula` was given.

    >>> [remove_guard(str(escape_formula(text))) for text in ("=1", "'=1", "'x", "-1")]
    ['=1', "'=1", "'x", '-1']
    """
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text
