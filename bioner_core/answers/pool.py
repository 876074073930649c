"""The pool: the sentences of a corpus that are annotated, and those that could be."""

from dataclasses import dataclass

from bioner_core.corpus.sentences import Corpus
from bioner_core.corpus.split import count_documents, split_corpus
from bioner_core.errors import BionerError
from bioner_core.forecast.forecast import DEFAULT_POOL

TEST_MENTIONS = 100  # of each type, so that one mention changes F1 by a point at most
MIN_TEST_SENTENCES = 50
MAX_POOL = 1_000_000  # sentences


@dataclass(frozen=True, kw_only=True)
class Pool:
    """The sentences that are annotated, and those that could be."""

    n_train: int  # annotated sentences to train on
    n_test: int  # annotated sentences to test on
    n_all: int  # to train on, annotated or not
    is_specified: bool  # by the user or by unannotated files; else ``DEFAULT_POOL``


def estimate_pool(corpus: Corpus, *, n_requested: int | None = None, n_unannotated: int = 0) -> Pool:
    """Count the annotated sentences of a corpus, and estimate how many could be annotated.

    :param n_requested: training sentences that could be annotated at most, annotated ones included.
    :param n_unannotated: documents without annotation; each counts as the mean length of the named documents,
        or as one sentence if none is named.
    :raises BionerError: the requested pool is smaller than the annotated part, or the corpus cannot be split.
    """
    split = split_corpus(corpus)
    n_train = len(split.train)
    if n_requested is not None:
        if not n_train <= n_requested <= MAX_POOL:
            raise BionerError(
                f"pool of {n_requested:,} sentences: {n_train:,} training sentences are annotated already; "
                f"allowed are {n_train:,} to {MAX_POOL:,}. Count the annotated sentences, too."
            )
        return Pool(n_train=n_train, n_test=len(split.test), n_all=n_requested, is_specified=True)
    named_sentences = [sentence for sentence in corpus.sentences if sentence.document]
    documents = count_documents(named_sentences)
    sentences_per_document = len(named_sentences) / documents if documents else 1.0
    n_rest = round(n_unannotated * sentences_per_document)
    n_all = n_train + n_rest if n_rest else max(DEFAULT_POOL, n_train)
    return Pool(n_train=n_train, n_test=len(split.test), n_all=n_all, is_specified=bool(n_rest))


def count_test_sentences(corpus: Corpus, pool: Pool) -> int:
    """Return the test sentences that hold ``TEST_MENTIONS`` of each type, rounded up to tens.

    Types with fewer mentions in the whole corpus are left out: no reasonable test part would hold enough.
    """
    counts = [corpus.mentions[entity] for entity in corpus.types if corpus.mentions[entity]]
    if not counts:
        return pool.n_test
    rarest = min((n for n in counts if n >= TEST_MENTIONS), default=max(counts))
    n = TEST_MENTIONS * len(corpus.sentences) / rarest
    return max(MIN_TEST_SENTENCES, -(-round(n) // 10) * 10)
