"""Tests of the difference of two models, against scipy, by hand, and by what they are for."""

import numpy as np
import pytest
from scipy.stats import ttest_ind

from bioner_core.errors import BionerError
from bioner_core.scoring.significance import bootstrapped, f1_of, randomised, welch


def model(rate, *, n=400, seed=0):
    """Return tp, fp, fn by sentence of a model that finds this share of one mention a sentence."""
    rng = np.random.default_rng(seed)
    tp = (rng.random(n) < rate).astype(int)
    return np.column_stack([tp, rng.random(n) < 0.1, 1 - tp]).astype(np.int64)


def test_welch_is_that_of_scipy():
    one, other = [0.80, 0.82, 0.81], [0.84, 0.83, 0.86, 0.85]
    assert welch(one, other) == pytest.approx(ttest_ind(one, other, equal_var=False).pvalue)


@pytest.mark.parametrize(("one", "other"), [([0.8], [0.8, 0.9]), ([0.8, 0.9], []), ([0.8, 0.8], [0.9, 0.9])])
def test_welch_needs_two_runs_of_each_and_some_spread(one, other):
    assert welch(one, other) is None


def test_randomisation_of_two_units_is_as_by_hand():
    one, other = np.array([[1, 0, 0], [1, 0, 0]]), np.array([[0, 0, 1], [0, 0, 1]])
    # Swapping none or both gives a difference of 1, swapping one of them 0: p tends to one half.
    assert randomised(one, other, trials=9999) == pytest.approx(0.5, abs=0.02)


def test_a_clear_difference_is_found_and_p_is_never_zero():
    assert randomised(model(0.9), model(0.6, seed=1), trials=999) == 1 / 1000


def test_two_models_of_one_rate_differ_in_one_case_of_twenty():
    p = [randomised(model(0.8, seed=s), model(0.8, seed=1000 + s), trials=199) for s in range(200)]
    assert 0.01 < np.mean(np.array(p) < 0.05) < 0.10


def test_equal_outputs_do_not_differ():
    assert randomised(model(0.8), model(0.8), trials=99) == 1
    assert bootstrapped(model(0.8), model(0.8), trials=99) == (0, 0)


def test_the_paired_bootstrap_holds_the_difference():
    one, other = model(0.9), model(0.8, seed=3)
    low, high = bootstrapped(one, other, trials=2000)
    observed = float(f1_of(one.sum(axis=0)) - f1_of(other.sum(axis=0)))
    assert low < observed < high
    assert 0.02 < high - low < 0.12
    narrow = bootstrapped(one, other, trials=2000, share=0.5)
    assert low < narrow[0] < narrow[1] < high


def test_the_same_seed_gives_the_same_p():
    assert randomised(model(0.8), model(0.78, seed=1), trials=500) == randomised(
        model(0.8), model(0.78, seed=1), trials=500
    )


def test_different_test_parts_are_refused():
    with pytest.raises(BionerError) as error:
        randomised(model(0.8), model(0.8, n=300))
    assert str(error.value) == (
        "significance: counts of shape (400, 3) and (300, 3); both need tp, fp and fn of the same units of "
        "one test part."
    )
