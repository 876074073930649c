"""A runner whose models follow a known curve, with a corpus and a plan to search, for tests of searches."""

import numpy as np

from bioner_core.corpus.sentences import Corpus, Sentence, Span
from bioner_core.curves.points import CurvePoint
from bioner_core.study.encoder_choice import ModelChoice
from bioner_core.study.jobs import JobFailure, JobProgress, JobResult, SentenceCounts, Settings
from bioner_core.study.plan import plan_study
from bioner_core.study.search_plan import choose_first_sizes

N_TRAIN, N_TEST, N_MENTIONS = 3000, 600, 4  # training and test sentences, mentions of a test sentence
GAINS = {"none": 0.0, "source": 0.5}  # of a source: share of the way to the full F1 that it saves


def compute_true_f1(n, source="none"):
    """Return the F1 of very many models of n sentences."""
    return 0.8 - 0.5 * (1 - GAINS[source]) * (1 + n / 50) ** -0.9


def find_true_number(fraction=0.99, source="none"):
    """Return the sentences that reach a share of full F1."""
    sizes = np.arange(1, N_TRAIN)
    return int(sizes[compute_true_f1(sizes, source) >= fraction * compute_true_f1(N_TRAIN)][0])


def build_corpus(name, *, n_test=N_TEST):
    """Return a corpus of one type; its test sentences are documents."""
    sentences = tuple(
        Sentence(
            tokens=(name, f"word{number}"),
            spans=(Span(0, 1, "Drug"),),
            document=f"{name}{number}",
            part="train" if number < N_TRAIN else "test",
        )
        for number in range(N_TRAIN + n_test)
    )
    return Corpus(name=name, sentences=sentences, types=("Drug",), language="en", domain="UGT")


CORPORA = {name: build_corpus(name) for name in ("target", "source")}


def build_study(*searches, sizes=None, seeds=(0, 1), sources=(), target=CORPORA["target"], **options):
    """Return the first models of a search."""
    study = plan_study(
        name="searched",
        targets=[target],
        sources=sources,
        corpora=CORPORA,
        model=ModelChoice(name="fake", revision="1"),
        sizes=sizes or choose_first_sizes(N_TRAIN),
        seeds=seeds,
        settings=Settings(epochs=1),
        **options,
    )
    return type(study)(**{**vars(study), "searches": searches}) if searches else study


def build_result(job, *, n_test=N_TEST, sd=0.004):
    """Return the result of a job: the known curve with the noise of its test part and of the model."""
    difficulty = np.random.default_rng(7).random((n_test, N_MENTIONS))  # the same test part for all models
    rng = np.random.default_rng(int(job.id, 16))
    recall = compute_true_f1(job.n_sentences, job.source) + rng.normal(0, sd)
    found = (difficulty + rng.normal(0, 0.02, difficulty.shape) < recall).sum(axis=1)
    counts = np.stack([found, N_MENTIONS - found, N_MENTIONS - found], axis=1).astype(np.int32)
    f1 = float(found.mean() / N_MENTIONS)
    point = CurvePoint(
        target=job.target,
        source=job.source,
        model=job.model,
        method=job.method,
        entity="Drug",
        n_sentences=job.n_sentences,
        n_mentions=job.n_sentences,
        train_size=N_TRAIN,
        is_full=job.is_full,
        seed=job.seed,
        precision=f1,
        recall=f1,
        f1=f1,
        support=n_test * N_MENTIONS,
        seconds=0.001 * job.n_sentences + 0.01,
    )
    return JobResult(
        job=job, points=(point,), counts=SentenceCounts(entities=("Drug",), counts=counts[:, None])
    )


def run_known_curve(jobs, *, corpora, device, cache):
    """Train nothing: yield the results of the known curve."""
    for job in jobs:
        yield JobProgress(job=job, phase="training", done=0, total=1)
        n_test = sum(sentence.part == "test" for sentence in corpora[job.target].sentences)
        yield build_result(job, n_test=n_test)


def fail_between(jobs, *, corpora, device, cache):
    """Fail all models that a search adds: those of other sizes than the first ones."""
    first = {n for n in choose_first_sizes(N_TRAIN) if n != "full"} | {N_TRAIN}
    for job in jobs:
        if job.n_sentences in first:
            yield build_result(job)
        else:
            yield JobFailure(job=job, reason="out of memory")


def run_in_process(jobs, *, corpora, runner, cache, next_jobs=None, run=None):
    """Call the runner in this process, until no job is left and ``next_jobs`` returns none."""
    while jobs := jobs or (next_jobs(()) if next_jobs else ()):
        yield from runner(jobs, corpora=corpora, device="cpu", cache=cache)
        jobs = ()


def fail_always(jobs, *, corpora, device, cache):
    """Fail all models."""
    for job in jobs:
        yield JobFailure(job=job, reason="out of memory")
