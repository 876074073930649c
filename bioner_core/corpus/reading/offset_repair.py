"""The rule that a file's offsets were counted by, decided by the words that stand beside them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from unicodedata import normalize

from bioner_core.corpus.reading.offsets import CHARACTERS, RULES, Fragment, Rule

Fragments = Sequence[Fragment]
Checkable = tuple[str, Sequence[tuple[Fragments, str]]]  # a text; its mentions and the words they cover
_DECIDING = 2_000  # mentions that decide for a file, half of them from texts with disagreement
_VOTING = 200  # mentions that vote for a shift
_PLACES = 50  # where a mention's words stand, which each get a vote
_WELL = 0.9  # share of mentions that cover their words, above which no shift is looked for
_MOST = 0.8  # share of mentions that a shift needs on its side
_FEW = 3  # different words that a shift needs on its side: fewer may stand anywhere by chance
_LETTERS = 12  # that these words hold together, at least


def rule_for(documents: Sequence[Checkable]) -> tuple[Rule, int, int, int]:
    """Return the rule under which most mentions of a file cover their own words; ties go to characters.

    Another rule needs more than half of the mentions on its side; a shift, which could fit a few words by
    chance, four of five, and three different words of twelve letters together.

    :returns: the rule, mentions that agree under it, that agree counted as characters, that were looked at
    """
    hits = [_n_hits(CHARACTERS, [each]) for each in documents]
    missed = [each for each, n in zip(documents, hits, strict=True) if n < len(each[1])]
    if not missed:
        return CHARACTERS, 0, 0, 0
    agreed = [each for each, n in zip(documents, hits, strict=True) if n == len(each[1]) > 0]
    looked_at = [*_first(missed), *_first(agreed)]
    n_looked_at = sum(len(mentions) for _, mentions in looked_at)
    rules = [rule for rule in RULES if any(rule.differs(text) for text, _ in looked_at)]
    n_hits = {rule: _n_hits(rule, looked_at) for rule in (CHARACTERS, *rules)}
    n_before = n_hits[CHARACTERS]
    best = max(n_hits, key=lambda rule: n_hits[rule])
    if n_looked_at >= _FEW and n_hits[best] < _WELL * n_looked_at:
        for rule in _shifted((CHARACTERS, *rules), looked_at):
            n_hits[rule] = _n_hits(rule, looked_at)
            is_most = n_hits[rule] >= max(_MOST * n_looked_at, n_hits[best] + 1)
            best = rule if is_most and _is_sure(rule, looked_at) else best
    if 2 * n_hits[best] <= n_looked_at:  # a chance hit or two in a broken file
        best = CHARACTERS
    return best, n_hits[best], n_before, n_looked_at


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


def _first(documents: Sequence[Checkable]) -> Iterator[Checkable]:
    """Yield texts until they hold enough mentions."""
    room = _DECIDING // 2
    for text, mentions in documents:
        if room > 0:
            yield text, mentions[:room]
        room -= len(mentions)


def _shifted(rules: Sequence[Rule], documents: Sequence[Checkable]) -> Iterator[Rule]:
    """Yield each way of counting with the constant shift that most mentions vote for, if there is one."""
    voting = [(text, mentions[:_VOTING]) for text, mentions in documents[:_VOTING]]
    for rule in rules:
        if rule.first or rule.end_is_last:
            continue
        votes: Counter[int] = Counter()
        room = _VOTING
        for text, mentions in voting:
            starts = rule.starts(text)
            for fragments, words in mentions[:room]:
                votes.update({fragments[0][0] - int(starts[at]) for at in _places(text, words)})
            room -= len(mentions)
            if room <= 0:
                break
        if shift := max(votes, key=lambda each: (votes[each], -abs(each)), default=0):
            yield rule.shifted(shift)


def _places(text: str, words: str) -> Iterator[int]:
    """Yield where ``words`` stand in ``text``, the first fifty places."""
    words = words.strip()
    at = text.find(words)
    for _ in range(_PLACES):
        if at < 0:
            return
        yield at
        at = text.find(words, at + 1)


def _is_sure(rule: Rule, documents: Sequence[Checkable]) -> bool:
    agreed = {words.strip().casefold() for words in _hits(rule, documents)}
    return len(agreed) >= _FEW and sum(map(len, agreed)) >= _LETTERS


def _n_hits(rule: Rule, documents: Sequence[Checkable]) -> int:
    return sum(1 for _ in _hits(rule, documents))


def _hits(rule: Rule, documents: Sequence[Checkable]) -> Iterator[str]:
    """Yield the words of each mention that covers them under ``rule``."""
    for text, mentions in documents:
        if not mentions:
            continue
        place = rule.fragments(text)
        for fragments, words in mentions:
            moved = [place(start, end) for start, end in fragments]
            if all(0 <= start < end for start, end in moved) and says_same(text, moved, words):
                yield words
