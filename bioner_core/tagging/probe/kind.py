"""The probe as a kind of tagger: small heads on the features of a frozen encoder."""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from bioner_core.corpus.sentences import Corpus, Sentence
from bioner_core.study.jobs import Decoding, JobProgress, Settings, TrainJob
from bioner_core.tagging.checkpoints import MemoryCheckpoints
from bioner_core.tagging.encoders.encoded_corpora import EncodedCorpora
from bioner_core.tagging.encoders.windows import Ints
from bioner_core.tagging.probe.features import (
    N_LAYERS,
    Features,
    compute_encoder_digest,
    compute_features,
)
from bioner_core.tagging.probe.head import (
    ProbeExample,
    ProbeHead,
    decode_head_scores,
    predict_with_head,
    score_with_head,
    train_head,
)
from bioner_core.tagging.probe.trial import Contention, measure_training_pace
from bioner_core.tagging.schedule import Step
from bioner_core.tagging.split_corpora import SplitCorpora


class ProbeKind:
    """Heads over features, as ``tagger_kind.TaggerKind`` describes them; they train on the CPU.

    :param cache: folder of features
    """

    is_small = True
    report_every = 20

    def __init__(self, corpora: SplitCorpora, encoded: EncodedCorpora, *, cache: Path) -> None:
        self._corpora = corpora
        self._encoded = encoded
        self.cache = cache
        self._features: dict[tuple[str, str], Features] = {}
        self._checkpoints = MemoryCheckpoints(corpora)
        self._pace = 0.0  # seconds of computing for each sentence of a step; 0 before the trial

    def handles(self, job: TrainJob) -> bool:
        """Say whether a job trains a head on features."""
        return job.method == "probe"

    def prepare(self, job: TrainJob) -> Iterator[JobProgress]:
        """Yield progress until the features of all corpora of a job are computed."""
        for name in (job.target, *job.sources):
            key = (name, compute_encoder_digest(job))
            if key not in self._features:
                corpus = self._corpora.corpora[name]
                reading = compute_features(job, corpus, self._encoded, cache=self.cache)
                self._features[key] = yield from self._try_training(job, corpus, reading)
        digest = compute_encoder_digest(job)
        if all((name, digest) in self._features for name in self._corpora.corpora):
            self._encoded.release_encoders()  # half a gigabyte that no later job needs

    def _try_training(
        self, job: TrainJob, corpus: Corpus, reading: Generator[JobProgress, None, Features]
    ) -> Generator[JobProgress, None, Features]:
        """Yield the progress of reading, after its first words with how fast heads will train here."""
        contention = None
        while True:
            try:
                progress = next(reading)
            except StopIteration as end:
                features: Features = end.value
                return features
            if not progress.done:
                yield progress
                continue
            if contention is None:
                yield progress
                self._pace = self._pace or measure_training_pace(
                    corpus.sentences,
                    n_features=N_LAYERS * self._encoded.measure_width(job),
                    types=self._corpora.label_space((job.target, *job.sources)),
                    settings=job.settings,
                )
                is_on_cpu = self._encoded.device == "cpu"
                contention = Contention(torch.get_num_threads() if is_on_cpu else 0)
            yield replace(progress, seconds_per_pass=self._pace * contention.measure())

    def build_example(
        self, job: TrainJob, corpus: str, sentence: Sentence, *, tags: Ints, allowed: NDArray[np.bool_]
    ) -> ProbeExample:
        """Return a sentence with the features of its words."""
        features = self._features[corpus, compute_encoder_digest(job)]
        return ProbeExample(features=features.look_up(sentence), tags=tags, allowed=allowed)

    def build_model(self, job: TrainJob, corpora: Sequence[str], *, seed: int) -> ProbeHead:
        """Return an untrained head over the types of all corpora of the job."""
        n_features = int(self._features[job.target, compute_encoder_digest(job)].vectors.shape[1])
        label_space = self._corpora.label_space((job.target, *job.sources))
        return ProbeHead(n_features, label_space, dropout=job.settings.dropout, seed=seed)

    def train(
        self, model: ProbeHead, examples: Sequence[ProbeExample], settings: Settings, *, seed: int
    ) -> Iterator[Step]:
        """Train a head in place."""
        return train_head(model, examples, settings, seed=seed)

    def predict(self, model: ProbeHead, examples: Sequence[ProbeExample], *, decoding: Decoding) -> Ints:
        """Return the predicted tag ids, (tokens,)."""
        return predict_with_head(model, examples, decoding=decoding)

    def score(
        self, model: ProbeHead, examples: Sequence[ProbeExample], *, decoding: Decoding
    ) -> tuple[NDArray[np.float32], Ints]:
        """Return log probabilities of all tags, (tokens, tags), and the predicted tag ids, (tokens,)."""
        logits = score_with_head(model, examples)
        tags = decode_head_scores(logits, examples, decoding=decoding)
        log_probs = logits - logits.max(axis=1, keepdims=True)
        log_probs -= np.log(np.exp(log_probs).sum(axis=1, keepdims=True))
        return log_probs, tags

    def average_features(
        self, job: TrainJob, corpus: str, sentences: Sequence[Sentence]
    ) -> NDArray[np.float32]:
        """Return the mean features of the words of each sentence, 0 without words, (sentences, features)."""
        features = self._features[corpus, compute_encoder_digest(job)]
        rows = np.zeros((len(sentences), features.vectors.shape[1]), np.float32)
        for row, sentence in zip(rows, sentences, strict=True):
            if sentence.tokens:
                row[:] = features.look_up(sentence).mean(axis=0, dtype=np.float32)
        return rows

    def open_checkpoints(self) -> MemoryCheckpoints:
        """Return the pretrained weights, which all jobs of the process share."""
        return self._checkpoints
