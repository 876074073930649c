"""Decode tags of any scheme (BIO, IOB1, IOBES, BILOU, BMEWO) to spans, and encode spans as BIO tags."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from bioner_core.corpus.sentences import Span

BARE = "Entity"  # the label of tags that name none: a plain B, I or O

# The meaning of a prefix in any scheme: Begin, Inside, End, Single, Outside.
_MARKS = {"B": "B", "I": "I", "M": "I", "E": "E", "L": "E", "S": "S", "U": "S", "W": "S"}


@lru_cache(maxsize=10_000)
def split_tag(tag: str) -> tuple[str, str]:
    """Return the mark (B, I, E, S or O) and the label of one tag, which is cut at its first dash.

    >>> split_tag("L-Treat-Disorder")
    ('E', 'Treat-Disorder')
    >>> split_tag("Drug"), split_tag("B")
    (('I', 'Drug'), ('B', 'Entity'))
    """
    if tag in ("O", ""):
        return "O", ""
    if tag[0] in _MARKS and tag[1:2] in ("", "-", "_"):
        return _MARKS[tag[0]], tag[2:] or BARE
    return "I", tag  # files of the inside–outside scheme have the label alone


def decode_tags(tags: Sequence[str]) -> list[tuple[int, int, str]]:
    """Return (start, end exclusive, label) of each chunk, as the CoNLL script reads them.

    Any scheme and any invalid sequence is decoded by one rule: a chunk begins at B, S, after O, after an end
    (E, S) and where the label changes; it continues until the next chunk begins or until O.
    https://www.cnts.ua.ac.be/conll2000/chunking/conlleval.txt

    >>> decode_tags(["B-Drug", "I-Drug", "O", "I-Drug", "I-Disease"])
    [(0, 2, 'Drug'), (3, 4, 'Drug'), (4, 5, 'Disease')]
    """
    mentions: list[tuple[int, int, str]] = []
    start, previous, label = 0, "O", ""
    for position, tag in enumerate(tags):
        if tag == previous == "O":
            continue
        mark, next_label = split_tag(tag)
        begins = mark != "O" and (mark in "BS" or previous in "ESO" or next_label != label)
        if previous != "O" and (begins or mark == "O"):
            mentions.append((start, position, label))
        if begins:
            start = position
        previous, label = mark, next_label
    if previous != "O":
        mentions.append((start, len(tags), label))
    return mentions


def encode_bio_tags(spans: Iterable[Span], n_tokens: int) -> list[str]:
    """Return one BIO tag for each token.

    >>> encode_bio_tags([Span(0, 2, "Drug")], 3)
    ['B-Drug', 'I-Drug', 'O']
    """
    tags = ["O"] * n_tokens
    for span in spans:
        tags[span.start : span.end] = [f"I-{span.label}"] * (span.end - span.start)
        tags[span.start] = f"B-{span.label}"
    return tags


def list_bio_tags(types: Sequence[str]) -> tuple[str, ...]:
    """Return the tag of each tag id: O is 0, then B and I of each type in the order given.

    >>> list_bio_tags(["Disease", "Drug"])
    ('O', 'B-Disease', 'I-Disease', 'B-Drug', 'I-Drug')
    """
    return ("O", *(f"{mark}-{label}" for label in types for mark in "BI"))
