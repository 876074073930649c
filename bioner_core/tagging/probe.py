"""The probe: small heads on the features of a frozen encoder, several trained at a time."""

import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path

from bioner_core.corpus.sentences import Corpus
from bioner_core.curves.sources import stages
from bioner_core.study.jobs import Outcome, Progress, TrainJob
from bioner_core.tagging.lessons import Lessons
from bioner_core.tagging.materials import Materials
from bioner_core.tagging.outcome import done, failed, renumbered, scored_types
from bioner_core.tagging.pretraining import Stage
from bioner_core.tagging.probe_head import Head, Lesson, tags_of_head, train_head
from bioner_core.tagging.threads import one_thread_each, side_by_side

TOLD = 20  # a head tells of every so many steps


def run_probe(
    jobs: Sequence[TrainJob], *, corpora: Mapping[str, Corpus], device: str, cache: Path
) -> Iterator[Outcome]:
    """Compute features once a corpus, then train heads, one a core at a time; one that fails stops no other.

    Heads train on the CPU, each in one thread with its own random numbers: a job's score depends neither
    on the other jobs nor on the number of cores.

    :param device: of the encoder, as torch names it
    :param cache: folder of converted encoders and features
    """
    lessons = Lessons(Materials(corpora, device=device, cache=cache), cache=cache)
    groups: dict[str, list[TrainJob]] = {}  # jobs whose heads start from the same pretraining
    for job in jobs:
        try:
            yield from lessons.read(job)
            start = f"{_stages(job)[-1].digest} {lessons.label_space(job)}" if job.sources else job.id
            groups.setdefault(start, []).append(job)
        except Exception as error:
            yield failed(job, error)
    with one_thread_each() as n_threads:
        yield from side_by_side([_group(group, lessons) for group in groups.values()], n_threads=n_threads)


def _group(jobs: Sequence[TrainJob], lessons: Lessons) -> Iterator[Outcome]:
    """Pretrain a head where the jobs have a source, then train and score a copy of it for each job."""
    start: Head | None = None
    for job in jobs:
        began = time.perf_counter()
        try:
            if job.sources and start is None:
                start = yield from _pretrained(job, lessons)
            yield from _probe(job, start, lessons, began)
        except Exception as error:
            yield failed(job, error)


def _probe(job: TrainJob, start: Head | None, lessons: Lessons, began: float) -> Iterator[Outcome]:
    split = lessons.split(job)
    sources = [entity for name in job.sources for entity in lessons.types(job, name)]
    types = scored_types(job, split.types, sources)
    n = len(split.train) if job.is_full else job.n_sentences
    sentences = split.first(n, seed=job.seed, sample=job.sample)
    head = _head(job, lessons, seed=int(job.id, 16))
    if start:
        head.load_state_dict(start.state_dict())
    training = lessons.of(job, job.target, sentences, only=split.types)
    yield from _trained(head, training, job, phase="training", seed=int(job.id, 16))
    tests = lessons.of(job, job.target, split.test, only=types)
    found = tags_of_head(head, tests, decoding=job.settings.decoding)
    yield done(
        job,
        split=split,
        trained_on=sentences,
        types=types,
        found=renumbered(found, head.types, types),
        seconds=time.perf_counter() - began,
    )


def _pretrained(job: TrainJob, lessons: Lessons) -> Generator[Progress, None, Head]:
    """Return a head trained on a job's sources, one stage after the other."""
    stages = _stages(job)
    head = _head(job, lessons, seed=int(stages[0].digest, 16))
    for stage in stages:
        names = stage.groups[-1]
        together = [lesson for name in names for lesson in lessons.of_source(job, name)]
        phase = "pretraining on " + "+".join(names)
        yield from _trained(head, together, job, phase=phase, seed=int(stage.digest, 16))
    return head


def _stages(job: TrainJob) -> list[Stage]:
    """Return the stages of a job's pretraining; their digests are the seeds of its random numbers."""
    groups = stages(job.source)
    return [Stage(job=job, groups=groups[: k + 1]) for k in range(len(groups))]


def _head(job: TrainJob, lessons: Lessons, *, seed: int) -> Head:
    types = lessons.label_space(job)
    return Head(lessons.n_features(job), types, dropout=job.settings.dropout, seed=seed)


def _trained(
    head: Head, lessons: Sequence[Lesson], job: TrainJob, *, phase: str, seed: int
) -> Iterator[Progress]:
    """Train a head on the sentences that have words, and tell how far it is."""
    worded = [lesson for lesson in lessons if len(lesson.tags)]
    for step, total in train_head(head, worded, job.settings, seed=seed):
        if step % TOLD == 0:
            yield Progress(job=job, phase=phase, done=step, total=total)
