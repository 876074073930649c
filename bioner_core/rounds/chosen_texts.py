"""Texts of a pool as sentences to choose from, and the chosen sentences as texts again, with suggestions."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from bioner_core.corpus.flatten import flatten
from bioner_core.corpus.labels import LabelMap
from bioner_core.corpus.reading.passages import Mention, Passage, Reading
from bioner_core.corpus.sentences import Corpus, Span
from bioner_core.rounds.pool_texts import PoolText

POOL = "texts not annotated yet"  # the name of a pool as a corpus


@dataclass(frozen=True)
class _Place:
    """Where a sentence stands: its text, and first and last character of each of its words."""

    text: int
    starts: tuple[int, ...]
    ends: tuple[int, ...]  # exclusive


def split_texts(texts: Sequence[PoolText], *, language: str) -> Corpus:
    """Return the sentences of texts without spans; the document of each is the number of its text."""
    passages = tuple(Passage(document=str(number), text=of.text) for number, of in enumerate(texts))
    reading = Reading(name=POOL, format="texts", passages=passages)
    return flatten(reading, LabelMap({}), language=language).corpus


def restore_texts(
    texts: Sequence[PoolText],
    pool: Corpus,
    chosen: Iterable[tuple[int, Sequence[Span]]],
    *,
    are_whole: bool = False,
) -> list[PoolText]:
    """Return chosen sentences as they stand in their texts, with spans as mentions.

    :param pool: of ``split_texts``
    :param chosen: places in the pool, each with its suggested spans.
    :param are_whole: return whole texts; then ``chosen`` holds all their sentences, text by text.
    """
    places = _locate_sentences(texts, pool)
    pieces = [(places[at], spans) for at, spans in chosen if pool.sentences[at].tokens]
    if not are_whole:
        return [_cut_text(texts[place.text], place, spans) for place, spans in pieces]
    restored = []
    for number, members in groupby(pieces, key=lambda piece: piece[0].text):
        mentions = [mention for place, spans in members for mention in _convert_spans(place, spans, 0)]
        text = texts[number]
        restored.append(
            PoolText(
                text=text.text, document=text.document, n_sentences=text.n_sentences, mentions=tuple(mentions)
            )
        )
    return restored


def _locate_sentences(texts: Sequence[PoolText], pool: Corpus) -> list[_Place]:
    """Find each sentence in its text: words are pieces of it, in order."""
    ends: dict[int, int] = {}
    places = []
    for sentence in pool.sentences:
        number = int(sentence.document)
        at, starts = ends.get(number, 0), []
        for word in sentence.tokens:
            at = texts[number].text.index(word, at)
            starts.append(at)
            at += len(word)
        ends[number] = at
        word_ends = (start + len(word) for start, word in zip(starts, sentence.tokens, strict=True))
        places.append(_Place(number, tuple(starts), tuple(word_ends)))
    return places


def _cut_text(text: PoolText, place: _Place, spans: Sequence[Span]) -> PoolText:
    begin, end = place.starts[0], place.ends[-1]
    mentions = _convert_spans(place, spans, begin)
    return PoolText(text=text.text[begin:end], document=text.document, mentions=tuple(mentions))


def _convert_spans(place: _Place, spans: Sequence[Span], begin: int) -> list[Mention]:
    return [
        Mention(span.label, ((place.starts[span.start] - begin, place.ends[span.end - 1] - begin),))
        for span in spans
    ]


def serialize_suggestions(texts: Iterable[PoolText]) -> str:
    r"""Return a JSON line per text: text, document where it has one, part, and suggested entities.

    Chosen texts are for training: a test part stays random.

    >>> serialize_suggestions([PoolText(text="No pain", mentions=(Mention("ADR", ((3, 7),)),))])
    '{"text": "No pain", "part": "train", "entities": [{"start": 3, "end": 7, "label": "ADR"}]}\n'
    """
    lines = []
    for text in texts:
        document: Mapping[str, str] = {"document": text.document} if text.document else {}
        entities = [
            {"start": mention.fragments[0][0], "end": mention.fragments[-1][1], "label": mention.label}
            for mention in text.mentions
        ]
        record = {"text": text.text, **document, "part": "train", "entities": entities}
        lines.append(json.dumps(record, ensure_ascii=False) + "\n")
    return "".join(lines)
