"""Jobs in, points out: same job same score, sources trained once, failures one by one."""

from dataclasses import replace

import pytest
from tiny_encoders import save_tiny
from tiny_taggers import sentences
from told import of, scores

from bioner_core.corpus.sentences import Corpus
from bioner_core.corpus.split import split_corpus
from bioner_core.curves.sources import parts
from bioner_core.study.jobs import Done, Failed, Progress, Settings, TrainJob
from bioner_core.tagging.run import run

QUICK = Settings(epochs=1, min_steps=6, batch_size=8, learning_rate=1e-2, max_pieces=128)
LEARNING = replace(QUICK, min_steps=80)


def corpus(name, *, seed, types=("Disease", "Drug"), n=40):
    return Corpus(name=name, sentences=sentences(n, seed=seed, types=types, most=6), types=types)


CORPORA = {
    c.name: c
    for c in (
        corpus("reviews", seed=1),
        corpus("notes", seed=2),
        corpus("ills", seed=3, types=("Disease",)),
        corpus("pets", seed=4, types=("Disease", "Drug")),
    )
}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return str(save_tiny("bert", tmp_path_factory.mktemp("model") / "bert", positions=128))


@pytest.fixture
def job_of(model):
    def job_of(source="none", n=20, target="reviews", **fields):
        names = parts(source)
        return TrainJob(
            target=target,
            target_digest=CORPORA[target].digest,
            source=source,
            source_digests=tuple(CORPORA[name].digest for name in names),
            model=model,
            model_revision="",
            n_sentences=n,
            **{"method": "finetune", "seed": 0, "settings": QUICK, **fields},
        )

    return job_of


@pytest.fixture
def outcomes(tmp_path):
    def outcomes(*jobs, corpora=CORPORA):
        return list(run(jobs, corpora=corpora, device="cpu", cache=tmp_path / "cache"))

    return outcomes


def phases(found):
    return list(dict.fromkeys((p.job.source, p.phase) for p in of(Progress, found)))


def test_a_job_yields_progress_and_then_a_point_for_each_type_and_all(job_of, outcomes):
    found = outcomes(job_of())
    assert [(p.phase, p.done, p.total) for p in found[:2]] == [("training", 1, 6), ("training", 2, 6)]
    (done,) = of(Done, found)
    assert found[-1] is done
    split = split_corpus(CORPORA["reviews"])
    trained = split.first(20, seed=0)
    assert [point.entity for point in done.points] == ["Disease", "Drug", "all"]
    for point in done.points:
        kept = ("Disease", "Drug") if point.entity == "all" else (point.entity,)
        assert point.support == sum(s.label in kept for x in split.test for s in x.spans)
        assert point.n_mentions == sum(s.label in kept for x in trained for s in x.spans)
        assert (point.n_sentences, point.train_size, point.seed) == (20, len(split.train), 0)
        assert point.seconds > 0
    assert done.counts.entities == ("Disease", "Drug")
    assert done.counts.counts.shape == (len(split.test), 2, 3)


def test_a_tiny_encoder_learns_the_words(job_of, outcomes):
    (done,) = of(Done, outcomes(job_of(n=28, settings=replace(LEARNING, min_steps=120))))
    assert done.points[-1].f1 > 0.7


def test_a_job_scores_the_same_again_alone_and_beside_others(job_of, outcomes, tmp_path):
    jobs = [job_of("notes", 10), job_of("none", 20), job_of("notes", 0), job_of("notes", 20, seed=1)]
    together = scores(outcomes(*jobs))
    (tmp_path / "cache").rename(tmp_path / "other cache")
    alone = {key: score for job in reversed(jobs) for key, score in scores(outcomes(job)).items()}
    assert together == alone
    assert scores(outcomes(*jobs)) == together  # now with what is kept on disk


def test_a_source_is_trained_on_once_for_all_sizes_and_targets_and_kept_on_disk(job_of, outcomes):
    first = outcomes(job_of("notes", 0), job_of("notes", 10))
    assert phases(first) == [("notes", "pretraining on notes"), ("notes", "scoring"), ("notes", "training")]
    assert phases(outcomes(job_of("notes", 20), job_of("notes", 0, target="pets"))) == [
        ("notes", "training"),
        ("notes", "scoring"),
    ]
    for other in (job_of("notes", 0, seed=1), job_of("notes", 0, settings=replace(QUICK, epochs=3))):
        assert phases(outcomes(other))[0] == ("notes", "pretraining on notes")


def test_together_is_one_training_and_one_after_the_other_are_two(job_of, outcomes):
    found = outcomes(job_of("notes", 0), job_of("notes+ills", 0), job_of("notes:ills", 0))
    assert [(source, phase) for source, phase in phases(found) if phase != "scoring"] == [
        ("notes", "pretraining on notes"),
        ("notes+ills", "pretraining on notes+ills"),
        ("notes:ills", "pretraining on ills"),
    ]
    steps = {p.phase: p.total for p in of(Progress, found) if p.phase != "scoring"}
    n = {name: len(split_corpus(CORPORA[name]).train) for name in ("notes", "ills")}
    assert steps["pretraining on notes+ills"] == QUICK.n_steps(n["notes"] + n["ills"])
    assert len({str(score) for score in scores(found).values()}) > 1


