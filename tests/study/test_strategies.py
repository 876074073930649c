"""Strategies in plans: written with their batch, in the id only where they choose, stored and read back."""

from dataclasses import replace

import pytest
from fake_runner import CORPORA, MODEL, build_corpus, build_result

from bioner_core.curves.points import RANDOM
from bioner_core.errors import BionerError
from bioner_core.study.executors.schedule import Schedule
from bioner_core.study.jobs import Settings, TrainJob
from bioner_core.study.plan import explain_missing_answer, plan_study
from bioner_core.study.strategies import parse_strategies, split_strategy
from bioner_core.study.study_file import parse_study, parse_study_record, serialize_study
from bioner_core.study.workload import compute_total_workload

TARGET = CORPORA["target"]


def plan(*strategies, **options):
    options = {"sizes": "10,20,40,full", "seeds": [0], "preset": "probe", **options}
    return plan_study(
        name="study",
        targets=[TARGET],
        model=MODEL,
        strategies=strategies,
        settings=Settings(epochs=1),
        **options,
    )


def test_a_strategy_is_written_with_its_batch():
    assert parse_strategies("margin,random,diverse/50,margin/100") == ("margin/100", "diverse/50")
    assert split_strategy("rare/25") == ("rare", 25)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "entropy",
            "strategy 'entropy': unknown. Allowed: random, margin, mnlp, diverse, hybrid, rare, documents; "
            "with another batch than 100 sentences: margin/50.",
        ),
        ("margin/2", "strategy 'margin/2': a batch has 5 to 1,000 sentences, as in margin/50."),
        ("margin/x", "strategy 'margin/x': a batch has 5 to 1,000 sentences, as in margin/50."),
        ("", "strategy '': unknown."),
        ("random/50", "strategy 'random/50': unknown."),
    ],
)
def test_an_unknown_strategy_is_refused(text, message):
    with pytest.raises(BionerError) as refused:
        parse_strategies(text)
    assert str(refused.value).startswith(message)


def test_strategies_are_planned_beside_random_below_full_data():
    sizes = {}
    for job in plan("margin/20", "diverse/20").jobs:
        sizes.setdefault(job.strategy, []).append(job.n_sentences)
    assert sizes == {RANDOM: [10, 20, 40, 60], "margin/20": [10, 20, 40], "diverse/20": [10, 20, 40]}


def test_sources_are_trained_on_random_sentences_only():
    study = plan("margin/20", sources=["source"], corpora=CORPORA)
    assert {job.source for job in study.jobs if job.strategy != RANDOM} == {"none"}
    assert {job.arm for job in study.jobs} == {"none", "source", "margin/20"}


def test_only_the_probe_chooses():
    with pytest.raises(BionerError) as refused:
        plan("margin", preset="quick")
    assert str(refused.value) == (
        "strategies: only the probe chooses sentences, not the method finetune. Use the preset probe."
    )


def test_whole_documents_need_names():
    sentences = tuple(replace(sentence, document="") for sentence in TARGET.sentences)
    with pytest.raises(BionerError, match="strategy documents/20: sentences of target name no document"):
        plan_study(
            name="study",
            targets=[replace(TARGET, sentences=sentences)],
            model=MODEL,
            preset="probe",
            strategies=["documents/20"],
        )


def test_ids_of_random_jobs_are_those_of_earlier_versions():
    job = TrainJob(
        target="a",
        target_digest="0123456789abcdef",
        model="m",
        model_revision="r",
        method="probe",
        n_sentences=50,
        seed=1,
    )
    assert job.id == "e439651a6205e975"
    assert replace(job, order_version=99).id == job.id
    chosen = replace(job, strategy="margin/100")
    assert len({job.id, chosen.id, replace(chosen, order_version=99).id, replace(chosen, seed=2).id}) == 4
    assert chosen.order_id != job.order_id


def test_a_plan_with_strategies_is_read_back_and_one_without_is_written_as_before():
    for study in (plan(), plan("margin/20")):
        text = serialize_study(study)
        assert ("strategy" in text) == any(job.strategy != RANDOM for job in study.jobs)
        assert parse_study(parse_study_record(text, where="x"), name="study", where="x").jobs == study.jobs


def test_sizes_of_a_strategy_do_not_settle_those_of_random():
    study = plan("margin/20", seeds=[0, 1])
    seeds = study.planned_seeds(failed=[])
    assert seeds["target", "none", "fake", "probe", 20].seeds == {0, 1}
    assert seeds["target", "margin/20", "fake", "probe", 20].seeds == {0, 1}
    assert ("target", "margin/20", "fake", "probe", 60) not in seeds


def test_a_plan_of_strategies_says_what_random_lacks():
    study = replace(
        plan("margin/20"), jobs=tuple(job for job in plan("margin/20").jobs if job.strategy != RANDOM)
    )
    assert "no size below full data" in explain_missing_answer(study, "target")


def test_sizes_of_one_order_stay_on_a_slot():
    jobs = plan("margin/20", "diverse/20").jobs
    schedule = Schedule(jobs, corpora=CORPORA, n_slots=2)
    slots = {}
    while len(schedule):
        for slot in range(2):
            for job in schedule.take(slot):
                if job.strategy != RANDOM:
                    slots.setdefault(job.order_id, set()).add(slot)
    assert all(len(used) == 1 for used in slots.values())


def test_choosing_is_counted_as_work():
    random, chosen = plan(), plan("margin/20")
    extra = replace(chosen, jobs=tuple(job for job in chosen.jobs if job.strategy != RANDOM))
    below_full = replace(random, jobs=tuple(job for job in random.jobs if not job.is_full))
    sizes = random.train_sizes
    assert compute_total_workload(extra.jobs, sizes) > compute_total_workload(below_full.jobs, sizes)


def test_results_of_a_fake_runner_name_the_strategy():
    """The fake result is a fair stand-in for that of ``tagging.scoring``: its points belong to their job."""
    job = plan("margin/20").jobs[-1]
    assert {point.arm for point in build_result(job).points} == {"margin/20"}
    assert build_corpus("target").digest == TARGET.digest
