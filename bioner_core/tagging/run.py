"""The runner: train jobs in, progress and points out."""

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

from bioner_core.corpus.sentences import Corpus
from bioner_core.study.jobs import LSTM_CRF, Outcome, Progress, TrainJob
from bioner_core.tagging.examples import own_split
from bioner_core.tagging.finetuning.batches import trainable
from bioner_core.tagging.finetuning.predict import found_tags
from bioner_core.tagging.finetuning.pretraining import start
from bioner_core.tagging.finetuning.train import train
from bioner_core.tagging.lstm_crf.kind import run_recurrent
from bioner_core.tagging.materials import Materials
from bioner_core.tagging.outcome import done, failed, renumbered, scored_types
from bioner_core.tagging.probe.kind import run_probe


def run(
    jobs: Sequence[TrainJob], *, corpora: Mapping[str, Corpus], device: str, cache: Path
) -> Iterator[Outcome]:
    """Train and score jobs one after the other; one that fails does not stop the others.

    A job's score depends on its own fields alone: not on the other jobs, nor on what was kept on disk.

    :param device: as torch names it, such as "cpu", "cuda:0" or "mps"
    :param cache: folder of converted encoders and pretrained weights
    """
    materials = Materials(corpora, device=device, cache=cache)
    for job in jobs:
        if kind_of(job) == "encoder":
            try:
                yield from _finetune(job, materials, cache=cache)
            except Exception as error:
                yield failed(job, error)
    for kind, run_small in (("probe", run_probe), ("recurrent", run_recurrent)):
        if small := [job for job in jobs if kind_of(job) == kind]:
            yield from run_small(small, corpora=corpora, device=device, cache=cache)


def kind_of(job: TrainJob) -> Literal["encoder", "probe", "recurrent"]:
    """Return what trains a job."""
    if job.method == "probe":
        return "probe"
    return "recurrent" if job.model == LSTM_CRF else "encoder"


def _finetune(job: TrainJob, materials: Materials, *, cache: Path) -> Iterator[Outcome]:
    """Yield the progress of one job, then Done."""
    began = time.perf_counter()
    target = materials.corpus(job.target, job.target_digest)
    sources = [materials.corpus(n, d) for n, d in zip(job.sources, job.source_digests, strict=True)]
    types = scored_types(job, target.types, [entity for source in sources for entity in source.types])
    split = own_split(job, materials)
    n = len(split.train) if job.is_full else job.n_sentences
    sentences = split.first(n, seed=job.seed, sample=job.sample)
    tagger = yield from start(job, materials, cache=cache)
    if sentences:
        examples = materials.examples(job, job.target, sentences, types=tagger.types, only=target.types)
        for step in train(tagger, trainable(examples), job.settings, seed=int(job.id, 16)):
            yield Progress(job=job, phase="training", done=step.number, total=step.total)
    yield Progress(job=job, phase="scoring", done=0, total=1)
    tests = materials.examples(job, job.target, split.test, types=tagger.types, only=types)
    found = found_tags(tagger, tests, decoding=job.settings.decoding)
    yield done(
        job,
        split=split,
        trained_on=sentences,
        types=types,
        found=renumbered(found, tagger.types, types),
        seconds=time.perf_counter() - began,
    )
