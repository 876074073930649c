"""The probe: features once, heads side by side, each as if it were alone."""

from dataclasses import replace

import pytest
import torch
from tiny_encoders import save_tiny
from tiny_taggers import sentences
from told import of, scores

from bioner_core.corpus.sentences import Corpus
from bioner_core.corpus.split import split_corpus
from bioner_core.curves.sources import parts
from bioner_core.study.jobs import Done, Failed, Progress, Settings, TrainJob
from bioner_core.tagging.probe.kind import run_probe

PROBE = Settings(epochs=2, min_steps=60, batch_size=8, learning_rate=1e-2, dropout=0.2)


def corpus(name, *, seed, types=("Disease", "Drug"), n=40):
    return Corpus(name=name, sentences=sentences(n, seed=seed, types=types, most=6), types=types)


CORPORA = {
    c.name: c
    for c in (
        corpus("reviews", seed=1, n=160),
        corpus("notes", seed=2),
        corpus("ills", seed=3, types=("Disease",)),
        corpus("pills", seed=4, types=("Drug",)),
    )
}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return str(save_tiny("bert", tmp_path_factory.mktemp("model") / "bert", positions=128))


@pytest.fixture
def job_of(model):
    def job_of(source="none", n=20, seed=0, **fields):
        names = parts(source)
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

    return job_of


@pytest.fixture
def outcomes(tmp_path):
    def outcomes(*jobs, corpora=CORPORA):
        return list(run_probe(jobs, corpora=corpora, device="cpu", cache=tmp_path / "cache"))

    return outcomes


def test_heads_learn_the_words_from_a_frozen_encoder(job_of, outcomes):
    (done,) = of(Done, outcomes(job_of(n=100, settings=replace(PROBE, min_steps=300))))
    assert [point.entity for point in done.points] == ["Disease", "Drug", "all"]
    assert done.points[-1].f1 > 0.85


def test_a_job_scores_the_same_again_alone_and_beside_others(job_of, outcomes):
    jobs = [job_of("notes", 10), job_of("none", 20), job_of("notes", 0), job_of("none", 20, seed=1)]
    together = scores(outcomes(*jobs))
    alone = {key: score for job in reversed(jobs) for key, score in scores(outcomes(job)).items()}
    assert together == alone
    assert len(together) == 12


def test_features_are_computed_once_and_kept(job_of, outcomes):
    first = of(Progress, outcomes(job_of(n=5), job_of(n=10)))
    assert {p.phase for p in first} == {"reading reviews with the encoder", "training"}
    again = of(Progress, outcomes(job_of(n=5)))
    assert {p.phase for p in again} == {"training"}


def test_a_source_is_trained_on_once_for_all_sizes(job_of, outcomes):
    found = of(Progress, outcomes(job_of("notes", 0), job_of("notes", 5), job_of("notes", 10)))
    pretraining = [p for p in found if p.phase == "pretraining on notes"]
    assert len({p.job.id for p in pretraining}) == 1


def test_sources_one_after_the_other_are_not_sources_together(job_of, outcomes):
    found = outcomes(job_of("notes+ills", 0), job_of("notes:ills", 0))
    phases = {(p.job.source, p.phase) for p in of(Progress, found)} - {("notes+ills", "scoring")}
    assert ("notes+ills", "pretraining on notes+ills") in phases
    assert {("notes:ills", "pretraining on notes"), ("notes:ills", "pretraining on ills")} <= phases
    assert len(of(Done, found)) == 2


def test_three_sources_mixed_are_stages_of_what_stands_together(job_of, outcomes):
    found = outcomes(job_of("notes+ills:pills", 0), job_of("notes+ills+pills", 0))
    told = {(p.job.source, p.phase): p.total for p in of(Progress, found) if "pretraining" in p.phase}
    n = {name: len(split_corpus(CORPORA[name]).train) for name in ("notes", "ills", "pills")}
    assert told == {
        ("notes+ills:pills", "pretraining on notes+ills"): PROBE.n_steps(n["notes"] + n["ills"]),
        ("notes+ills:pills", "pretraining on pills"): PROBE.n_steps(n["pills"]),
        ("notes+ills+pills", "pretraining on notes+ills+pills"): PROBE.n_steps(sum(n.values())),
    }


def test_two_sources_of_one_type_each_have_zero_shot_points_of_both(job_of, outcomes):
    (zero,) = of(Done, outcomes(job_of("ills+pills", 0)))
    assert [point.entity for point in zero.points] == ["Disease", "Drug", "all"]


def test_at_zero_only_types_that_a_source_annotates_are_scored(job_of, outcomes):
    (zero,) = of(Done, outcomes(job_of("ills", 0)))
    assert [point.entity for point in zero.points] == ["Disease"]
    (some,) = of(Done, outcomes(job_of("ills", 10)))
    assert [point.entity for point in some.points] == ["Disease", "Drug", "all"]


def test_a_job_that_fails_stops_no_other(job_of, outcomes):
    found = outcomes(replace(job_of(n=10), target_digest="0" * 16), job_of(n=10))
    (failure,) = of(Failed, found)
    assert failure.reason.startswith("corpus reviews: its content (")
    assert len(of(Done, found)) == 1


def test_a_source_that_is_all_in_the_test_part_is_refused(job_of, outcomes):
    copy = replace(CORPORA["notes"], sentences=split_corpus(CORPORA["reviews"]).test)
    job = replace(job_of("notes", leave_out_shared=True), source_digests=(copy.digest,))
    (failure,) = of(Failed, outcomes(job, corpora={**CORPORA, "notes": copy}))
    assert failure.reason == (
        "reviews from notes: no sentence of notes is left to train on "
        "once those of the test part are left out. Leave this source out."
    )


def test_closing_stops_the_threads(job_of, tmp_path):
    endless = job_of(n=20, settings=replace(PROBE, min_steps=1_000_000))
    running = run_probe([endless], corpora=CORPORA, device="cpu", cache=tmp_path / "cache")
    assert next(p for p in running if p.phase == "training").done == 20
    running.close()  # returns only once its threads have ended


def test_the_number_of_threads_does_not_matter(job_of, outcomes):
    jobs = [job_of("none", 20), job_of("none", 20, seed=1), job_of("notes", 5)]
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        one = scores(outcomes(*jobs))
        torch.set_num_threads(3)
        assert scores(outcomes(*jobs)) == one
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)


def test_full_is_the_whole_training_part_and_counts_stand_beside_points(job_of, outcomes):
    (done,) = of(Done, outcomes(job_of(n=112, is_full=True)))
    assert {(p.n_sentences, p.train_size, p.is_full, p.method) for p in done.points} == {
        (112, 112, True, "probe")
    }
    sums = done.counts.counts.sum(axis=0)  # (types, 3)
    assert done.counts.entities == ("Disease", "Drug")
    assert [tp + fn for tp, _, fn in sums.tolist()] == [p.support for p in done.points[:2]]
    assert all(p.seconds > 0 and p.n_mentions > 0 for p in done.points)


def test_pretraining_helps_where_the_target_has_few_sentences(job_of, outcomes):
    found = of(Done, outcomes(job_of("notes", 0), job_of("notes", 3), job_of("none", 3)))
    f1 = {(d.job.source, d.job.n_sentences): d.points[-1].f1 for d in found}
    assert f1["notes", 0] > f1["none", 3]
    assert f1["notes", 3] > f1["none", 3]
