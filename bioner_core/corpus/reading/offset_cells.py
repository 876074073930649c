"""Parse the offsets in the cells of a table."""

import re

_MAX_DIGITS = 15  # of an offset
_PLACEHOLDER = re.compile(r"[-–—_]{0,3}|nan|null|none|nil|n/?a|#n/a|<na>|\[\]", re.IGNORECASE)


def clear_placeholder(cell: str) -> str:
    """Return a cell; "" for what spreadsheets and programs write into empty ones.

    >>> clear_placeholder("NaN"), clear_placeholder("-"), clear_placeholder("12")
    ('', '', '12')
    """
    return "" if _PLACEHOLDER.fullmatch(cell.strip()) else cell


def parse_fragments(cell: str) -> tuple[tuple[int, int], ...] | None:
    """Parse the fragments in a cell, whatever separates them; None if it is malformed.

    >>> parse_fragments("6-24"), parse_fragments("[(6, 24), (30, 35)]")
    (((6, 24),), ((6, 24), (30, 35)))
    >>> parse_fragments("'6-24, 30-35'"), parse_fragments(""), parse_fragments("6")
    (((6, 24), (30, 35)), (), None)
    """
    cell = re.sub(r"(?<=\d)\.0+(?!\d)", "", cell.strip()) if "." in cell else cell.strip()
    if len(cell) > 2_000 or not re.fullmatch(r"[\d\s,;:|\-–—\[\](){}'\".]*", cell):
        return None
    digits = re.findall(r"\d+", cell)
    if len(digits) % 2 or (cell and not digits) or any(len(number) > _MAX_DIGITS for number in digits):
        return None
    numbers = [int(number) for number in digits]
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))


def parse_pairs(starts: str, ends: str) -> tuple[tuple[int, int], ...] | None:
    """Parse fragments from a cell of starts and a cell of ends; None if they do not match."""
    if starts.isdecimal() and ends.isdecimal() and len(starts) <= _MAX_DIGITS >= len(ends):
        return ((int(starts), int(ends)),)  # the common case
    first, last = _parse_numbers(starts), _parse_numbers(ends)
    if not first or not last or len(first) != len(last):
        return None
    return tuple(zip(first, last, strict=True))


def _parse_numbers(cell: str) -> list[int] | None:
    numbers = re.split(r"[,;|]", cell.strip("[](){}'\" "))
    matches = [re.fullmatch(r"\s*(-?\d{1,15})(?:\.0+)?\s*", number) for number in numbers]
    return [int(match[1]) for match in matches if match] if all(matches) else None
