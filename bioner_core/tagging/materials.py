"""What the jobs of one call share: splits, encoders and the windows of their corpora."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from bioner_core.corpus.sentences import Corpus, Sentence
from bioner_core.corpus.split import Split, split_corpus
from bioner_core.errors import BionerError
from bioner_core.scoring.exact import gold_ids
from bioner_core.study.jobs import TrainJob
from bioner_core.tagging.encoders.encoder import Encoder, cut_vocabulary, load_encoder
from bioner_core.tagging.finetuning.batches import EncodedSentence
from bioner_core.tagging.finetuning.windows import Window, encode


class Materials:
    """Load and encode once; what is made here depends on a job's fields alone, never on other jobs.

    :param corpora: by name, those of all jobs
    :param device: as torch names it, such as "cpu" or "cuda:0"
    :param cache: folder of converted encoders
    """

    def __init__(self, corpora: Mapping[str, Corpus], *, device: str, cache: Path) -> None:
        self._corpora = corpora
        self._device = device
        self._cache = cache
        self._encoders: dict[tuple[str, str], Encoder] = {}
        self._splits: dict[tuple[str, int, bool], Split] = {}
        self._windows: dict[tuple[str, str, int, str], dict[tuple[str, ...], tuple[Window, ...]]] = {}

    def corpus(self, name: str, digest: str) -> Corpus:
        """Return a corpus; refuse one that is not what the job was planned for."""
        corpus = self._corpora.get(name)
        if corpus is None:
            raise BionerError(f"corpus {name}: not among the study's corpora ({', '.join(self._corpora)}).")
        if corpus.digest != digest:
            raise BionerError(
                f"corpus {name}: its content ({corpus.digest}) is not what the job was planned for "
                f"({digest}). Plan the study again."
            )
        return corpus

    def split(self, name: str, *, seed: int, leave_out_shared: bool = False) -> Split:
        """Return a corpus's training and test part."""
        key = (name, seed, leave_out_shared)
        if key not in self._splits:
            self._splits[key] = split_corpus(
                self._corpora[name], seed=seed, leave_out_shared=leave_out_shared
            )
        return self._splits[key]

    def encoder(self, job: TrainJob, names: Iterable[str]) -> Encoder:
        """Return a new copy of the job's encoder, its vocabulary cut to the pieces of the named corpora."""
        pieces = np.unique(
            np.concatenate(
                [w.pieces for name in names for ws in self._windows_of(job, name).values() for w in ws]
            )
        )
        return cut_vocabulary(self._whole_encoder(job), pieces.tolist())

    def examples(
        self,
        job: TrainJob,
        name: str,
        sentences: Sequence[Sentence],
        *,
        types: Sequence[str],
        only: Iterable[str],
    ) -> list[EncodedSentence]:
        """Return sentences of a corpus with gold tags, in order.

        :param types: the label space
        :param only: the types that tags may be of; others are left out of the softmax
        """
        windows = self._windows_of(job, name)
        allowed = np.array([True, *(entity in set(only) for entity in types for _ in "BI")])
        ids, lengths = gold_ids(sentences, types)
        tags = np.split(ids, np.cumsum(lengths))[:-1]
        return [
            EncodedSentence(windows=windows[sentence.tokens], tags=t, allowed=allowed)
            for sentence, t in zip(sentences, tags, strict=True)
        ]

    def _whole_encoder(self, job: TrainJob) -> Encoder:
        key = (job.model, job.model_revision)
        if key not in self._encoders:
            self._encoders = {
                key: load_encoder(job.model, job.model_revision, cache=self._cache, device=self._device)
            }
        return self._encoders[key]

    def _windows_of(self, job: TrainJob, name: str) -> dict[tuple[str, ...], tuple[Window, ...]]:
        """Return the windows of all sentences of a corpus, by their tokens."""
        key = (job.model, job.model_revision, job.settings.max_pieces, name)
        if key not in self._windows:
            encoder = self._whole_encoder(job)
            texts = list(dict.fromkeys(sentence.tokens for sentence in self._corpora[name].sentences))
            most = min(job.settings.max_pieces, encoder.max_pieces)
            self._windows[key] = dict(
                zip(texts, encode(texts, encoder.tokenizer, max_pieces=most), strict=True)
            )
        return self._windows[key]
