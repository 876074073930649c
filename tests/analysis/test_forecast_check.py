"""Annotation rounds: forecasts of an earlier round are compared with the observed F1 of the grown corpus."""

from dataclasses import replace

from bioner_core.analysis.forecast_check import check_forecasts, find_earlier_rounds
from bioner_core.analysis.reference_curves import load_reference_curves
from bioner_core.answers.wording.estimates import describe_earlier_round
from bioner_core.study.store import RunStore
from tests.ui import stored_runs


def train_two_rounds(*, support=60):
    """Train a corpus of 200 sentences, then with 400; return the first round and the second run."""
    first = stored_runs.plan_run("first", sizes="20,40,80,full")
    stored_runs.record_outcomes(first, support=support)
    second = stored_runs.plan_run(
        "second", sizes="20,40,80,160,full", target=stored_runs.build_corpus("reviews", n=400)
    )
    stored_runs.record_outcomes(second, support=support)
    [last] = find_earlier_rounds(stored_runs.build_corpus("reviews", n=400), [first])
    return last, second


def test_a_round_with_few_test_mentions_is_compared_too():
    last, second = train_two_rounds(support=30)
    references = load_reference_curves(RunStore().runs())
    assert not [reference for reference in references if reference.run == "first"]  # too rare to learn from
    checks = check_forecasts(last, second.curves(), references)
    assert [check.entity for check in checks] == ["Disease", "Drug"]
    lines = describe_earlier_round(last, checks)
    assert lines[0] == "first had 200 sentences; 200 were added since."
    assert lines[1].startswith("Disease: first forecast an F1 of ")


def test_a_type_without_test_mentions_is_not_compared():
    last, second = train_two_rounds(support=0)
    assert check_forecasts(last, second.curves(), ()) == ()


def test_a_damaged_earlier_run_is_not_compared():
    last, second = train_two_rounds()
    grown = second.curves()
    (last.run.folder / "points.jsonl").write_text("{", encoding="utf-8")
    assert check_forecasts(last, grown, ()) == ()


def test_a_type_that_the_new_test_part_lacks_is_not_compared():
    last, second = train_two_rounds()
    grown = [replace(curve, support=0) for curve in second.curves()]
    assert check_forecasts(last, grown, ()) == ()


def test_models_with_zero_f1_are_not_used_as_reference_curves():
    stored_runs.record_outcomes(stored_runs.plan_run("tried out"), f1=lambda job: 0.0)
    stored_runs.record_outcomes(stored_runs.plan_run("real"))
    names = {reference.run for reference in load_reference_curves(RunStore().runs())}
    assert names & {"tried out", "real"} == {"real"}
