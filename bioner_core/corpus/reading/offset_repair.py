"""How a file counts its offsets, inferred from the mention texts that the file gives beside them."""

from collections import Counter
from collections.abc import Iterator, Sequence

from bioner_core.corpus.reading.mention_texts import is_same_text
from bioner_core.corpus.reading.offsets import CHARACTERS, CONVENTIONS, Fragment, OffsetConvention

Fragments = Sequence[Fragment]
# A text, and the fragments and expected text of each of its mentions.
CheckableText = tuple[str, Sequence[tuple[Fragments, str]]]
_MAX_DECIDING_MENTIONS = 2_000  # mentions compared per file, half of them from texts that disagree
_MAX_VOTING_MENTIONS = 200  # mentions that vote for a shift
_MAX_OCCURRENCES = 50  # occurrences of a mention's text that vote for a shift
_GOOD_SHARE = 0.9  # share of mentions that match their text; above it no shift is searched
_MIN_SHIFT_SHARE = 0.8  # share of mentions that must match under a shift
_MIN_DISTINCT_TEXTS = 3  # different mention texts that must match under a shift; fewer may match by chance
_MIN_LETTERS = 12  # total length of these texts, at least


def select_convention(documents: Sequence[CheckableText]) -> tuple[OffsetConvention, int, int, int]:
    """Return the offset convention under which most mentions of a file match their text.

    Ties go to characters. Another convention must match more than half of the mentions. A constant shift,
    which could match a few short texts by chance, must match four of five, among them three different
    texts of twelve letters together.

    :returns: the convention; mentions that match under it; that match in characters; that were compared
    """
    n_matches = [_count_matches(CHARACTERS, [document]) for document in documents]
    conflicting = [document for document, n in zip(documents, n_matches, strict=True) if n < len(document[1])]
    if not conflicting:
        return CHARACTERS, 0, 0, 0
    agreeing = [
        document for document, n in zip(documents, n_matches, strict=True) if n == len(document[1]) > 0
    ]
    compared = [*_select_deciding(conflicting), *_select_deciding(agreeing)]
    n_compared = sum(len(mentions) for _, mentions in compared)
    conventions = [c for c in CONVENTIONS if any(c.has_other_offsets(text) for text, _ in compared)]
    n_matching = {
        convention: _count_matches(convention, compared) for convention in (CHARACTERS, *conventions)
    }
    n_before = n_matching[CHARACTERS]
    best = max(n_matching, key=lambda convention: n_matching[convention])
    if n_compared >= _MIN_DISTINCT_TEXTS and n_matching[best] < _GOOD_SHARE * n_compared:
        for convention in _iterate_shifted((CHARACTERS, *conventions), compared):
            n_matching[convention] = _count_matches(convention, compared)
            is_majority = n_matching[convention] >= max(_MIN_SHIFT_SHARE * n_compared, n_matching[best] + 1)
            best = convention if is_majority and _has_enough_evidence(convention, compared) else best
    if 2 * n_matching[best] <= n_compared:  # a match or two by chance in a damaged file
        best = CHARACTERS
    return best, n_matching[best], n_before, n_compared


def _select_deciding(documents: Sequence[CheckableText]) -> Iterator[CheckableText]:
    """Yield texts, until they hold enough mentions for a decision."""
    n_left = _MAX_DECIDING_MENTIONS // 2
    for text, mentions in documents:
        if n_left > 0:
            yield text, mentions[:n_left]
        n_left -= len(mentions)


def _iterate_shifted(
    conventions: Sequence[OffsetConvention], documents: Sequence[CheckableText]
) -> Iterator[OffsetConvention]:
    """Yield each convention with the constant shift that most mentions vote for, if there is one."""
    n = _MAX_VOTING_MENTIONS
    voting_documents = [(text, mentions[:n]) for text, mentions in documents[:n]]
    for convention in conventions:
        if convention.first_offset or convention.is_end_inclusive:
            continue
        votes: Counter[int] = Counter()
        n_left = n
        for text, mentions in voting_documents:
            starts = convention.character_offsets(text)
            for fragments, surface in mentions[:n_left]:
                votes.update(
                    {fragments[0][0] - int(starts[start]) for start in _find_occurrences(text, surface)}
                )
            n_left -= len(mentions)
            if n_left <= 0:
                break
        if shift := max(votes, key=lambda candidate: (votes[candidate], -abs(candidate)), default=0):
            yield convention.with_shift(shift)


def _find_occurrences(text: str, surface: str) -> Iterator[int]:
    """Yield the first fifty offsets of ``surface`` in ``text``."""
    surface = surface.strip()
    start = text.find(surface)
    for _ in range(_MAX_OCCURRENCES):
        if start < 0:
            return
        yield start
        start = text.find(surface, start + 1)


def _has_enough_evidence(convention: OffsetConvention, documents: Sequence[CheckableText]) -> bool:
    agreeing = {surface.strip().casefold() for surface in _iterate_matches(convention, documents)}
    return len(agreeing) >= _MIN_DISTINCT_TEXTS and sum(map(len, agreeing)) >= _MIN_LETTERS


def _count_matches(convention: OffsetConvention, documents: Sequence[CheckableText]) -> int:
    return sum(1 for _ in _iterate_matches(convention, documents))


def _iterate_matches(convention: OffsetConvention, documents: Sequence[CheckableText]) -> Iterator[str]:
    """Yield the text of each mention that matches under ``convention``."""
    for text, mentions in documents:
        if not mentions:
            continue
        map_fragment = convention.fragment_map(text)
        for fragments, surface in mentions:
            mapped = [map_fragment(start, end) for start, end in fragments]
            if all(0 <= start < end for start, end in mapped) and is_same_text(text, mapped, surface):
                yield surface
