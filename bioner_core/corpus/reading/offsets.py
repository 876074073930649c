"""Conventions by which annotation tools count character offsets."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from unicodedata import combining, normalize

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint32]
CountWidths = Callable[[Codes], NDArray[np.int64]]
OffsetMap = Callable[[int], int]
Fragment = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class OffsetConvention:
    """How a file counts offsets: the width of each character, the first offset, and what an end names."""

    name: str  # what is counted, in words
    first_offset: int = 0  # offset of the first character
    widths: CountWidths | None = None  # width of each code point; None: all 1
    is_end_inclusive: bool = False  # an end is the offset of the last character, not of the next

    def with_shift(self, shift: int) -> "OffsetConvention":
        """Return this convention with all offsets larger by ``shift``, which is not 0."""
        name = f"{self.name}, {shift:+,d} throughout".replace("-", "−")
        return replace(self, name=name, first_offset=self.first_offset + shift)

    def offset_map(self, text: str) -> OffsetMap:
        """Return a function from an offset in the file to an index into ``text``, or -1 if there is none."""
        if self.widths is None:
            return lambda offset: offset - self.first_offset
        character_offsets = self.character_offsets(text)
        last = int(character_offsets[-1])

        def find_index(offset: int) -> int:
            if not self.first_offset <= offset <= last:
                return -1
            index = int(np.searchsorted(character_offsets, offset, side="right")) - 1
            return index if character_offsets[index] == offset else -1

        return find_index

    def fragment_map(self, text: str) -> Callable[[int, int], Fragment]:
        """Return a function from (start, end) in the file to (start, end) in ``text``; -1 for none."""
        if not (self.first_offset or self.is_end_inclusive or self.widths):
            return lambda start, end: (start, end)
        find_index = self.offset_map(text)
        if not self.is_end_inclusive:
            return lambda start, end: (find_index(start), find_index(end))

        def map_inclusive(start: int, end: int) -> Fragment:
            last = find_index(end)
            return find_index(start), last + 1 if last >= 0 else -1

        return map_inclusive

    def has_other_offsets(self, text: str) -> bool:
        """Tell whether some offset of ``text`` differs from its character index."""
        return bool(
            self.first_offset or self.is_end_inclusive or self.character_offsets(text)[-1] != len(text)
        )

    def character_offsets(self, text: str) -> NDArray[np.int64]:
        """Return the offset of each character of ``text`` and of its end, shape (n_characters + 1,)."""
        codes = np.frombuffer(text.encode("utf-32-le"), dtype="<u4")
        widths = np.ones(len(codes), np.int64) if self.widths is None else self.widths(codes)
        return self.first_offset + np.concatenate([[0], np.cumsum(widths)])


def _count_utf16(codes: Codes) -> NDArray[np.int64]:
    return np.where(codes > 0xFFFF, 2, 1)


def _count_utf8(codes: Codes) -> NDArray[np.int64]:
    return _count_utf16(codes) + (codes > 0x7F) + (codes > 0x7FF)


def _count_line_end_as_one(codes: Codes) -> NDArray[np.int64]:
    follows_cr = np.concatenate([[False], codes[:-1] == ord("\r")])[: len(codes)]
    return np.where(follows_cr & (codes == ord("\n")), 0, 1)


def _count_blanks_as_one(codes: Codes) -> NDArray[np.int64]:
    is_blank = np.isin(codes, [ord(c) for c in " \t\n\r\v\f\xa0"])
    follows_blank = np.concatenate([[False], is_blank[:-1]])[: len(codes)]
    return np.where(follows_blank & is_blank, 0, 1)


def _count_by_character(codes: Codes, *, wide: Mapping[str, int]) -> NDArray[np.int64]:
    """Return the widths of ``codes``: those in ``wide`` for some characters, 1 for all others."""
    widths = np.ones(len(codes), np.int64)
    for character, width in wide.items():
        widths[codes == ord(character)] = width
    return widths


def _count_beyond_ascii(codes: Codes, *, width: Callable[[str], int]) -> NDArray[np.int64]:
    """Return the widths of ``codes``: ``width(character)`` beyond ASCII, 1 within."""
    widths = np.ones(len(codes), np.int64)
    for code in np.unique(codes[codes > 0x7F]):
        widths[codes == code] = width(chr(code))
    return widths


def _count_decomposed(character: str) -> int:
    return len(normalize("NFD", character))


def _count_composed(character: str) -> int:
    return 0 if combining(character) else 1


_XML = {"&": 5, "<": 4, ">": 4}  # "&amp;", "&lt;", "&gt;"
CHARACTERS = OffsetConvention(name="characters")
UTF16 = OffsetConvention(name="UTF-16 units", widths=_count_utf16)  # Java and JavaScript tools
CONVENTIONS = (  # ties go to the first
    CHARACTERS,
    UTF16,
    OffsetConvention(name="CR LF as one", widths=_count_line_end_as_one),
    OffsetConvention(name="line ends as CR LF", widths=partial(_count_by_character, wide={"\n": 2})),
    OffsetConvention(name="the byte order mark, or from 1", first_offset=1),
    OffsetConvention(name="UTF-8 bytes", widths=_count_utf8),
    OffsetConvention(name="the last character as the end", is_end_inclusive=True),
    OffsetConvention(name="from 1, the last character as the end", first_offset=1, is_end_inclusive=True),
    OffsetConvention(name="no line ends", widths=partial(_count_by_character, wide={"\n": 0, "\r": 0})),
    OffsetConvention(name="line ends as three", widths=partial(_count_by_character, wide={"\n": 3})),
    OffsetConvention(name="blanks in a row as one", widths=_count_blanks_as_one),
    OffsetConvention(name="&, < and > as in XML", widths=partial(_count_by_character, wide=_XML)),
    OffsetConvention(
        name="&, <, >, \" and ' as in XML", widths=partial(_count_by_character, wide=_XML | {'"': 6, "'": 6})
    ),
    OffsetConvention(
        name="letters and their marks each", widths=partial(_count_beyond_ascii, width=_count_decomposed)
    ),  # й counts 2
    OffsetConvention(
        name="letters with their marks as one", widths=partial(_count_beyond_ascii, width=_count_composed)
    ),
)
