"""Sentences as HTML: entities coloured, underlined and labelled."""

import html
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise, zip_longest

import streamlit as st

from bioner_core.corpus.labels import DISEASE, DRUG
from bioner_core.corpus.sentences import Corpus, Sentence

N_LOOKS = 6  # colours with an underline each, in style.css; further types share them
MAX_WORDS = 120  # words of a sentence that are shown
_NO_BLANK_BEFORE = frozenset(".,;:!?)]}»”%…")
_NO_BLANK_AFTER = frozenset("([{«“")


def show_sentences(sentences: Iterable[Sentence], *, types: Sequence[str], notes: Iterable[str] = ()) -> None:
    """Show sentences in a list, each with its document on hover.

    :param types: all types of the corpus, so that a type has the same colour everywhere.
    :param notes: texts to add after the sentences.
    """
    looks = _assign_looks(types)
    rows = "".join(
        f"<li{_render_title(sentence)}>{render_sentence(sentence, looks)}{_render_note(note)}</li>"
        for sentence, note in zip_longest(sentences, notes, fillvalue="")
        if isinstance(sentence, Sentence) and isinstance(note, str)
    )
    st.html(f'<ul class="sentences">{rows}</ul>')


def render_sentence(sentence: Sentence, looks: dict[str, int]) -> str:
    """Return a sentence as HTML; tokens and type names are escaped."""
    tokens = sentence.tokens[:MAX_WORDS]
    starts = {span.start: span for span in sentence.spans}
    fragments, at, before = [], 0, ""
    while at < len(tokens):
        span = starts.get(at)
        end = span.end if span else at + 1
        text = _join_tokens(tokens[at:end])
        fragments.append(_format_blank(before, tokens[at]))
        fragments.append(_render_mark(text, span.label, looks) if span else html.escape(text))
        at, before = end, tokens[min(end, len(tokens)) - 1]
    if len(sentence.tokens) > MAX_WORDS:
        fragments.append(f" … <i>and {len(sentence.tokens) - MAX_WORDS:,} more words</i>")
    return "".join(fragments).strip()


def show_legend(corpus: Corpus) -> None:
    """Show the colour of each type, with its number of mentions."""
    show_counts(corpus.types, corpus.mentions)


def show_counts(types: Sequence[str], counts: Mapping[str, int]) -> None:
    """Show the colour of each type or label, with its number of mentions."""
    looks = _assign_looks(types)
    marks = (_render_mark(f"{counts[entity]:,}", entity, looks) for entity in types)
    st.html(f'<p class="sentences">{" &ensp; ".join(marks)}</p>')


def select_annotated_sentences(corpus: Corpus, n: int) -> tuple[Sentence, ...]:
    """Return ``n`` sentences with entities, spread over the corpus; the same on every call."""
    annotated = [sentence for sentence in corpus.sentences if sentence.spans]
    step = max(1, len(annotated) // n)
    return tuple(annotated[::step][:n])


def _assign_looks(types: Sequence[str]) -> dict[str, int]:
    """Return the number of each type's style in style.css; Drug and Disease always have the same."""
    others = [entity for entity in types if entity not in (DRUG, DISEASE)]
    return {DRUG: 0, DISEASE: 1} | {entity: 2 + at % (N_LOOKS - 2) for at, entity in enumerate(others)}


def _render_mark(text: str, entity: str, looks: dict[str, int]) -> str:
    return f'<mark class="look{looks[entity]}">{html.escape(text)}<small>{html.escape(entity)}</small></mark>'


def _render_note(text: str) -> str:
    return f" <i>– {html.escape(text)}</i>" if text else ""


def _render_title(sentence: Sentence) -> str:
    return f' title="{html.escape(sentence.document)}"' if sentence.document else ""


def _join_tokens(tokens: Sequence[str]) -> str:
    """Return tokens as running text.

    >>> _join_tokens(["Worse", "(", "much", ")", "."])
    'Worse (much).'
    """
    return "".join(_format_blank(a, b) + b for a, b in pairwise(["", *tokens]))


def _format_blank(before: str, after: str) -> str:
    """Return the space between two tokens, or ""."""
    tight = not before or before[-1:] in _NO_BLANK_AFTER or after[:1] in _NO_BLANK_BEFORE
    return "" if tight else " "
