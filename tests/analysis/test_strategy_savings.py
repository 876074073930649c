"""What strategies save: planted savings by sentences and by words are found, on simulated results."""

from dataclasses import replace

import fake_runner
import pytest
from simulated_runs import N_TRAIN, build_corpus, build_result

from bioner_core.analysis.comparison import ModelSpec, compare_models
from bioner_core.analysis.reference_curves import load_reference_curves
from bioner_core.analysis.strategy_savings import has_strategies, measure_strategies
from bioner_core.answers.wording.strategies import build_strategy_record, describe_choosing
from bioner_core.costs.rates import Rates
from bioner_core.curves.points import RANDOM, write_points_csv
from bioner_core.study.jobs import Settings
from bioner_core.study.plan import plan_study
from bioner_core.study.run_import import import_run
from bioner_core.study.store import RunStore

RATES = Rates(seconds_low=18, seconds_high=18, source="your own")  # 200 sentences an hour
WORDS = 3  # of each sentence of the simulated corpus
N_MENTIONS = 2


def create_run(
    speed=2.0, words=WORDS, *, mentions=N_MENTIONS, strategies=("margin/50",), name="chosen", is_older=False
):
    """Create a run in which a strategy learns from n sentences what random does from ``speed`` times n.

    :param words: of the mean chosen sentence; a random one has ``WORDS``.
    :param is_older: of random sentences, the words are not stored.
    """
    corpus = build_corpus()
    study = plan_study(
        name=name,
        targets=[corpus],
        model=fake_runner.MODEL,
        preset="probe",
        sizes="50,100,200,400,800,full",
        seeds=(0, 1, 2),
        settings=Settings(epochs=1),
        strategies=strategies,
    )
    run = RunStore().create(study, {"target": corpus})
    with run.lock() as writer:
        for job in study.jobs:
            is_chosen = job.strategy != RANDOM
            n = min(N_TRAIN, round(job.n_sentences * (speed if is_chosen else 1)))
            result = build_result(replace(job, n_sentences=n))
            points = tuple(
                replace(
                    point,
                    n_sentences=job.n_sentences,
                    n_words=None
                    if is_older and not is_chosen
                    else job.n_sentences * (words if is_chosen else WORDS),
                    n_mentions=round(job.n_sentences * (mentions if is_chosen else N_MENTIONS)),
                )
                for point in result.points
            )
            writer.append_result(replace(result, job=job, points=points))
    return run


def measure(run, entity="all", fraction=0.9, rates=RATES):
    needs = measure_strategies(run, RunStore(), rates, fractions=[fraction])
    return {need.strategy: need for need in needs if need.sentences.entity == entity}


def test_a_strategy_that_halves_the_sentences_pays():
    needs = measure(create_run(speed=2.0))
    random, chosen = (needs[name].measure("sentences", RATES) for name in (RANDOM, "margin/50"))
    assert random.saved is None
    assert 0.3 < chosen.plan / random.plan < 0.75
    assert chosen.saved == random.plan - chosen.plan
    assert chosen.saved_low <= chosen.saved <= chosen.saved_high
    assert chosen.verdict == "pays"


def test_by_words_the_saving_vanishes_where_chosen_sentences_are_twice_as_long():
    need = measure(create_run(speed=2.0, words=2 * WORDS))["margin/50"]
    assert need.measure("sentences", RATES).verdict == "pays"
    by_words = need.measure("words", RATES)
    assert by_words.verdict == "open"
    assert abs(by_words.saved) < 0.25 * by_words.plan
    assert need.measure("hours", RATES).verdict == "open"


def test_by_words_a_strategy_can_cost_more():
    need = measure(create_run(speed=1.0, words=4 * WORDS))["margin/50"]
    assert need.measure("words", RATES).verdict == "costs"
    assert need.measure("words", RATES).saved_high < 0


def test_words_and_hours_are_those_of_the_sentences():
    need = measure(create_run(speed=1.0))[RANDOM]
    sentences, words, hours = (need.measure(axis, RATES) for axis in ("sentences", "words", "hours"))
    assert need.words_per_sentence == WORDS
    assert words.plan == WORDS * sentences.plan
    assert hours.plan == sentences.plan / 200


