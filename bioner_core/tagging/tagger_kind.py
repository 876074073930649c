"""The interface of a kind of tagger: how it reads sentences, learns and tags. All share one recipe."""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bioner_core.corpus.sentences import Sentence
from bioner_core.study.jobs import Decoding, JobProgress, Settings, TrainJob
from bioner_core.tagging.checkpoints import Checkpoints
from bioner_core.tagging.encoders.windows import Ints
from bioner_core.tagging.schedule import Step


class TaggerKind(Protocol):
    """Builds, trains and applies taggers of one kind.

    ``Any`` stands for a kind's own model and training example. A model is a ``nn.Module`` with ``types``, its
    label space in the order of the tag ids; an example has ``tags``, the gold tag ids of its tokens.
    """

    is_small: bool  # models train side by side, each in one thread
    report_every: int  # steps between two reports of progress

    def handles(self, job: TrainJob) -> bool:
        """Say whether a job's model is of this kind."""
        ...

    def prepare(self, job: TrainJob) -> Iterator[JobProgress]:
        """Compute or load what the job's examples are built from, such as features; yield progress."""
        ...

    def build_example(
        self, job: TrainJob, corpus: str, sentence: Sentence, *, tags: Ints, allowed: NDArray[np.bool_]
    ) -> Any:
        """Return a sentence of a corpus as a model reads it.

        :param tags: gold tag ids, (tokens,)
        :param allowed: the tags that the model may choose from, (tags,)
        """
        ...

    def build_model(self, job: TrainJob, corpora: Sequence[str], *, seed: int) -> Any:
        """Return a model with a new head, ready to read the named corpora of a job.

        Its label space has at least the types of these corpora.
        """
        ...

    def train(self, model: Any, examples: Sequence[Any], settings: Settings, *, seed: int) -> Iterator[Step]:
        """Train a model in place; yield each step.

        :param examples: each with at least one token
        """
        ...

    def predict(self, model: Any, examples: Sequence[Any], *, decoding: Decoding) -> Ints:
        """Return the predicted tag ids of all examples, one behind the other, (tokens,)."""
        ...

    def open_checkpoints(self) -> Checkpoints:
        """Return the store of pretrained weights for jobs that share a pretraining."""
        ...
