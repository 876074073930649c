"""Turn raw mentions, which may nest, overlap and cut words, into flat spans of whole words."""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from operator import attrgetter, itemgetter
from typing import NamedTuple

from bioner_core.corpus.labels import LabelMap
from bioner_core.corpus.reading.bounds import MAX_NAMES, format_names
from bioner_core.corpus.reading.passages import Finding, Level, Passage, Reading
from bioner_core.corpus.reading.placement import INSIDE_WORD, is_inside_word
from bioner_core.corpus.sentences import Corpus, Sentence, Span
from bioner_core.corpus.tokenization import guess_language, split_sentences
from bioner_core.corpus.words import find_tokenizer_version, tokenize_words


@dataclass(frozen=True, kw_only=True)
class Flattened:
    """A corpus of flat spans, with findings on the mentions that were changed or left out."""

    corpus: Corpus
    findings: tuple[Finding, ...]
    n_read: Counter[str]  # mentions with a kept label, by type
    n_placed: Counter[str]  # spans, by type


class _Candidate(NamedTuple):
    """A mention that may become a span; its offsets are characters, and tokens after the alignment."""

    is_discontinuous: bool
    size: int  # minus its length, so that candidates sort in the order of their placement
    start: int
    end: int
    label: str
    is_widened: bool = False


@dataclass
class _Tally:
    """Counts of what happened to mentions, by kind and entity type, with the first documents."""

    are_cuts_reported: bool = False  # the reader has already reported mentions that cut words
    counts: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    documents: defaultdict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, kind: str, label: str, document: str) -> None:
        """Count one mention, and remember its document if it is among the first three."""
        self.counts[kind][label] += 1
        if document and len(self.documents[kind]) < 3:
            self.documents[kind][document] = None


_START = attrgetter("start")
_ORDER = itemgetter(slice(3))  # contiguous ones first, longer ones, then those to the left
_KINDS: Mapping[str, tuple[Level, str]] = {
    "overlapping": (
        "warning",
        "mentions left out, since they overlap one that is kept (spans are flat)",
    ),
    "wordless": ("warning", "mentions left out, since they cover no visible word"),
    "duplicate": ("note", "duplicate mentions after mapping, of which one is kept"),
    "discontinuous": ("note", "discontinuous mentions, kept as one span from the first piece to the last"),
    "widened": ("note", "mentions that start or end inside a word, widened to whole words"),
    "joined": ("note", "mentions across a sentence boundary; the two sentences are joined"),
}


def flatten(
    reading: Reading,
    label_map: LabelMap,
    *,
    name: str | None = None,
    language: str | None = None,
    domain: str | None = None,
) -> Flattened:
    """Map labels, split text into sentences and words, and turn mentions into spans that do not overlap.

    Contiguous mentions go before discontinuous ones, longer before shorter, left before right, ties in
    file order; a mention that overlaps a span is left out and counted.

    :param name: of the corpus; where None, that of the reading. So are language and domain.
    """
    language = reading.language or guess_language(_sample_text(reading)) if language is None else language
    tally = _Tally(are_cuts_reported=any(finding.message == INSIDE_WORD for finding in reading.findings))
    sentences: list[Sentence] = []
    for passage in reading.passages:
        candidates = _list_candidates(passage, label_map.mapping, tally)
        if passage.tokens is None:
            sentences += _flatten_text(passage, candidates, language, tally)
        elif passage.tokens:
            spans = _place_spans(passage, candidates, tally)
            sentences.append(_build_sentence(passage, passage.tokens, spans))
    n_read = tally.counts.pop("read", Counter())
    corpus = Corpus(
        name=reading.name if name is None else name,
        sentences=tuple(sentences),
        types=tuple(sorted(n_read)),
        language=language,
        domain=reading.domain if domain is None else domain,
        licence=reading.licence,
        is_synthetic=reading.is_synthetic,
        label_map=label_map.mapping,
        agreement_f1=reading.agreement_f1,
        tokenizer_version=find_tokenizer_version(passage.text for passage in reading.passages),
    )
    changes = _summarize_tally(tally, corpus.name)
    dropped = _report_dropped_labels(reading, label_map, corpus.name)
    findings = (*changes, *dropped)
    return Flattened(corpus=corpus, findings=findings, n_read=n_read, n_placed=corpus.mentions)


def _sample_text(reading: Reading) -> str:
    """Return enough text to guess the language."""
    return " ".join(p.text[:2000] or " ".join(p.tokens or ()) for p in islice(reading.passages, 500))


