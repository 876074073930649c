"""Training jobs: all that determines a model's score, and the outcome of a job."""

import hashlib
import json
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from math import ceil
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from bioner_core.corpus.sentences import Corpus
from bioner_core.corpus.split import SamplingUnit
from bioner_core.curves.points import RANDOM, CurvePoint, Method
from bioner_core.curves.sources import list_source_corpora
from bioner_core.errors import BionerError

READING_METHODS = ("probe", "partial")  # their frozen layers read each corpus once, before any training
LSTM_CRF = "lstm-crf"  # the model that reads word vectors and characters in place of an encoder
SCORING_VERSION = 1  # raise by hand when the same job would score differently
ORDER_VERSION = 1  # raise by hand when a strategy would choose other sentences
_ORDER_FIELDS = ("strategy", "order_version")  # in an id only where sentences are chosen: older ids stay
WAITING, PAUSED = "waiting", "paused"  # phases of a job while no job of its run is trained
Decoding = Literal["words", "bio"]  # the best tag of each word, or the best valid BIO sequence


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Hyper-parameters of one model. Pretraining on a source uses the same ones."""

    epochs: int = 40
    min_steps: int = 0  # small sizes train at least this many steps
    batch_size: int = 32  # sentences a step
    learning_rate: float = 5e-5  # AdamW peak, after warm-up
    head_rate: float = 1.0  # learning rate of a new head, as a multiple of the encoder's
    warmup: float = 0.1  # share of the steps
    weight_decay: float = 0.01
    clip_norm: float = 1.0  # largest gradient norm
    dropout: float = 0.1
    max_pieces: int = 128  # word pieces in a window, special pieces included
    dtype: Literal["float32", "bfloat16"] = "float32"  # of the matrix products; weights stay float32
    decoding: Decoding = "words"  # from tag scores to tags; "bio" also constrains the CRF of the LSTM-CRF
    patience: int = 0  # epochs without a lower training loss before stopping early; 0 never stops
    vectors: str = ""  # the LSTM-CRF's file of word vectors; "" trains them on the corpora's text
    first_layers: int = 0  # of the encoder that the method "partial" keeps; 0: all, and for other methods
    upper_layers: int = 0  # of these, the last ones, that it trains, 1 or more; 0 for other methods

    def __post_init__(self) -> None:
        """Refuse values out of range."""
        for name in ("epochs", "batch_size", "learning_rate", "head_rate", "clip_norm"):
            if not getattr(self, name) > 0:
                raise BionerError(f"{name} is {getattr(self, name)}; it must be above 0.")
        for name in ("warmup", "dropout", "weight_decay"):
            if not 0 <= getattr(self, name) < 1:
                raise BionerError(f"{name} is {getattr(self, name)}; it must lie in 0 to below 1.")
        for name in ("min_steps", "patience", "max_pieces", "first_layers", "upper_layers"):
            least = 8 if name == "max_pieces" else 0
            if getattr(self, name) < least:
                raise BionerError(f"{name} is {getattr(self, name)}; it must be {least} or more.")
        if self.first_layers and not 1 <= self.upper_layers <= self.first_layers:
            raise BionerError(
                f"upper_layers is {self.upper_layers} and first_layers {self.first_layers}; where the first "
                f"{self.first_layers} layers are kept, 1 to {self.first_layers} of them can be trained."
            )

    @property
    def record(self) -> dict[str, object]:
        """Return the fields that job ids are computed from.

        A field that was added later is included only if it differs from its default, so that older ids stay.
        The path of a vectors file is not included: its digest is the model's revision.
        """
        excluded = {"head_rate": 1.0, "decoding": "words", "vectors": self.vectors}
        excluded |= {"first_layers": 0, "upper_layers": 0}
        return {name: value for name, value in _collect_fields(self).items() if value != excluded.get(name)}

    def n_steps(self, n_sentences: int) -> int:
        """Return the training steps for ``n_sentences``; a step has at most ``batch_size`` sentences.

        >>> Settings(epochs=8, min_steps=200, batch_size=32).n_steps(3440)
        860
        >>> Settings(epochs=8, min_steps=200, batch_size=32).n_steps(50)
        200
        """
        if not n_sentences:
            return 0
        return max(self.min_steps, ceil(self.epochs * n_sentences / min(self.batch_size, n_sentences)))


@dataclass(frozen=True, kw_only=True)
class TrainJob:
    """A model to train and score; its id is the hash of these fields."""

    target: str
    target_digest: str
    source: str = "none"  # in the syntax of ``curves.sources``: "none", "A", "A+B", "A+B:C"
    source_digests: tuple[str, ...] = ()  # in the order of the names in ``source``
    model: str  # hub id, folder or packaged name; LSTM_CRF
    model_revision: str  # commit of the hub, or digest of the folder; of the word vectors for LSTM_CRF
    method: Method
    n_sentences: int  # of the target; 0 is zero-shot: only the source is trained on
    is_full: bool = False
    seed: int
    split_seed: int = 0
    sample: SamplingUnit = "sentences"
    leave_out_shared: bool = False  # exclude sentences of the test part from all training parts
    strategy: str = RANDOM  # that chooses the sentences; see ``study.strategies``
    order_version: int = ORDER_VERSION  # of the choice; without meaning where it is random
    settings: Settings = field(default_factory=Settings)
    scoring_version: int = SCORING_VERSION

    @cached_property
    def id(self) -> str:
        """Return the first 16 hex digits of the SHA-256 of the fields as JSON."""
        excluded = _ORDER_FIELDS if self.strategy == RANDOM else ()
        return self._compute_digest(excluded)

    @cached_property
    def order_id(self) -> str:
        """Return 16 hex digits of all that determines the order of chosen sentences: all but the size."""
        return self._compute_digest(("n_sentences", "is_full"))

    def _compute_digest(self, excluded: tuple[str, ...]) -> str:
        record = _collect_fields(self) | {"settings": self.settings.record}
        record = {name: value for name, value in record.items() if name not in excluded}
        text = json.dumps(record, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def arm(self) -> str:
        """Return what tells the curves of a target apart: the source, or the strategy that chooses."""
        return self.source if self.strategy == RANDOM else self.strategy

    @property
    def sources(self) -> tuple[str, ...]:
        """Return the names of the source corpora, in order; empty for "none"."""
        return list_source_corpora(self.source)

    @property
    def is_small(self) -> bool:
        """Return whether its model is trained on one core; small models train side by side."""
        return self.method == "probe" or self.model == LSTM_CRF

    @property
    def trains_word_vectors(self) -> bool:
        """Return whether word vectors are trained on the training parts of the job's corpora."""
        return self.model == LSTM_CRF and not self.settings.vectors


