"""Sentences as a file without annotations, for another system to annotate."""

import json
from collections.abc import Sequence

from bioner_core.corpus.sentences import Sentence

_WITHOUT_BLANKS = frozenset({"zh", "ja", "th", "lo", "km", "my"})  # languages


def serialize_unannotated(sentences: Sequence[Sentence], *, language: str) -> str:
    r"""Return a JSON line per sentence: id, document where it has one, text, and no entities.

    Words are joined by blanks, in languages without them by nothing: a corpus does not keep the blanks of its
    files. A system writes what it finds into ``entities``, as objects of start, end (exclusive) and label,
    in characters of the text.

    >>> serialize_unannotated([Sentence(("No", "pain"), document="d1")], language="en")
    '{"id": 0, "document": "d1", "text": "No pain", "entities": []}\n'
    """
    blank = "" if language in _WITHOUT_BLANKS else " "
    lines = []
    for number, sentence in enumerate(sentences):
        document = {"document": sentence.document} if sentence.document else {}
        record = {"id": number, **document, "text": blank.join(sentence.tokens), "entities": []}
        lines.append(json.dumps(record, ensure_ascii=False) + "\n")
    return "".join(lines)
