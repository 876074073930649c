"""Split a corpus into a fixed test part and a training part, and draw the training sets of a curve."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from bioner_core.corpus.sentences import Corpus, Sentence
from bioner_core.errors import BionerError

TEST_SHARE = 0.3  # share of the documents, for a corpus without a test part
_TEST, _ORDER = 1, 2  # purposes of a seed: one seed gives a different random sequence for each
SamplingUnit = Literal["sentences", "documents"]  # what a draw takes one by one
Origin = Literal["given", "documents", "sentences"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Split:
    """The training and the test part of a corpus; the test part is the same for all seeds of jobs."""

    name: str  # of the corpus
    types: tuple[str, ...]  # annotated entity types
    train: tuple[Sentence, ...]  # in the order of the corpus
    test: tuple[Sentence, ...]
    origin: Origin  # parts of the corpus itself, a draw of documents, or a draw of sentences

    def shuffle_train(self, seed: int, sample: SamplingUnit = "sentences") -> tuple[Sentence, ...]:
        """Return the training part in a random order.

        :param sample: "sentences" shuffles all sentences; "documents" shuffles whole documents,
            in which sentences keep their order, as annotators work.
        """
        if sample not in get_args(SamplingUnit):
            raise BionerError(f"sample is {sample!r}; it must be sentences or documents.")
        units = [[i] for i in range(len(self.train))]
        if sample == "documents":
            units = group_documents(self.train)
        return tuple(self.train[i] for unit in _draw_order(len(units), seed, _ORDER) for i in units[unit])

    def draw_train(self, n: int, *, seed: int, sample: SamplingUnit = "sentences") -> tuple[Sentence, ...]:
        """Return the first ``n`` shuffled training sentences; with one seed, sizes are nested."""
        if not 0 <= n <= len(self.train):
            raise BionerError(
                f"{self.name}: {n} training sentences requested, but its training part has {len(self.train)}."
            )
        return self.shuffle_train(seed, sample)[:n]


def split_corpus(corpus: Corpus, *, seed: int = 0, leave_out_shared: bool = False) -> Split:
    """Use the train, dev and test parts of a corpus; without a test part, draw 30 % of its other documents.

    Train and dev together are the training part; dev is the test part where there is no other. Sentences
    are drawn instead of documents where some name no document, or all name the same.

    :param seed: of the draw, 0 or more; ignored where the corpus has parts.
    :param leave_out_shared: exclude training sentences that also occur in the test part.
    :raises BionerError: the corpus has fewer than two sentences.
    """
    parts = {sentence.part for sentence in corpus.sentences}
    test_part = "test" if "test" in parts else "dev"
    origin: Origin = "given"
    if test_part in parts and len(parts) > 1:
        is_test = [sentence.part == test_part for sentence in corpus.sentences]
    else:
        origin, is_test = _draw_test(corpus, seed)
    pairs = list(zip(corpus.sentences, is_test, strict=True))
    test = tuple(sentence for sentence, in_test in pairs if in_test)
    train = tuple(sentence for sentence, in_test in pairs if not in_test)
    if leave_out_shared:
        train = exclude_shared(train, test)
    return Split(name=corpus.name, types=corpus.types, train=train, test=test, origin=origin)


def _draw_test(corpus: Corpus, seed: int) -> tuple[Origin, list[bool]]:
    """Draw test documents, or test sentences where documents are not named; both parts get at least one.

    Sentences marked "train" are drawn only where nothing else is left: they may have been chosen, so that F1
    on them would mislead.
    """
    if (n := len(corpus.sentences)) < 2:
        raise BionerError(
            f"{corpus.name}: {n} sentence{'s' * (n != 1)} cannot be split. A training and a test "
            "part need at least one document each, or one sentence each where documents are not named."
        )
    places = [i for i, sentence in enumerate(corpus.sentences) if sentence.part != "train"]
    places = places if len(places) > 1 else list(range(n))
    sentences = [corpus.sentences[i] for i in places]
    units = group_documents(sentences)
    origin: Origin = "documents"
    if len(units) == 1 or not all(s.document for s in sentences):
        origin = "sentences"
    if len(units) == 1:
        units = [[i] for i in range(len(sentences))]
    n_test = min(max(1, round(TEST_SHARE * len(units))), len(units) - 1)
    test = {places[i] for unit in _draw_order(len(units), seed, _TEST)[:n_test] for i in units[unit]}
    return origin, [i in test for i in range(n)]


def group_documents(sentences: Sequence[Sentence]) -> list[list[int]]:
    """Return the indices of the sentences of each document of each part; an unnamed one is a group."""
    groups: dict[object, list[int]] = {}
    for i, sentence in enumerate(sentences):
        key = (sentence.part, sentence.document) if sentence.document else i
        groups.setdefault(key, []).append(i)
    return list(groups.values())


def count_documents(sentences: Sequence[Sentence]) -> int | None:
    """Count documents as draws do: one name in two parts is two documents.

    :returns: None where a sentence names no document, or there is no sentence. Draws treat an unnamed
        sentence as a unit, but nobody knows whether it is a document.
    """
    is_named = all(sentence.document for sentence in sentences)
    return (len(group_documents(sentences)) or None) if is_named else None


def _draw_order(n: int, seed: int, purpose: int) -> list[int]:
    """Return a random order of 0 to n - 1; it is the same on every machine."""
    if seed < 0:
        raise BionerError(f"seed is {seed}; it must be 0 or more.")
    numbers = np.random.default_rng([purpose, seed]).random(n)
    order: list[int] = np.argsort(numbers, kind="stable").tolist()
    return order


def exclude_shared(sentences: Iterable[Sentence], test: Iterable[Sentence]) -> tuple[Sentence, ...]:
    """Return the sentences whose text does not occur in ``test``."""
    test_texts = {build_text_key(sentence) for sentence in test}
    return tuple(sentence for sentence in sentences if build_text_key(sentence) not in test_texts)


def build_text_key(sentence: Sentence) -> str:
    """Return the text of a sentence without blanks, which is the same for any tokenization."""
    return "".join(sentence.tokens)
