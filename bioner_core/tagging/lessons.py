"""Sentences as probe heads read them: features of the frozen encoder, gold tags, types that count."""

from collections.abc import Generator, Sequence
from pathlib import Path

import numpy as np

from bioner_core.corpus.sentences import Sentence
from bioner_core.corpus.split import Split, unshared
from bioner_core.scoring.exact import gold_ids
from bioner_core.study.jobs import Progress, TrainJob
from bioner_core.tagging.features import Features, corpus_features, encoder_digest
from bioner_core.tagging.materials import Materials
from bioner_core.tagging.probe_head import Lesson


class Lessons:
    """What the heads of some jobs learn from; ``read`` comes first, in one thread.

    :param cache: folder of features
    """

    def __init__(self, materials: Materials, *, cache: Path) -> None:
        self._materials = materials
        self._cache = cache
        self._features: dict[tuple[str, str], Features] = {}

    def read(self, job: TrainJob) -> Generator[Progress, None, None]:
        """Yield progress until the features of all corpora of a job are at hand."""
        digests = (job.target_digest, *job.source_digests)
        for name, digest in zip((job.target, *job.sources), digests, strict=True):
            corpus = self._materials.corpus(name, digest)
            key = (name, encoder_digest(job))
            if key not in self._features:
                self._features[key] = yield from corpus_features(
                    job, corpus, self._materials, cache=self._cache
                )

    def n_features(self, job: TrainJob) -> int:
        """Return the numbers that describe a word."""
        return int(self._features[job.target, encoder_digest(job)].vectors.shape[1])

    def split(self, job: TrainJob) -> Split:
        """Return training and test part of a job's target."""
        return self._materials.split(job.target, seed=job.split_seed, leave_out_shared=job.leave_out_shared)

    def label_space(self, job: TrainJob) -> tuple[str, ...]:
        """Return the types of target and sources, in the order of the tag ids."""
        return tuple(sorted({t for name in (job.target, *job.sources) for t in self.types(job, name)}))

    def types(self, job: TrainJob, name: str) -> tuple[str, ...]:
        """Return the types that one of a job's corpora annotates."""
        return self._materials.split(name, seed=job.split_seed).types

    def of_source(self, job: TrainJob, name: str) -> list[Lesson]:
        """Return the training part of a source."""
        sentences = self._materials.split(name, seed=job.split_seed).train
        if job.leave_out_shared:
            sentences = unshared(sentences, self.split(job).test)
        return self.of(job, name, sentences, only=self.types(job, name))

    def of(
        self, job: TrainJob, name: str, sentences: Sequence[Sentence], *, only: Sequence[str]
    ) -> list[Lesson]:
        """Return sentences of a corpus, in order.

        :param only: the types that tags may be of; others are left out of the softmax
        """
        types = self.label_space(job)
        features = self._features[name, encoder_digest(job)]
        allowed = np.array([True, *(entity in only for entity in types for _ in "BI")])
        ids, lengths = gold_ids(sentences, types)
        tags = np.split(ids, np.cumsum(lengths))[:-1]
        return [
            Lesson(vectors=features.of(sentence), tags=own, allowed=allowed)
            for sentence, own in zip(sentences, tags, strict=True)
        ]
