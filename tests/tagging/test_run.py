"""Jobs to points: reproducible scores, sources trained once, failures reported for each job."""

from dataclasses import replace

import numpy as np
import pytest
from outcome_filters import collect_scores, select_outcomes
from tiny_encoders import save_tiny
from tiny_taggers import draw_sentences

from bioner_core.corpus.sentences import Corpus
from bioner_core.corpus.split import split_corpus
from bioner_core.curves.sources import list_source_corpora
from bioner_core.study.jobs import LSTM_CRF, JobFailure, JobProgress, JobResult, Settings, TrainJob
from bioner_core.tagging import run
from bioner_core.tagging.encoders.encoded_corpora import EncodedCorpora
from bioner_core.tagging.finetuning.kind import FineTuningKind
from bioner_core.tagging.lstm_crf.kind import LstmCrfKind
from bioner_core.tagging.probe.kind import ProbeKind
from bioner_core.tagging.run import run_jobs
from bioner_core.tagging.split_corpora import SplitCorpora

QUICK = Settings(epochs=1, min_steps=6, batch_size=8, learning_rate=1e-2, max_pieces=128)
LEARNING = replace(QUICK, min_steps=80)


def build_corpus(name, *, seed, types=("Disease", "Drug"), n=40):
    return Corpus(name=name, sentences=draw_sentences(n, seed=seed, types=types, most=6), types=types)


CORPORA = {
    c.name: c
    for c in (
        build_corpus("reviews", seed=1),
        build_corpus("notes", seed=2),
        build_corpus("ills", seed=3, types=("Disease",)),
        build_corpus("pets", seed=4, types=("Disease", "Drug")),
    )
}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return str(save_tiny("bert", tmp_path_factory.mktemp("model") / "bert", positions=128))


@pytest.fixture
def build_job(model):
    def build_job(source="none", n=20, target="reviews", **fields):
        names = list_source_corpora(source)
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

    return build_job


@pytest.fixture
def run_all(tmp_path):
    def run_all(*jobs, corpora=CORPORA):
        return list(run_jobs(jobs, corpora=corpora, device="cpu", cache=tmp_path / "cache"))

    return run_all


def list_phases(outcomes):
    return list(dict.fromkeys((p.job.source, p.phase) for p in select_outcomes(JobProgress, outcomes)))


def test_a_job_yields_progress_and_then_a_point_for_each_type_and_all(build_job, run_all):
    outcomes = run_all(build_job())
    assert [(p.phase, p.done, p.total) for p in outcomes[:2]] == [("training", 1, 6), ("training", 2, 6)]
    (done,) = select_outcomes(JobResult, outcomes)
    assert outcomes[-1] is done
    split = split_corpus(CORPORA["reviews"])
    trained = split.draw_train(20, seed=0)
    assert [point.entity for point in done.points] == ["Disease", "Drug", "all"]
    for point in done.points:
        counted_types = ("Disease", "Drug") if point.entity == "all" else (point.entity,)
        assert point.support == sum(s.label in counted_types for x in split.test for s in x.spans)
        assert point.n_mentions == sum(s.label in counted_types for x in trained for s in x.spans)
        assert (point.n_sentences, point.train_size, point.seed) == (20, len(split.train), 0)
        assert point.seconds > 0
    assert done.counts.entities == ("Disease", "Drug")
    assert done.counts.counts.shape == (len(split.test), 2, 3)


def test_a_tiny_encoder_learns_the_words(build_job, run_all):
    (done,) = select_outcomes(JobResult, run_all(build_job(n=28, settings=replace(LEARNING, min_steps=120))))
    assert done.points[-1].f1 > 0.7


def test_a_job_scores_the_same_alone_and_beside_others(build_job, run_all, tmp_path):
    jobs = [
        build_job("notes", 10),
        build_job("none", 20),
        build_job("notes", 0),
        build_job("notes", 20, seed=1),
    ]
    together = collect_scores(run_all(*jobs))
    (tmp_path / "cache").rename(tmp_path / "other cache")
    alone = {key: score for job in reversed(jobs) for key, score in collect_scores(run_all(job)).items()}
    assert together == alone
    assert collect_scores(run_all(*jobs)) == together  # now with what is kept on disk


