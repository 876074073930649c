"""Find the terms of a list in sentences: the longest first, whole words, in any case."""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bioner_core.corpus.labels import propose_label_map
from bioner_core.corpus.sentences import Corpus, Sentence, Span
from bioner_core.errors import BionerError

Terms = Mapping[str, str]  # a term as ``fold_term`` writes it → its entity type
MAX_BYTES = 200_000_000
_HEADINGS = ("term", "name", "text", "mention")  # of a first line that is no term
_MIN_SHARE = 0.5  # of the places of a term where training sentences annotate it


def fold_term(text: str) -> str:
    """Return a term without blanks and in one case, so that no tokenization matters.

    >>> fold_term("Beta-Blocker"), fold_term("beta - blocker")
    ('beta-blocker', 'beta-blocker')
    """
    return "".join(text.split()).casefold()


def read_terms(path: Path, corpus: Corpus) -> Terms:
    """Read a file of terms, as ``parse_terms`` does. :raises BionerError: also if it cannot be read."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BionerError(f"{path.name}: larger than {MAX_BYTES // 1_000_000} MB. Use a shorter list.")
        content = path.read_bytes()
    except OSError as error:
        raise BionerError(f"{path}: cannot be read ({error.strerror}).") from error
    return parse_terms(content, path.name, corpus)


def parse_terms(content: bytes, name: str, corpus: Corpus) -> Terms:
    """Parse a list: a term a line, then a tab (a comma in .csv) and its type; a term's first line counts.

    A line without a type is of the corpus's only type. Types are mapped as labels of the corpus are; terms
    of other types are left out.

    :param name: of the file, which says what parts the cells.
    :raises BionerError: the file is not text, a type is missing, or no term is of a type of the corpus.
    """
    is_csv = name.lower().endswith(".csv")
    rows = [(number, cells) for number, cells in _parse_rows(content, name) if cells and cells[0].strip()]
    if rows and rows[0][1][0].strip().casefold() in _HEADINGS:
        rows = rows[1:]
    default = corpus.types[0] if len(corpus.types) == 1 else ""
    pairs = []
    for number, cells in rows:
        kind = (cells[1].strip() if len(cells) > 1 else "") or default
        if not kind:
            raise BionerError(
                f"{name}, line {number}: no type. {corpus.name} annotates {', '.join(corpus.types)}; "
                f"write the term, a {'comma' if is_csv else 'tab'} and one of these."
            )
        pairs.append((fold_term(cells[0]), kind))
    extra = {**corpus.label_map, **{entity: entity for entity in corpus.types}}
    types = propose_label_map({kind for _, kind in pairs}, extra=extra).mapping
    terms = {term: types[kind] for term, kind in reversed(pairs) if types.get(kind) in corpus.types}
    if not terms:
        kinds = ", ".join(sorted({kind for _, kind in pairs})[:5]) or "none"
        raise BionerError(
            f"{name}: no term of {', '.join(corpus.types)}. Types in the file: {kinds}. Write the term, "
            "then its type."
        )
    return terms


def _parse_rows(content: bytes, name: str) -> list[tuple[int, list[str]]]:
    """Return line number and cells of each line."""
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise BionerError(f"{name}: is not UTF-8. Save the list as UTF-8 text.") from error
    if name.lower().endswith(".csv"):
        try:
            return list(enumerate(csv.reader(lines, strict=True), 1))
        except csv.Error as error:
            raise BionerError(f"{name}: not a CSV ({error}). Save it with one term a line.") from error
    return [(number, line.split("\t")) for number, line in enumerate(lines, 1)]


def collect_terms(sentences: Sequence[Sentence]) -> Terms:
    """Collect the terms that annotated sentences teach: each mention, under its most frequent type.

    A term must be annotated in half of the places or more where the list would find it in these sentences;
    else words such as "cold" cost more than they bring.

    :raises BionerError: there is no such term.
    """
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    for sentence in sentences:
        for span in sentence.spans:
            kinds[_fold_span(sentence, span)][span.label] += 1
    terms = {term: counts.most_common(1)[0][0] for term, counts in kinds.items()}
    n_listed = Counter(
        _fold_span(sentence, span) for sentence in find_terms(sentences, terms) for span in sentence.spans
    )
    terms = {term: kind for term, kind in terms.items() if kinds[term][kind] >= _MIN_SHARE * n_listed[term]}
    if not terms:
        raise BionerError(f"{len(sentences):,} training sentences: none has a mention. Take more sentences.")
    return terms


def _fold_span(sentence: Sentence, span: Span) -> str:
    return fold_term("".join(sentence.tokens[span.start : span.end]))


def find_terms(sentences: Iterable[Sentence], terms: Terms) -> tuple[Sentence, ...]:
    """Return sentences with a span for each term in them, in place of their spans.

    From left to right, the longest term that begins at a word is taken; terms begin and end with words.
    """
    longest = max(map(len, terms), default=0)
    return tuple(
        replace(
            sentence,
            spans=tuple(_find_spans([fold_term(token) for token in sentence.tokens], terms, longest)),
        )
        for sentence in sentences
    )


def _find_spans(tokens: Sequence[str], terms: Terms, longest: int) -> list[Span]:
    spans, start = list[Span](), 0
    while start < len(tokens):
        key, best = "", None
        for end in range(start, len(tokens)):
            key += tokens[end]
            if len(key) > longest:
                break
            if kind := terms.get(key):
                best = Span(start, end + 1, kind)
        if best:
            spans.append(best)
        start = best.end if best else start + 1
    return spans
