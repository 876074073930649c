"""A fixed test part, and a training part whose prefixes are the training sets of a curve."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from bioner_core.corpus.reading.passages import Finding
from bioner_core.corpus.sentences import Corpus, Sentence
from bioner_core.errors import BionerError

TEST_SHARE = 0.3  # of the documents, where a corpus comes without a test part
FEW_MENTIONS = 50  # test mentions of a type, below which a single one weighs too much
_TEST, _ORDER = 1, 2  # what a seed is drawn for: the same seed must not draw the same numbers twice
Origin = Literal["given", "documents", "sentences"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Split:
    """What is trained on and what is tested on; the test part does not change with a job's seed."""

    name: str  # of the corpus
    types: tuple[str, ...]  # that the corpus annotates
    train: tuple[Sentence, ...]  # in the order of the corpus
    test: tuple[Sentence, ...]
    origin: Origin  # parts that came with the corpus, documents drawn, or sentences drawn

    def ordered(self, seed: int, sample: str = "sentences") -> tuple[Sentence, ...]:
        """Return the training part in the order that ``seed`` draws.

        :param sample: "sentences" draws sentences over all documents; "documents" draws whole documents,
            each in its own order, as annotators work.
        """
        if sample not in ("sentences", "documents"):
            raise BionerError(f"sample is {sample!r}; it must be sentences or documents.")
        units = documents(self.train) if sample == "documents" else [[at] for at in range(len(self.train))]
        return tuple(self.train[at] for unit in _drawn(len(units), seed, _ORDER) for at in units[unit])

    def first(self, n: int, *, seed: int, sample: str = "sentences") -> tuple[Sentence, ...]:
        """Return the first ``n`` sentences of ``ordered``: a seed's smaller sizes lie in its larger ones."""
        if not 0 <= n <= len(self.train):
            raise BionerError(
                f"{self.name}: {n} training sentences asked for; it has {len(self.train)} of them."
            )
        return self.ordered(seed, sample)[:n]

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """Say what makes scores on this test part doubtful."""
        messages = [*self._drawn_by_sentence(), *self._few_mentions()]
        found = tuple(Finding(level="warning", where=self.name, message=m) for m in messages)
        return found + shared_with_test(self)

    def _drawn_by_sentence(self) -> Iterable[str]:
        if self.origin == "sentences":
            n_unnamed = sum(not s.document for s in (*self.train, *self.test))
            reason = f"{n_unnamed} sentences name no document" if n_unnamed else "all is one document"
            yield (
                f"{reason}, so the test part is drawn by sentence: it may share documents with the training "
                "part, and F1 is then optimistic. --documents COLUMN says where a table names documents."
            )

    def _few_mentions(self) -> Iterable[str]:
        train, test = _mentions(self.train), _mentions(self.test)
        for entity in self.types:
            if not train[entity]:
                yield f"the training part has no {entity} mention: there is nothing to learn it from."
            if not test[entity]:
                yield f"the test part has no {entity} mention: there is no F1 for it."
            elif test[entity] < FEW_MENTIONS:
                yield (
                    f"the test part has {test[entity]} {entity} mentions, fewer than {FEW_MENTIONS}: "
                    f"one of them is worth about {100 / test[entity]:.0f} points of F1."
                )


def split_corpus(corpus: Corpus, *, seed: int = 0, leave_out_shared: bool = False) -> Split:
    """Keep the parts that come with a corpus, else draw 30 % of its documents as the test part.

    Train and dev are the training part together; dev is the test part where there is no other. Where
    not all sentences name a document, or all the same, sentences are drawn.

    :param seed: of the draw, 0 or more; without effect where the parts come with the corpus.
    :param leave_out_shared: leave training sentences out that stand in the test part, too.
    :raises BionerError: where there is nothing to part.
    """
    parts = {sentence.part for sentence in corpus.sentences}
    test_part = "test" if "test" in parts else "dev"
    origin: Origin = "given"
    if test_part in parts and len(parts) > 1:
        is_test = [sentence.part == test_part for sentence in corpus.sentences]
    else:
        origin, is_test = _draw_test(corpus, seed)
    pairs = list(zip(corpus.sentences, is_test, strict=True))
    test = tuple(sentence for sentence, is_in in pairs if is_in)
    train = tuple(sentence for sentence, is_in in pairs if not is_in)
    if leave_out_shared:
        train = unshared(train, test)
    return Split(name=corpus.name, types=corpus.types, train=train, test=test, origin=origin)


