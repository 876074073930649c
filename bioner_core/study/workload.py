"""Count the sentences that training reads (sentence passes): the size of a plan and basis of its time."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from bioner_core.curves.points import RANDOM
from bioner_core.curves.sources import parse_stages
from bioner_core.study.jobs import TrainJob
from bioner_core.study.plan import Study
from bioner_core.study.strategies import split_strategy


def count_training_passes(job: TrainJob) -> int:
    """Return the sentence passes of a job's training, without pretraining; 0 for zero-shot."""
    return job.settings.n_steps(job.n_sentences) * min(job.settings.batch_size, job.n_sentences)


def count_pretraining_passes(
    jobs: Iterable[TrainJob], train_sizes: Mapping[str, int]
) -> dict[tuple[str, int], int]:
    """Return the sentence passes of pretraining by (source, seed); all sizes share one pretrained model."""
    passes: dict[tuple[str, int], int] = {}
    for job in jobs:
        if (job.source, job.seed) not in passes:
            sizes = [sum(train_sizes[name] for name in group) for group in parse_stages(job.source)]
            passes[job.source, job.seed] = sum(
                count_training_passes(replace(job, n_sentences=n)) for n in sizes
            )
    return passes


def count_choosing_passes(job: TrainJob, train_sizes: Mapping[str, int], *, begin: int = 0) -> int:
    """Return the sentence passes of choosing a job's sentences: of each batch a probe is trained and applied.

    :param begin: sentences that are chosen already.
    """
    if job.strategy == RANDOM:
        return 0
    batch = split_strategy(job.strategy)[1]
    rounds = range(max(batch, begin), job.n_sentences, batch)
    training = sum(count_training_passes(replace(job, n_sentences=n)) for n in rounds)
    return training + len(rounds) * train_sizes[job.target] // 3


def compute_job_workload(job: TrainJob, train_sizes: Mapping[str, int]) -> float:
    """Return the sentence passes of training and scoring a job, scoring converted to training passes.

    The test part has about 3/7 as many sentences as the training part; scoring a sentence takes about a third
    of the time of training on it. The sizes of an order of chosen sentences share it: a job counts the half
    that the next smaller size, which is often half as large, has not chosen.
    """
    choosing = count_choosing_passes(job, train_sizes, begin=job.n_sentences // 2)
    return count_training_passes(job) + choosing + train_sizes[job.target] / 7


def compute_total_workload(jobs: Iterable[TrainJob], train_sizes: Mapping[str, int]) -> float:
    """Return the workload of jobs and their pretraining, in the units of ``compute_job_workload``."""
    jobs = tuple(jobs)
    pretraining = count_pretraining_passes(jobs, train_sizes)
    return sum(compute_job_workload(job, train_sizes) for job in jobs) + sum(pretraining.values())


def count_study_passes(study: Study) -> int:
    """Return the sentence passes of all training of a study, pretraining included."""
    pretraining = count_pretraining_passes(study.jobs, study.train_sizes)
    choosing = (
        count_choosing_passes(job, study.train_sizes, begin=job.n_sentences // 2) for job in study.jobs
    )
    return sum(map(count_training_passes, study.jobs)) + sum(pretraining.values()) + sum(choosing)