def _collect_fields(record: Settings | TrainJob) -> dict[str, object]:
    """Return the fields without copying the values; ``asdict`` is too slow for thousands of jobs."""
    return {field.name: getattr(record, field.name) for field in fields(record)}


@dataclass(frozen=True, kw_only=True, eq=False)
class SentenceCounts:
    """True positives, false positives and false negatives of every test sentence."""

    entities: tuple[str, ...]  # without "all"
    counts: NDArray[np.int32]  # (test sentences, entities, 3): tp, fp, fn


@dataclass(frozen=True, kw_only=True)
class JobProgress:
    """Progress of a job in training."""

    job: TrainJob
    phase: str  # "reading features", "pretraining on psytar_en", "training", "scoring" …
    done: int  # steps of this phase
    total: int  # while waiting: the place in the machine's queue
    seconds_per_pass: float | None = None  # of one of the models side by side, in a trial; None: no trial
    host: str = ""  # of another machine that trains it
    device: str = ""  # "cpu", "cuda:0" …; "" before a process has the job
    memory: int = 0  # bytes that the process holds of the device's memory; 0 where unknown


def format_reading(name: str) -> str:
    """Return the phase in which a frozen encoder reads a corpus; its steps are words."""
    return f"reading {name} with the encoder"


@dataclass(frozen=True, kw_only=True, eq=False)
class JobResult:
    """The result of a job that was trained and scored."""

    job: TrainJob
    points: tuple[CurvePoint, ...]  # of each entity type of the target, and of "all" if there are two or more
    counts: SentenceCounts
    host: str = ""  # where it was trained; "" is the machine that stores it
    device: str = ""


@dataclass(frozen=True, kw_only=True)
class JobFailure:
    """A job that failed; the other jobs go on."""

    job: TrainJob
    reason: str  # one line, without text of the corpus
    is_of_device: bool = False  # the device is full or lost: another one may succeed


JobOutcome = JobProgress | JobResult | JobFailure
NextJobs = Callable[[Sequence[TrainJob]], Sequence[TrainJob]]
"""Returns jobs for an idle device, given those under way elsewhere; none: wait, or end where all are idle."""


class Runner(Protocol):
    """Trains jobs: ``tagging.run.run``, passed by the command line."""

    def __call__(
        self, jobs: Sequence[TrainJob], *, corpora: Mapping[str, Corpus], device: str, cache: Path
    ) -> Iterator[JobOutcome]:
        """Yield progress, then a result or failure of each job. Jobs of one call may share pretraining."""
        ...


class Executor(Protocol):
    """A place where jobs run."""

    def __call__(
        self,
        jobs: Sequence[TrainJob],
        *,
        corpora: Mapping[str, Corpus],
        runner: Runner,
        cache: Path,
        next_jobs: NextJobs | None = None,
    ) -> Generator[JobOutcome, None, None]:
        """Yield outcomes as they occur; closing the generator stops training and all helper processes.

        Where ``next_jobs`` is passed, a device that has nothing to do asks it for more, after each result
        that was yielded. In silence the last progress is repeated about every second, so that the caller can
        stop.
        """
        ...