def _list_candidates(passage: Passage, mapping: Mapping[str, str], tally: _Tally) -> list[_Candidate]:
    """Return the distinct mentions with mapped labels, in the order of their placement."""
    unique: dict[tuple[str, tuple[tuple[int, int], ...]], _Candidate] = {}
    n_read = tally.counts["read"]
    for mention in passage.mentions:
        if label := mapping.get(mention.label):
            n_read[label] += 1
            fragments = mention.fragments
            if (label, fragments) in unique:
                tally.add("duplicate", label, passage.document)
                continue
            start, end = fragments[0][0], fragments[-1][1]
            unique[label, fragments] = _Candidate(len(fragments) > 1, start - end, start, end, label)
    return sorted(unique.values(), key=_ORDER) if len(unique) > 1 else [*unique.values()]


def _flatten_text(
    passage: Passage, candidates: list[_Candidate], language: str, tally: _Tally
) -> list[Sentence]:
    """Split a passage of running text into sentences with spans of their words."""
    text = passage.text
    offsets = tokenize_words(text)
    words = tuple([text[start:end] for start, end in offsets])
    starts = [start for start, _ in offsets]
    ends = [end for _, end in offsets]
    spans = _place_spans(passage, _align_to_words(passage, candidates, starts, ends, tally), tally)
    boundaries = split_sentences(text, language=language)
    if len(boundaries) == 1:
        return [_build_sentence(passage, words, spans)] if words else []
    covered = [(starts[span.start], ends[span.end - 1]) for span in spans]
    cuts = [start for start, _ in boundaries]
    joined = [
        span
        for span, (start, end) in zip(spans, covered, strict=True)
        if bisect_right(cuts, start) < bisect_left(cuts, end)
    ]
    for span in joined:
        tally.add("joined", span.label, passage.document)
    if joined:
        boundaries = split_sentences(text, language=language, keep=covered)
    sentences = []
    for start, end in boundaries:
        first, last = bisect_left(starts, start), bisect_left(starts, end)
        if first < last:
            low, high = (bisect_left(spans, token, key=_START) for token in (first, last))
            moved = [Span(s.start - first, s.end - first, s.label) for s in spans[low:high]]
            sentences.append(_build_sentence(passage, words[first:last], moved))
    return sentences


def _align_to_words(
    passage: Passage, candidates: Iterable[_Candidate], starts: list[int], ends: list[int], tally: _Tally
) -> Iterable[_Candidate]:
    """Turn character offsets into token offsets, widened to whole words."""
    for candidate in candidates:
        first, last = bisect_right(ends, candidate.start), bisect_left(starts, candidate.end)
        if first >= last:
            tally.add("wordless", candidate.label, passage.document)
            continue
        is_widened = starts[first] < candidate.start or ends[last - 1] > candidate.end
        edges = (candidate.start, candidate.end)
        if is_widened and tally.are_cuts_reported and any(is_inside_word(e, passage.text) for e in edges):
            is_widened = False  # the reader has reported it, with its offsets
        yield _Candidate(candidate.is_discontinuous, candidate.size, first, last, candidate.label, is_widened)


def _place_spans(passage: Passage, candidates: Iterable[_Candidate], tally: _Tally) -> list[Span]:
    """Turn candidates into spans unless an earlier span overlaps; return the spans from left to right."""
    spans: list[Span] = []
    covered: set[int] = set()
    for is_discontinuous, _, start, end, label, is_widened in candidates:
        tokens = range(start, end)
        if not covered.isdisjoint(tokens):
            tally.add("overlapping", label, passage.document)
            continue
        covered.update(tokens)
        spans.append(Span(start, end, label))
        if is_discontinuous:
            tally.add("discontinuous", label, passage.document)
        if is_widened:
            tally.add("widened", label, passage.document)
    spans.sort(key=_START)
    return spans


def _build_sentence(passage: Passage, tokens: tuple[str, ...], spans: list[Span]) -> Sentence:
    return Sentence(tokens, tuple(spans), passage.document, passage.part)


def _summarize_tally(tally: _Tally, name: str) -> Iterable[Finding]:
    """Return one finding for each kind of change to mentions."""
    for kind, (level, text) in _KINDS.items():
        if counts := tally.counts.get(kind):
            by_type = ", ".join(f"{count} {label}" for label, count in sorted(counts.items()))
            where = ", ".join([name, *tally.documents[kind]])
            yield Finding(level=level, where=where, message=f"{text}: {by_type}.")


def _report_dropped_labels(reading: Reading, label_map: LabelMap, name: str) -> Iterable[Finding]:
    """Return a finding with the labels that are left out, and how to keep one."""
    dropped = [label for label in label_map.dropped if label in reading.labels]
    if dropped:
        counts = format_names((f"{label} ({reading.labels[label]})" for label in dropped), length=1_000)
        more = f", and {len(dropped) - MAX_NAMES:,} more" if len(dropped) > MAX_NAMES else ""
        message = f"labels left out: {counts}{more}. Keep one by --map {dropped[0]}=TYPE."
        yield Finding(level="note", where=name, message=message)