def test_a_source_is_trained_on_once_for_all_sizes_and_targets_and_kept_on_disk(build_job, run_all):
    first = run_all(build_job("notes", 0), build_job("notes", 10))
    assert list_phases(first) == [
        ("notes", "pretraining on notes"),
        ("notes", "scoring"),
        ("notes", "training"),
    ]
    assert list_phases(run_all(build_job("notes", 20), build_job("notes", 0, target="pets"))) == [
        ("notes", "training"),
        ("notes", "scoring"),
    ]
    for other in (build_job("notes", 0, seed=1), build_job("notes", 0, settings=replace(QUICK, epochs=3))):
        assert list_phases(run_all(other))[0] == ("notes", "pretraining on notes")


def test_sources_together_are_one_training_and_sources_in_sequence_are_two(build_job, run_all):
    outcomes = run_all(build_job("notes", 0), build_job("notes+ills", 0), build_job("notes:ills", 0))
    assert [(source, phase) for source, phase in list_phases(outcomes) if phase != "scoring"] == [
        ("notes", "pretraining on notes"),
        ("notes+ills", "pretraining on notes+ills"),
        ("notes:ills", "pretraining on ills"),
    ]
    steps = {p.phase: p.total for p in select_outcomes(JobProgress, outcomes) if p.phase != "scoring"}
    n = {name: len(split_corpus(CORPORA[name]).train) for name in ("notes", "ills")}
    assert steps["pretraining on notes+ills"] == QUICK.n_steps(n["notes"] + n["ills"])
    assert len({str(score) for score in collect_scores(outcomes).values()}) > 1


def test_a_mixed_source_is_pretrained_stage_by_stage_and_shares_its_first_stage(build_job, run_all):
    outcomes = run_all(build_job("notes+ills", 0), build_job("notes+ills:pets", 0))
    assert [(source, phase) for source, phase in list_phases(outcomes) if phase != "scoring"] == [
        ("notes+ills", "pretraining on notes+ills"),
        ("notes+ills:pets", "pretraining on pets"),
    ]
    assert len({str(score) for score in collect_scores(outcomes).values()}) > 1


def test_zero_shot_scores_only_types_that_the_source_annotates(build_job, run_all):
    zero, few_shot = select_outcomes(JobResult, run_all(build_job("ills", 0), build_job("ills", 10)))
    assert [point.entity for point in zero.points] == ["Disease"]
    assert zero.counts.entities == ("Disease",)
    assert [point.entity for point in few_shot.points] == ["Disease", "Drug", "all"]


def test_only_types_of_the_target_are_predicted_and_scored(build_job, run_all):
    (done,) = select_outcomes(JobResult, run_all(build_job("notes", 0, target="ills", settings=LEARNING)))
    assert [point.entity for point in done.points] == ["Disease"]
    assert done.points[0].f1 > 0.9


def test_size_full_is_the_whole_training_part(build_job, run_all):
    n = len(split_corpus(CORPORA["reviews"]).train)
    (done,) = select_outcomes(JobResult, run_all(build_job(n=n, is_full=True)))
    assert (done.points[0].n_sentences, done.points[0].is_full) == (n, True)


def test_test_sentences_are_left_out_of_target_and_sources_on_request(build_job, run_all):
    split = split_corpus(CORPORA["reviews"])
    copies = tuple(replace(s, document="copy", part="train") for s in split.test)
    parts = [replace(s, part="test") for s in split.test] + [replace(s, part="train") for s in split.train]
    target = replace(CORPORA["reviews"], sentences=(*parts, *copies))
    source = replace(CORPORA["notes"], sentences=(*copies, *(replace(s, part="test") for s in split.train)))
    job = replace(
        build_job("notes", len(split.train), leave_out_shared=True, is_full=True),
        target_digest=target.digest,
        source_digests=(source.digest,),
    )
    (failure,) = run_all(job, corpora={"reviews": target, "notes": source})
    assert failure.reason == (
        "reviews from notes: no sentence of notes is left to train on "
        "once those of the test part are left out. Leave this source out."
    )
    (done,) = select_outcomes(
        JobResult, run_all(replace(job, source="none", source_digests=()), corpora={"reviews": target})
    )
    assert done.points[0].train_size == len(split.train)


