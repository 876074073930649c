"""From raw mentions, nested and broken as they come, to flat spans of whole words."""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from bioner_core.corpus.labels import LabelMap
from bioner_core.corpus.reading.bounds import LISTED, shown
from bioner_core.corpus.reading.passages import Finding, Level, Mention, Passage, Reading
from bioner_core.corpus.reading.placement import INSIDE, is_inside_word
from bioner_core.corpus.sentences import Corpus, Sentence, Span
from bioner_core.corpus.tokenization import guess_language, sentences, words


@dataclass(frozen=True, kw_only=True)
class Flattened:
    """A corpus of flat spans, and what became of the mentions on the way."""

    corpus: Corpus
    findings: tuple[Finding, ...]
    n_read: Counter[str]  # mentions with a kept label, by type
    n_placed: Counter[str]  # spans, by type


class _Run(NamedTuple):
    """A mention on its way to a span; places are tokens, or characters before they are widened."""

    is_discontinuous: bool
    size: int  # minus its length, so that runs sort in the order in which they are placed
    start: int
    end: int
    label: str
    is_widened: bool = False


@dataclass
class _Tally:
    """What happens to mentions, by kind and type, with the first documents where it does."""

    are_cuts_told: bool = False  # has the reader reported mentions that cut words?
    counts: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    documents: defaultdict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, kind: str, label: str, document: str) -> None:
        self.counts[kind][label] += 1
        if document and len(self.documents[kind]) < 3:
            self.documents[kind][document] = None


_KINDS: Mapping[str, tuple[Level, str]] = {
    "overlapping": (
        "warning",
        "mentions left out, since one that is placed already overlaps (spans are flat)",
    ),
    "wordless": ("warning", "mentions left out, since they cover no visible word"),
    "duplicate": ("note", "mentions that stand twice in one place after mapping, of which one is kept"),
    "covered": ("note", "mentions in pieces, placed as the whole from the first piece to the last"),
    "widened": ("note", "mentions that start or end inside a word, widened to it"),
    "joined": ("note", "mentions across a sentence boundary, which is removed"),
}


def flatten(
    reading: Reading,
    label_map: LabelMap,
    *,
    name: str | None = None,
    language: str | None = None,
    domain: str | None = None,
) -> Flattened:
    """Map labels, cut text into sentences and words, and place mentions as spans that do not overlap.

    Contiguous mentions go before discontinuous ones, longer before shorter, left before right, ties in
    file order; a mention that overlaps a placed one is left out and counted.

    :param name: of the corpus; proposed by the reading where None, as are language and domain.
    """
    language = reading.language or guess_language(_beginning(reading)) if language is None else language
    tally = _Tally(are_cuts_told=any(finding.message == INSIDE for finding in reading.findings))
    found: list[Sentence] = []
    for passage in reading.passages:
        runs = _runs(passage, label_map.mapping, tally)
        if passage.tokens is None:
            found += _from_text(passage, runs, language, tally)
        elif passage.tokens:
            found.append(_sentence(passage, passage.tokens, _placed(passage, runs, tally)))
    n_read = tally.counts.pop("read", Counter())
    corpus = Corpus(
        name=reading.name if name is None else name,
        sentences=tuple(found),
        types=tuple(sorted(n_read)),
        language=language,
        domain=reading.domain if domain is None else domain,
        licence=reading.licence,
        is_synthetic=reading.is_synthetic,
        label_map=label_map.mapping,
    )
    findings = (*_findings(tally, corpus.name), *_dropped(reading, label_map, corpus.name))
    return Flattened(corpus=corpus, findings=findings, n_read=n_read, n_placed=corpus.mentions)


def _beginning(reading: Reading) -> str:
    """Return enough text to tell the language by."""
    return " ".join(p.text[:2000] or " ".join(p.tokens or ()) for p in islice(reading.passages, 500))


def _runs(passage: Passage, mapping: Mapping[str, str], tally: _Tally) -> list[_Run]:
    """Return the mentions with kept labels, each once, in the order in which they are placed."""
    unique: dict[tuple[str, tuple[tuple[int, int], ...]], _Run] = {}
    for mention in passage.mentions:
        if label := mapping.get(mention.label):
            tally.add("read", label, "")
            key = (label, mention.fragments)
            if key in unique:
                tally.add("duplicate", label, passage.document)
            unique.setdefault(key, _run(mention, label))
    return sorted(unique.values(), key=lambda run: run[:3])


