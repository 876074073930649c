"""Fine-tuning as a kind of tagger: an encoder with a tag head, all of whose weights are trained."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bioner_core.corpus.cache import PRETRAINED
from bioner_core.corpus.sentences import Sentence
from bioner_core.study.jobs import LSTM_CRF, Decoding, JobProgress, Settings, TrainJob
from bioner_core.tagging.encoders.encoded_corpora import EncodedCorpora
from bioner_core.tagging.encoders.windows import Ints
from bioner_core.tagging.finetuning.batches import EncodedSentence
from bioner_core.tagging.finetuning.checkpoint_files import CheckpointFiles
from bioner_core.tagging.finetuning.predict import predict_tags
from bioner_core.tagging.finetuning.tagger import Tagger
from bioner_core.tagging.finetuning.train import train_tagger
from bioner_core.tagging.schedule import Step
from bioner_core.tagging.split_corpora import SplitCorpora


class FineTuningKind:
    """Encoders with a head, as ``tagger_kind.TaggerKind`` describes them.

    :param cache: folder of pretrained weights
    """

    is_small = False
    report_every = 1

    def __init__(self, corpora: SplitCorpora, encoded: EncodedCorpora, *, cache: Path) -> None:
        self._corpora = corpora
        self._encoded = encoded
        self._cache = cache

    def handles(self, job: TrainJob) -> bool:
        """Say whether a job fine-tunes an encoder."""
        return job.method == "finetune" and job.model != LSTM_CRF

    def prepare(self, job: TrainJob) -> Iterator[JobProgress]:
        """Prepare nothing: encoders are large, so each is loaded when its jobs are trained."""
        yield from ()

    def build_example(
        self, job: TrainJob, corpus: str, sentence: Sentence, *, tags: Ints, allowed: NDArray[np.bool_]
    ) -> EncodedSentence:
        """Return a sentence with its windows of word pieces."""
        windows = self._encoded.windows(job, corpus)[sentence.tokens]
        return EncodedSentence(windows=windows, tags=tags, allowed=allowed)

    def build_model(self, job: TrainJob, corpora: Sequence[str], *, seed: int) -> Tagger:
        """Return an encoder with a new head; its vocabulary and types are those of the named corpora."""
        return Tagger(
            self._encoded.copy_encoder(job, corpora).model,
            self._corpora.label_space(corpora),
            dropout=job.settings.dropout,
            dtype=job.settings.dtype,
            seed=seed,
        )

    def train(
        self, model: Tagger, examples: Sequence[EncodedSentence], settings: Settings, *, seed: int
    ) -> Iterator[Step]:
        """Train encoder and head in place."""
        return train_tagger(model, examples, settings, seed=seed)

    def predict(self, model: Tagger, examples: Sequence[EncodedSentence], *, decoding: Decoding) -> Ints:
        """Return the predicted tag ids, (tokens,)."""
        return predict_tags(model, examples, decoding=decoding)

    def open_checkpoints(self) -> CheckpointFiles:
        """Return the folder of pretrained weights, which all processes share."""
        return CheckpointFiles(self._cache / PRETRAINED)
