"""JSON of a run's files, which may come from another machine: only what every program can read."""

import json
import math
from typing import Any

MAX_DIGITS = 18  # of a whole number: more do not fit into 64 bits


def parse_json(text: str) -> Any:
    """Return the value of a JSON text.

    :raises ValueError: it is not JSON, is nested too deeply, or holds NaN, Infinity, a whole number beyond
        64 bits or half of a surrogate pair.
    """
    try:
        value = _DECODER.decode(text)
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode("utf-8")  # fails for half of a surrogate pair
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return value


def _refuse_constant(text: str) -> float:
    raise ValueError(f"{text} is no number")


def _parse_float(text: str) -> float:
    value = float(text)
    return value if math.isfinite(value) else _refuse_constant(text[:20])


def _parse_int(text: str) -> int:
    if len(text.removeprefix("-")) > MAX_DIGITS:
        raise ValueError(f"a number of {len(text):,} digits")
    return int(text)


_DECODER = json.JSONDecoder(parse_float=_parse_float, parse_int=_parse_int, parse_constant=_refuse_constant)
