"""Place the annotations of another system on sentences of a corpus: by document, then by text."""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from bioner_core.corpus.flatten import flatten
from bioner_core.corpus.labels import LabelMap, propose_label_map
from bioner_core.corpus.reading.passages import Finding, Mention, Passage, Reading
from bioner_core.corpus.sentences import Corpus, Sentence
from bioner_core.errors import BionerError


@dataclass(frozen=True, kw_only=True)
class Alignment:
    """Sentences with the spans that another system annotated in them."""

    sentences: tuple[Sentence, ...]  # as they were passed, their spans replaced
    is_matched: tuple[bool, ...]  # whether the system's file holds a sentence; in the others are no spans
    n_mentions: int  # mentions of the file
    n_other_mentions: int  # of these, those that lie in none of the sentences
    findings: tuple[Finding, ...]

    @property
    def n_matched(self) -> int:
        """Return the number of sentences that the file holds."""
        return sum(self.is_matched)


@dataclass(frozen=True)
class _Text:
    """The characters of a passage or document that are not blank, with mentions by their offsets in them."""

    key: str
    mentions: tuple[Mention, ...]  # by their start; of the same start in the order of the file


def align_annotations(
    reading: Reading,
    sentences: Sequence[Sentence],
    corpus: Corpus,
    *,
    label_map: Mapping[str, str] | None = None,
    part: str = "test",
) -> Alignment:
    """Place the mentions of a file on sentences of a corpus.

    A sentence is found in the text of the document of its name, with or without folders, else among the
    passages with exactly its text; blanks do not count. Mentions are widened to whole words. Of those that
    overlap the longest is kept, as in a corpus. A mention that goes on beyond its sentence ends with it.

    :param corpus: whose label map and types say which labels are kept.
    :param label_map: raw label → type, with precedence over that of the corpus; "" leaves a label out.
    :param part: of the corpus that the sentences are, for messages.
    :raises BionerError: the file holds none of the sentences.
    """
    places = list(_locate_sentences(reading, sentences))
    if not any(places):
        raise BionerError(
            f"{reading.name}: holds none of the {len(sentences):,} {part} sentences of {corpus.name}. A "
            "sentence is found by the name of its document and its text. Annotate the file that `bioner "
            "predictions export` writes, and change no text in it."
        )
    passages, n_placed = [], 0
    for sentence, place in zip(sentences, places, strict=True):
        mentions = _place_mentions(sentence, *place) if place else ()
        n_placed += len(mentions)
        passages.append(Passage(document=sentence.document, tokens=sentence.tokens, mentions=mentions))
    labels = map_labels(reading.labels, corpus, extra=label_map or {})
    flat = flatten(
        Reading(name=reading.name, format=reading.format, passages=tuple(passages)),
        labels,
        language=corpus.language,
    )
    return Alignment(
        sentences=flat.corpus.sentences,
        is_matched=tuple(place is not None for place in places),
        n_mentions=reading.labels.total(),
        n_other_mentions=max(0, reading.labels.total() - n_placed),
        findings=(*reading.findings, *flat.findings),
    )


def map_labels(labels: Collection[str], corpus: Corpus, *, extra: Mapping[str, str]) -> LabelMap:
    """Map the labels of a system to the types of a corpus; others are dropped.

    :param extra: raw label → type, with precedence over the label map of the corpus.
    """
    corpus_map = {**corpus.label_map, **{entity: entity for entity in corpus.types}, **extra}
    proposed = propose_label_map(labels, extra=corpus_map).mapping
    mapping = {raw: entity for raw, entity in proposed.items() if entity in corpus.types}
    return LabelMap(mapping, tuple(sorted(set(labels) - mapping.keys())))


def _locate_sentences(reading: Reading, sentences: Sequence[Sentence]) -> Iterator[tuple[_Text, int] | None]:
    """Yield the text that holds each sentence and where it begins in it; None where the file lacks it."""
    documents, short_names, passages = (defaultdict[str, list[_Text]](list) for _ in range(3))
    for passage in reading.passages:
        text = _strip_blanks(passage)
        passages[text.key].append(text)
        if passage.document:
            documents[passage.document].append(text)
            short_names[_drop_folders(passage.document)].append(text)
    texts = {("", name): _join_texts(members) for name, members in documents.items()}
    texts |= {("short", name): _join_texts(members) for name, members in short_names.items()}
    ends = Counter[tuple[str, str]]()  # of the last sentence found in each text
    n_used = Counter[str]()  # passages with the same text, in order
    for sentence in sentences:
        key, name = _drop_blanks("".join(sentence.tokens)), sentence.document
        for place in (("", name), ("short", _drop_folders(name))):
            at = _find_from(texts[place].key, key, ends[place]) if place in texts else -1
            if at >= 0:
                ends[place] = at + len(key)
                yield texts[place], at
                break
        else:
            same = passages.get(key)
            yield (same[min(n_used[key], len(same) - 1)], 0) if same else None
            n_used[key] += 1


def _find_from(text: str, key: str, start: int) -> int:
    """Return where a key begins in a text, at or behind a start if it is there; -1 if it is nowhere."""
    at = text.find(key, start)
    return text.find(key) if at < 0 else at


def _drop_folders(name: str) -> str:
    return name.rsplit("/", 1)[-1]


def _drop_blanks(text: str) -> str:
    return "".join(text.split())


def _strip_blanks(passage: Passage) -> _Text:
    """Return a passage without blanks; its offsets count characters of its text, or tokens."""
    pieces = passage.text if passage.tokens is None else passage.tokens
    starts = [0, *accumulate(len(_drop_blanks(piece)) for piece in pieces)]
    moved = (_move_mention(mention, starts.__getitem__, starts.__getitem__) for mention in passage.mentions)
    return _Text(_drop_blanks("".join(pieces)), tuple(sorted(filter(None, moved), key=_find_start)))


def _find_start(mention: Mention) -> int:
    return mention.fragments[0][0]


def _move_mention(
    mention: Mention, move_start: Callable[[int], int], move_end: Callable[[int], int]
) -> Mention | None:
    """Return a mention with other offsets; fragments in the same word become one; None where none is left."""
    fragments: list[tuple[int, int]] = []
    for fragment in mention.fragments:
        start, end = move_start(fragment[0]), move_end(fragment[1])
        if fragments and start < fragments[-1][1]:
            start = fragments.pop()[0]
        if start < end:
            fragments.append((start, end))
    return Mention(mention.label, tuple(fragments)) if fragments else None


def _join_texts(texts: Sequence[_Text]) -> _Text:
    """Join the passages of a document."""
    mentions, begin = list[Mention](), 0
    for text in texts:
        for mention in text.mentions:
            fragments = tuple((start + begin, end + begin) for start, end in mention.fragments)
            mentions.append(Mention(mention.label, fragments))
        begin += len(text.key)
    return _Text("".join(text.key for text in texts), tuple(mentions))


def _place_mentions(sentence: Sentence, text: _Text, at: int) -> tuple[Mention, ...]:
    """Return the mentions that begin in a sentence, in its tokens; ``at`` is where the text has it."""
    starts = [0, *accumulate(len(_drop_blanks(token)) for token in sentence.tokens)]
    first = bisect_left(text.mentions, at, key=_find_start)
    after = bisect_left(text.mentions, at + starts[-1], key=_find_start)
    moved = (
        _move_mention(
            mention,
            lambda start: bisect_right(starts, start - at) - 1,
            lambda end: bisect_left(starts, min(end - at, starts[-1])),
        )
        for mention in text.mentions[first:after]
    )
    return tuple(mention for mention in moved if mention)
