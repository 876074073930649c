"""Parse the sizes of a curve, such as "50:2000:50,full"."""

import re
from collections.abc import Iterable
from typing import Literal

from bioner_core.errors import BionerError

Size = int | Literal["full"]
MAX_SIZES = 1000

_ALLOWED = 'Allowed are numbers, from:to:step and "full", joined by commas, such as 50:2000:50,full.'


def parse_sizes(text: str | Iterable[Size]) -> tuple[Size, ...]:
    """Return the sizes of a text or a sequence: each once, ascending, "full" last.

    >>> parse_sizes("100,50:200:50,full")
    (50, 100, 150, 200, 'full')

    :raises BionerError: a part is neither a number, a range nor "full"; or there are too many.
    """
    items = text.split(",") if isinstance(text, str) else [str(size) for size in text]
    sizes: set[int] = set()
    is_full = False
    for part in (item.strip() for item in items):
        if part == "full":
            is_full = True
        elif match := re.fullmatch(r"(\d{1,9}):(\d{1,9}):(\d{1,9})", part):
            sizes.update(_parse_range(part, *map(int, match.groups())))
        elif re.fullmatch(r"\d{1,9}", part):
            sizes.add(int(part))
        else:
            raise BionerError(f"sizes: found {part!r}. {_ALLOWED}")
    if len(sizes) > MAX_SIZES:
        raise BionerError(f"sizes: found {len(sizes):,}; at most {MAX_SIZES:,} are allowed.")
    return (*sorted(sizes), "full") if is_full else tuple(sorted(sizes))


def _parse_range(part: str, start: int, stop: int, step: int) -> range:
    if step == 0 or stop < start:
        raise BionerError(f"sizes: {part!r} is empty. Write from:to:step with a step above 0, from below to.")
    if (stop - start) // step >= MAX_SIZES:
        raise BionerError(f"sizes: {part!r} names more than {MAX_SIZES:,} sizes. Use a larger step.")
    return range(start, stop + 1, step)


def format_numbers(numbers: Iterable[int]) -> str:
    """Join numbers for a sentence.

    >>> format_numbers([800, 1600, 3200])
    '800, 1,600 and 3,200'
    """
    *most, last = [f"{number:,}" for number in numbers]
    return f"{', '.join(most)} and {last}" if most else last
