"""Iterate over the JSON values of a file: JSON lines, the items of an array, or one object."""

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from bioner_core.corpus.reading.bounds import MAX_LINE, iterate_lines
from bioner_core.errors import BionerError

HINT = "Each line needs to be one JSON object, or the file one JSON array of objects."
_LONG = 1_000_000  # characters
_DECODER = json.JSONDecoder()
_BLANKS = re.compile(r"[ \t\r\n]*")
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")  # an escape that may be half of a surrogate pair


def parse_first_value(text: str) -> Any:
    """Parse the first value, or the first item of an array; None if there is no complete one.

    That of a long text is kept until ``forget_first_values``, since each format asks for it.
    """
    return _parse_first_value(text) if len(text) < _LONG else _keep_first_value(text)


@lru_cache(maxsize=16)
def _keep_first_value(text: str) -> Any:
    return _parse_first_value(text)


def forget_first_values() -> None:
    """Release the texts whose first value is kept."""
    _keep_first_value.cache_clear()


def _parse_first_value(text: str) -> Any:
    position = _skip_blanks(text, 0)
    if text[position : position + 1] == "[":
        position = _skip_blanks(text, position + 1)
    if text[position : position + 1] not in ("{", "["):
        return None
    try:
        return _DECODER.raw_decode(text[position : position + MAX_LINE])[0]
    except (ValueError, RecursionError):
        return None


def iterate_values(text: str, *, name: str) -> Iterator[tuple[str, Any]]:
    """Yield place and value of each line, of each item of an array, or of one object on many lines.

    :raises BionerError: at the first value that is not complete JSON
    """
    start = _skip_blanks(text, 0)
    if text[start : start + 1] == "[":
        yield from iterate_items(text, start, name=name)
    elif is_one_object(text):
        if len(text) > MAX_LINE:
            raise BionerError(f"{name}: a JSON object of more than {MAX_LINE:,} characters. {HINT}")
        yield name, parse_value(text, where=name)
    else:
        yield from iterate_line_values(text, name=name)


def iterate_line_values(text: str, *, name: str) -> Iterator[tuple[str, Any]]:
    """Yield place and value of each line that is not blank."""
    for number, line in iterate_lines(text, where=name):
        if line.strip():
            where = f"{name}, line {number}"
            yield where, parse_value(line, where=where)


def iterate_items(text: str, start: int, *, name: str, is_whole: bool = True) -> Iterator[tuple[str, Any]]:
    """Yield place and value of each item of the array that begins at ``start``, one at a time.

    :param is_whole: refuse text after the array
    """
    position, number = _skip_blanks(text, start + 1), 0
    base, window = position, text[position : position + MAX_LINE]  # the most that an item may fill
    while text[position : position + 1] not in ("", "]"):
        number += 1
        where = f"{name}, record {number}"
        if len(window) - (position - base) < MAX_LINE // 2 and base + len(window) < len(text):
            base, window = position, text[position : position + MAX_LINE]
        value, end = _parse_item(window, position - base, where)
        yield where, value
        position = _skip_blanks(text, base + end)
        if text[position : position + 1] == ",":
            position = _skip_blanks(text, position + 1)
        elif text[position : position + 1] not in ("", "]"):
            raise BionerError(f"{where}: not complete JSON (no comma after it). {HINT}")
    if not text[position : position + 1]:
        raise BionerError(f"{name}: not complete JSON (the array does not end). {HINT}")
    if is_whole and text[position + 1 :].strip():
        raise BionerError(f"{name}: not complete JSON (more after the end of the array). {HINT}")


def parse_value(text: str, *, where: str) -> Any:
    """Parse a text that is a single JSON value."""
    value, end = _parse_item(text, _skip_blanks(text, 0), where)
    if text[end:].strip():
        raise BionerError(f"{where}: not complete JSON (Extra data, column {end + 1}). {HINT}")
    return value


def extract_first_line(text: str) -> str:
    """Return the first non-blank line without a copy of the rest."""
    start = _skip_blanks(text, 0)
    end = text.find("\n", start)
    return text[start:] if end < 0 else text[start:end]


def is_one_line(text: str) -> bool:
    """Tell whether a text has only one non-blank line."""
    end = text.find("\n", _skip_blanks(text, 0))
    return end < 0 or _skip_blanks(text, end) == len(text)


def is_one_object(text: str) -> bool:
    """Tell whether a text is one object over several lines."""
    first = extract_first_line(text)
    if first[:1] != "{" or is_one_line(text) or parse_first_value(first) is not None:
        return False
    after = _skip_blanks(text, text.find("\n", _skip_blanks(text, 0)))
    return first.rstrip()[-1] != "}" or text[after] != "{"


def _parse_item(text: str, position: int, where: str) -> tuple[Any, int]:
    """Parse the value that begins at ``position``; return it and the position of its end."""
    try:
        value, end = _DECODER.raw_decode(text, position)
    except json.JSONDecodeError as error:
        if len(text) - position >= MAX_LINE:
            raise BionerError(f"{where}: longer than {MAX_LINE:,} characters, or no JSON. {HINT}") from error
        reason = f"{error.msg}, column {error.pos - position + 1}"  # in the line or record
        raise BionerError(f"{where}: not complete JSON ({reason}). {HINT}") from error
    except ValueError as error:
        raise BionerError(f"{where}: a number with too many digits. {HINT}") from error
    except RecursionError as error:
        raise BionerError(f"{where}: brackets nested too deep. {HINT}") from error
    return _replace_surrogates(value) if _SURROGATE_ESCAPE.search(text, position, end) else value, end


def _replace_surrogates(value: object) -> Any:
    """Replace lone surrogates, which cannot be encoded, by �; lengths stay the same."""
    text = json.dumps(value, ensure_ascii=False).encode("utf-16-le", errors="surrogatepass")
    return json.loads(text.decode("utf-16-le", errors="replace"))


def _skip_blanks(text: str, position: int) -> int:
    """Return the position of the next character that is not a blank."""
    match = _BLANKS.match(text, position)
    return match.end() if match else position
