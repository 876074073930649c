"""Corpora as encoders read them: each encoder and the windows of each corpus are loaded and cut once."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from bioner_core.corpus.sentences import Corpus
from bioner_core.processes import return_free_memory
from bioner_core.study.jobs import TrainJob
from bioner_core.tagging.encoders.encoder import Encoder, load_encoder, reduce_vocabulary
from bioner_core.tagging.encoders.layers import keep_first_layers
from bioner_core.tagging.encoders.windows import Window, encode_sentences


class EncodedCorpora:
    """Encoders and windows; they depend on a job's fields alone, never on other jobs.

    :param corpora: by name, those of all jobs
    :param device: as torch names it, such as "cpu" or "cuda:0"
    :param cache: folder of converted encoders
    """

    def __init__(self, corpora: Mapping[str, Corpus], *, device: str, cache: Path) -> None:
        self._corpora = corpora
        self.device = device
        self._cache = cache
        self._encoders: dict[tuple[str, str, int], Encoder] = {}  # the latest one alone
        self._windows: dict[tuple[str, str, int, str], dict[tuple[str, ...], tuple[Window, ...]]] = {}

    def copy_encoder(self, job: TrainJob, names: Iterable[str]) -> Encoder:
        """Return a new copy of the job's encoder; its vocabulary is reduced to the named corpora."""
        pieces = np.unique(
            np.concatenate(
                [w.input_ids for name in names for ws in self.windows(job, name).values() for w in ws]
            )
        )
        return reduce_vocabulary(self.load_encoder(job), pieces.tolist())

    def windows(self, job: TrainJob, name: str) -> dict[tuple[str, ...], tuple[Window, ...]]:
        """Return the windows of all sentences of a corpus, by their tokens."""
        key = (job.model, job.model_revision, job.settings.max_pieces, name)
        if key not in self._windows:
            encoder = self.load_encoder(job)
            texts = list(dict.fromkeys(sentence.tokens for sentence in self._corpora[name].sentences))
            max_pieces = min(job.settings.max_pieces, encoder.max_pieces)
            windows = encode_sentences(texts, encoder.tokenizer, max_pieces=max_pieces)
            self._windows[key] = dict(zip(texts, windows, strict=True))
        return self._windows[key]

    def measure_width(self, job: TrainJob) -> int:
        """Return the width of the hidden states of the job's encoder."""
        return int(self.load_encoder(job).model.config.hidden_size)

    def load_encoder(self, job: TrainJob) -> Encoder:
        """Return the layers of the job's encoder that are kept, which all jobs share: it is never trained."""
        n_layers = job.settings.first_layers
        key = (job.model, job.model_revision, n_layers)
        if key not in self._encoders:
            encoder = load_encoder(job.model, job.model_revision, cache=self._cache, device=self.device)
            self._encoders = {key: keep_first_layers(encoder, n_layers) if n_layers else encoder}
        return self._encoders[key]

    def release_encoders(self) -> None:
        """Free the memory of the encoders; windows stay. The next job that needs one loads it again."""
        if self._encoders:
            self._encoders.clear()
            return_free_memory()
