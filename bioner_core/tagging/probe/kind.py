"""The probe: small heads on the features of a frozen encoder, several trained at a time."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bioner_core.corpus.sentences import Corpus, Sentence
from bioner_core.study.jobs import Decoding, Outcome, Progress, Settings, TrainJob
from bioner_core.tagging.finetuning.windows import Ints
from bioner_core.tagging.materials import Materials
from bioner_core.tagging.parallel import run_cohort
from bioner_core.tagging.probe.features import Features, corpus_features, encoder_digest
from bioner_core.tagging.probe.head import Head, Lesson, tags_of_head, train_head
from bioner_core.tagging.schedule import Step


def run_probe(
    jobs: Sequence[TrainJob], *, corpora: Mapping[str, Corpus], device: str, cache: Path
) -> Iterator[Outcome]:
    """Compute features once a corpus, then train heads on the CPU, one a core at a time.

    :param device: of the encoder, as torch names it
    :param cache: folder of converted encoders and features
    """
    materials = Materials(corpora, device=device, cache=cache)
    yield from run_cohort(jobs, Probe(materials, cache=cache), materials)


class Probe:
    """Heads over features, as ``cohort.Kind`` describes them.

    :param cache: folder of features
    """

    def __init__(self, materials: Materials, *, cache: Path) -> None:
        self._materials = materials
        self._cache = cache
        self._features: dict[tuple[str, str], Features] = {}

    def read(self, job: TrainJob) -> Iterator[Progress]:
        """Yield progress until the features of all corpora of a job are at hand."""
        digests = (job.target_digest, *job.source_digests)
        for name, digest in zip((job.target, *job.sources), digests, strict=True):
            corpus = self._materials.corpus(name, digest)
            key = (name, encoder_digest(job))
            if key not in self._features:
                self._features[key] = yield from corpus_features(
                    job, corpus, self._materials, cache=self._cache
                )

    def lesson(
        self, job: TrainJob, name: str, sentence: Sentence, *, tags: Ints, allowed: NDArray[np.bool_]
    ) -> Lesson:
        """Return a sentence with the features of its words."""
        features = self._features[name, encoder_digest(job)]
        return Lesson(vectors=features.of(sentence), tags=tags, allowed=allowed)

    def model(self, job: TrainJob, types: tuple[str, ...], *, seed: int) -> Head:
        """Return an untrained head."""
        n_features = int(self._features[job.target, encoder_digest(job)].vectors.shape[1])
        return Head(n_features, types, dropout=job.settings.dropout, seed=seed)

    def train(
        self, model: Head, lessons: Sequence[Lesson], settings: Settings, *, seed: int
    ) -> Iterator[Step]:
        """Train a head in place."""
        return train_head(model, lessons, settings, seed=seed)

    def tags(self, model: Head, lessons: Sequence[Lesson], *, decoding: Decoding) -> Ints:
        """Return the tags that a head finds."""
        return tags_of_head(model, lessons, decoding=decoding)