def _run(mention: Mention, label: str) -> _Run:
    start, end = mention.fragments[0][0], mention.fragments[-1][1]
    return _Run(len(mention.fragments) > 1, start - end, start, end, label)


def _from_text(passage: Passage, runs: list[_Run], language: str, tally: _Tally) -> list[Sentence]:
    """Cut a passage of running text into sentences with the spans of their words."""
    places = words(passage.text)
    starts = [start for start, _ in places]
    ends = [end for _, end in places]
    spans = _placed(passage, _widened(passage, runs, starts, ends, tally), tally)
    covered = [(starts[span.start], ends[span.end - 1]) for span in spans]
    cuts = [start for start, _ in sentences(passage.text, language=language)]
    for span, (start, end) in zip(spans, covered, strict=True):
        if bisect_right(cuts, start) < bisect_left(cuts, end):
            tally.add("joined", span.label, passage.document)
    found = []
    for start, end in sentences(passage.text, language=language, keep=covered):
        first, last = bisect_left(starts, start), bisect_left(starts, end)
        if first < last:
            inside = spans[bisect_left(spans, first, key=_start) : bisect_left(spans, last, key=_start)]
            tokens = tuple(passage.text[a:b] for a, b in places[first:last])
            moved = [Span(span.start - first, span.end - first, span.label) for span in inside]
            found.append(_sentence(passage, tokens, moved))
    return found


def _start(span: Span) -> int:
    return span.start


def _widened(
    passage: Passage, runs: Iterable[_Run], starts: list[int], ends: list[int], tally: _Tally
) -> Iterable[_Run]:
    """Turn places in characters into places in words, widened to whole words."""
    for run in runs:
        first, last = bisect_right(ends, run.start), bisect_left(starts, run.end)
        if first >= last:
            tally.add("wordless", run.label, passage.document)
            continue
        is_widened = starts[first] < run.start or ends[last - 1] > run.end
        if tally.are_cuts_told and any(is_inside_word(edge, passage.text) for edge in (run.start, run.end)):
            is_widened = False  # the reader has said so, with its place
        yield run._replace(start=first, end=last, is_widened=is_widened)


def _placed(passage: Passage, runs: Iterable[_Run], tally: _Tally) -> list[Span]:
    """Place runs of tokens one by one; return the spans from left to right."""
    spans: list[Span] = []
    taken: set[int] = set()
    for run in runs:
        tokens = range(run.start, run.end)
        if not taken.isdisjoint(tokens):
            tally.add("overlapping", run.label, passage.document)
            continue
        taken.update(tokens)
        spans.append(Span(run.start, run.end, run.label))
        for kind, happened in (("covered", run.is_discontinuous), ("widened", run.is_widened)):
            if happened:
                tally.add(kind, run.label, passage.document)
    return sorted(spans, key=_start)


def _sentence(passage: Passage, tokens: tuple[str, ...], spans: list[Span]) -> Sentence:
    return Sentence(tokens, tuple(spans), passage.document, passage.part)


def _findings(tally: _Tally, name: str) -> Iterable[Finding]:
    """Say what happened to mentions, one finding a kind."""
    for kind, (level, text) in _KINDS.items():
        if counts := tally.counts.get(kind):
            what = ", ".join(f"{count} {label}" for label, count in sorted(counts.items()))
            where = ", ".join([name, *tally.documents[kind]])
            yield Finding(level=level, where=where, message=f"{text}: {what}.")


def _dropped(reading: Reading, label_map: LabelMap, name: str) -> Iterable[Finding]:
    """Say which labels are left out, and how to keep them."""
    dropped = [label for label in label_map.dropped if label in reading.labels]
    if dropped:
        counts = shown((f"{label} ({reading.labels[label]})" for label in dropped), length=1_000)
        more = f", and {len(dropped) - LISTED:,} more" if len(dropped) > LISTED else ""
        message = f"labels left out: {counts}{more}. Keep one by --map {dropped[0]}=TYPE."
        yield Finding(level="note", where=name, message=message)
