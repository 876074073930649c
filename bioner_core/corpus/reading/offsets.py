"""Ways in which tools count characters, each as one rule for a whole file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from unicodedata import combining, normalize

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint32]
Widths = Callable[[Codes], NDArray[np.int64]]
Offset = Callable[[int], int]
Fragment = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """How wide each character counts, where counting begins, and what the end of a mention names."""

    name: str  # what is counted, in words
    first: int = 0  # offset of the first character
    widths: Widths | None = None  # of code points; None: all count one
    end_is_last: bool = False  # an end names the last character, not the one after it

    def shifted(self, shift: int) -> "Rule":
        """Return this rule with all offsets larger by ``shift``, which is not 0."""
        name = f"{self.name}, {shift:+,d} throughout".replace("-", "−")
        return replace(self, name=name, first=self.first + shift)

    def offsets(self, text: str) -> Offset:
        """Return what turns an offset in a file into one in ``text``; -1 for a place inside a character."""
        if self.widths is None:
            return lambda offset: offset - self.first
        starts = self.starts(text)
        last = int(starts[-1])

        def place(offset: int) -> int:
            if not self.first <= offset <= last:
                return -1
            index = int(np.searchsorted(starts, offset, side="right")) - 1
            return index if starts[index] == offset else -1

        return place

    def fragments(self, text: str) -> Callable[[int, int], Fragment]:
        """Return what turns start and end of a fragment in a file into those in ``text``, -1 as above."""
        if not (self.first or self.end_is_last or self.widths):
            return lambda start, end: (start, end)
        place = self.offsets(text)
        if not self.end_is_last:
            return lambda start, end: (place(start), place(end))

        def inclusive(start: int, end: int) -> Fragment:
            last = place(end)
            return place(start), last + 1 if last >= 0 else -1

        return inclusive

    def differs(self, text: str) -> bool:
        """Tell whether this rule counts ``text`` otherwise than in characters."""
        return bool(self.first or self.end_is_last or self.starts(text)[-1] != len(text))

    def starts(self, text: str) -> NDArray[np.int64]:
        """Return the offset of each character of ``text`` and of its end: (characters + 1,)."""
        codes = np.frombuffer(text.encode("utf-32-le"), dtype="<u4")
        widths = np.ones(len(codes), np.int64) if self.widths is None else self.widths(codes)
        return self.first + np.concatenate([[0], np.cumsum(widths)])


def _utf16(codes: Codes) -> NDArray[np.int64]:
    return np.where(codes > 0xFFFF, 2, 1)


def _utf8(codes: Codes) -> NDArray[np.int64]:
    return _utf16(codes) + (codes > 0x7F) + (codes > 0x7FF)


def _line_end_as_one(codes: Codes) -> NDArray[np.int64]:
    follows = np.concatenate([[False], codes[:-1] == ord("\r")])[: len(codes)]
    return np.where(follows & (codes == ord("\n")), 0, 1)


def _blanks_as_one(codes: Codes) -> NDArray[np.int64]:
    is_blank = np.isin(codes, [ord(c) for c in " \t\n\r\v\f\xa0"])
    follows = np.concatenate([[False], is_blank[:-1]])[: len(codes)]
    return np.where(follows & is_blank, 0, 1)


def _by_sign(codes: Codes, *, wide: Mapping[str, int]) -> NDArray[np.int64]:
    """Count some characters by their own width, all others as one."""
    widths = np.ones(len(codes), np.int64)
    for sign, width in wide.items():
        widths[codes == ord(sign)] = width
    return widths


def _each(codes: Codes, *, width: Callable[[str], int]) -> NDArray[np.int64]:
    """Count each kind of character beyond ASCII by a function of it, looked up once a kind."""
    widths = np.ones(len(codes), np.int64)
    for code in np.unique(codes[codes > 0x7F]):
        widths[codes == code] = width(chr(code))
    return widths


def _decomposed(sign: str) -> int:
    return len(normalize("NFD", sign))


def _composed(sign: str) -> int:
    return 0 if combining(sign) else 1


_XML = {"&": 5, "<": 4, ">": 4}  # "&amp;", "&lt;", "&gt;"
CHARACTERS = Rule(name="characters")
UTF16 = Rule(name="UTF-16 units", widths=_utf16)  # Java and JavaScript tools
RULES = (  # ties go to the first
    CHARACTERS,
    UTF16,
    Rule(name="CR LF as one", widths=_line_end_as_one),
    Rule(name="line ends as CR LF", widths=partial(_by_sign, wide={"\n": 2})),
    Rule(name="the byte order mark, or from 1", first=1),
    Rule(name="UTF-8 bytes", widths=_utf8),
    Rule(name="the last character as the end", end_is_last=True),
    Rule(name="from 1, the last character as the end", first=1, end_is_last=True),
    Rule(name="no line ends", widths=partial(_by_sign, wide={"\n": 0, "\r": 0})),
    Rule(name="line ends as three", widths=partial(_by_sign, wide={"\n": 3})),
    Rule(name="blanks in a row as one", widths=_blanks_as_one),
    Rule(name="&, < and > as in XML", widths=partial(_by_sign, wide=_XML)),
    Rule(name="&, <, >, \" and ' as in XML", widths=partial(_by_sign, wide=_XML | {'"': 6, "'": 6})),
    Rule(name="letters and their marks each", widths=partial(_each, width=_decomposed)),  # й as two
    Rule(name="letters with their marks as one", widths=partial(_each, width=_composed)),
)
