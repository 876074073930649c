"""How many sentences training reads: the size of a plan, and the measure of its time."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from bioner_core.curves.sources import stages
from bioner_core.study.jobs import TrainJob
from bioner_core.study.plan import Study


def passes(job: TrainJob) -> int:
    """Return how many sentences training a job reads, pretraining not counted; 0 at zero-shot."""
    return job.settings.n_steps(job.n_sentences) * min(job.settings.batch_size, job.n_sentences)


def pretraining(jobs: Iterable[TrainJob], train_sizes: Mapping[str, int]) -> dict[tuple[str, int], int]:
    """Return the sentences that pretraining reads, by source and seed: once each, for all sizes."""
    found: dict[tuple[str, int], int] = {}
    for job in jobs:
        if (job.source, job.seed) not in found:
            sizes = [sum(train_sizes[name] for name in group) for group in stages(job.source)]
            found[job.source, job.seed] = sum(passes(replace(job, n_sentences=n)) for n in sizes)
    return found


def effort(job: TrainJob, train_sizes: Mapping[str, int]) -> float:
    """Return the sentences a job reads, those it is scored on in terms of training.

    The test part has some 3/7 of the training part's sentences, each at a third of training's cost.
    """
    return passes(job) + train_sizes[job.target] / 7


def total_effort(jobs: Iterable[TrainJob], train_sizes: Mapping[str, int]) -> float:
    """Return the sentences that jobs and their pretraining read, as ``effort`` counts them."""
    jobs = tuple(jobs)
    return sum(effort(job, train_sizes) for job in jobs) + sum(pretraining(jobs, train_sizes).values())


def sentence_passes(study: Study) -> int:
    """Return how many sentences all training of a study reads, pretraining included."""
    return sum(map(passes, study.jobs)) + sum(pretraining(study.jobs, study.train_sizes).values())
