"""Check and normalize the offsets of raw mentions; report those that are not valid."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.mention_texts import is_normalized_text, is_same_text
from bioner_core.corpus.reading.offset_repair import CheckableText, select_convention
from bioner_core.corpus.reading.offsets import CHARACTERS, Fragment, OffsetConvention
from bioner_core.corpus.reading.passages import Mention

MAX_MENTION = 2_000  # characters or tokens; a longer span is a wrong offset, not an entity
INSIDE_WORD = (
    "boundary inside a token: a mention starts or ends inside a word; training takes the whole word."
)
NORMALIZED = (
    "the file writes the mention in another way (a for α, other dashes); its offsets hold, so it is kept."
)
LOST_FRAGMENT = "a fragment of the mention is not in the text; the others are kept."


@dataclass(frozen=True, slots=True)
class RawMention:
    """A mention as a file has it; its offsets are not checked yet."""

    label: str
    fragments: tuple[tuple[int, int], ...]  # (start, end exclusive), in any order
    surface: str = ""  # the text it should cover; "" where the file does not say
    where: str = ""


def infer_convention(
    documents: Sequence[tuple[str, Sequence[RawMention]]], *, where: str, findings: Findings
) -> OffsetConvention:
    """Return the offset convention of one file; report any other than characters."""
    if all(_covers_surface(text, mention) for text, mentions in documents for mention in mentions):
        return CHARACTERS
    checkable: list[CheckableText] = [
        (text, [(mention.fragments, mention.surface) for mention in raw_mentions if is_checkable(mention)])
        for text, raw_mentions in documents
    ]
    convention, n_after, n_before, n_checked = select_convention(checkable)
    if n_after > n_before:
        kind = f"offsets repaired: they count {convention.name}"
        message = f"{kind}. So {n_after} of {n_checked} mentions match their text, {n_before} before."
        findings.add("warning", where, message, kind=f"{kind}.")
    return convention


def _covers_surface(text: str, mention: RawMention) -> bool:
    """Tell whether the text at the offsets, in characters, is to the letter what the file says."""
    surface = mention.surface
    if not surface:
        return True
    start, end = mention.fragments[0]
    return len(mention.fragments) == 1 and 0 <= start < end and text[start:end] == surface


def is_checkable(mention: RawMention) -> bool:
    """Tell whether the file gives the text of this mention, and its length can be compared."""
    for start, end in mention.fragments:  # not all(…): called twice per mention
        if not 0 <= end - start <= MAX_MENTION:
            return False
    return bool(mention.surface) and not mention.surface.isspace()


def place_mentions(
    raw_mentions: Sequence[RawMention], text: str, *, convention: OffsetConvention, findings: Findings
) -> tuple[Mention, ...]:
    """Return mentions with valid offsets in file order, without duplicates, with sorted fragments."""
    if not raw_mentions:
        return ()
    map_fragment = convention.fragment_map(text)
    n_placed = 0
    placed: dict[Mention, None] = {}  # keeps the order, drops exact duplicates
    for mention in raw_mentions:
        fragments = mention.fragments
        if convention is not CHARACTERS or not _is_exact(mention, text):
            fragments = _place_fragments(mention, text, map_fragment, findings)
            if not fragments:
                continue
        for start, end in fragments:
            if is_inside_word(start, text) or is_inside_word(end, text):
                findings.add("warning", mention.where, INSIDE_WORD)
                break
        placed[Mention(mention.label, fragments)] = None
        n_placed += 1
    findings.n_repeated += n_placed - len(placed)
    return tuple(placed)


def _is_exact(mention: RawMention, text: str) -> bool:
    """Tell whether nothing need be changed: one fragment, to the letter, without blanks around it."""
    if len(mention.fragments) != 1:
        return False
    start, end = mention.fragments[0]
    covered = text[start:end]
    return (
        0 <= start < end <= min(len(text), start + MAX_MENTION)
        and covered == (mention.surface or covered)
        and not (covered[0].isspace() or covered[-1].isspace())
    )


def _place_fragments(
    mention: RawMention, text: str, map_fragment: Callable[[int, int], Fragment], findings: Findings
) -> tuple[Fragment, ...]:
    """Return the fragments of a mention as indices into ``text``; none, and a finding, if it has no place."""
    mapped = [map_fragment(start, end) for start, end in mention.fragments]
    valid = [fragment for fragment in mapped if _is_valid(fragment, text)]
    if not valid:
        size = f"{len(text):,} characters"
        message = f"its offsets lie outside the text of {size} or cover only blanks; left out."
        kind = "offsets outside the text, or of blanks only; left out."
        _report_unplaced(mention, message, findings, kind=kind)
        return ()
    if len(valid) < len(mapped):
        findings.add("warning", mention.where, LOST_FRAGMENT)
    elif is_checkable(mention) and not is_same_text(text, mapped, mention.surface):
        if not is_normalized_text(text, mapped, mention.surface):
            message = "the text at its offsets differs from the mention; left out."
            _report_unplaced(mention, message, findings)
            return ()
        findings.add("note", mention.where, NORMALIZED)
    return tuple(_sort_fragments(valid, text))


def place_token_mentions(
    raw_mentions: Sequence[RawMention], n_tokens: int, *, findings: Findings
) -> tuple[Mention, ...]:
    """Return mentions with valid token offsets, without duplicates."""
    n_placed = 0
    placed: dict[Mention, None] = {}
    for mention in raw_mentions:
        fragments = [(s, e) for s, e in mention.fragments if 0 <= s < e <= n_tokens]
        if not fragments:
            message = f"its offsets lie outside the {n_tokens:,} tokens; left out."
            _report_unplaced(mention, message, findings, kind="offsets outside the tokens; left out.")
            continue
        if len(fragments) < len(mention.fragments):
            findings.add("warning", mention.where, LOST_FRAGMENT)
        placed[Mention(mention.label, tuple(_join_fragments(sorted(fragments))))] = None
        n_placed += 1
    findings.n_repeated += n_placed - len(placed)
    return tuple(placed)


def _report_unplaced(mention: RawMention, message: str, findings: Findings, *, kind: str = "") -> None:
    findings.add_unplaced(mention.where, message, kind=kind, label=mention.label, fragments=mention.fragments)


@lru_cache(maxsize=10_000)
def build_mention(start: int, end: int, label: str) -> Mention:
    """Return a mention; mentions with equal offsets and labels share one object."""
    return Mention(label, ((start, end),))


def _is_valid(fragment: tuple[int, int], text: str) -> bool:
    start, end = fragment
    return 0 <= start < end <= min(len(text), start + MAX_MENTION) and not text[start:end].isspace()


def _sort_fragments(fragments: list[tuple[int, int]], text: str) -> list[tuple[int, int]]:
    stripped = []
    for start, end in fragments:
        text_span = text[start:end]
        if len(fragments) == 1 and not (text_span[0].isspace() or text_span[-1].isspace()):
            return fragments
        stripped.append((end - len(text_span.lstrip()), start + len(text_span.rstrip())))
    return _join_fragments(sorted(stripped), text)


def _join_fragments(fragments: list[tuple[int, int]], text: str = "") -> list[tuple[int, int]]:
    """Join sorted fragments that overlap, touch or have one blank between them."""
    joined = fragments[:1]
    for start, end in fragments[1:]:
        last_start, last_end = joined[-1]
        if start <= last_end or (start == last_end + 1 and text[last_end:start].isspace()):
            joined[-1] = (last_start, max(last_end, end))
        else:
            joined.append((start, end))
    return joined


def is_inside_word(edge: int, text: str) -> bool:
    """Tell whether a boundary at ``edge`` cuts a word; readers report it as ``INSIDE_WORD``."""
    return 0 < edge < len(text) and text[edge - 1].isalnum() and text[edge].isalnum()