def test_hours_go_by_mentions_as_far_as_the_rates_say():
    run = create_run(speed=2.0, words=WORDS, mentions=4 * N_MENTIONS)
    by_words = measure(run)["margin/50"].measure("hours", RATES)
    marking = replace(RATES, marking=0.8)
    by_mentions = measure(run, rates=marking)["margin/50"].measure("hours", marking)
    assert by_words.verdict == "pays"
    assert by_mentions.verdict != "pays"
    assert by_mentions.plan > by_words.plan


def test_every_type_and_each_type_have_rows():
    entities = {need.sentences.entity for need in measure_strategies(create_run(), RunStore(), RATES)}
    assert entities == {"all", "macro", "every", "Drug", "Disease"}


def test_curves_references_and_forecasts_know_random_sentences_only():
    run = create_run(speed=3.0)
    assert {curve.source for curve in run.curves()} == {"none"}
    alone = create_run(speed=3.0, strategies=(), name="random")
    assert [curve.sizes for curve in run.curves()] == [curve.sizes for curve in alone.curves()]
    references = load_reference_curves([run])
    assert references
    assert {reference.curve.source for reference in references} == {"none"}


def test_words_are_not_told_where_a_strategy_does_not_know_them(tmp_path):
    text = write_points_csv(replace(point, n_words=None) for point in create_run().points())
    (tmp_path / "points.csv").write_text(text)
    import_run(RunStore(), tmp_path / "points.csv", name="imported")
    imported = RunStore().open("imported")
    assert has_strategies(imported)
    need = measure(imported)["margin/50"]
    assert need.measure("sentences", RATES).saved > 0
    assert need.measure("words", RATES) is None


def test_random_sentences_of_earlier_runs_count_as_average_ones():
    newer, older = create_run(), create_run(name="older", is_older=True)
    assert {point.n_words is None for point in older.points()} == {True, False}
    for strategy in (RANDOM, "margin/50"):
        plans = [measure(run)[strategy].measure("words", RATES).plan for run in (newer, older)]
        assert plans[0] == plans[1]


def test_a_table_of_points_without_words_has_sentences_only(tmp_path):
    points = create_run(is_older=True).points()
    (tmp_path / "points.csv").write_text(write_points_csv(points))
    import_run(RunStore(), tmp_path / "points.csv", name="table")
    need = measure(RunStore().open("table"))["margin/50"]
    assert need.measure("words", RATES) is None  # there is no text whose words could be counted
    assert need.measure("sentences", RATES).plan


def test_a_chosen_model_is_compared_with_a_random_one():
    run = create_run(speed=4.0)
    specs = ModelSpec.parse("margin/50@100"), ModelSpec.parse("none@100")
    comparison = compare_models(run, "target", "all", *specs)
    assert comparison.n_seeds == comparison.n_other_seeds == 3
    assert comparison.f1 > comparison.other_f1
    assert comparison.low > 0


def test_the_answer_names_the_strategy_that_saves_most_and_says_what_is_shown():
    run = create_run(speed=2.0, strategies=("margin/50", "mnlp/50", "diverse/50"))
    text = describe_choosing(list(measure(run).values()), RATES)
    assert text.startswith("To reach 90 % of full F1 on all in target, ")
    assert ": by hours, choosing pays here." in text
    assert text.endswith(" The best of several is partly luck.")
    worse = describe_choosing(list(measure(create_run(1.0, 3 * WORDS, name="worse")).values()), RATES)
    assert "by hours, choosing costs more than it saves here." in worse


def test_the_record_has_each_axis_with_its_interval():
    needs = measure(create_run())
    record = build_strategy_record(needs["margin/50"], RATES)
    assert record["strategy"] == "margin/50"
    assert record["fraction"] == 0.9
    assert record["words"] == pytest.approx(WORDS * needs["margin/50"].sentences.n_plan, rel=0.3)
    assert record["hours_saved_low"] <= record["hours_saved"] <= record["hours_saved_high"]
    assert record["sentences_verdict"] == "pays"
    assert build_strategy_record(needs[RANDOM], RATES)["sentences_verdict"] is None
