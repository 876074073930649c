"""Names of pretraining sources: "A"; "A+B" is both together, "A:B" first A, then B, "A+B:C" both, then C."""

from collections.abc import Iterable, Sequence
from itertools import combinations

from bioner_core.curves.points import NONE

TOGETHER, THEN = "+", ":"  # + binds tighter
Stages = tuple[tuple[str, ...], ...]


def parse_stages(source: str) -> Stages:
    """Parse a source into stages, each a group of corpora trained on together; no stage for "none".

    >>> parse_stages("A+B:C"), parse_stages("none")
    ((('A', 'B'), ('C',)), ())
    """
    if source == NONE:
        return ()
    return tuple(tuple(group.split(TOGETHER)) for group in source.split(THEN))


def list_source_corpora(source: str) -> tuple[str, ...]:
    """List the corpora of a source in order.

    >>> list_source_corpora("A+B:C"), list_source_corpora("none")
    (('A', 'B', 'C'), ())
    """
    return tuple(name for group in parse_stages(source) for name in group)


def join_stages(groups: Iterable[Iterable[str]]) -> str:
    """Join stages to a source, empty ones left out; "none" where nothing is left.

    >>> join_stages([["A", "B"], [], ["C"]]), join_stages([])
    ('A+B:C', 'none')
    """
    return THEN.join(filter(None, (TOGETHER.join(group) for group in groups))) or NONE


def build_source_key(source: str) -> tuple[frozenset[str], ...]:
    """Return a key that is equal for sources whose stages hold the same corpora in any order.

    >>> build_source_key("A+B:C") == build_source_key("B+A:C")
    True
    >>> build_source_key("A:B") == build_source_key("B:A")
    False
    """
    return tuple(frozenset(group) for group in parse_stages(source))


def remove_corpus(source: str, corpus: str) -> str:
    """Return a source without one of its corpora.

    >>> remove_corpus("A+B:C", "B"), remove_corpus("A+B:C", "C"), remove_corpus("A", "A")
    ('A:C', 'A+B', 'none')
    """
    return join_stages([[name for name in group if name != corpus] for group in parse_stages(source)])


def list_corpus_subsets(corpora: Sequence[str], most: int) -> tuple[str, ...]:
    """List every source of 1 to ``most`` corpora trained on together, small ones first.

    >>> list_corpus_subsets(["A", "B", "C"], 2)
    ('A', 'B', 'C', 'A+B', 'A+C', 'B+C')
    """
    names = list(dict.fromkeys(corpora))
    return tuple(TOGETHER.join(chosen) for n in range(1, most + 1) for chosen in combinations(names, n))


def format_source(source: str, *, ends_sentence: bool = True) -> str:
    """Format a source for people.

    >>> format_source("A"), format_source("A+B+C"), format_source("A+B:C")
    ('A', 'A and B and C, together', 'A and B together, then C')
    >>> format_source("A+B", ends_sentence=False)
    'A and B'

    :param ends_sentence: say that a single group is trained on together
    """
    groups = [" and ".join(group) for group in parse_stages(source)]
    if len(groups) == 1:
        return groups[0] + (", together" if TOGETHER in source and ends_sentence else "")
    suffixes = [" together" if len(group) > 1 else "" for group in parse_stages(source)]
    return ", then ".join(name + word for name, word in zip(groups, suffixes, strict=True))
