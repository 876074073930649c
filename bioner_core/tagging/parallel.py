"""Small models that train side by side, each in a thread of its own: the probe's heads, the LSTM-CRF."""

import time
from collections.abc import Generator, Iterator, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from torch import nn

from bioner_core.corpus.sentences import Sentence
from bioner_core.curves.sources import stages
from bioner_core.study.jobs import Decoding, Outcome, Progress, Settings, TrainJob
from bioner_core.tagging.examples import Lessons, nothing_left
from bioner_core.tagging.finetuning.pretraining import Stage
from bioner_core.tagging.finetuning.windows import Ints
from bioner_core.tagging.materials import Materials
from bioner_core.tagging.outcome import done, failed, renumbered, scored_types
from bioner_core.tagging.schedule import Step
from bioner_core.tagging.threads import one_thread_each, side_by_side

TOLD = 20  # a model tells of every so many steps


class Kind(Protocol):
    """What small models of one kind read, and how they learn and tag."""

    def read(self, job: TrainJob) -> Iterator[Progress]:
        """Yield progress until all that a job's lessons are made of is at hand."""
        ...

    def lesson(
        self, job: TrainJob, name: str, sentence: Sentence, *, tags: Ints, allowed: NDArray[np.bool_]
    ) -> Any:
        """Return a sentence of the corpus ``name`` as a model reads it, with ``tags`` and ``allowed``."""
        ...

    def model(self, job: TrainJob, types: tuple[str, ...], *, seed: int) -> nn.Module:
        """Return an untrained model over some entity types."""
        ...

    def train(self, model: Any, lessons: Sequence[Any], settings: Settings, *, seed: int) -> Iterator[Step]:
        """Train in place; yield each step."""
        ...

    def tags(self, model: Any, lessons: Sequence[Any], *, decoding: Decoding) -> Ints:
        """Return the tags found, one sentence behind the other, (tokens,)."""
        ...


def run_cohort(jobs: Sequence[TrainJob], kind: Kind, materials: Materials) -> Iterator[Outcome]:
    """Read what jobs need, then train their models, one a core at a time; one that fails stops no other.

    Each model has one thread and its own random numbers: a job's score depends neither on the other jobs
    nor on the number of cores.
    """
    lessons = Lessons(materials, kind)
    groups: dict[str, list[TrainJob]] = {}  # jobs whose models start from the same pretraining
    for job in jobs:
        try:
            for name, digest in zip((job.target, *job.sources), _digests(job), strict=True):
                materials.corpus(name, digest)  # refused where it is another one
            yield from kind.read(job)
            start = f"{_stages(job)[-1].digest} {lessons.label_space(job)}" if job.sources else job.id
            groups.setdefault(start, []).append(job)
        except Exception as error:
            yield failed(job, error)
    with one_thread_each() as n_threads:
        yield from side_by_side([_group(g, kind, lessons) for g in groups.values()], n_threads=n_threads)


def _digests(job: TrainJob) -> tuple[str, ...]:
    return (job.target_digest, *job.source_digests)


def _group(jobs: Sequence[TrainJob], kind: Kind, lessons: Lessons) -> Iterator[Outcome]:
    """Pretrain a model where the jobs have a source, then train and score a copy of it for each job."""
    start: nn.Module | None = None
    for job in jobs:
        began = time.perf_counter()
        try:
            if job.sources and start is None:
                start = yield from _pretrained(job, kind, lessons)
            yield from _one(job, start, kind, lessons, began)
        except Exception as error:
            yield failed(job, error)


def _one(
    job: TrainJob, start: nn.Module | None, kind: Kind, lessons: Lessons, began: float
) -> Iterator[Outcome]:
    split = lessons.split(job)
    sources = [entity for name in job.sources for entity in lessons.types(job, name)]
    types = scored_types(job, split.types, sources)
    n = len(split.train) if job.is_full else job.n_sentences
    sentences = split.first(n, seed=job.seed, sample=job.sample)
    label_space = lessons.label_space(job)
    model = kind.model(job, label_space, seed=int(job.id, 16))
    if start:
        model.load_state_dict(start.state_dict())
    training = lessons.of(job, job.target, sentences, only=split.types)
    yield from _trained(kind, model, training, job, phase="training", seed=int(job.id, 16))
    tests = lessons.of(job, job.target, split.test, only=types)
    found = kind.tags(model, tests, decoding=job.settings.decoding)
    yield done(
        job,
        split=split,
        trained_on=sentences,
        types=types,
        found=renumbered(found, label_space, types),
        seconds=time.perf_counter() - began,
    )


def _pretrained(job: TrainJob, kind: Kind, lessons: Lessons) -> Generator[Progress, None, nn.Module]:
    """Return a model trained on a job's sources, one stage after the other."""
    stages = _stages(job)
    model = kind.model(job, lessons.label_space(job), seed=int(stages[0].digest, 16))
    for stage in stages:
        names = stage.groups[-1]
        together = [lesson for name in names for lesson in lessons.of_source(job, name)]
        if not any(len(lesson.tags) for lesson in together):
            raise nothing_left(job, names)
        phase = "pretraining on " + "+".join(names)
        yield from _trained(kind, model, together, job, phase=phase, seed=int(stage.digest, 16))
    return model


def _stages(job: TrainJob) -> list[Stage]:
    """Return the stages of a job's pretraining; their digests are the seeds of its random numbers."""
    groups = stages(job.source)
    return [Stage(job=job, groups=groups[: k + 1]) for k in range(len(groups))]


def _trained(
    kind: Kind, model: nn.Module, lessons: Sequence[Any], job: TrainJob, *, phase: str, seed: int
) -> Iterator[Progress]:
    """Train a model on the sentences that have words, and tell how far it is."""
    worded = [lesson for lesson in lessons if len(lesson.tags)]
    for step in kind.train(model, worded, job.settings, seed=seed):
        if step.number % TOLD == 0:
            yield Progress(job=job, phase=phase, done=step.number, total=step.total)
