"""LSTM-CRFs of a study: each reads word vectors of a file, or of its own corpora's text."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bioner_core.corpus.sentences import Corpus, Sentence
from bioner_core.study.jobs import Decoding, Outcome, Progress, Settings, TrainJob
from bioner_core.tagging.examples import own_split, training_part
from bioner_core.tagging.finetuning.windows import Ints
from bioner_core.tagging.lstm_crf.model import Lesson, LstmCrf, tags_of_lstm_crf, train_lstm_crf
from bioner_core.tagging.lstm_crf.vectors import Vectors, read_vectors, train_vectors
from bioner_core.tagging.materials import Materials
from bioner_core.tagging.parallel import run_cohort
from bioner_core.tagging.schedule import Step


def run_recurrent(
    jobs: Sequence[TrainJob], *, corpora: Mapping[str, Corpus], device: str, cache: Path
) -> Iterator[Outcome]:
    """Make word vectors, then train LSTM-CRFs, one a core at a time.

    :param device: as torch names it
    :param cache: folder of converted encoders, which these models do not need
    """
    materials = Materials(corpora, device=device, cache=cache)
    yield from run_cohort(jobs, Recurrent(materials, corpora, device=device), materials)


class Recurrent:
    """LSTM-CRFs, as ``cohort.Kind`` describes them."""

    def __init__(self, materials: Materials, corpora: Mapping[str, Corpus], *, device: str) -> None:
        self._materials = materials
        self._words = {token for c in corpora.values() for s in c.sentences for token in s.tokens}
        self._device = device
        self._vectors: dict[object, Vectors] = {}

    def read(self, job: TrainJob) -> Iterator[Progress]:
        """Yield progress until a job's word vectors are at hand."""
        key = _key(job)
        if key in self._vectors:
            return
        what = "training word vectors" if job.reads_own_text else "reading word vectors"
        yield Progress(job=job, phase=what, done=0, total=1)
        words = sorted(self._words)
        if job.reads_own_text:
            self._vectors[key] = train_vectors(own_text(job, self._materials), words)
        else:
            self._vectors[key] = read_vectors(job.settings.vectors, job.model_revision, words)

    def lesson(
        self, job: TrainJob, name: str, sentence: Sentence, *, tags: Ints, allowed: NDArray[np.bool_]
    ) -> Lesson:
        """Return a sentence with the places of its words' vectors."""
        rows = self._vectors[_key(job)].rows(sentence.tokens)
        return Lesson(tokens=sentence.tokens, rows=rows, tags=tags, allowed=allowed)

    def model(self, job: TrainJob, types: tuple[str, ...], *, seed: int) -> LstmCrf:
        """Return an untrained LSTM-CRF."""
        return LstmCrf(
            self._vectors[_key(job)].table,
            types,
            constrained=job.settings.decoding == "bio",
            dropout=job.settings.dropout,
            seed=seed,
            device=self._device,
        )

    def train(
        self, model: LstmCrf, lessons: Sequence[Lesson], settings: Settings, *, seed: int
    ) -> Iterator[Step]:
        """Train an LSTM-CRF in place."""
        return train_lstm_crf(model, lessons, settings, seed=seed)

    def tags(self, model: LstmCrf, lessons: Sequence[Lesson], *, decoding: Decoding) -> Ints:
        """Return the tags that an LSTM-CRF finds; its CRF knows the decoding."""
        return tags_of_lstm_crf(model, lessons)


def own_text(job: TrainJob, materials: Materials) -> list[tuple[str, ...]]:
    """Return the text that a job's word vectors are trained on: training parts alone, each corpus once."""
    parts = {job.target: own_split(job, materials).train}
    for name in sorted(set(job.sources) - {job.target}):
        parts[name] = training_part(job, name, materials)
    return [sentence.tokens for part in parts.values() for sentence in part]


def _key(job: TrainJob) -> object:
    """Return what determines a job's word vectors."""
    if not job.reads_own_text:
        return (job.settings.vectors, job.model_revision)
    return (job.target, *sorted(set(job.sources)), job.split_seed, job.leave_out_shared)
