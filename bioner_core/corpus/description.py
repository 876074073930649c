"""The description of a corpus without its text, which is stored with a run."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from bioner_core.corpus.sentences import Corpus, Sentence
from bioner_core.corpus.split import Split, count_documents, group_documents
from bioner_core.errors import BionerError

MAX_TEST_SENTENCES = 10_000_000  # of a described test part
_RUN_LENGTHS = re.compile(r"(\d{1,8}:\d{1,8}( (?!$)|$))*")


@dataclass(frozen=True, kw_only=True)
class CorpusDescription:
    """Language, domain and size of a corpus; "" and None where unknown."""

    title: str = ""  # where its usual name is another one
    language: str = ""  # ISO 639-1
    domain: str = ""
    documents: int | None = None  # None where a sentence names no document
    sentences: int | None = None
    is_synthetic: bool = False
    agreement_f1: float | None = None  # of annotators of the same texts, in [0, 1]; None where unknown
    test_documents: str = ""  # "0:8 1:9": in the test part 8 sentences of document 0, then 9 of document 1

    def __post_init__(self) -> None:
        """Validate the agreement and the run-length encoded documents of the test part."""
        if self.agreement_f1 is not None and not 0 <= self.agreement_f1 <= 1:
            raise BionerError(f"agreement_f1 is {self.agreement_f1:.4g}; it must be in [0, 1].")
        is_text = isinstance(self.test_documents, str) and _RUN_LENGTHS.fullmatch(self.test_documents)
        numbers, lengths = _parse_runs(self.test_documents) if is_text else (np.array([1]), np.array([1]))
        if numbers.max(initial=-1) >= lengths.sum() > 0 or lengths.sum() > MAX_TEST_SENTENCES:
            raise BionerError(
                f"test_documents is {str(self.test_documents)[:40]!r}; it must be pairs such as '0:8 1:9': "
                f"a document's number and how many sentences of it follow, at most "
                f"{MAX_TEST_SENTENCES:,} in all."
            )

    @property
    def sentences_per_document(self) -> float | None:
        """Return the mean sentences of a document."""
        return self.sentences / self.documents if self.sentences and self.documents else None

    def decode_test_documents(self) -> NDArray[np.int64]:
        """Return the document of each test sentence, numbered from 0, (sentences,); empty where unknown."""
        return np.repeat(*_parse_runs(self.test_documents))


@lru_cache(maxsize=64)
def _parse_runs(test_documents: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the document number and the number of sentences of each run, both (runs,)."""
    pairs = [pair.split(":") for pair in test_documents.split()]
    numbers, lengths = (np.array([int(pair[at]) for pair in pairs], dtype=np.int64) for at in (0, 1))
    return numbers, lengths


def describe_corpus(corpus: Corpus, split: Split) -> CorpusDescription:
    """Describe a corpus without its text; the test documents only where every test sentence names one."""
    return CorpusDescription(
        language=corpus.language,
        domain=corpus.domain,
        documents=count_documents(corpus.sentences),
        sentences=len(corpus.sentences),
        is_synthetic=corpus.is_synthetic,
        agreement_f1=corpus.agreement_f1,
        test_documents=_encode_test_documents(split.test),
    )


def _encode_test_documents(test: Sequence[Sentence]) -> str:
    """Return the run-length encoded documents of the test sentences; "" where a sentence names none."""
    if not all(sentence.document for sentence in test):
        return ""
    numbers = [0] * len(test)
    for number, indices in enumerate(group_documents(test)):
        for index in indices:
            numbers[index] = number
    return " ".join(f"{number}:{len(list(run))}" for number, run in groupby(numbers))
