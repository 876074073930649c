"""Jobs of LSTM-CRFs: reproducible scores, shared pretraining, word vectors without test sentences."""

import threading
from dataclasses import replace

import pytest
from outcome_filters import collect_scores, select_outcomes
from tiny_taggers import draw_sentences
from vector_files import save_vectors

from bioner_core.corpus.sentences import Corpus
from bioner_core.corpus.split import split_corpus
from bioner_core.curves.sources import list_source_corpora
from bioner_core.study.jobs import LSTM_CRF, JobFailure, JobProgress, JobResult, Settings, TrainJob
from bioner_core.study.word_vectors import TRAINED_REVISION, inspect_vectors
from bioner_core.tagging.lstm_crf.kind import select_training_text
from bioner_core.tagging.run import run_jobs
from bioner_core.tagging.split_corpora import SplitCorpora

QUICK = Settings(
    epochs=1, min_steps=20, batch_size=8, learning_rate=1e-2, warmup=0, weight_decay=0, decoding="bio"
)


def build_corpus(name, *, seed, types=("Disease", "Drug"), n=40):
    return Corpus(name=name, sentences=draw_sentences(n, seed=seed, types=types, most=6), types=types)


CORPORA = {
    c.name: c
    for c in (
        build_corpus("reviews", seed=1),
        build_corpus("notes", seed=2),
        build_corpus("ills", seed=3, types=("Disease",)),
        build_corpus("pets", seed=4),
    )
}


@pytest.fixture(scope="module")
def vectors(tmp_path_factory):
    return save_vectors(tmp_path_factory.mktemp("vectors"), "word2vec text")


@pytest.fixture
def build_job(vectors):
    def build_job(source="none", n=20, target="reviews", *, trains_vectors=False, settings=QUICK, **fields):
        return TrainJob(
            target=target,
            target_digest=CORPORA[target].digest,
            source=source,
            source_digests=tuple(CORPORA[name].digest for name in list_source_corpora(source)),
            model=LSTM_CRF,
            model_revision=TRAINED_REVISION if trains_vectors else inspect_vectors(vectors).digest,
            n_sentences=n,
            settings=replace(settings, vectors="" if trains_vectors else str(vectors)),
            **{"method": "finetune", "seed": 0, **fields},
        )

    return build_job


@pytest.fixture
def run_all(tmp_path):
    def run_all(*jobs, corpora=CORPORA):
        return list(run_jobs(jobs, corpora=corpora, device="cpu", cache=tmp_path / "cache"))

    return run_all


def list_phases(outcomes):
    return [p.phase for p in select_outcomes(JobProgress, outcomes)]


def test_a_job_yields_progress_points_and_counts_of_each_test_sentence(build_job, run_all):
    outcomes = run_all(build_job())
    assert list_phases(outcomes) == ["reading word vectors", "training"]
    (done,) = select_outcomes(JobResult, outcomes)
    split = split_corpus(CORPORA["reviews"])
    assert [(p.entity, p.model, p.method) for p in done.points] == [
        (entity, "lstm-crf", "finetune") for entity in ("Disease", "Drug", "all")
    ]
    assert done.points[-1].support == sum(len(s.spans) for s in split.test)
    assert done.counts.counts.shape == (len(split.test), 2, 3)


def test_an_lstm_crf_learns_with_vectors_trained_on_the_corpora(build_job, run_all):
    (done,) = select_outcomes(
        JobResult, run_all(build_job(n=28, trains_vectors=True, settings=replace(QUICK, min_steps=60)))
    )
    assert done.points[-1].f1 > 0.8


def test_a_job_scores_the_same_alone_and_beside_others(build_job, run_all):
    jobs = [
        build_job("notes", 10),
        build_job(),
        build_job("notes", 0),
        build_job(seed=1),
        build_job(trains_vectors=True),
    ]
    together = collect_scores(run_all(*jobs))
    alone = {key: score for job in reversed(jobs) for key, score in collect_scores(run_all(job)).items()}
    assert together == alone
    assert len(together) == 3 * len(jobs)


def test_a_source_is_trained_on_once_for_all_sizes(build_job, run_all):
    outcomes = run_all(build_job("notes", 0), build_job("notes", 10), build_job("notes", 20))
    assert list_phases(outcomes).count("pretraining on notes") == 1
    outcomes = run_all(build_job("notes:pets", 0), build_job("notes+pets", 0))
    # Side by side, so in any order; what an earlier batch was pretrained on is not trained again.
    assert sorted(p for p in list_phases(outcomes) if "pretraining" in p) == [
        "pretraining on notes+pets",
        "pretraining on pets",
    ]


def test_zero_shot_scores_only_types_that_the_source_annotates(build_job, run_all):
    settings = replace(QUICK, min_steps=60)
    zero, other = select_outcomes(
        JobResult, run_all(build_job("ills", 0), build_job("notes", 0, "ills", settings=settings))
    )
    assert [point.entity for point in zero.points] == ["Disease"]
    assert [point.entity for point in other.points] == ["Disease"]
    assert other.points[0].f1 > 0.8


def test_vectors_that_changed_since_the_plan_are_refused(build_job, run_all, vectors):
    job = replace(build_job(), model_revision="0" * 16)
    outcomes = run_all(job, build_job())
    (failure,) = select_outcomes(JobFailure, outcomes)
    assert failure.reason == (
        f"vectors {vectors}: the file ({inspect_vectors(vectors).digest}) is not what the job was planned "
        "for (0000000000000000). Plan the study again."
    )
    assert len(select_outcomes(JobResult, outcomes)) == 1


def test_job_ids_depend_on_vectors_and_settings_but_not_on_the_file_path(build_job):
    job = build_job()
    moved = replace(job, settings=replace(job.settings, vectors="/elsewhere/vectors.vec"))
    assert moved.id == job.id
    assert replace(job, model_revision="1").id != job.id
    assert replace(job, settings=replace(job.settings, dropout=0.4)).id != job.id


def test_word_vectors_are_trained_on_training_parts_alone(build_job):
    corpora = SplitCorpora(CORPORA)
    text = select_training_text(build_job("notes+ills:pets", 0, trains_vectors=True), corpora)
    for name, corpus in CORPORA.items():
        split = split_corpus(corpus)
        assert {s.tokens for s in split.train} <= set(text), name
    assert len(text) == sum(len(split_corpus(c).train) for c in CORPORA.values())


def test_word_vectors_leave_test_sentences_of_sources_out_on_request(build_job):
    copied = replace(CORPORA["notes"], sentences=CORPORA["reviews"].sentences)
    corpora = SplitCorpora({**CORPORA, "notes": copied})
    job = build_job("notes", 0, trains_vectors=True, leave_out_shared=True)
    test = {s.tokens for s in split_corpus(CORPORA["reviews"]).test}
    assert not test & set(select_training_text(job, corpora))


def test_closing_stops_the_threads(build_job, tmp_path):
    before = threading.active_count()
    endless = build_job(settings=replace(QUICK, min_steps=10**6))
    running = run_jobs([endless], corpora=CORPORA, device="cpu", cache=tmp_path)
    while next(running).phase != "training":  # reported every 20 steps
        pass
    running.close()
    assert threading.active_count() == before
