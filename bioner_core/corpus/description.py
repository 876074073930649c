"""What is told of a corpus without its text, so that it can travel with a run."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from bioner_core.corpus.sentences import Corpus, Sentence
from bioner_core.corpus.split import Split, documents, n_documents
from bioner_core.errors import BionerError

MOST_SENTENCES = 10_000_000  # of a test part
_RUNS = re.compile(r"(\d{1,8}:\d{1,8}( (?!$)|$))*")


@dataclass(frozen=True, kw_only=True)
class About:
    """A corpus in a few words; "" and None where unknown."""

    title: str = ""  # where it is known under another name
    language: str = ""  # ISO 639-1
    domain: str = ""
    documents: int | None = None  # where all sentences name theirs
    sentences: int | None = None
    is_synthetic: bool = False
    test_documents: str = ""  # "0:8 1:9": in the test part 8 sentences of document 0, then 9 of document 1

    def __post_init__(self) -> None:
        """Refuse what cannot be the documents of a test part."""
        is_text = isinstance(self.test_documents, str) and _RUNS.fullmatch(self.test_documents)
        numbers, lengths = self._pairs() if is_text else (np.array([1]), np.array([1]))
        if numbers.max(initial=-1) >= lengths.sum() > 0 or lengths.sum() > MOST_SENTENCES:
            raise BionerError(
                f"test_documents is {str(self.test_documents)[:40]!r}; it must be pairs such as '0:8 1:9': "
                f"a document's number and how many sentences of it follow, {MOST_SENTENCES:,} in all at most."
            )

    @property
    def per_document(self) -> float | None:
        """Return the mean sentences of a document."""
        return self.sentences / self.documents if self.sentences and self.documents else None

    def places(self) -> NDArray[np.int64]:
        """Return the document of each test sentence, numbered from 0, (sentences,); empty where unknown."""
        return np.repeat(*self._pairs())

    def _pairs(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        pairs = [pair.split(":") for pair in self.test_documents.split()]
        numbers, lengths = (np.array([int(pair[at]) for pair in pairs], dtype=np.int64) for at in (0, 1))
        return numbers, lengths


def about(corpus: Corpus, split: Split) -> About:
    """Return what is told of a corpus; documents of the test part only where all its sentences name one."""
    return About(
        language=corpus.language,
        domain=corpus.domain,
        documents=n_documents(corpus.sentences),
        sentences=len(corpus.sentences),
        is_synthetic=corpus.is_synthetic,
        test_documents=_runs(split.test),
    )


def _runs(test: Sequence[Sentence]) -> str:
    if not all(sentence.document for sentence in test):
        return ""
    numbers = [0] * len(test)
    for number, places in enumerate(documents(test)):
        for place in places:
            numbers[place] = number
    return " ".join(f"{number}:{len(list(run))}" for number, run in groupby(numbers))
