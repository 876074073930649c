"""Rounds of annotating: a grown corpus is held against what was forecast, however few its test mentions."""

from dataclasses import replace

from bioner_core.analysis.forecast_check import check_forecasts, find_earlier_rounds
from bioner_core.analysis.reference_curves import load_reference_curves
from bioner_core.answers.wording.estimates import describe_last_round
from bioner_core.study.store import RunStore
from tests.ui import kept


def rounds(*, support=60):
    """Return the first round of a corpus of 200 sentences, and the run of the same one with 400."""
    first = kept.plan_run("first", sizes="20,40,80,full")
    kept.record_outcomes(first, support=support)
    second = kept.plan_run("second", sizes="20,40,80,160,full", target=kept.build_corpus("reviews", n=400))
    kept.record_outcomes(second, support=support)
    [last] = find_earlier_rounds(kept.build_corpus("reviews", n=400), [first])
    return last, second


def test_a_round_with_few_test_mentions_is_compared_too():
    last, second = rounds(support=30)
    known = load_reference_curves(RunStore().runs())
    assert not [one for one in known if one.run == "first"]  # too rare to learn from
    found = check_forecasts(last, second.curves(), known)
    assert [one.entity for one in found] == ["Disease", "Drug"]
    told = describe_last_round(last, found)
    assert told[0] == "first had 200 sentences; 200 came since."
    assert told[1].startswith("Disease: first forecast an F1 of ")


def test_a_type_without_a_test_mention_has_nothing_to_compare():
    last, second = rounds(support=0)
    assert check_forecasts(last, second.curves(), ()) == ()


def test_an_earlier_run_that_is_broken_is_not_compared():
    last, second = rounds()
    grown = second.curves()
    (last.run.folder / "points.jsonl").write_text("{", encoding="utf-8")
    assert check_forecasts(last, grown, ()) == ()


def test_a_type_that_the_new_test_part_lacks_is_not_compared():
    last, second = rounds()
    grown = [replace(curve, support=0) for curve in second.curves()]
    assert check_forecasts(last, grown, ()) == ()


def test_models_that_find_nothing_are_not_learned_from():
    kept.record_outcomes(kept.plan_run("tried out"), f1=lambda job: 0.0)
    kept.record_outcomes(kept.plan_run("real"))
    assert {one.run for one in load_reference_curves(RunStore().runs())} & {"tried out", "real"} == {"real"}
