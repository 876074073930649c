"""Significance tests of two models: agreement with scipy and calculations by hand, and error rates."""

import numpy as np
import pytest
from scipy.stats import ttest_ind

from bioner_core.errors import BionerError
from bioner_core.scoring.significance import (
    bootstrap_f1_difference,
    compute_f1,
    compute_randomization_p,
    compute_welch_p,
)


def draw_counts(recall, *, n=400, seed=0):
    """Return tp, fp, fn by sentence of a model with this recall, for one mention per sentence."""
    rng = np.random.default_rng(seed)
    tp = (rng.random(n) < recall).astype(int)
    return np.column_stack([tp, rng.random(n) < 0.1, 1 - tp]).astype(np.int64)


def test_welch_p_equals_that_of_scipy():
    first, second = [0.80, 0.82, 0.81], [0.84, 0.83, 0.86, 0.85]
    assert compute_welch_p(first, second) == pytest.approx(ttest_ind(first, second, equal_var=False).pvalue)


@pytest.mark.parametrize(
    ("first", "second"), [([0.8], [0.8, 0.9]), ([0.8, 0.9], []), ([0.8, 0.8], [0.9, 0.9])]
)
def test_welch_needs_two_runs_of_each_model_and_some_variance(first, second):
    assert compute_welch_p(first, second) is None


def test_randomization_of_two_units_agrees_with_a_calculation_by_hand():
    first, second = np.array([[1, 0, 0], [1, 0, 0]]), np.array([[0, 0, 1], [0, 0, 1]])
    # Swapping none or both gives a difference of 1, swapping one of them 0: p tends to one half.
    assert compute_randomization_p(first, second, trials=9999) == pytest.approx(0.5, abs=0.02)


def test_a_clear_difference_has_the_smallest_p_which_is_not_zero():
    assert compute_randomization_p(draw_counts(0.9), draw_counts(0.6, seed=1), trials=999) == 1 / 1000


def test_two_equally_good_models_differ_significantly_in_one_case_of_twenty():
    p = [
        compute_randomization_p(draw_counts(0.8, seed=s), draw_counts(0.8, seed=1000 + s), trials=199)
        for s in range(200)
    ]
    assert 0.01 < np.mean(np.array(p) < 0.05) < 0.10


def test_equal_outputs_do_not_differ():
    assert compute_randomization_p(draw_counts(0.8), draw_counts(0.8), trials=99) == 1
    assert bootstrap_f1_difference(draw_counts(0.8), draw_counts(0.8), trials=99) == (0, 0)


def test_the_bootstrap_interval_contains_the_observed_difference():
    first, second = draw_counts(0.9), draw_counts(0.8, seed=3)
    low, high = bootstrap_f1_difference(first, second, trials=2000)
    observed = float(compute_f1(first.sum(axis=0)) - compute_f1(second.sum(axis=0)))
    assert low < observed < high
    assert 0.02 < high - low < 0.12
    narrow = bootstrap_f1_difference(first, second, trials=2000, share=0.5)
    assert low < narrow[0] < narrow[1] < high


def test_the_same_seed_gives_the_same_p():
    assert compute_randomization_p(
        draw_counts(0.8), draw_counts(0.78, seed=1), trials=500
    ) == compute_randomization_p(draw_counts(0.8), draw_counts(0.78, seed=1), trials=500)


def test_different_test_parts_are_refused():
    with pytest.raises(BionerError) as error:
        compute_randomization_p(draw_counts(0.8), draw_counts(0.8, n=300))
    assert str(error.value) == (
        "significance: counts of shape (400, 3) and (300, 3); both need tp, fp and fn of the same units of "
        "one test part."
    )
