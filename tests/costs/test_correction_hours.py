"""Correcting a system's annotations: the formula by hand, and the share of marking from two batches."""

from dataclasses import replace

import pytest

from bioner_core.costs.hours_and_money import compute_cost
from bioner_core.costs.pre_annotation import (
    Proposals,
    TimedBatch,
    apply_timed_batches,
    compute_correction_factor,
    correct_cost,
    derive_marking,
)
from bioner_core.costs.rates import USER_SOURCE, Rates
from bioner_core.errors import BionerError

GOOD = Proposals(n_mentions=100, n_proposed=80, n_right=60)  # precision 0.75, recall 0.6
RATES = Rates(seconds_low=36, seconds_high=72, marking=0.5, checking=0.5)


def test_each_proposal_is_checked_each_missed_mention_is_marked_and_reading_stays():
    reading, marking = 0.5, 0.5
    by_hand = reading + marking * (40 + 0.5 * 80) / 100
    assert compute_correction_factor(GOOD, RATES) == pytest.approx(by_hand)
    assert compute_correction_factor(GOOD, replace(RATES, checking=0.0)) == pytest.approx(0.7)
    assert compute_correction_factor(GOOD, replace(RATES, marking=1.0)) == pytest.approx(0.8)
    nothing = Proposals(n_mentions=100, n_proposed=0, n_right=0)
    assert compute_correction_factor(nothing, RATES) == 1
    wrong = Proposals(n_mentions=100, n_proposed=100, n_right=0)
    assert compute_correction_factor(wrong, RATES) == pytest.approx(1.25)
    assert compute_correction_factor(GOOD, replace(RATES, marking=None)) is None


def test_scores_are_those_of_the_counts():
    assert (GOOD.precision, GOOD.recall) == (0.75, 0.6)
    assert pytest.approx(2 * 0.75 * 0.6 / 1.35) == GOOD.f1


def test_only_annotation_hours_shrink_not_preparation():
    cost = compute_cost(100, 100, replace(RATES, setup_hours=8.0))
    corrected = correct_cost(cost, 0.9)
    assert (corrected.hours_low, corrected.hours_high) == (pytest.approx(8.9), pytest.approx(9.8))
    assert corrected.n_high == cost.n_high


def test_two_batches_give_the_share_of_marking_that_explains_them():
    without, corrected = TimedBatch(n_sentences=50, minutes=10), TimedBatch(n_sentences=100, minutes=18)
    marking = derive_marking(without, corrected, GOOD, RATES)
    assert marking == pytest.approx(0.5)
    assert compute_correction_factor(GOOD, replace(RATES, marking=marking)) == pytest.approx(0.9)
    rates = apply_timed_batches(without, corrected, GOOD, replace(RATES, marking=None))
    assert (rates.seconds_low, rates.seconds_high, rates.marking) == (12.0, 12.0, 0.5)
    assert rates.source == USER_SOURCE


@pytest.mark.parametrize(
    ("minutes", "proposals", "message"),
    [
        (10, GOOD, "12.0 s per sentence with correcting, 12.0 s without, so correcting saved no time."),
        (6, GOOD, "If checking a mention takes 50 % of marking it, this system spares 20 % of marking"),
        (9, Proposals(n_mentions=100, n_proposed=100, n_right=10), "this system spares 0 % of marking"),
    ],
)
def test_batches_that_the_formula_cannot_explain_are_refused(minutes, proposals, message):
    without = TimedBatch(n_sentences=50, minutes=10)
    with pytest.raises(BionerError) as refused:
        derive_marking(without, TimedBatch(n_sentences=50, minutes=minutes), proposals, RATES)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TimedBatch(n_sentences=0, minutes=1), "allowed is more than 0 of both"),
        (lambda: TimedBatch(n_sentences=5, minutes=float("inf")), "allowed is more than 0 of both"),
        (lambda: Proposals(n_mentions=1, n_proposed=1, n_right=2), "The right ones are at most the others"),
        (
            lambda: Rates(marking=0.0),
            "share of the time that marks mentions: found 0.0; allowed is 0.01 to 1",
        ),
        (lambda: Rates(checking=None), "time to check a mention that a system marked: found nothing"),
    ],
)
def test_values_out_of_range_are_refused(make, message):
    with pytest.raises(BionerError, match=message):
        make()
