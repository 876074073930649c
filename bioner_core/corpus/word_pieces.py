"""Count word pieces with the tokenizer of an encoder, without loading torch."""

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
_BLANK = {"type": "Prepend", "prepend": " "}  # as in a tokenizer.json


def load_tokenizer(path: Path) -> Tokenizer:
    """Return the tokenizer of a ``tokenizer.json``. :raises BionerError: it cannot be read."""
    try:
        return _load_cached(path)
    except Exception as error:  # the library raises no narrower class
        raise BionerError(
            f"{path}: cannot be read as a tokenizer ({type(error).__name__}). It must be the "
            "tokenizer.json of an encoder: download it again from the source of the encoder."
        ) from error


@cache
def _load_cached(path: Path) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    add_prefix_space(tokenizer)
    return tokenizer


def add_prefix_space(tokenizer: Tokenizer) -> None:
    """Let a byte-level tokenizer put a space before each word of a list, unless it does so already."""
    steps = _list_steps(tokenizer.pre_tokenizer, "pretokenizers")
    has_blank = any(step.get("add_prefix_space") for step in steps)
    has_blank |= _BLANK in _list_steps(tokenizer.normalizer, "normalizers")
    if any(step.get("type") == "ByteLevel" for step in steps) and not has_blank:
        earlier = [] if tokenizer.normalizer is None else [tokenizer.normalizer]
        tokenizer.normalizer = normalizers.Sequence([*earlier, normalizers.Prepend(_BLANK["prepend"])])


def _list_steps(component: Any, name: str) -> list[dict[str, Any]]:
    """Return the steps of a tokenizer component in the form of tokenizer.json, which is its pickled state."""
    state: dict[str, Any] = {} if component is None else json.loads(component.__getstate__())
    return state.get(name) or [state]


def count_text_pieces(corpus: Corpus, tokenizer: Tokenizer) -> Counter[int]:
    """Count the word pieces of all tokens of a corpus, by vocabulary id."""
    return count_word_pieces((token for sentence in corpus.sentences for token in sentence.tokens), tokenizer)


def count_entity_pieces(corpus: Corpus, tokenizer: Tokenizer) -> dict[str, Counter[int]]:
    """Count the word pieces of mentions, by entity type; each annotated type has an entry."""
    words: dict[str, Counter[str]] = {entity: Counter() for entity in corpus.types}
    for sentence in corpus.sentences:
        for span in sentence.spans:
            words[span.label].update(sentence.tokens[span.start : span.end])
    return {entity: count_word_pieces(counts.elements(), tokenizer) for entity, counts in words.items()}


def count_word_pieces(words: Iterable[str], tokenizer: Tokenizer) -> Counter[int]:
    """Count word pieces by vocabulary id; each word is tokenized alone, as if after a space."""
    counts = Counter(words)
    distinct = list(counts)
    pieces: Counter[int] = Counter()
    for start in range(0, len(distinct), _BATCH):
        batch = distinct[start : start + _BATCH]
        encoded = tokenizer.encode_batch(
            [[word] for word in batch], is_pretokenized=True, add_special_tokens=False
        )
        for word, encoding in zip(batch, encoded, strict=True):
            for piece in encoding.ids:
                pieces[piece] += counts[word]
    return pieces
