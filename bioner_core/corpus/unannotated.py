"""Sentences as a file without annotations, for another system to annotate."""

import json
from collections.abc import Sequence
from itertools import accumulate

from bioner_core.corpus.sentences import Sentence

_WITHOUT_BLANKS = frozenset({"zh", "ja", "th", "lo", "km", "my"})  # languages


def join_words(words: Sequence[str], *, language: str) -> tuple[str, list[int]]:
    """Return the text of a sentence's words, and where each begins in it.

    >>> join_words(["No", "pain"], language="en")
    ('No pain', [0, 3])
    """
    blank = choose_separator(language)
    starts = [0, *accumulate(len(word) + len(blank) for word in words)]
    return blank.join(words), starts[:-1]


def choose_separator(language: str) -> str:
    """Return what joins words to text: a blank, or nothing where a language has none between words."""
    return "" if language in _WITHOUT_BLANKS else " "


def serialize_unannotated(sentences: Sequence[Sentence], *, language: str) -> str:
    r"""Return a JSON line per sentence: id, document where it has one, text, and no entities.

    Words are joined by blanks, in languages without them by nothing: a corpus does not keep the blanks of its
    files. A system writes what it finds into ``entities``, as objects of start, end (exclusive) and label,
    in characters of the text.

    >>> serialize_unannotated([Sentence(("No", "pain"), document="d1")], language="en")
    '{"id": 0, "document": "d1", "text": "No pain", "entities": []}\n'
    """
    lines = []
    for number, sentence in enumerate(sentences):
        document = {"document": sentence.document} if sentence.document else {}
        text, _ = join_words(sentence.tokens, language=language)
        record = {"id": number, **document, "text": text, "entities": []}
        lines.append(json.dumps(record, ensure_ascii=False) + "\n")
    return "".join(lines)
