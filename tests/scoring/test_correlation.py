"""Spearman's rho and its permutation test, compared with scipy and with all permutations."""

from itertools import permutations

import numpy as np
import pytest
from scipy.stats import spearmanr

from bioner_core.scoring.correlation import compute_spearman


@pytest.mark.parametrize("n", [4, 8, 30])
def test_rho_equals_that_of_scipy_even_with_ties(n):
    rng = np.random.default_rng(n)
    first, second = rng.integers(0, 6, n).tolist(), rng.integers(0, 6, n).tolist()
    first[:2], second[:2] = (0, 5), (5, 1)  # never constant
    assert compute_spearman(first, second).rho == pytest.approx(spearmanr(first, second).statistic)


def test_p_is_the_share_of_permutations_with_a_rho_as_extreme():
    first, second = [1, 2, 3, 4, 5], [2, 1, 3, 5, 4]
    rhos = np.array([spearmanr(order, second).statistic for order in permutations(first)])
    result = compute_spearman(first, second)
    assert result.p == pytest.approx(np.mean(np.abs(rhos) >= abs(result.rho) - 1e-9))
    assert (result.low, result.high) == pytest.approx(tuple(np.quantile(rhos, (0.025, 0.975))))


def test_p_is_small_for_pairs_in_the_same_order_and_large_for_random_pairs():
    numbers = list(range(20))
    assert compute_spearman(numbers, numbers).p == pytest.approx(1 / 10_000)
    shuffled = np.random.default_rng(3).permutation(20).tolist()
    result = compute_spearman(numbers, shuffled)
    assert result.p > 0.05
    assert result.p == pytest.approx(spearmanr(numbers, shuffled).pvalue, abs=0.03)


@pytest.mark.parametrize(
    ("first", "second"), [([1, 2, 3], [1, 2, 3]), ([1, 1, 1, 1], [1, 2, 3, 4]), ([], [])]
)
def test_few_pairs_or_a_constant_variable_give_no_result(first, second):
    assert compute_spearman(first, second) is None
