"""Partial training as a kind of tagger: lower layers frozen and run once, upper layers and head trained."""

import copy
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from transformers import PreTrainedModel

from bioner_core.corpus.cache import PRETRAINED
from bioner_core.corpus.sentences import Sentence
from bioner_core.study.jobs import Decoding, JobProgress, Settings, TrainJob
from bioner_core.tagging.encoders.encoded_corpora import EncodedCorpora
from bioner_core.tagging.encoders.windows import Ints, Window
from bioner_core.tagging.finetuning.batches import EncodedSentence
from bioner_core.tagging.finetuning.checkpoint_files import CheckpointFiles
from bioner_core.tagging.finetuning.predict import predict_tags
from bioner_core.tagging.finetuning.tagger import Tagger
from bioner_core.tagging.finetuning.train import train_tagger
from bioner_core.tagging.partial.states import compute_states, compute_states_digest
from bioner_core.tagging.partial.upper import cut_encoder
from bioner_core.tagging.schedule import Step
from bioner_core.tagging.split_corpora import SplitCorpora


class PartialKind:
    """Upper layers with a head, as ``tagger_kind.TaggerKind`` describes them.

    :param cache: folder of states and pretrained weights
    """

    is_small = False
    report_every = 1

    def __init__(self, corpora: SplitCorpora, encoded: EncodedCorpora, *, cache: Path) -> None:
        self._corpora = corpora
        self._encoded = encoded
        self._cache = cache
        self._windows: dict[tuple[str, str], dict[tuple[str, ...], tuple[Window, ...]]] = {}
        self._upper: dict[str, PreTrainedModel] = {}  # by the digest of states

    def handles(self, job: TrainJob) -> bool:
        """Say whether a job trains the upper layers of an encoder."""
        return job.method == "partial"

    def prepare(self, job: TrainJob) -> Iterator[JobProgress]:
        """Yield progress until the lower layers have read all corpora of a job; then free their memory."""
        digest = compute_states_digest(job)
        if digest not in self._upper:
            encoder = self._encoded.load_encoder(job)
            n_pieces = min(job.settings.max_pieces, encoder.max_pieces)
            self._upper[digest] = cut_encoder(encoder, job.settings.upper_layers, n_pieces=n_pieces)
        for name in (job.target, *job.sources):
            if (name, digest) not in self._windows:
                corpus = self._corpora.corpora[name]
                self._windows[name, digest] = yield from compute_states(
                    job, corpus, self._encoded, cache=self._cache
                )
        self._encoded.release_encoders()

    def build_example(
        self, job: TrainJob, corpus: str, sentence: Sentence, *, tags: Ints, allowed: NDArray[np.bool_]
    ) -> EncodedSentence:
        """Return a sentence with the states of its windows."""
        windows = self._windows[corpus, compute_states_digest(job)][sentence.tokens]
        return EncodedSentence(windows=windows, tags=tags, allowed=allowed)

    def build_model(self, job: TrainJob, corpora: Sequence[str], *, seed: int) -> Tagger:
        """Return the upper layers with a new head; its types are those of the named corpora."""
        return Tagger(
            copy.deepcopy(self._upper[compute_states_digest(job)]),
            self._corpora.label_space(corpora),
            dropout=job.settings.dropout,
            dtype=job.settings.dtype,
            seed=seed,
        )

    def train(
        self, model: Tagger, examples: Sequence[EncodedSentence], settings: Settings, *, seed: int
    ) -> Iterator[Step]:
        """Train upper layers and head in place."""
        return train_tagger(model, examples, settings, seed=seed)

    def predict(self, model: Tagger, examples: Sequence[EncodedSentence], *, decoding: Decoding) -> Ints:
        """Return the predicted tag ids, (tokens,)."""
        return predict_tags(model, examples, decoding=decoding)

    def open_checkpoints(self) -> CheckpointFiles:
        """Return the folder of pretrained weights, which all processes share."""
        return CheckpointFiles(self._cache / PRETRAINED)
