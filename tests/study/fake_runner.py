"""Runners that train nothing, with small corpora and studies, for tests of store, worker and executors."""

import os
import random
import signal
import time

import numpy as np

from bioner_core.corpus.sentences import Corpus, Sentence, Span
from bioner_core.curves.points import CurvePoint
from bioner_core.errors import BionerError
from bioner_core.study.encoder_choice import ModelChoice
from bioner_core.study.jobs import JobFailure, JobProgress, JobResult, SentenceCounts, Settings
from bioner_core.study.plan import plan_study

TYPES = ("Disease", "Drug")
MODEL = ModelChoice(name="fake", revision="1")
STEP_SECONDS = 0.002


def build_corpus(name, *, n=60, n_test=20, types=TYPES):
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


CORPORA = {name: build_corpus(name) for name in ("target", "source")}


def build_study(name="study", *, sizes="10,20,40,full", seeds=(0, 1), sources=("source",), **options):
    """Return a plan on the two corpora: with the defaults, 14 jobs."""
    return plan_study(
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


def build_result(job):
    """Return the result that the runners below give for a job: it depends on the job alone."""
    draw = np.random.default_rng(int(job.id, 16))
    counts = draw.integers(0, 3, size=(20, len(TYPES), 3), dtype=np.int32)
    return JobResult(
        job=job,
        points=tuple(
            build_point(job, entity, counts[:, rows].sum(axis=(0, 1)))
            for entity, rows in (("Disease", [0]), ("Drug", [1]), ("all", [0, 1]))
        ),
        counts=SentenceCounts(entities=TYPES, counts=counts),
    )


def build_point(job, entity, sums):
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
        strategy=job.strategy,
        precision=tp / (tp + fp),
        recall=tp / (tp + fn),
        f1=2 * tp / (2 * tp + fp + fn),
        support=tp + fn,
        seconds=0.01 * job.n_sentences + 0.01,
    )


def store_results(run, jobs):
    """Store results of jobs in a run, as its worker does."""
    with run.lock() as writer:
        for job in jobs:
            writer.append_result(build_result(job))


def store_failure(run, job, reason):
    """Store a failure of a job in a run, as its worker does."""
    with run.lock() as writer:
        writer.append_failure(JobFailure(job=job, reason=reason))


def run_fake_training(jobs, *, corpora, device, cache):
    """Train nothing, but yield the outcomes of a runner.

    Worker, store and executor see progress and results in the order of a real runner, with time passing
    in between. A job's scores depend on the job alone, as with training.
    """
    for job in jobs:
        for step in range(3):
            time.sleep(STEP_SECONDS * random.random())
            yield JobProgress(job=job, phase="training", done=step, total=3)
        yield build_result(job)


def log_jobs(jobs, *, corpora, device, cache):
    """Write beginning and end of each job to a file, with the run that the worker's cache is named by.

    No job ends before there is a file "go" beside the log, and only one before all runs have begun.
    """
    for job in jobs:
        write_log("begin", cache.name, job)
        yield JobProgress(job=job, phase="training", done=0, total=1)
        while not os.path.exists(os.environ["FAKE_LOG"] + ".go") or is_too_early():
            time.sleep(0.02)
        time.sleep(0.05)
        write_log("end", cache.name, job)
        yield build_result(job)


def is_too_early():
    with open(os.environ["FAKE_LOG"], encoding="ascii") as file:
        rows = [line.split() for line in file]
    n_runs = len({row[1] for row in rows})
    return any(row[0] == "end" for row in rows) and n_runs < int(os.environ.get("FAKE_RUNS", "1"))


def write_log(what, run, job):
    """Append a line in one write: several processes do so."""
    with open(os.environ["FAKE_LOG"], "ab", buffering=0) as file:
        file.write(f"{what} {run} {job.id} {os.getpid()}\n".encode())


def fail_of_device_0(jobs, *, corpora, device, cache):
    """Fail as a full GPU does on one device, succeed on the others."""
    for job in jobs:
        if device == "cuda:0":
            yield JobFailure(job=job, reason="out of memory", is_of_device=True)
        else:
            yield build_result(job)


def die_on_device_0(jobs, *, corpora, device, cache):
    """Die on one device, as a helper does whose GPU is lost; succeed on the others."""
    for job in jobs:
        yield JobProgress(job=job, phase="training", done=0, total=1)
        if device == "cuda:0":
            os._exit(3)
        yield build_result(job)


def fail_at_size_20(jobs, *, corpora, device, cache):
    """Fail the jobs of size 20, as out of memory would."""
    for job in jobs:
        yield JobFailure(job=job, reason="too large") if job.n_sentences == 20 else build_result(job)


def die_at_size_20(jobs, *, corpora, device, cache):
    """Die at size 20 without an error, as when the kernel kills a process that uses too much memory."""
    for job in jobs:
        yield JobProgress(job=job, phase="training", done=0, total=1)
        if job.n_sentences == 20:
            os.kill(os.getpid(), signal.SIGKILL)
        yield build_result(job)


def raise_at_size_20(jobs, *, corpora, device, cache):
    """Raise an unexpected error at size 20, as a bug does."""
    for job in jobs:
        yield JobProgress(job=job, phase="training", done=0, total=1)
        if job.n_sentences == 20:
            raise KeyError("word17 of a patient")
        yield build_result(job)


def refuse_all_jobs(jobs, *, corpora, device, cache):
    """Refuse all jobs, as a model that cannot be loaded does."""
    yield build_result(jobs[0])
    raise BionerError("encoder fake: cannot be loaded.")


def die_at_once(jobs, *, corpora, device, cache):
    """Die before yielding anything, as a broken library does."""
    os.kill(os.getpid(), signal.SIGKILL)
    yield build_result(jobs[0])


def skip_size_60(jobs, *, corpora, device, cache):
    """End without a result of the jobs of size 60."""
    yield from (build_result(job) for job in jobs if job.n_sentences != 60)


def wait_silently(jobs, *, corpora, device, cache):
    """Yield nothing for minutes, as a long training step does."""
    time.sleep(300)
    yield build_result(jobs[0])


def wait_at_second_job(jobs, *, corpora, device, cache):
    """Finish the first job of a process, then yield nothing for minutes."""
    for job in jobs:
        if _n_finished:
            time.sleep(300)
        _n_finished.append(job.id)
        yield build_result(job)


_n_finished = []


def report_jobs_twice(jobs, *, corpora, device, cache):
    """Yield the result of each job twice."""
    for job in jobs:
        yield build_result(job)
        yield build_result(job)


def end_slowly(jobs, *, corpora, device, cache):
    """Yield all results, then take long to end."""
    for job in jobs:
        yield JobProgress(job=job, phase="scoring", done=0, total=1)
        yield build_result(job)
    time.sleep(1.5)


def train_slowly(jobs, *, corpora, device, cache):
    """Train nothing, but take half a second a job and leave a file in the cache that says who did."""
    for job in jobs:
        (cache / f"{job.id}.{os.getpid()}").touch()
        for step in range(5):
            time.sleep(0.1)
            yield JobProgress(job=job, phase="training", done=step, total=5)
        yield build_result(job)
