"""Runs whose counts and points agree: documents differ in difficulty, and F1 rises with training size."""

import fake_runner
import numpy as np

from bioner_core.corpus.sentences import Corpus, Sentence, Span
from bioner_core.curves.sources import list_source_corpora
from bioner_core.study.jobs import JobResult, SentenceCounts, Settings
from bioner_core.study.plan import plan_study
from bioner_core.study.store import RunStore

TYPES = fake_runner.TYPES
N_TRAIN, N_TEST = 1000, 300


def build_corpus(name="target", *, per_document=6, n_test=N_TEST, **about):
    """Return a corpus with a mention of each type in every sentence; per_document=0 names no document."""
    sentences = tuple(
        Sentence(
            tokens=(name, "helps", f"word{number}"),
            spans=(Span(0, 1, "Disease"), Span(2, 3, "Drug")),
            document=f"{name}{number // per_document}" if per_document else "",
            part="train" if number < N_TRAIN else "test",
        )
        for number in range(N_TRAIN + n_test)
    )
    return Corpus(name=name, sentences=sentences, types=TYPES, language="en", domain="UGT", **about)


def build_study(name="study", corpora=None, *, seeds=(0, 1, 2), sizes="50,100,200,400,800,full", sources=()):
    """Return the plan of ``create_simulated_run``."""
    corpora = corpora or {"target": build_corpus()}
    return plan_study(
        name=name,
        targets=[corpora["target"]],
        sources=sources,
        corpora=corpora,
        model=fake_runner.MODEL,
        sizes=sizes,
        seeds=seeds,
        settings=Settings(epochs=1),
    )


def create_simulated_run(
    name="study", *, seeds=(0, 1, 2), sizes="50,100,200,400,800,full", sources=(), **options
):
    """Create a run in the store with results for all its models."""
    corpora = {
        "target": build_corpus(**options),
        **{name: build_corpus(name) for source in sources for name in list_source_corpora(source)},
    }
    study = build_study(name, corpora, seeds=seeds, sizes=sizes, sources=sources)
    run = RunStore().create(study, corpora)
    with run.lock() as writer:
        for job in study.jobs:
            writer.append_result(
                build_result(job, n_test=sum(s.part == "test" for s in corpora["target"].sentences))
            )
    return run


def build_result(job, *, n_test=N_TEST):
    """Return a job's result: recall rises to 0.9 with training size and is lower in hard documents."""
    hard = np.repeat(np.random.default_rng(7).random(n_test // 6 + 1), 6)[:n_test, None]
    draw = np.random.default_rng(int(job.id, 16))
    gain = 0.08 * ("good" in job.sources)
    rate = gain + 0.9 - 0.5 * (1 + job.n_sentences / 60) ** -1.2 - 0.3 * (hard - 0.5)
    tp = (draw.random((n_test, len(TYPES))) < rate).astype(np.int32)
    fp = (draw.random((n_test, len(TYPES))) < 0.1).astype(np.int32)
    counts = np.stack([tp, fp, 1 - tp], axis=-1)
    points = tuple(
        fake_runner.build_point(job, entity, counts[:, rows].sum(axis=(0, 1)))
        for entity, rows in (("Disease", [0]), ("Drug", [1]), ("all", [0, 1]))
    )
    complete_points = tuple(type(p)(**{**vars(p), "train_size": N_TRAIN}) for p in points)
    return JobResult(job=job, points=complete_points, counts=SentenceCounts(entities=TYPES, counts=counts))
