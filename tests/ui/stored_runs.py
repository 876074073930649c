"""Small synthetic corpora and runs, stored on disk as the program stores them; used by many tests."""

from dataclasses import replace

import numpy as np

from bioner_core.corpus.library import Library
from bioner_core.corpus.sentences import Corpus, Sentence, Span
from bioner_core.curves.points import CurvePoint
from bioner_core.study.encoder_choice import ModelChoice
from bioner_core.study.jobs import JobFailure, JobResult, SentenceCounts
from bioner_core.study.plan import plan_study
from bioner_core.study.search import SearchRound
from bioner_core.study.store import RunStore

TYPES = ("Disease", "Drug")


def build_corpus(name="reviews", *, n=200, **about):
    """Return a corpus of ``n`` sentences, five a document, with a type in every other sentence."""
    about = {"language": "en", "domain": "UGT", **about}
    sentences = tuple(
        Sentence(("It", "helps", "against", f"ache{number}"), _build_spans(number), f"{name}-{number // 5}")
        for number in range(n)
    )
    return Corpus(name=name, sentences=sentences, types=TYPES, **about)


def _build_spans(number):
    return (Span(3, 4, TYPES[number % 4 // 2]),) if number % 2 else ()


def add_to_library(*names, **about):
    """Add corpora of these names to the library; return them."""
    corpora = [build_corpus(name, **about) for name in names]
    for corpus in corpora:
        Library().add(corpus)
    return corpora


def plan_run(name="first", *, sizes="20,40,80,full", seeds=(0,), target=None, sources=()):
    """Return a run in the store with all its models still to be trained."""
    target = target or build_corpus()
    corpora = {target.name: target, **{source.name: source for source in sources}}
    study = plan_study(
        name=name,
        targets=[target],
        sources=[source.name for source in sources],
        corpora=corpora,
        model=ModelChoice(name="tiny", revision="1"),
        preset="probe",
        sizes=sizes,
        seeds=seeds,
    )
    return RunStore().create(study, corpora)


def record_outcomes(
    run, jobs=None, *, f1=lambda job: 0.9 * job.n_sentences / (job.n_sentences + 5), support=60
):
    """Store results of jobs, by default of all; F1 rises towards 0.9 with the training size.

    With results of all jobs, the search of a run has ended.

    :param support: test mentions of each type.
    """
    with run.lock() as writer:
        for job in run.study.jobs if jobs is None else jobs:
            writer.append_result(build_outcome(run, job, round(f1(job), 6), support))
        if jobs is None and run.study.is_searching:
            search_end = SearchRound(at="", seconds=60, end="reached", reason="It is exact enough.")
            searches = (*run.study.searches[:-1], run.study.search.add_round(search_end))
            writer.save_study(replace(run.study, searches=searches))


def build_outcome(run, job, f1, support=60):
    """Return a job's result with the same F1 for all types and empty counts."""
    size = run.study.train_sizes[job.target]
    points = tuple(
        CurvePoint(
            target=job.target,
            source=job.source,
            model=job.model,
            method=job.method,
            entity=entity,
            n_sentences=job.n_sentences,
            train_size=size,
            is_full=job.is_full,
            seed=job.seed,
            strategy=job.strategy,
            precision=f1,
            recall=f1,
            f1=f1,
            support=support,
            seconds=2.0,
        )
        for entity in (*TYPES, "all")
    )
    counts = np.zeros((60, len(TYPES), 3), dtype=np.int32)
    return JobResult(job=job, points=points, counts=SentenceCounts(entities=TYPES, counts=counts))


def record_failures(run, jobs, reason):
    """Store failures of jobs with their reason."""
    with run.lock() as writer:
        for job in jobs:
            writer.append_failure(JobFailure(job=job, reason=reason))
