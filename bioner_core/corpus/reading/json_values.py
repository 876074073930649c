"""JSON values of a file, one after another: JSON lines, the items of an array, or one object."""

import json
import re
from collections.abc import Iterator
from typing import Any

from bioner_core.corpus.reading.bounds import MAX_LINE, lines
from bioner_core.errors import BionerError

LINES = "Each line needs to be one JSON object, or the file one JSON array of objects."
_DECODER = json.JSONDecoder()
_BLANK = re.compile(r"[ \t\r\n]*")
_HALF = re.compile(r"\\u[dD][89a-fA-F]")  # an escape that may be half of a character


def first_value(text: str) -> Any:
    """Return the first value, of an array its first item; None where there is none that is complete."""
    at = _skipped(text, 0)
    if text[at : at + 1] == "[":
        at = _skipped(text, at + 1)
    if text[at : at + 1] not in ("{", "["):
        return None
    try:
        return _DECODER.raw_decode(text[at : at + MAX_LINE])[0]
    except (ValueError, RecursionError):
        return None


def values(text: str, *, name: str) -> Iterator[tuple[str, Any]]:
    """Yield place and value of each line, of each item of an array, or of one object on many lines.

    :raises BionerError: at the first value that is no complete JSON
    """
    start = _skipped(text, 0)
    if text[start : start + 1] == "[":
        yield from items(text, start, name=name)
    elif is_one_object(text):
        if len(text) > MAX_LINE:
            raise BionerError(f"{name}: a JSON object of more than {MAX_LINE:,} characters. {LINES}")
        yield name, parsed(text, where=name)
    else:
        yield from line_values(text, name=name)


def line_values(text: str, *, name: str) -> Iterator[tuple[str, Any]]:
    """Yield place and value of each line that is not blank."""
    for number, line in lines(text, where=name):
        if line.strip():
            where = f"{name}, line {number}"
            yield where, parsed(line, where=where)


def items(text: str, start: int, *, name: str, is_whole: bool = True) -> Iterator[tuple[str, Any]]:
    """Yield place and value of each item of the array that begins at ``start``, one at a time.

    :param is_whole: nothing may follow the array
    """
    at, number = _skipped(text, start + 1), 0
    base, window = at, text[at : at + MAX_LINE]  # what one item may fill
    while text[at : at + 1] not in ("", "]"):
        number += 1
        where = f"{name}, record {number}"
        if len(window) - (at - base) < MAX_LINE // 2 and base + len(window) < len(text):
            base, window = at, text[at : at + MAX_LINE]
        value, end = _item(window, at - base, where)
        yield where, value
        at = _skipped(text, base + end)
        if text[at : at + 1] == ",":
            at = _skipped(text, at + 1)
        elif text[at : at + 1] not in ("", "]"):
            raise BionerError(f"{where}: not complete JSON (no comma after it). {LINES}")
    if not text[at : at + 1]:
        raise BionerError(f"{name}: not complete JSON (the array does not end). {LINES}")
    if is_whole and text[at + 1 :].strip():
        raise BionerError(f"{name}: not complete JSON (more after the end of the array). {LINES}")


def parsed(text: str, *, where: str) -> Any:
    """Return the one value that a text is."""
    value, end = _item(text, _skipped(text, 0), where)
    if text[end:].strip():
        raise BionerError(f"{where}: not complete JSON (Extra data, column {end + 1}). {LINES}")
    return value


def first_line(text: str) -> str:
    """Return the first line that is not blank, whole, without a copy of what follows."""
    start = _skipped(text, 0)
    end = text.find("\n", start)
    return text[start:] if end < 0 else text[start:end]


def is_one_line(text: str) -> bool:
    """Tell whether all but one line are blank."""
    end = text.find("\n", _skipped(text, 0))
    return end < 0 or _skipped(text, end) == len(text)


def is_one_object(text: str) -> bool:
    """Tell whether an object goes on beyond the first line."""
    first = first_line(text)
    if first[:1] != "{" or is_one_line(text) or first_value(first) is not None:
        return False
    after = _skipped(text, text.find("\n", _skipped(text, 0)))
    return first.rstrip()[-1] != "}" or text[after] != "{"


def _item(text: str, at: int, where: str) -> tuple[Any, int]:
    """Return the value that begins at ``at``, and where it ends."""
    try:
        value, end = _DECODER.raw_decode(text, at)
    except json.JSONDecodeError as error:
        if len(text) - at >= MAX_LINE:
            raise BionerError(f"{where}: longer than {MAX_LINE:,} characters, or no JSON. {LINES}") from error
        reason = f"{error.msg}, column {error.pos - at + 1}"  # of the line or record
        raise BionerError(f"{where}: not complete JSON ({reason}). {LINES}") from error
    except ValueError as error:
        raise BionerError(f"{where}: a number with too many digits. {LINES}") from error
    except RecursionError as error:
        raise BionerError(f"{where}: brackets nested too deep. {LINES}") from error
    return _without_halves(value) if _HALF.search(text, at, end) else value, end


def _without_halves(value: object) -> Any:
    """Replace halves of surrogate pairs, which no file can hold, by �; lengths stay."""
    text = json.dumps(value, ensure_ascii=False).encode("utf-16-le", errors="surrogatepass")
    return json.loads(text.decode("utf-16-le", errors="replace"))


def _skipped(text: str, at: int) -> int:
    """Return where the next sign that is no blank stands."""
    match = _BLANK.match(text, at)
    return match.end() if match else at
