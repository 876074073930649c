"""Synthetic reviews and clinical notes in English and Russian, to try the program with; never for a claim."""

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from bioner_core.corpus.flatten import flatten
from bioner_core.corpus.labels import propose
from bioner_core.corpus.reading.passages import Mention, Passage, Reading
from bioner_core.corpus.sentences import Corpus

_SAMPLES = (  # name, language, domain, symbol of a sentence, documents, mean sentences of one
    ("sample EN UGT", "en", "UGT", "review", 380, 7),
    ("sample EN EHR", "en", "EHR", "note", 130, 20),
    ("sample RU UGT", "ru", "UGT", "review", 380, 7),
    ("sample RU EHR", "ru", "EHR", "note", 130, 20),
)
_MISSED = 0.06  # share of entities that the annotator overlooks
_CUT_SHORT = 0.1  # share of entities of several words that lose their first one
_SYMBOL = re.compile(r"\{(=?)([^{}]+)\}")
_ENTITY = re.compile(r"\[(\w+) ([^\[\]]+)\]")
_Grammar = Mapping[str, tuple[str, ...]]


def sample_corpora(seed: int = 0) -> tuple[Corpus, ...]:
    """Return four corpora as the paper has them: English and Russian, reviews and notes.

    Names are made of syllables, so that most are rare, other names look like them, and annotators err:
    curves rise and flatten somewhat as those of real corpora do.
    """
    return tuple(_corpus(number, seed) for number in range(len(_SAMPLES)))


def _corpus(number: int, seed: int) -> Corpus:
    name, language, domain, symbol, n_documents, n_sentences = _SAMPLES[number]
    draw = np.random.default_rng([seed, number])
    grammar = _grammar((Path(__file__).parent / f"sample_{language}.txt").read_text(encoding="utf-8"))
    passages = []
    for document in range(n_documents):
        own: dict[str, str] = {}
        n = 1 + int((2 * n_sentences - 1) * draw.random())
        sentences = [_expanded(f"{{{symbol}}}", grammar, draw, own) for _ in range(n)]
        passages.append(_passage(" ".join(dict.fromkeys(sentences)), f"{document:03}", draw))
    reading = Reading(
        name=name,
        format="grammar",
        passages=tuple(passages),
        language=language,
        domain=domain,
        licence="made up by a script of this program; no rights reserved (CC0)",
        is_synthetic=True,
    )
    return flatten(reading, propose(reading.labels)).corpus


def _grammar(text: str) -> _Grammar:
    """Return the alternatives of each symbol: names stand at the margin, alternatives are indented."""
    found: dict[str, list[str]] = {}
    symbol = ""
    for line in text.splitlines():
        if line.startswith("  "):
            found[symbol] += line.strip().split(" | ")
        elif line and not line.startswith("#"):
            symbol = line
            found[symbol] = []
    return {symbol: tuple(alternatives) for symbol, alternatives in found.items()}


def _expanded(text: str, grammar: _Grammar, draw: np.random.Generator, own: dict[str, str]) -> str:
    """Replace symbols by alternatives, the first ones more often, until none is left.

    :param own: what ``{=symbol}`` stands for in this document, drawn where it is not yet known.
    """
    while match := _SYMBOL.search(text):
        is_own, symbol = match.groups()
        alternatives = grammar[symbol]
        chosen = alternatives[int(len(alternatives) * draw.random() ** 1.6)]
        if is_own:
            if symbol not in own:
                own[symbol] = _expanded(chosen, grammar, draw, own)
            chosen = own[symbol]
        text = text[: match.start()] + chosen + text[match.end() :]
    return text


def _passage(marked: str, document: str, draw: np.random.Generator) -> Passage:
    """Take the marks of entities out of the text and return them as mentions, some of them amiss."""
    text, mentions, end = "", [], 0
    for match in _ENTITY.finditer(marked):
        label, words = match.groups()
        text += marked[end : match.start()]
        if draw.random() >= _MISSED:
            skipped = words.find(" ") + 1 if draw.random() < _CUT_SHORT else 0
            mentions.append(Mention(label, ((len(text) + skipped, len(text) + len(words)),)))
        text, end = text + words, match.end()
    return Passage(document=document, text=text + marked[end:], mentions=tuple(mentions))
