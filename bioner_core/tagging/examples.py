"""Sentences as small models read them: gold tags, types that count, and what their kind makes of words."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bioner_core.corpus.sentences import Sentence
from bioner_core.corpus.split import Split, unshared
from bioner_core.errors import BionerError
from bioner_core.scoring.exact import gold_ids
from bioner_core.study.jobs import TrainJob
from bioner_core.tagging.materials import Materials

if TYPE_CHECKING:
    from bioner_core.tagging.parallel import Kind


def own_split(job: TrainJob, materials: Materials) -> Split:
    """Return training and test part of a job's target."""
    return materials.split(job.target, seed=job.split_seed, leave_out_shared=job.leave_out_shared)


def training_part(job: TrainJob, name: str, materials: Materials) -> tuple[Sentence, ...]:
    """Return the sentences of a source that a job may learn from."""
    sentences = materials.split(name, seed=job.split_seed).train
    return unshared(sentences, own_split(job, materials).test) if job.leave_out_shared else sentences


def nothing_left(job: TrainJob, names: Sequence[str]) -> BionerError:
    """Return the refusal of a source whose every sentence stands in the test part."""
    return BionerError(
        f"{job.target} from {job.source}: no sentence of {'+'.join(names)} is left to "
        "train on once those of the test part are left out. Leave this source out."
    )


class Lessons:
    """What the models of some jobs learn from, once their kind has read it."""

    def __init__(self, materials: Materials, kind: "Kind") -> None:
        self._materials = materials
        self._kind = kind

    def split(self, job: TrainJob) -> Split:
        """Return training and test part of a job's target."""
        return own_split(job, self._materials)

    def label_space(self, job: TrainJob) -> tuple[str, ...]:
        """Return the types of target and sources, in the order of the tag ids."""
        return tuple(sorted({t for name in (job.target, *job.sources) for t in self.types(job, name)}))

    def types(self, job: TrainJob, name: str) -> tuple[str, ...]:
        """Return the types that one of a job's corpora annotates."""
        return self._materials.split(name, seed=job.split_seed).types

    def of_source(self, job: TrainJob, name: str) -> list[Any]:
        """Return the training part of a source."""
        return self.of(job, name, training_part(job, name, self._materials), only=self.types(job, name))

    def of(
        self, job: TrainJob, name: str, sentences: Sequence[Sentence], *, only: Sequence[str]
    ) -> list[Any]:
        """Return sentences of a corpus, in order.

        :param only: the types that tags may be of; others are left out of the probabilities
        """
        types = self.label_space(job)
        allowed = np.array([True, *(entity in only for entity in types for _ in "BI")])
        ids, lengths = gold_ids(sentences, types)
        tags = np.split(ids, np.cumsum(lengths))[:-1]
        return [
            self._kind.lesson(job, name, sentence, tags=own, allowed=allowed)
            for sentence, own in zip(sentences, tags, strict=True)
        ]
