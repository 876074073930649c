"""Synthetic reviews and clinical notes in English and Russian, to try the program; they are no evidence."""

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from bioner_core.corpus.flatten import flatten
from bioner_core.corpus.labels import propose_label_map
from bioner_core.corpus.reading.passages import Mention, Passage, Reading
from bioner_core.corpus.sentences import Corpus

_SAMPLES = (  # name, language, domain, start symbol, documents, mean sentences per document
    ("sample EN UGT", "en", "UGT", "review", 380, 7),
    ("sample EN EHR", "en", "EHR", "note", 130, 20),
    ("sample RU UGT", "ru", "UGT", "review", 380, 7),
    ("sample RU EHR", "ru", "EHR", "note", 130, 20),
)
_MISSED = 0.06  # share of entities that the simulated annotator misses
_TRUNCATED = 0.1  # share of multi-word entities annotated without their first word
_SYMBOL = re.compile(r"\{(=?)([^{}]+)\}")
_ENTITY = re.compile(r"\[(\w+) ([^\[\]]+)\]")
_Grammar = Mapping[str, tuple[str, ...]]


def generate_sample_corpora(seed: int = 0) -> tuple[Corpus, ...]:
    """Return four corpora like those of the paper: English and Russian, reviews and clinical notes.

    Names are made of syllables, so that most are rare; other words look like them, and annotators err.
    So the learning curves rise and flatten much as those of real corpora do.
    """
    return tuple(_generate_corpus(number, seed) for number in range(len(_SAMPLES)))


def _generate_corpus(number: int, seed: int) -> Corpus:
    name, language, domain, symbol, n_documents, n_sentences = _SAMPLES[number]
    rng = np.random.default_rng([seed, number])
    grammar = _parse_grammar((Path(__file__).parent / f"sample_{language}.txt").read_text(encoding="utf-8"))
    passages = []
    for document in range(n_documents):
        fixed: dict[str, str] = {}
        n = 1 + int((2 * n_sentences - 1) * rng.random())
        sentences = [_expand(f"{{{symbol}}}", grammar, rng, fixed) for _ in range(n)]
        passages.append(_extract_mentions(" ".join(dict.fromkeys(sentences)), f"{document:03}", rng))
    reading = Reading(
        name=name,
        format="grammar",
        passages=tuple(passages),
        language=language,
        domain=domain,
        licence="made up by a script of this program; no rights reserved (CC0)",
        is_synthetic=True,
    )
    return flatten(reading, propose_label_map(reading.labels)).corpus


def _parse_grammar(text: str) -> _Grammar:
    """Return the alternatives of each symbol: symbols start a line, alternatives are indented."""
    grammar: dict[str, list[str]] = {}
    symbol = ""
    for line in text.splitlines():
        if line.startswith("  "):
            grammar[symbol] += line.strip().split(" | ")
        elif line and not line.startswith("#"):
            symbol = line
            grammar[symbol] = []
    return {symbol: tuple(alternatives) for symbol, alternatives in grammar.items()}


def _expand(text: str, grammar: _Grammar, rng: np.random.Generator, fixed: dict[str, str]) -> str:
    """Replace symbols by random alternatives, the first ones more often, until no symbol is left.

    :param fixed: the text of ``{=symbol}`` in this document, drawn at its first use.
    """
    while match := _SYMBOL.search(text):
        is_fixed, symbol = match.groups()
        alternatives = grammar[symbol]
        chosen = alternatives[int(len(alternatives) * rng.random() ** 1.6)]
        if is_fixed:
            if symbol not in fixed:
                fixed[symbol] = _expand(chosen, grammar, rng, fixed)
            chosen = fixed[symbol]
        text = text[: match.start()] + chosen + text[match.end() :]
    return text


def _extract_mentions(marked: str, document: str, rng: np.random.Generator) -> Passage:
    """Turn marked text into a passage with mentions; some mentions are missed or truncated."""
    text, mentions, end = "", [], 0
    for match in _ENTITY.finditer(marked):
        label, entity_text = match.groups()
        text += marked[end : match.start()]
        if rng.random() >= _MISSED:
            skipped = entity_text.find(" ") + 1 if rng.random() < _TRUNCATED else 0
            mentions.append(Mention(label, ((len(text) + skipped, len(text) + len(entity_text)),)))
        text, end = text + entity_text, match.end()
    return Passage(document=document, text=text + marked[end:], mentions=tuple(mentions))
