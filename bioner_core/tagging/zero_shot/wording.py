"""How a zero-shot model is told the types, and the choice of wording and threshold on training sentences."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bioner_core.corpus.sentences import Sentence, Span
from bioner_core.errors import BionerError
from bioner_core.scoring.exact import count_matches, encode_gold_tags, sum_counts

DEFAULT_THRESHOLD = 0.5  # of confidence, in (0, 1)
THRESHOLDS = (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8, 0.1, 0.9)  # that are tried; of equal F1 the first counts
LOWEST = min(THRESHOLDS)


@dataclass(frozen=True, kw_only=True)
class Wording:
    """The words for each entity type, and a description of some."""

    name: str  # such as "names"
    words: Mapping[str, str]  # entity type → what the model reads
    descriptions: Mapping[str, str]  # entity type → a description; types without one are left out

    def __post_init__(self) -> None:
        """Refuse empty words, the same words for two types, and descriptions of other types."""
        words = [text.strip() for text in self.words.values()]
        if not words or not all(words) or len({text.casefold() for text in words}) < len(words):
            raise BionerError(
                f"wording {self.name}: each type needs words of its own; found {', '.join(words) or 'none'}."
            )
        if unknown := sorted(self.descriptions.keys() - self.words.keys()):
            raise BionerError(
                f"wording {self.name}: {unknown[0]!r} is no type of the corpus. Available: "
                f"{', '.join(self.words)}."
            )


@dataclass(frozen=True)
class ScoredSpan:
    """A mention that a model considers, with its confidence."""

    span: Span  # of tokens; its label is the entity type
    confidence: float  # in [0, 1]


ScoredSpans = Sequence[Sequence[ScoredSpan]]  # for each sentence


def list_wordings(
    types: Sequence[str], words: Mapping[str, str], descriptions: Mapping[str, str]
) -> list[Wording]:
    """List the wordings to choose from: names as they are and in small letters, own words, descriptions.

    :param words: entity type → own words; types without any keep their name.
    :raises BionerError: words or descriptions of types that the corpus does not annotate.
    """
    names = {entity: entity for entity in types}
    if unknown := sorted(words.keys() - names.keys()):
        raise BionerError(f"{unknown[0]!r} is no type of the corpus. Available: {', '.join(types)}.")
    texts = {**names, **words}
    wordings = [Wording(name="names", words=names, descriptions={})]
    small = {entity: entity.lower() for entity in types}
    if small != names and len(set(small.values())) == len(small):
        wordings.append(Wording(name="names in small letters", words=small, descriptions={}))
    if words:
        wordings.append(Wording(name="own words", words=texts, descriptions={}))
    if descriptions:
        name = "own words and descriptions" if words else "names and descriptions"
        wordings.append(Wording(name=name, words=texts, descriptions=descriptions))
    return wordings


def select_mentions(
    sentences: Sequence[Sentence], candidates: ScoredSpans, threshold: float
) -> tuple[Sentence, ...]:
    """Return sentences with the candidates from a threshold on; of those that overlap the most confident."""
    return tuple(
        replace(sentence, spans=tuple(_select_flat(of_sentence, threshold)))
        for sentence, of_sentence in zip(sentences, candidates, strict=True)
    )


def _select_flat(candidates: Iterable[ScoredSpan], threshold: float) -> list[Span]:
    chosen: list[Span] = []
    for candidate in sorted(candidates, key=_rank_span):
        span = candidate.span
        is_free = all(span.end <= other.start or other.end <= span.start for other in chosen)
        if candidate.confidence >= threshold and is_free:
            chosen.append(span)
    return sorted(chosen, key=lambda span: span.start)


def _rank_span(candidate: ScoredSpan) -> tuple[float, int, int, str]:
    span = candidate.span
    return -candidate.confidence, span.start, span.start - span.end, span.label


def choose_wording(
    tried: Sequence[tuple[Wording, ScoredSpans]], sentences: Sequence[Sentence], types: Sequence[str]
) -> tuple[Wording, float, float]:
    """Return the wording and the threshold with the highest F1 over all types, and that F1.

    :param tried: each wording with what a model found by it in ``sentences``.
    :param sentences: of the training part, never of the test part.
    """
    best: tuple[Wording, float, float] | None = None
    for wording, candidates in tried:
        for threshold in THRESHOLDS:
            f1 = _compute_f1(sentences, select_mentions(sentences, candidates, threshold), types)
            if best is None or f1 > best[2]:
                best = (wording, threshold, f1)
    if best is None:
        raise BionerError("no wording to choose from. Give one wording or more.")
    return best


def _compute_f1(gold: Sequence[Sentence], predicted: Sequence[Sentence], types: Sequence[str]) -> float:
    gold_tags, lengths = encode_gold_tags(gold, types)
    predicted_tags, _ = encode_gold_tags(predicted, types)
    return sum_counts(count_matches(gold_tags, predicted_tags, lengths, n_types=len(types))).f1
