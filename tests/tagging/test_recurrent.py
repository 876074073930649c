"""LSTM-CRFs as jobs: same job same score, sources once, vectors as planned, own text without test parts."""

import threading
from dataclasses import replace

import pytest
from tiny_taggers import sentences
from told import of, scores
from vector_files import save

from bioner_core.corpus.sentences import Corpus
from bioner_core.corpus.split import split_corpus
from bioner_core.curves.sources import parts
from bioner_core.study.jobs import LSTM_CRF, Done, Failed, Progress, Settings, TrainJob
from bioner_core.study.word_vectors import OWN_REVISION, vectors_file
from bioner_core.tagging.lstm_crf.kind import own_text
from bioner_core.tagging.materials import Materials
from bioner_core.tagging.run import run

QUICK = Settings(
    epochs=1, min_steps=20, batch_size=8, learning_rate=1e-2, warmup=0, weight_decay=0, decoding="bio"
)


def corpus(name, *, seed, types=("Disease", "Drug"), n=40):
    return Corpus(name=name, sentences=sentences(n, seed=seed, types=types, most=6), types=types)


CORPORA = {
    c.name: c
    for c in (
        corpus("reviews", seed=1),
        corpus("notes", seed=2),
        corpus("ills", seed=3, types=("Disease",)),
        corpus("pets", seed=4),
    )
}


@pytest.fixture(scope="module")
def vectors(tmp_path_factory):
    return save(tmp_path_factory.mktemp("vectors"), "word2vec text")


@pytest.fixture
def job_of(vectors):
    def job_of(source="none", n=20, target="reviews", *, own=False, settings=QUICK, **fields):
        return TrainJob(
            target=target,
            target_digest=CORPORA[target].digest,
            source=source,
            source_digests=tuple(CORPORA[name].digest for name in parts(source)),
            model=LSTM_CRF,
            model_revision=OWN_REVISION if own else vectors_file(vectors).digest,
            n_sentences=n,
            settings=replace(settings, vectors="" if own else str(vectors)),
            **{"method": "finetune", "seed": 0, **fields},
        )

    return job_of


@pytest.fixture
def outcomes(tmp_path):
    def outcomes(*jobs, corpora=CORPORA):
        return list(run(jobs, corpora=corpora, device="cpu", cache=tmp_path / "cache"))

    return outcomes


def phases(found):
    return [p.phase for p in of(Progress, found)]


def test_a_job_yields_progress_points_and_counts_of_each_test_sentence(job_of, outcomes):
    found = outcomes(job_of())
    assert phases(found) == ["reading word vectors", "training"]
    (done,) = of(Done, found)
    split = split_corpus(CORPORA["reviews"])
    assert [(p.entity, p.model, p.method) for p in done.points] == [
        (entity, "lstm-crf", "finetune") for entity in ("Disease", "Drug", "all")
    ]
    assert done.points[-1].support == sum(len(s.spans) for s in split.test)
    assert done.counts.counts.shape == (len(split.test), 2, 3)


def test_it_learns_from_own_text(job_of, outcomes):
    (done,) = of(Done, outcomes(job_of(n=28, own=True, settings=replace(QUICK, min_steps=60))))
    assert done.points[-1].f1 > 0.8


def test_a_job_scores_the_same_again_alone_and_beside_others(job_of, outcomes):
    jobs = [job_of("notes", 10), job_of(), job_of("notes", 0), job_of(seed=1), job_of(own=True)]
    together = scores(outcomes(*jobs))
    alone = {key: score for job in reversed(jobs) for key, score in scores(outcomes(job)).items()}
    assert together == alone
    assert len(together) == 3 * len(jobs)


def test_a_source_is_trained_on_once_for_all_sizes(job_of, outcomes):
    found = outcomes(job_of("notes", 0), job_of("notes", 10), job_of("notes", 20))
    assert phases(found).count("pretraining on notes") == 1
    found = outcomes(job_of("notes:pets", 0), job_of("notes+pets", 0))
    assert sorted(p for p in phases(found) if "pretraining" in p) == [  # side by side, so in any order
        "pretraining on notes",
        "pretraining on notes+pets",
        "pretraining on pets",
    ]


def test_zero_shot_scores_what_a_source_annotates(job_of, outcomes):
    settings = replace(QUICK, min_steps=60)
    zero, other = of(Done, outcomes(job_of("ills", 0), job_of("notes", 0, "ills", settings=settings)))
    assert [point.entity for point in zero.points] == ["Disease"]
    assert [point.entity for point in other.points] == ["Disease"]
    assert other.points[0].f1 > 0.8


def test_vectors_that_changed_since_the_plan_are_refused(job_of, outcomes, vectors):
    job = replace(job_of(), model_revision="0" * 16)
    found = outcomes(job, job_of())
    (failure,) = of(Failed, found)
    assert failure.reason == (
        f"vectors {vectors}: the file ({vectors_file(vectors).digest}) is not what the job was planned for "
        "(0000000000000000). Plan the study again."
    )
    assert len(of(Done, found)) == 1


def test_an_id_depends_on_the_vectors_and_settings_and_not_on_where_the_file_lies(job_of):
    job = job_of()
    moved = replace(job, settings=replace(job.settings, vectors="/elsewhere/vectors.vec"))
    assert moved.id == job.id
    assert replace(job, model_revision="1").id != job.id
    assert replace(job, settings=replace(job.settings, dropout=0.4)).id != job.id


def test_own_text_is_that_of_training_parts_alone(job_of):
    materials = Materials(CORPORA, device="cpu", cache=None)
    text = own_text(job_of("notes+ills:pets", 0, own=True), materials)
    for name, found in CORPORA.items():
        split = split_corpus(found)
        assert {s.tokens for s in split.train} <= set(text), name
    assert len(text) == sum(len(split_corpus(c).train) for c in CORPORA.values())


def test_own_text_leaves_test_sentences_of_sources_out_on_request(job_of):
    copied = replace(CORPORA["notes"], sentences=CORPORA["reviews"].sentences)
    materials = Materials({**CORPORA, "notes": copied}, device="cpu", cache=None)
    job = job_of("notes", 0, own=True, leave_out_shared=True)
    test = {s.tokens for s in split_corpus(CORPORA["reviews"]).test}
    assert not test & set(own_text(job, materials))


def test_closing_stops_the_threads(job_of, tmp_path):
    before = threading.active_count()
    endless = job_of(settings=replace(QUICK, min_steps=10**6))
    running = run([endless], corpora=CORPORA, device="cpu", cache=tmp_path)
    while next(running).phase != "training":  # told of each 20 steps
        pass
    running.close()
    assert threading.active_count() == before
