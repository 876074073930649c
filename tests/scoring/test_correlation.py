"""Spearman's rho and its permutation test: against scipy, by hand, and where nothing can be said."""

from itertools import permutations

import numpy as np
import pytest
from scipy.stats import spearmanr

from bioner_core.scoring.correlation import spearman


@pytest.mark.parametrize("n", [4, 8, 30])
def test_rho_is_that_of_scipy_with_ties_too(n):
    rng = np.random.default_rng(n)
    one, other = rng.integers(0, 6, n).tolist(), rng.integers(0, 6, n).tolist()
    one[:2], other[:2] = (0, 5), (5, 1)  # never constant
    assert spearman(one, other).rho == pytest.approx(spearmanr(one, other).statistic)


def test_p_is_the_share_of_all_orders_that_are_as_far_from_nothing():
    one, other = [1, 2, 3, 4, 5], [2, 1, 3, 5, 4]
    rhos = np.array([spearmanr(order, other).statistic for order in permutations(one)])
    found = spearman(one, other)
    assert found.p == pytest.approx(np.mean(np.abs(rhos) >= abs(found.rho) - 1e-9))
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(rhos, (0.025, 0.975))))


def test_many_pairs_in_the_same_order_are_no_chance_and_pairs_without_order_are():
    numbers = list(range(20))
    assert spearman(numbers, numbers).p == pytest.approx(1 / 10_000)
    shuffled = np.random.default_rng(3).permutation(20).tolist()
    found = spearman(numbers, shuffled)
    assert found.p > 0.05
    assert found.p == pytest.approx(spearmanr(numbers, shuffled).pvalue, abs=0.03)


@pytest.mark.parametrize(("one", "other"), [([1, 2, 3], [1, 2, 3]), ([1, 1, 1, 1], [1, 2, 3, 4]), ([], [])])
def test_of_few_pairs_or_a_constant_side_nothing_is_said(one, other):
    assert spearman(one, other) is None
