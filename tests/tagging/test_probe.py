"""The probe: features computed once, heads trained in parallel without influence on each other."""

import threading
from dataclasses import replace

import pytest
import torch
from outcome_filters import collect_scores, select_outcomes
from tiny_encoders import save_tiny
from tiny_taggers import draw_sentences

from bioner_core.corpus.sentences import Corpus
from bioner_core.corpus.split import split_corpus
from bioner_core.curves.sources import list_source_corpora
from bioner_core.study.jobs import JobFailure, JobProgress, JobResult, Settings, TrainJob
from bioner_core.tagging.probe import trial
from bioner_core.tagging.run import run_jobs

PROBE = Settings(epochs=2, min_steps=60, batch_size=8, learning_rate=1e-2, dropout=0.2)


def build_corpus(name, *, seed, types=("Disease", "Drug"), n=40):
    return Corpus(name=name, sentences=draw_sentences(n, seed=seed, types=types, most=6), types=types)


CORPORA = {
    c.name: c
    for c in (
        build_corpus("reviews", seed=1, n=160),
        build_corpus("notes", seed=2),
        build_corpus("ills", seed=3, types=("Disease",)),
        build_corpus("pills", seed=4, types=("Drug",)),
    )
}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return str(save_tiny("bert", tmp_path_factory.mktemp("model") / "bert", positions=128))


@pytest.fixture
def build_job(model):
    def build_job(source="none", n=20, seed=0, **fields):
        names = list_source_corpora(source)
        return TrainJob(
            target="reviews",
            target_digest=CORPORA["reviews"].digest,
            source=source,
            source_digests=tuple(CORPORA[name].digest for name in names),
            model=model,
            model_revision="",
            method="probe",
            n_sentences=n,
            seed=seed,
            **{"settings": PROBE, **fields},
        )

    return build_job


@pytest.fixture
def run_all(tmp_path):
    def run_all(*jobs, corpora=CORPORA):
        return list(run_jobs(jobs, corpora=corpora, device="cpu", cache=tmp_path / "cache"))

    return run_all


def test_heads_learn_the_words_from_a_frozen_encoder(build_job, run_all):
    (done,) = select_outcomes(JobResult, run_all(build_job(n=100, settings=replace(PROBE, min_steps=300))))
    assert [point.entity for point in done.points] == ["Disease", "Drug", "all"]
    assert done.points[-1].f1 > 0.85


def test_a_job_scores_the_same_alone_and_beside_others(build_job, run_all):
    jobs = [
        build_job("notes", 10),
        build_job("none", 20),
        build_job("notes", 0),
        build_job("none", 20, seed=1),
    ]
    together = collect_scores(run_all(*jobs))
    alone = {key: score for job in reversed(jobs) for key, score in collect_scores(run_all(job)).items()}
    assert together == alone
    assert len(together) == 12


def test_features_are_computed_once_and_kept(build_job, run_all):
    first = select_outcomes(JobProgress, run_all(build_job(n=5), build_job(n=10)))
    assert {p.phase for p in first} == {"reading reviews with the encoder", "training"}
    again = select_outcomes(JobProgress, run_all(build_job(n=5)))
    assert {p.phase for p in again} == {"training"}


def test_the_speed_of_training_is_tried_once_while_the_encoder_reads(build_job, run_all):
    jobs = build_job("notes", 5), build_job("notes", 10)
    progress = select_outcomes(JobProgress, run_all(*jobs))
    reading = [p for p in progress if p.phase.startswith("reading") and p.done]
    assert [p.seconds_per_pass is None for p in reading] == [
        number == 0 or p.phase != reading[number - 1].phase for number, p in enumerate(reading)
    ]
    assert all(0 < p.seconds_per_pass < 1 for p in reading if p.seconds_per_pass)
    assert not any(p.seconds_per_pass for p in progress if p not in reading)


def test_contention_is_the_time_by_the_clock_for_each_second_of_computing(monkeypatch):
    clock, computed = [0.0], [0.0]
    monkeypatch.setattr(trial.time, "perf_counter", lambda: clock[0])
    monkeypatch.setattr(trial.time, "process_time", lambda: computed[0])
    contention = trial.Contention(2)
    clock[0], computed[0] = 10.0, 5.0
    assert contention.measure() == 4.0
    clock[0], computed[0] = 30.0, 45.0
    assert contention.measure() == 1.0
    clock[0], computed[0] = 45.0, 50.0
    assert contention.measure() == 6.0  # of the last 15 s alone
    assert trial.Contention(0).measure() == 1.0


def test_a_source_is_trained_on_once_for_all_sizes(build_job, run_all):
    outcomes = select_outcomes(
        JobProgress, run_all(build_job("notes", 0), build_job("notes", 5), build_job("notes", 10))
    )
    pretraining = [p for p in outcomes if p.phase == "pretraining on notes"]
    assert len({p.job.id for p in pretraining}) == 1