def test_a_failing_job_reports_its_reason_and_the_others_go_on(build_job, run_all):
    wrong = replace(build_job(), target_digest="0" * 16)
    nothing = build_job("ills", 0, target="pets")
    drugs = replace(
        CORPORA["pets"], sentences=draw_sentences(40, seed=4, types=("Drug",), most=6), types=("Drug",)
    )
    nothing = replace(nothing, target_digest=drugs.digest)
    outcomes = run_all(wrong, nothing, build_job(n=1000), build_job(), corpora={**CORPORA, "pets": drugs})
    digest = CORPORA["reviews"].digest
    n = len(split_corpus(CORPORA["reviews"]).train)
    assert [failure.reason for failure in select_outcomes(JobFailure, outcomes)] == [
        f"corpus reviews: its content ({digest}) is not what the job was planned for (0000000000000000). "
        "Plan the study again.",
        "pets from ills at 0 sentences: no source annotates Drug, so there is nothing to score. "
        "Leave this size out.",
        f"reviews: 1000 training sentences requested, but its training part has {n}.",
    ]
    assert len(select_outcomes(JobResult, outcomes)) == 1


def test_a_program_error_is_reported_without_its_message_which_may_quote_the_corpus(
    build_job, run_all, monkeypatch, caplog
):
    text = "patient " + "Ivanova"  # in two parts, since the log quotes lines of the program

    def fail(*_, **__):
        raise ValueError(text)

    monkeypatch.setattr("bioner_core.tagging.finetuning.kind.train_tagger", fail)
    (failure,) = select_outcomes(JobFailure, run_all(build_job()))
    assert failure.reason == "ValueError, an error of the program: the run's log has the details."
    assert "ValueError" in caplog.text and "in fail" in caplog.text
    assert "patient Ivanova" not in caplog.text


def test_closing_stops_training_and_leaves_no_partial_file(build_job, tmp_path):
    outcomes_iterator = run_jobs([build_job("notes", 10)], corpora=CORPORA, device="cpu", cache=tmp_path)
    assert next(outcomes_iterator).phase == "pretraining on notes"
    outcomes_iterator.close()
    assert not list(tmp_path.glob("pretrained/*.safetensors"))
    outcomes = list(run_jobs([build_job("notes", 10)], corpora=CORPORA, device="cpu", cache=tmp_path))
    assert len(select_outcomes(JobResult, outcomes)) == 1


def test_each_job_is_trained_by_exactly_one_kind(build_job, tmp_path):
    corpora = SplitCorpora(CORPORA)
    encoded = EncodedCorpora(CORPORA, device="cpu", cache=tmp_path)
    kinds = (
        FineTuningKind(corpora, encoded, cache=tmp_path),
        ProbeKind(corpora, encoded, cache=tmp_path),
        LstmCrfKind(corpora, device="cpu"),
    )
    jobs = (build_job(), build_job(method="probe"), replace(build_job(), model=LSTM_CRF))
    assert [[kind.handles(job) for kind in kinds] for job in jobs] == np.eye(3, dtype=bool).tolist()


def test_progress_on_a_gpu_names_the_memory_that_torch_holds_there(monkeypatch):
    progress = JobProgress(job=None, phase="training", done=1, total=2)
    monkeypatch.setattr(run.torch.cuda, "memory_reserved", {"cuda:1": 5 << 30}.__getitem__)
    assert run._note_gpu_memory(progress, "cuda:1").memory == 5 << 30
    assert run._note_gpu_memory(progress, "cpu") is progress
