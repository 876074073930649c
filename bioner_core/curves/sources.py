"""What a source is made of: one corpus "A", two at once "A+B", A, then B "A:B", or both, then C "A+B:C"."""

from collections.abc import Iterable, Sequence
from itertools import combinations

from bioner_core.curves.points import NONE

TOGETHER, THEN = "+", ":"  # + binds tighter
Stages = tuple[tuple[str, ...], ...]


def stages(source: str) -> Stages:
    """Return the corpora trained on together, one group after the other; none for "none".

    >>> stages("A+B:C"), stages("none")
    ((('A', 'B'), ('C',)), ())
    """
    if source == NONE:
        return ()
    return tuple(tuple(group.split(TOGETHER)) for group in source.split(THEN))


def parts(source: str) -> tuple[str, ...]:
    """Return the corpora of a source, in its order.

    >>> parts("A+B:C"), parts("none")
    (('A', 'B', 'C'), ())
    """
    return tuple(name for group in stages(source) for name in group)


def joined(groups: Iterable[Iterable[str]]) -> str:
    """Return the source of such groups, empty ones left out; "none" where nothing is left.

    >>> joined([["A", "B"], [], ["C"]]), joined([])
    ('A+B:C', 'none')
    """
    return THEN.join(filter(None, (TOGETHER.join(group) for group in groups))) or NONE


def key(source: str) -> tuple[frozenset[str], ...]:
    """Return what is the same for sources that differ in the order within a group only.

    >>> key("A+B:C") == key("B+A:C"), key("A:B") == key("B:A")
    (True, False)
    """
    return tuple(frozenset(group) for group in stages(source))


def without(source: str, corpus: str) -> str:
    """Return a source less one of its corpora.

    >>> without("A+B:C", "B"), without("A+B:C", "C"), without("A", "A")
    ('A:C', 'A+B', 'none')
    """
    return joined([[name for name in group if name != corpus] for group in stages(source)])


def subsets(corpora: Sequence[str], most: int) -> tuple[str, ...]:
    """Return every subset of 1 to ``most`` corpora, each trained on together, small ones first.

    >>> subsets(["A", "B", "C"], 2)
    ('A', 'B', 'C', 'A+B', 'A+C', 'B+C')
    """
    names = list(dict.fromkeys(corpora))
    return tuple(TOGETHER.join(chosen) for n in range(1, most + 1) for chosen in combinations(names, n))


def in_words(source: str, *, ends_sentence: bool = True) -> str:
    """Return a source as people say it.

    >>> in_words("A"), in_words("A+B+C"), in_words("A+B:C")
    ('A', 'A and B and C, together', 'A and B together, then C')
    >>> in_words("A+B", ends_sentence=False)
    'A and B'

    :param ends_sentence: say that a single group is trained on together
    """
    groups = [" and ".join(group) for group in stages(source)]
    if len(groups) == 1:
        return groups[0] + (", together" if TOGETHER in source and ends_sentence else "")
    together = [" together" if len(group) > 1 else "" for group in stages(source)]
    return ", then ".join(name + word for name, word in zip(groups, together, strict=True))