def test_sequential_sources_are_pretrained_in_turn_and_joint_ones_at_once(build_job, run_all):
    outcomes = run_all(build_job("notes+ills", 0), build_job("notes:ills", 0))
    phases = {(p.job.source, p.phase) for p in select_outcomes(JobProgress, outcomes)} - {
        ("notes+ills", "scoring")
    }
    assert ("notes+ills", "pretraining on notes+ills") in phases
    assert {("notes:ills", "pretraining on notes"), ("notes:ills", "pretraining on ills")} <= phases
    assert len(select_outcomes(JobResult, outcomes)) == 2


def test_a_mixed_source_is_pretrained_in_stages_of_joint_corpora(build_job, run_all):
    outcomes = run_all(build_job("notes+ills:pills", 0), build_job("notes+ills+pills", 0))
    totals = {
        (p.job.source, p.phase): p.total
        for p in select_outcomes(JobProgress, outcomes)
        if "pretraining" in p.phase
    }
    n = {name: len(split_corpus(CORPORA[name]).train) for name in ("notes", "ills", "pills")}
    assert totals == {
        ("notes+ills:pills", "pretraining on notes+ills"): PROBE.n_steps(n["notes"] + n["ills"]),
        ("notes+ills:pills", "pretraining on pills"): PROBE.n_steps(n["pills"]),
        ("notes+ills+pills", "pretraining on notes+ills+pills"): PROBE.n_steps(sum(n.values())),
    }


def test_joint_sources_have_zero_shot_points_of_the_types_of_both(build_job, run_all):
    (zero,) = select_outcomes(JobResult, run_all(build_job("ills+pills", 0)))
    assert [point.entity for point in zero.points] == ["Disease", "Drug", "all"]


def test_zero_shot_scores_only_types_that_the_source_annotates(build_job, run_all):
    (zero,) = select_outcomes(JobResult, run_all(build_job("ills", 0)))
    assert [point.entity for point in zero.points] == ["Disease"]
    (few_shot,) = select_outcomes(JobResult, run_all(build_job("ills", 10)))
    assert [point.entity for point in few_shot.points] == ["Disease", "Drug", "all"]


def test_a_failing_job_does_not_stop_the_others(build_job, run_all):
    outcomes = run_all(replace(build_job(n=10), target_digest="0" * 16), build_job(n=10))
    (failure,) = select_outcomes(JobFailure, outcomes)
    assert failure.reason.startswith("corpus reviews: its content (")
    assert len(select_outcomes(JobResult, outcomes)) == 1


def test_a_source_that_is_all_in_the_test_part_is_refused(build_job, run_all):
    copy = replace(CORPORA["notes"], sentences=split_corpus(CORPORA["reviews"]).test)
    job = replace(build_job("notes", leave_out_shared=True), source_digests=(copy.digest,))
    (failure,) = select_outcomes(JobFailure, run_all(job, corpora={**CORPORA, "notes": copy}))
    assert failure.reason == (
        "reviews from notes: no sentence of notes is left to train on "
        "once those of the test part are left out. Leave this source out."
    )


def test_closing_stops_the_threads(build_job, tmp_path):
    n_threads = threading.active_count()
    endless = build_job(n=20, settings=replace(PROBE, min_steps=1_000_000))
    running = run_jobs([endless], corpora=CORPORA, device="cpu", cache=tmp_path / "cache")
    assert next(p for p in running if p.phase == "training").done == 20
    running.close()
    assert threading.active_count() == n_threads


def test_the_number_of_threads_does_not_matter(build_job, run_all):
    jobs = [build_job("none", 20), build_job("none", 20, seed=1), build_job("notes", 5)]
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        single = collect_scores(run_all(*jobs))
        torch.set_num_threads(3)
        assert collect_scores(run_all(*jobs)) == single
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)


def test_size_full_is_the_whole_training_part_and_counts_match_points(build_job, run_all):
    (done,) = select_outcomes(JobResult, run_all(build_job(n=112, is_full=True)))
    assert {(p.n_sentences, p.train_size, p.is_full, p.method) for p in done.points} == {
        (112, 112, True, "probe")
    }
    sums = done.counts.counts.sum(axis=0)  # (types, 3)
    assert done.counts.entities == ("Disease", "Drug")
    assert [tp + fn for tp, _, fn in sums.tolist()] == [p.support for p in done.points[:2]]
    assert all(p.seconds > 0 and p.n_mentions > 0 for p in done.points)


def test_pretraining_raises_f1_for_few_target_sentences(build_job, run_all):
    outcomes = select_outcomes(
        JobResult, run_all(build_job("notes", 0), build_job("notes", 3), build_job("none", 3))
    )
    f1 = {(d.job.source, d.job.n_sentences): d.points[-1].f1 for d in outcomes}
    assert f1["notes", 0] > f1["none", 3]
    assert f1["notes", 3] > f1["none", 3]
