"""Word pieces of an encoder's tokenizer, without the encoder: no torch is loaded."""

import json
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, normalizers

from bioner_core.corpus.sentences import Corpus
from bioner_core.errors import BionerError

_BATCH = 20_000  # words at a time
_BLANK = {"type": "Prepend", "prepend": " "}  # as a tokenizer.json says it


def load_tokenizer(path: Path) -> Tokenizer:
    """Return the tokenizer of a ``tokenizer.json``. :raises BionerError: it cannot be read."""
    try:
        return _loaded(path)
    except Exception as error:  # the library raises nothing more special
        raise BionerError(
            f"{path}: is no tokenizer that can be read ({type(error).__name__}). It is the tokenizer.json of "
            "an encoder: take it anew from where the encoder came."
        ) from error


@cache
def _loaded(path: Path) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    blank_before_words(tokenizer)
    return tokenizer


def blank_before_words(tokenizer: Tokenizer) -> None:
    """Give each word of a list the blank that a byte-level tokenizer expects before it, unless it has one."""
    steps = _steps(tokenizer.pre_tokenizer, "pretokenizers")
    has_blank = any(step.get("add_prefix_space") for step in steps)
    has_blank |= _BLANK in _steps(tokenizer.normalizer, "normalizers")
    if any(step.get("type") == "ByteLevel" for step in steps) and not has_blank:
        earlier = [] if tokenizer.normalizer is None else [tokenizer.normalizer]
        tokenizer.normalizer = normalizers.Sequence([*earlier, normalizers.Prepend(_BLANK["prepend"])])


def _steps(part: Any, name: str) -> list[dict[str, Any]]:
    """Return the steps of a part of a tokenizer as tokenizer.json tells them, which is how it is pickled."""
    told: dict[str, Any] = {} if part is None else json.loads(part.__getstate__())
    return told.get(name) or [told]


def text_pieces(corpus: Corpus, tokenizer: Tokenizer) -> Counter[int]:
    """Count the pieces of all words of a corpus, by number in the vocabulary."""
    return count_pieces((token for sentence in corpus.sentences for token in sentence.tokens), tokenizer)


def entity_pieces(corpus: Corpus, tokenizer: Tokenizer) -> dict[str, Counter[int]]:
    """Count the pieces of the words of mentions, by entity type; each type annotated has an entry."""
    words: dict[str, Counter[str]] = {entity: Counter() for entity in corpus.types}
    for sentence in corpus.sentences:
        for span in sentence.spans:
            words[span.label].update(sentence.tokens[span.start : span.end])
    return {entity: count_pieces(found.elements(), tokenizer) for entity, found in words.items()}


def count_pieces(words: Iterable[str], tokenizer: Tokenizer) -> Counter[int]:
    """Count the pieces of words, each cut by itself as in running text, where a blank stands before it."""
    counts = Counter(words)
    distinct = list(counts)
    pieces: Counter[int] = Counter()
    for start in range(0, len(distinct), _BATCH):
        batch = distinct[start : start + _BATCH]
        encoded = tokenizer.encode_batch(
            [[word] for word in batch], is_pretokenized=True, add_special_tokens=False
        )
        for word, found in zip(batch, encoded, strict=True):
            for piece in found.ids:
                pieces[piece] += counts[word]
    return pieces
