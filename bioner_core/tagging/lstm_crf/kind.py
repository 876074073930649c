"""The LSTM-CRF as a kind of tagger: word vectors come from a file, or are trained on the corpora's text."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from bioner_core.corpus.sentences import Sentence
from bioner_core.study.jobs import LSTM_CRF, Decoding, JobProgress, Settings, TrainJob
from bioner_core.tagging.checkpoints import MemoryCheckpoints
from bioner_core.tagging.encoders.windows import Ints
from bioner_core.tagging.lstm_crf.model import LstmCrf, LstmCrfExample, predict_with_lstm_crf, train_lstm_crf
from bioner_core.tagging.lstm_crf.vectors import Vectors, read_vectors, train_vectors
from bioner_core.tagging.schedule import Step
from bioner_core.tagging.split_corpora import SplitCorpora


class LstmCrfKind:
    """LSTM-CRFs, as ``tagger_kind.TaggerKind`` describes them.

    :param device: as torch names it
    """

    is_small = True
    report_every = 20

    def __init__(self, corpora: SplitCorpora, *, device: str) -> None:
        self._corpora = corpora
        self._device = device
        self._vectors: dict[object, Vectors] = {}
        self._checkpoints = MemoryCheckpoints(corpora)

    def handles(self, job: TrainJob) -> bool:
        """Say whether a job trains an LSTM-CRF."""
        return job.model == LSTM_CRF and job.method == "finetune"

    def prepare(self, job: TrainJob) -> Iterator[JobProgress]:
        """Yield progress until a job's word vectors are read or trained."""
        key = _build_vectors_key(job)
        if key in self._vectors:
            return
        phase = "training word vectors" if job.trains_word_vectors else "reading word vectors"
        yield JobProgress(job=job, phase=phase, done=0, total=1)
        sentences = (s for corpus in self._corpora.corpora.values() for s in corpus.sentences)
        vocabulary = sorted({token for sentence in sentences for token in sentence.tokens})
        if job.trains_word_vectors:
            self._vectors[key] = train_vectors(select_training_text(job, self._corpora), vocabulary)
        else:
            self._vectors[key] = read_vectors(job.settings.vectors, job.model_revision, vocabulary)

    def build_example(
        self, job: TrainJob, corpus: str, sentence: Sentence, *, tags: Ints, allowed: NDArray[np.bool_]
    ) -> LstmCrfExample:
        """Return a sentence with the rows of its tokens in the table of word vectors."""
        rows = self._vectors[_build_vectors_key(job)].rows(sentence.tokens)
        return LstmCrfExample(tokens=sentence.tokens, rows=rows, tags=tags, allowed=allowed)

    def build_model(self, job: TrainJob, corpora: Sequence[str], *, seed: int) -> LstmCrf:
        """Return an untrained LSTM-CRF over the types of all corpora of the job."""
        return LstmCrf(
            self._vectors[_build_vectors_key(job)].table,
            self._corpora.label_space((job.target, *job.sources)),
            constrained=job.settings.decoding == "bio",
            dropout=job.settings.dropout,
            seed=seed,
            device=self._device,
        )

    def train(
        self, model: LstmCrf, examples: Sequence[LstmCrfExample], settings: Settings, *, seed: int
    ) -> Iterator[Step]:
        """Train an LSTM-CRF in place."""
        return train_lstm_crf(model, examples, settings, seed=seed)

    def predict(self, model: LstmCrf, examples: Sequence[LstmCrfExample], *, decoding: Decoding) -> Ints:
        """Return the predicted tag ids, (tokens,); the CRF was built for the decoding."""
        return predict_with_lstm_crf(model, examples)

    def open_checkpoints(self) -> MemoryCheckpoints:
        """Return the pretrained weights, which all jobs of the process share."""
        return self._checkpoints


def select_training_text(job: TrainJob, corpora: SplitCorpora) -> list[tuple[str, ...]]:
    """Return the tokens that a job's word vectors are trained on: training parts alone, each corpus once."""
    sentences = [*corpora.split_target(job).train]
    for name in sorted(set(job.sources) - {job.target}):
        sentences += corpora.select_source_sentences(job, name)
    return [sentence.tokens for sentence in sentences]


def _build_vectors_key(job: TrainJob) -> object:
    """Return what determines a job's word vectors."""
    if not job.trains_word_vectors:
        return (job.settings.vectors, job.model_revision)
    return (job.target, *sorted(set(job.sources)), job.split_seed, job.leave_out_shared)
