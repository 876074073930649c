"""A small runner, hand-made corpora and studies for the tests of this folder."""

import os
import random
import signal
import time

import numpy as np

from bioner_core.corpus.sentences import Corpus, Sentence, Span
from bioner_core.curves.points import CurvePoint
from bioner_core.errors import BionerError
from bioner_core.study.encoder_choice import ModelChoice
from bioner_core.study.jobs import Done, Failed, Progress, SentenceCounts, Settings
from bioner_core.study.plan import plan

TYPES = ("Disease", "Drug")
MODEL = ModelChoice(name="fair", revision="1")
STEP_SECONDS = 0.002


def corpus(name, *, n=60, n_test=20, types=TYPES):
    """Return a corpus of ``n`` training and ``n_test`` test sentences, ten a document."""
    sentences = tuple(
        Sentence(
            tokens=(name, "helps", f"word{number}"),
            spans=(Span(0, 1, types[number % len(types)]),),
            document=f"{name}{number // 10}",
            part="train" if number < n else "test",
        )
        for number in range(n + n_test)
    )
    return Corpus(name=name, sentences=sentences, types=tuple(sorted(types)), language="en", domain="UGT")


CORPORA = {name: corpus(name) for name in ("target", "source")}


def study(name="study", *, sizes="10,20,40,full", seeds=(0, 1), sources=("source",), **options):
    """Return a plan on the two corpora: with the defaults, 14 jobs."""
    return plan(
        name=name,
        targets=[CORPORA["target"]],
        sources=sources,
        corpora=CORPORA,
        model=MODEL,
        sizes=sizes,
        seeds=seeds,
        settings=Settings(epochs=1),
        **options,
    )


def done(job):
    """Return what the runner below makes of a job: it depends on the job alone."""
    draw = np.random.default_rng(int(job.id, 16))
    counts = draw.integers(0, 3, size=(20, len(TYPES), 3), dtype=np.int32)
    return Done(
        job=job,
        points=tuple(
            point(job, entity, counts[:, rows].sum(axis=(0, 1)))
            for entity, rows in (("Disease", [0]), ("Drug", [1]), ("all", [0, 1]))
        ),
        counts=SentenceCounts(entities=TYPES, counts=counts),
    )


def point(job, entity, sums):
    tp, fp, fn = map(int, sums)
    return CurvePoint(
        target=job.target,
        source=job.source,
        model=job.model,
        method=job.method,
        entity=entity,
        n_sentences=job.n_sentences,
        n_mentions=job.n_sentences,
        train_size=60,
        is_full=job.is_full,
        seed=job.seed,
        precision=tp / (tp + fp),
        recall=tp / (tp + fn),
        f1=2 * tp / (2 * tp + fp + fn),
        support=tp + fn,
        seconds=0.01 * job.n_sentences + 0.01,
    )


def fair(jobs, *, corpora, device, cache):
    """Train nothing, yet yield as a runner does.

    A fair stand-in for a worker, a store and an executor: they see the same outcomes in the same order, with
    time passing before, between and inside them; a job's numbers depend on the job alone, as training's
    do; and nothing is shared with the worker but the channel.
    """
    for job in jobs:
        for step in range(3):
            time.sleep(STEP_SECONDS * random.random())
            yield Progress(job=job, phase="training", done=step, total=3)
        yield done(job)


def choosy(jobs, *, corpora, device, cache):
    """Fail the jobs of size 20, as out of memory would."""
    for job in jobs:
        yield Failed(job=job, reason="too large") if job.n_sentences == 20 else done(job)


def deadly(jobs, *, corpora, device, cache):
    """Die without a word at size 20, as the kernel ends a process for want of memory."""
    for job in jobs:
        yield Progress(job=job, phase="training", done=0, total=1)
        if job.n_sentences == 20:
            os.kill(os.getpid(), signal.SIGKILL)
        yield done(job)


def faulty(jobs, *, corpora, device, cache):
    """Raise at size 20, as a fault in the program does."""
    for job in jobs:
        yield Progress(job=job, phase="training", done=0, total=1)
        if job.n_sentences == 20:
            raise KeyError("word17 of a patient")
        yield done(job)


def refusing(jobs, *, corpora, device, cache):
    """Refuse all jobs, as a model that cannot be loaded does."""
    yield done(jobs[0])
    raise BionerError("encoder fair: cannot be loaded.")


def dying_at_once(jobs, *, corpora, device, cache):
    """Die before the first word, as a broken library does."""
    os.kill(os.getpid(), signal.SIGKILL)
    yield done(jobs[0])


def forgetful(jobs, *, corpora, device, cache):
    """End without a word on the last job."""
    yield from map(done, jobs[:-1])


def silent(jobs, *, corpora, device, cache):
    """Say nothing for minutes, as a long step does."""
    time.sleep(300)
    yield done(jobs[0])


def silent_after_one(jobs, *, corpora, device, cache):
    """Finish a job, then say nothing for minutes, as whoever waits for another process does."""
    yield done(jobs[0])
    time.sleep(300)


def stuttering(jobs, *, corpora, device, cache):
    """Tell of each job twice."""
    for job in jobs:
        yield done(job)
        yield done(job)


def slow_to_end(jobs, *, corpora, device, cache):
    """Tell of each job's end, and be long about one's own."""
    for job in jobs:
        yield Progress(job=job, phase="scoring", done=0, total=1)
        yield done(job)
    time.sleep(1.5)