def test_a_mixed_source_is_trained_on_stage_by_stage_and_shares_its_first(job_of, outcomes):
    found = outcomes(job_of("notes+ills", 0), job_of("notes+ills:pets", 0))
    assert [(source, phase) for source, phase in phases(found) if phase != "scoring"] == [
        ("notes+ills", "pretraining on notes+ills"),
        ("notes+ills:pets", "pretraining on pets"),
    ]
    assert len({str(score) for score in scores(found).values()}) > 1


def test_at_zero_only_types_that_a_source_annotates_are_scored(job_of, outcomes):
    zero, some = of(Done, outcomes(job_of("ills", 0), job_of("ills", 10)))
    assert [point.entity for point in zero.points] == ["Disease"]
    assert zero.counts.entities == ("Disease",)
    assert [point.entity for point in some.points] == ["Disease", "Drug", "all"]


def test_only_types_of_the_target_are_found(job_of, outcomes):
    (done,) = of(Done, outcomes(job_of("notes", 0, target="ills", settings=LEARNING)))
    assert [point.entity for point in done.points] == ["Disease"]
    assert done.points[0].f1 > 0.9


def test_full_is_the_whole_training_part(job_of, outcomes):
    n = len(split_corpus(CORPORA["reviews"]).train)
    (done,) = of(Done, outcomes(job_of(n=n, is_full=True)))
    assert (done.points[0].n_sentences, done.points[0].is_full) == (n, True)


def test_test_sentences_are_left_out_of_target_and_sources_on_request(job_of, outcomes):
    split = split_corpus(CORPORA["reviews"])
    copies = tuple(replace(s, document="copy", part="train") for s in split.test)
    parts = [replace(s, part="test") for s in split.test] + [replace(s, part="train") for s in split.train]
    target = replace(CORPORA["reviews"], sentences=(*parts, *copies))
    source = replace(CORPORA["notes"], sentences=(*copies, *(replace(s, part="test") for s in split.train)))
    job = replace(
        job_of("notes", len(split.train), leave_out_shared=True, is_full=True),
        target_digest=target.digest,
        source_digests=(source.digest,),
    )
    (failure,) = outcomes(job, corpora={"reviews": target, "notes": source})
    assert failure.reason == (
        "reviews from notes: no sentence of notes is left to train on "
        "once those of the test part are left out. Leave this source out."
    )
    (done,) = of(Done, outcomes(replace(job, source="none", source_digests=()), corpora={"reviews": target}))
    assert done.points[0].train_size == len(split.train)


def test_one_failing_job_says_why_and_the_others_go_on(job_of, outcomes):
    wrong = replace(job_of(), target_digest="0" * 16)
    nothing = job_of("ills", 0, target="pets")
    drugs = replace(
        CORPORA["pets"], sentences=sentences(40, seed=4, types=("Drug",), most=6), types=("Drug",)
    )
    nothing = replace(nothing, target_digest=drugs.digest)
    found = outcomes(wrong, nothing, job_of(n=1000), job_of(), corpora={**CORPORA, "pets": drugs})
    digest = CORPORA["reviews"].digest
    n = len(split_corpus(CORPORA["reviews"]).train)
    assert [failure.reason for failure in of(Failed, found)] == [
        f"corpus reviews: its content ({digest}) is not what the job was planned for (0000000000000000). "
        "Plan the study again.",
        "pets from ills at 0 sentences: no source annotates Drug, so there is nothing to score. "
        "Leave this size out.",
        f"reviews: 1000 training sentences asked for; it has {n} of them.",
    ]
    assert len(of(Done, found)) == 1


def test_an_error_of_the_program_is_told_without_its_text(job_of, outcomes, monkeypatch, caplog):
    text = "patient " + "Ivanova"  # in two parts, since the log quotes lines of the program

    def fail(*_, **__):
        raise ValueError(text)

    monkeypatch.setattr("bioner_core.tagging.run.train", fail)
    (failure,) = of(Failed, outcomes(job_of()))
    assert failure.reason == "ValueError, an error of the program: the run's log has the details."
    assert "ValueError" in caplog.text and "in fail" in caplog.text
    assert "patient Ivanova" not in caplog.text


def test_closing_stops_and_leaves_no_half_file(job_of, tmp_path):
    going = run([job_of("notes", 10)], corpora=CORPORA, device="cpu", cache=tmp_path)
    assert next(going).phase == "pretraining on notes"
    going.close()
    assert not list(tmp_path.glob("pretrained/*.safetensors"))
    found = list(run([job_of("notes", 10)], corpora=CORPORA, device="cpu", cache=tmp_path))
    assert len(of(Done, found)) == 1
