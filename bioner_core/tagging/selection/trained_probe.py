"""A probe that stays: trained once on annotated sentences, it finds spans in texts as they come."""

import tempfile
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bioner_core.corpus.sentences import Corpus, Span
from bioner_core.corpus.tags import decode_tags
from bioner_core.study.encoder_choice import ModelChoice
from bioner_core.study.jobs import TrainJob
from bioner_core.study.presets import PRESETS
from bioner_core.tagging.encoders.encoded_corpora import EncodedCorpora
from bioner_core.tagging.encoders.windows import Ints
from bioner_core.tagging.probe.features import Features, compute_features
from bioner_core.tagging.probe.head import ProbeExample, ProbeHead, predict_with_head
from bioner_core.tagging.probe.kind import ProbeKind
from bioner_core.tagging.selection.inspection import build_seed, train_probe
from bioner_core.tagging.split_corpora import SplitCorpora
from bioner_core.tagging.threads import limit_torch_threads


@dataclass(frozen=True, kw_only=True)
class ProbePlace:
    """What probes are trained with, and where.

    :param cache: folder of converted encoders; features of texts do not stay there
    """

    model: ModelChoice
    device: str
    cache: Path


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainedProbe:
    """A head with the job that it was trained for."""

    head: ProbeHead
    job: TrainJob
    place: ProbePlace

    def find_spans(self, pool: Corpus) -> list[tuple[Span, ...]]:
        """Return the spans of each sentence of a pool; nothing of it stays on disk."""
        sentences = [sentence for sentence in pool.sentences if sentence.tokens]
        if not sentences:
            return [() for _ in pool.sentences]
        features = read_features(self.job, pool, self.place)
        allowed = np.ones(1 + 2 * len(self.head.types), np.bool_)
        examples = [
            ProbeExample(
                features=features.look_up(sentence),
                tags=np.zeros(len(sentence.tokens), np.int64),
                allowed=allowed,
            )
            for sentence in sentences
        ]
        with limit_torch_threads():
            tags = predict_with_head(self.head, examples, decoding=self.job.settings.decoding)
        lengths = np.array([len(sentence.tokens) for sentence in sentences], np.int64)
        spans = iter(decode_spans(tags, lengths, self.head.types))
        return [next(spans) if sentence.tokens else () for sentence in pool.sentences]


def train_on(corpus: Corpus, place: ProbePlace) -> TrainedProbe:
    """Train a probe on all sentences of a corpus; nothing of it stays on disk.

    :raises BionerError: the encoder is not here.
    """
    job = build_probe_job(corpus, place.model, n=len(corpus.sentences), seed=0)
    corpora = {corpus.name: corpus}
    with _open_folder() as folder:
        encoded = EncodedCorpora(corpora, device=place.device, cache=place.cache)
        kind = ProbeKind(SplitCorpora(corpora), encoded, cache=folder)
        deque(kind.prepare(job), maxlen=0)
        with limit_torch_threads():
            head = kind.build_model(job, [job.target], seed=build_seed(job, corpus.sentences))
            deque(train_probe(kind, job, head, corpus.sentences), maxlen=0)
    return TrainedProbe(head=head, job=job, place=place)


def read_features(job: TrainJob, pool: Corpus, place: ProbePlace) -> Features:
    """Return the features of a pool's words, in memory."""
    encoded = EncodedCorpora({pool.name: pool}, device=place.device, cache=place.cache)
    with _open_folder() as folder:
        reading = compute_features(job, pool, encoded, cache=folder)
        while True:
            try:
                next(reading)
            except StopIteration as end:
                features: Features = end.value
                return Features(vectors=np.array(features.vectors), first_rows=features.first_rows)


@contextmanager
def _open_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="bioner-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def build_probe_job(target: Corpus, model: ModelChoice, *, n: int, seed: int) -> TrainJob:
    """Return the job of a probe that suggests spans, or chooses sentences."""
    return TrainJob(
        target=target.name,
        target_digest=target.digest,
        model=model.name,
        model_revision=model.revision,
        method="probe",
        n_sentences=n,
        seed=seed,
        settings=PRESETS["probe"].settings_for(model.name),
    )


def decode_spans(tags: Ints, lengths: Ints, types: Sequence[str]) -> list[tuple[Span, ...]]:
    """Return the spans of predicted tag ids, sentence by sentence."""
    names = ["O", *(f"{mark}-{entity}" for entity in sorted(types) for mark in "BI")]
    return [
        tuple(Span(*chunk) for chunk in decode_tags([names[tag] for tag in sentence_tags]))
        for sentence_tags in np.split(tags, np.cumsum(lengths)[:-1])
    ]