def _draw_test(corpus: Corpus, seed: int) -> tuple[Origin, list[bool]]:
    """Draw documents, or sentences where documents are not named; at least one on each side."""
    if (n := len(corpus.sentences)) < 2:
        raise BionerError(
            f"{corpus.name}: {n} sentence{'s' * (n != 1)} cannot be parted. A training and a test "
            "part need at least one document each, or one sentence each where documents are not named."
        )
    units = documents(corpus.sentences)
    origin: Origin = "documents"
    if len(units) == 1 or not all(s.document for s in corpus.sentences):
        origin = "sentences"
    if len(units) == 1:
        units = [[at] for at in range(len(corpus.sentences))]
    n_test = min(max(1, round(TEST_SHARE * len(units))), len(units) - 1)
    test = {at for unit in _drawn(len(units), seed, _TEST)[:n_test] for at in units[unit]}
    return origin, [at in test for at in range(len(corpus.sentences))]


def documents(sentences: Sequence[Sentence]) -> list[list[int]]:
    """Group the places of sentences by part and document; one that names no document stands alone."""
    units: dict[object, list[int]] = {}
    for at, sentence in enumerate(sentences):
        key = (sentence.part, sentence.document) if sentence.document else at
        units.setdefault(key, []).append(at)
    return list(units.values())


def n_documents(sentences: Sequence[Sentence]) -> int | None:
    """Count the documents of sentences as draws do: a name in two parts is two of them.

    :returns: None where a sentence names none, or there is no sentence. Draws take an unnamed sentence alone,
        but whether it is a document of its own is not known, so neither is their number.
    """
    is_named = all(sentence.document for sentence in sentences)
    return (len(documents(sentences)) or None) if is_named else None


def _drawn(n: int, seed: int, purpose: int) -> list[int]:
    """Return 0 to n - 1 in the order that ``seed`` draws for this purpose, the same on every machine."""
    if seed < 0:
        raise BionerError(f"seed is {seed}; it must be 0 or more.")
    numbers = np.random.default_rng([purpose, seed]).random(n)
    order: list[int] = np.argsort(numbers, kind="stable").tolist()
    return order


def unshared(sentences: Iterable[Sentence], test: Iterable[Sentence]) -> tuple[Sentence, ...]:
    """Return the sentences that do not stand word for word in ``test``."""
    known = {_text(sentence) for sentence in test}
    return tuple(sentence for sentence in sentences if _text(sentence) not in known)


def shared_with_test(split: Split, sources: Sequence[Split] = ()) -> tuple[Finding, ...]:
    """Say how many test sentences stand in the training part, or in that of a source, too."""
    texts = [_text(sentence) for sentence in split.test]
    n_in_document = Counter(s.document for s in split.test)
    findings = []
    for other in (split, *sources):
        known = {_text(sentence) for sentence in other.train}
        shared = [s for s, text in zip(split.test, texts, strict=True) if text in known]
        if shared:
            counts = Counter(s.document for s in shared if s.document)
            n_whole = sum(count == n_in_document[document] for document, count in counts.items())
            where = "the training part" if other is split else f"the training part of {other.name}"
            n_mentions = _mentions(shared).total()
            message = (
                f"{len(shared)} of {len(texts)} test sentences stand word for word in {where}, too (mentions "
                f"in them: {n_mentions}, whole documents: {n_whole}): F1 is optimistic on them. "
                "They can be left out of training."
            )
            level: Literal["warning", "note"] = "warning" if len(shared) >= 0.01 * len(texts) else "note"
            findings.append(Finding(level=level, where=split.name, message=message))
    return tuple(findings)


def _text(sentence: Sentence) -> str:
    """Return the letters of a sentence, the same however it was cut into words."""
    return "".join(sentence.tokens)


def _mentions(sentences: Iterable[Sentence]) -> Counter[str]:
    return Counter(span.label for sentence in sentences for span in sentence.spans)
