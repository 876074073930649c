"""Mentions as a file marks them become mentions with a valid place, or findings."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.offset_repair import Checkable, rule_for, says_same
from bioner_core.corpus.reading.offsets import Rule
from bioner_core.corpus.reading.passages import Mention

MAX_MENTION = 2_000  # characters or tokens; what is longer is a broken offset, not a name
INSIDE = "boundary inside a token: a mention starts or ends inside a word; training takes the whole word."

FRAGMENT = "a fragment of the mention is not in the text; the others are kept."


@dataclass(frozen=True, slots=True)
class Marked:
    """A mention as it is written in a file: anything may be wrong with it."""

    label: str
    fragments: tuple[tuple[int, int], ...]  # (start, end exclusive), in any order
    words: str = ""  # the text it should cover, "" where the file does not say
    where: str = ""


def counted_in(documents: Sequence[tuple[str, Sequence[Marked]]], *, where: str, findings: Findings) -> Rule:
    """Return what the offsets of one file count; other than characters is a finding."""
    checkable: list[Checkable] = [
        (text, [(mention.fragments, mention.words) for mention in marked if is_checkable(mention)])
        for text, marked in documents
    ]
    rule, n_so, n_before, n = rule_for(checkable)
    if n_so > n_before:
        kind = f"offsets repaired: they count {rule.name}"
        message = f"{kind}. So {n_so} of {n} mentions cover their own words, {n_before} before."
        findings.add("warning", where, message, kind=f"{kind}.")
    return rule


def is_checkable(mention: Marked) -> bool:
    """Tell whether the file says what this mention covers, in a length that can be compared."""
    for start, end in mention.fragments:  # not all(…): this is asked of every mention, twice
        if not 0 <= end - start <= MAX_MENTION:
            return False
    return bool(mention.words) and not mention.words.isspace()


def place(marked: Sequence[Marked], text: str, *, rule: Rule, findings: Findings) -> tuple[Mention, ...]:
    """Return mentions in file order, each once, with fragments in order, joined and stripped of blanks."""
    if not marked:
        return ()
    moved_to = rule.fragments(text)
    placed: dict[Mention, None] = {}  # keeps the order, drops exact duplicates
    for mention in marked:
        moved = [moved_to(start, end) for start, end in mention.fragments]
        valid = [fragment for fragment in moved if _is_valid(fragment, text)]
        if not valid:
            message = f"its place is not in the text of {len(text):,} characters, or blank; left out."
            _leave_out(mention, message, findings, kind="places outside the text, or blank; left out.")
            continue
        if len(valid) < len(moved):
            findings.add("warning", mention.where, FRAGMENT)
        elif is_checkable(mention) and not says_same(text, moved, mention.words):
            _leave_out(mention, "the text at its place differs from the mention; left out.", findings)
            continue
        good = _in_order(valid, text)
        for start, end in good:
            if is_inside_word(start, text) or is_inside_word(end, text):
                findings.add("warning", mention.where, INSIDE)
                break
        placed[Mention(mention.label, tuple(good))] = None
    return tuple(placed)


def place_in_tokens(marked: Sequence[Marked], n_tokens: int, *, findings: Findings) -> tuple[Mention, ...]:
    """Return mentions whose offsets count tokens, each once."""
    placed: dict[Mention, None] = {}
    for mention in marked:
        good = [(s, e) for s, e in mention.fragments if 0 <= s < e <= n_tokens]
        if not good:
            message = f"its place is not among the {n_tokens:,} tokens; left out."
            _leave_out(mention, message, findings, kind="places outside the tokens; left out.")
            continue
        if len(good) < len(mention.fragments):
            findings.add("warning", mention.where, FRAGMENT)
        placed[Mention(mention.label, tuple(_joined(sorted(good))))] = None
    return tuple(placed)


def _leave_out(mention: Marked, message: str, findings: Findings, *, kind: str = "") -> None:
    findings.unplaced(mention.where, message, kind=kind, label=mention.label, at=mention.fragments)


@lru_cache(maxsize=10_000)
def mention_at(start: int, end: int, label: str) -> Mention:
    """Return one object for all mentions at the same place of their sentences."""
    return Mention(label, ((start, end),))


def _is_valid(fragment: tuple[int, int], text: str) -> bool:
    start, end = fragment
    return 0 <= start < end <= min(len(text), start + MAX_MENTION) and not text[start:end].isspace()


def _in_order(fragments: list[tuple[int, int]], text: str) -> list[tuple[int, int]]:
    stripped = []
    for start, end in fragments:
        words = text[start:end]
        if len(fragments) == 1 and not (words[0].isspace() or words[-1].isspace()):
            return fragments
        stripped.append((end - len(words.lstrip()), start + len(words.rstrip())))
    return _joined(sorted(stripped), text)


def _joined(fragments: list[tuple[int, int]], text: str = "") -> list[tuple[int, int]]:
    """Join fragments, which are in order, where they overlap, touch or have one blank between them."""
    joined = fragments[:1]
    for start, end in fragments[1:]:
        last_start, last_end = joined[-1]
        if start <= last_end or (start == last_end + 1 and text[last_end:start].isspace()):
            joined[-1] = (last_start, max(last_end, end))
        else:
            joined.append((start, end))
    return joined


def is_inside_word(edge: int, text: str) -> bool:
    """Tell whether a mention that begins or ends here cuts a word, which readers report by ``INSIDE``."""
    return 0 < edge < len(text) and text[edge - 1].isalnum() and text[edge].isalnum()
