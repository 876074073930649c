"""Ways in which tools count characters, and the one that a file was written with."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from unicodedata import normalize

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint32]
Offset = Callable[[int], int]


@dataclass(frozen=True)
class Rule:
    """How wide each character counts."""

    name: str  # what is counted, in words
    first: int  # offset of the first character
    widths: Callable[[Codes], NDArray[np.int64]] | None  # of code points; None: all count one

    def offsets(self, text: str) -> Offset:
        """Return what turns an offset in a file into one in ``text``; -1 for a place inside a character."""
        if self.widths is None:
            return lambda offset: offset - self.first
        codes = np.frombuffer(text.encode("utf-32-le"), dtype="<u4")
        starts = self.first + np.concatenate([[0], np.cumsum(self.widths(codes))])  # (characters + 1,)

        last = int(starts[-1])

        def place(offset: int) -> int:
            if not self.first <= offset <= last:
                return -1
            index = int(np.searchsorted(starts, offset, side="right")) - 1
            return index if starts[index] == offset else -1

        return place


def _utf16(codes: Codes) -> NDArray[np.int64]:
    return np.where(codes > 0xFFFF, 2, 1)


def _utf8(codes: Codes) -> NDArray[np.int64]:
    return _utf16(codes) + (codes > 0x7F) + (codes > 0x7FF)


def _line_end_as_one(codes: Codes) -> NDArray[np.int64]:
    follows = np.concatenate([[False], codes[:-1] == ord("\r")])[: len(codes)]
    return np.where(follows & (codes == ord("\n")), 0, 1)


def _line_end_as_two(codes: Codes) -> NDArray[np.int64]:
    return np.where(codes == ord("\n"), 2, 1)


CHARACTERS = Rule("characters", 0, None)
RULES = (
    CHARACTERS,
    Rule("UTF-16 units", 0, _utf16),  # Java and JavaScript tools
    Rule("CR LF as one", 0, _line_end_as_one),
    Rule("line ends as CR LF", 0, _line_end_as_two),
    Rule("the byte order mark, or from 1", 1, None),
    Rule("UTF-8 bytes", 0, _utf8),
)

Fragments = Sequence[tuple[int, int]]
Checkable = tuple[str, Sequence[tuple[Fragments, str]]]  # a text; its mentions and the words they cover
_DECIDING = 2_000  # mentions that decide for a file, half of them from texts with disagreement


def rule_for(documents: Sequence[Checkable]) -> tuple[Rule, int, int, int]:
    """Return the rule under which most mentions of a file cover their own words; ties go to characters.

    Another rule needs more than half of the mentions on its side.

    :returns: the rule, mentions that agree under it, that agree counted as characters, that were looked at
    """
    hits = [_hits(CHARACTERS, [each]) for each in documents]
    missed = [each for each, n in zip(documents, hits, strict=True) if n < len(each[1])]
    if not missed:
        return CHARACTERS, 0, 0, 0
    agreed = [each for each, n in zip(documents, hits, strict=True) if n == len(each[1]) > 0]
    looked_at = [*_first(missed), *_first(agreed)]
    n_hits = {rule.name: _hits(rule, looked_at) for rule in RULES}
    best = max(RULES, key=lambda rule: n_hits[rule.name])
    n_looked_at = sum(len(mentions) for _, mentions in looked_at)
    if 2 * n_hits[best.name] <= n_looked_at:  # a chance hit or two in a broken file
        best = CHARACTERS
    return best, n_hits[best.name], n_hits[CHARACTERS.name], n_looked_at


def _first(documents: Sequence[Checkable]) -> Iterator[Checkable]:
    """Yield texts until they hold enough mentions."""
    room = _DECIDING // 2
    for text, mentions in documents:
        if room > 0:
            yield text, mentions[:room]
        room -= len(mentions)


def says_same(text: str, fragments: Fragments, words: str) -> bool:
    """Tell whether ``fragments`` in the order given hold ``words``, blanks, case and composition aside."""
    covered = [text[start:end] for start, end in fragments]
    if " ".join(covered) == words:
        return True
    some, others = "".join("".join(covered).split()), "".join(words.split())
    is_near = len(some) <= 4 * len(others) and len(others) <= 4 * len(some)  # normalising long ones is slow
    return is_near and _bare(some) == _bare(others)


def _bare(words: str) -> str:
    return normalize("NFKC", words).casefold()


def _hits(rule: Rule, documents: Sequence[Checkable]) -> int:
    n = 0
    for text, mentions in documents:
        place = rule.offsets(text)
        for fragments, words in mentions:
            moved = [(place(start), place(end)) for start, end in fragments]
            n += all(0 <= start < end for start, end in moved) and says_same(text, moved, words)
    return n
