"""The recipe of every job: pretrain on the sources, train on n sentences, tag the test part, score.

A job's score depends on its own fields alone: neither on the other jobs, nor on cached files, nor on
the number of cores.
"""

import time
from collections.abc import Generator, Iterator, Sequence
from typing import Any

from bioner_core.curves.points import RANDOM
from bioner_core.curves.sources import parse_stages
from bioner_core.errors import BionerError
from bioner_core.study.jobs import JobOutcome, JobProgress, TrainJob
from bioner_core.tagging.checkpoints import Checkpoints, Stage
from bioner_core.tagging.examples import build_examples
from bioner_core.tagging.scoring import describe_failure, map_tag_ids, score_job, select_scored_types
from bioner_core.tagging.selection.order import draw_training_sentences
from bioner_core.tagging.split_corpora import SplitCorpora
from bioner_core.tagging.tagger_kind import TaggerKind
from bioner_core.tagging.threads import limit_torch_threads, run_side_by_side


def train_jobs(jobs: Sequence[TrainJob], kind: TaggerKind, corpora: SplitCorpora) -> Iterator[JobOutcome]:
    """Train and score jobs of one kind; one that fails does not stop the others.

    Small models train side by side, each in one thread with its own random numbers; others train one after
    the other.
    """
    prepared = []
    for job in jobs:
        try:
            corpora.check_digests(job)
            yield from kind.prepare(job)
            prepared.append(job)
        except Exception as error:
            yield describe_failure(job, error)
    if kind.is_small:
        groups = _group_by_pretraining(prepared, corpora)
        with limit_torch_threads() as n_threads:
            yield from run_side_by_side([_train_group(g, kind, corpora) for g in groups], n_threads=n_threads)
    else:
        yield from _train_group(prepared, kind, corpora)


def _group_by_pretraining(jobs: Sequence[TrainJob], corpora: SplitCorpora) -> list[list[TrainJob]]:
    """Group jobs that start from the same weights or share an order; a job without either is alone."""
    groups: dict[object, list[TrainJob]] = {}
    for job in jobs:
        label_space = corpora.label_space((job.target, *job.sources))
        key = (_final_stage(job).digest, label_space) if job.sources else job.id
        if job.strategy != RANDOM:
            key = job.order_id
        groups.setdefault(key, []).append(job)
    return list(groups.values())


def _train_group(jobs: Sequence[TrainJob], kind: TaggerKind, corpora: SplitCorpora) -> Iterator[JobOutcome]:
    """Train and score jobs one after the other; they share their checkpoints."""
    checkpoints = kind.open_checkpoints()
    for job in jobs:
        try:
            yield from train_and_score(job, kind, corpora, checkpoints)
        except Exception as error:
            yield describe_failure(job, error)


def train_and_score(
    job: TrainJob, kind: TaggerKind, corpora: SplitCorpora, checkpoints: Checkpoints
) -> Iterator[JobOutcome]:
    """Yield the progress of one prepared job, then its result."""
    began = time.perf_counter()
    split = corpora.split_target(job)
    types = select_scored_types(job, split.types, corpora.label_space(job.sources))
    n = len(split.train) if job.is_full else job.n_sentences
    sentences = yield from draw_training_sentences(n, job, kind, corpora)
    model = yield from initialize_model(job, kind, corpora, checkpoints)
    examples = build_examples(kind, job, job.target, sentences, types=model.types, annotated=split.types)
    yield from _train(kind, model, examples, job, phase="training", seed=int(job.id, 16))
    if not kind.is_small:
        yield JobProgress(job=job, phase="scoring", done=0, total=1)
    tests = build_examples(kind, job, job.target, split.test, types=model.types, annotated=types)
    predicted = kind.predict(model, tests, decoding=job.settings.decoding)
    yield score_job(
        job,
        split=split,
        trained_on=sentences,
        types=types,
        predicted=map_tag_ids(predicted, model.types, types),
        seconds=time.perf_counter() - began,
    )


def initialize_model(
    job: TrainJob, kind: TaggerKind, corpora: SplitCorpora, checkpoints: Checkpoints
) -> Generator[JobProgress, None, Any]:
    """Return a model for the job's target with the weights of its pretraining, where it has a source."""
    model = kind.build_model(job, (job.target, *job.sources), seed=int(job.id, 16))
    if job.sources:
        stage = _final_stage(job)
        yield from pretrain(stage, kind, corpora, checkpoints)
        checkpoints.load(stage, model)
    return model


def pretrain(
    stage: Stage, kind: TaggerKind, corpora: SplitCorpora, checkpoints: Checkpoints
) -> Iterator[JobProgress]:
    """Train on the corpora of a stage, and of those before it, where their checkpoints are not there yet."""
    with checkpoints.lock(stage):  # a second process waits for what the first one trains
        if checkpoints.has(stage):
            return
        job = stage.job
        model = kind.build_model(job, stage.corpora, seed=stage.seed)
        if stage.previous:
            yield from pretrain(stage.previous, kind, corpora, checkpoints)
            checkpoints.load(stage.previous, model)
        examples = build_source_examples(stage, kind, corpora, types=model.types)
        phase = "pretraining on " + "+".join(stage.groups[-1])
        yield from _train(kind, model, examples, job, phase=phase, seed=stage.seed)
        checkpoints.save(stage, model)


def _final_stage(job: TrainJob) -> Stage:
    return Stage(job=job, groups=parse_stages(job.source))


def build_source_examples(
    stage: Stage, kind: TaggerKind, corpora: SplitCorpora, *, types: Sequence[str]
) -> list[Any]:
    """Return the training parts of a stage's last group, with tags of the types that each corpus annotates.

    :raises BionerError: no sentence is left
    """
    job, names = stage.job, stage.groups[-1]
    examples = []
    for name in names:
        sentences = corpora.select_source_sentences(job, name)
        annotated = corpora.label_space([name])
        examples += build_examples(kind, job, name, sentences, types=types, annotated=annotated)
    if not any(len(example.tags) for example in examples):
        raise BionerError(
            f"{job.target} from {job.source}: no sentence of {'+'.join(names)} is left to "
            "train on once those of the test part are left out. Leave this source out."
        )
    return examples


def _train(
    kind: TaggerKind, model: Any, examples: Sequence[Any], job: TrainJob, *, phase: str, seed: int
) -> Iterator[JobProgress]:
    """Train a model on the sentences that have tokens; yield progress."""
    not_empty = [example for example in examples if len(example.tags)]
    if not not_empty:
        return
    for step in kind.train(model, not_empty, job.settings, seed=seed):
        if step.number % kind.report_every == 0:
            yield JobProgress(job=job, phase=phase, done=step.number, total=step.total)
