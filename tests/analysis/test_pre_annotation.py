"""Systems as pre-annotation: all types count, training texts go before the test part."""

from dataclasses import replace

import pytest
from simulated_runs import create_simulated_run

from bioner_core.analysis.break_even import list_external_scores
from bioner_core.analysis.external_scoring import score_annotations, score_system, split_target
from bioner_core.analysis.pre_annotation import find_pre_annotation, measure_systems
from bioner_core.answers.wording.pre_annotation import build_correction_record, describe_pre_annotation
from bioner_core.corpus.opening import convert_to_reading
from bioner_core.costs.rates import Rates, replace_seconds
from bioner_core.errors import BionerError
from bioner_core.study.external_results import load_external_results, save_external_result

RATES = replace_seconds(Rates(marking=0.5, checking=0.5), seconds=36)


@pytest.fixture
def run():
    return create_simulated_run()


def keep_label(sentences, label, *, every=0):
    """Return sentences with the spans of a type alone, none in each ``every``th."""
    return tuple(
        replace(
            sentence,
            spans=tuple(
                s for s in sentence.spans if s.label == label and not (every and number % every == 0)
            ),
        )
        for number, sentence in enumerate(sentences)
    )


def add_test_result(run, label, name, **options):
    _, split = split_target(run, "target")
    save_external_result(run, score_system(split, keep_label(split.test, label, **options), name=name))


def score_training(run, label, name, *, n=100):
    """Keep what a system annotated in the first training sentences."""
    corpus, split = split_target(run, "target")
    annotated = replace(corpus, sentences=keep_label(split.train[:n], label, every=4))
    scored = score_annotations(run, "target", convert_to_reading(annotated), name=name, part="training")
    save_external_result(run, scored.result)
    return scored


def test_a_type_that_a_system_does_not_annotate_is_missed(run):
    add_test_result(run, "Drug", "drugs")
    system = find_pre_annotation(run, "target", run.curves())
    assert (system.proposals.recall, system.proposals.precision) == (0.5, 1.0)
    assert not system.is_of_training


def test_training_texts_are_what_a_system_is_judged_by_and_no_curve_is_compared_with_them(run):
    add_test_result(run, "Drug", "drugs")
    before = list_external_scores(run)
    scored = score_training(run, "Drug", "drugs")
    assert (scored.result.n_matched, scored.n_sentences) == (100, 1000)
    assert [result.is_pre_annotation for result in load_external_results(run)] == [False, True]
    [system] = measure_systems(run, "target", run.curves())
    assert system.is_of_training
    assert (system.proposals.recall, system.proposals.n_mentions) == (pytest.approx(0.375), 200)
    assert [score.point for score in list_external_scores(run)] == [score.point for score in before]


def test_the_same_system_is_kept_once_for_each_part(run):
    score_training(run, "Drug", "drugs")
    with pytest.raises(BionerError, match="has scored drugs on target"):
        score_training(run, "Drug", "drugs")
    add_test_result(run, "Drug", "drugs")


def test_hours_with_and_without_stand_side_by_side(run):
    add_test_result(run, "Drug", "drugs")
    system = find_pre_annotation(run, "target", run.curves())
    text = describe_pre_annotation(system, 100, RATES)
    assert "of 100 mentions, drugs marks 50 right; of 100 that it marks, 0 are wrong" in text
    assert "Correcting that takes 0.9 h instead of 1.0 h at your rate (12 % less). Annotators tend to" in text
    record = build_correction_record(system, 100, RATES)
    assert (record["corrected_share"], record["corrected_hours_low"]) == (0.875, 0.88)
    unstated = build_correction_record(system, 100, Rates())
    assert (unstated["corrected_share"], unstated["corrected_hours_low"]) == (None, None)
    assert "state under Settings which share" in describe_pre_annotation(system, 100, Rates())
    assert describe_pre_annotation(system, 0, RATES) == describe_pre_annotation(None, 100, RATES) == ""


def test_a_bad_system_is_not_worth_correcting(run):
    add_test_result(run, "Drug", "drugs")
    slow = replace(RATES, checking=2.0)
    text = describe_pre_annotation(find_pre_annotation(run, "target", run.curves()), 100, slow)
    assert text.endswith("takes 1.2 h instead of 1.0 h at your rate: annotate from nothing.")
