"""Where curves cross a goal: smoothed ones between sizes, isotonic steps at a size."""

import numpy as np
import pytest

from bioner_core.curves.crossing import fine, isotonic, isotonic_rows, reached, rising, smooth, stepped, whole
from bioner_core.curves.families import FAMILIES, evaluate, invert

SIZES = np.array([50, 100, 200, 400, 800, 1600])
TRUE = {
    "pow3": [0.88, 0.25, 1.1],
    "pow4": [0.86, 0.7, 60, 1.4],
    "mmf4": [0.85, 0.8, 90, 1.3],
    "wbl4": [0.8, 0.6, 150, 0.6],
}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_smoothed_curve_without_noise_crosses_where_the_truth_does(family):
    truth = evaluate(family, TRUE[family], SIZES)
    goal = 0.97 * evaluate(family, TRUE[family], [3000])[0]
    (at,) = rising(SIZES, truth[None], np.ones(6)).reach([goal])
    assert at == pytest.approx(invert(family, TRUE[family], goal), rel=0.05)


def test_a_smoothed_curve_never_falls():
    rng = np.random.default_rng(0)
    curves = smooth(SIZES, rng.random((50, 6)), np.ones(6))
    assert curves.shape == (50, len(fine(SIZES)))
    assert np.diff(curves, axis=1).min() >= -1e-12


def test_sizes_of_more_seeds_and_more_sentences_weigh_more():
    flat = np.array([[0.5, 0.5, 0.5, 0.5, 0.5, 0.4]])
    once, more = smooth(SIZES, flat, np.ones(6)), smooth(SIZES, flat, [1, 1, 1, 1, 1, 50])
    assert more[0, -1] < once[0, -1] < 0.5


def test_full_data_tells_where_the_curve_leads_and_is_no_answer():
    truth = np.array([evaluate("mmf4", TRUE["mmf4"], [*SIZES, 5000])])
    noisy = truth + np.random.default_rng(0).normal(0, 0.02, (200, 7)) * [1, 1, 1, 1, 1, 1, 0]
    goal = 0.97 * truth[0, -1]  # reached at about 1,100
    with_full = rising([*SIZES, 5000], noisy, np.ones(7), has_full=True)
    alone = rising(SIZES, noisy[:, :-1], np.ones(6))
    assert (with_full.steps == alone.steps).all() and with_full.n[-1] == 1600
    true = invert("mmf4", TRUE["mmf4"], goal)
    off = [np.median(np.abs(np.log(np.minimum(of.reach([goal]), 1600) / true))) for of in (with_full, alone)]
    assert off[0] < 0.9 * off[1]
    assert np.isinf(rising([*SIZES, 5000], truth, np.ones(7), has_full=True).reach([truth[0, -1]])).all()


def test_a_crossing_is_linear_in_log_sentences_between_places():
    at = fine([100, 200])
    line = np.log(at)[None]
    assert reached([100, 200], line, [np.log(150)]) == pytest.approx(150)
    assert reached([100, 200], line, [np.log(50)]) == pytest.approx(100)  # never below the smallest size
    assert np.isinf(reached([100, 200], line, [np.log(201)])).all()


def test_zero_shot_reaches_a_goal_only_where_its_isotonic_fit_does():
    sizes = [0, *SIZES]
    high = np.array([[0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8]])
    assert rising(sizes, high, np.ones(7)).reach([0.8]).tolist() == [0]
    lucky = high - [[0, 0.5, 0.4, 0.3, 0.2, 0.1, 0]]
    assert rising(sizes, lucky, np.ones(7)).reach([0.7])[0] > 400


def test_fewer_than_four_sizes_are_read_in_steps():
    found = rising([0, 50, 100, 200], np.array([[0.1, 0.2, 0.6, 0.5]]), np.ones(4))
    assert found.smooth is None
    assert found.reach([0.55]).tolist() == [100]
    assert np.isinf(found.reach([0.56])).all()


def test_isotonic_rows_are_those_of_one_by_one():
    rng = np.random.default_rng(1)
    values, weights = rng.random((200, 9)), rng.integers(1, 6, 9)
    assert np.allclose(isotonic_rows(values, weights), [isotonic(row, weights) for row in values])


def test_steps_touch_their_goal_whatever_the_binary_rounding():
    assert stepped([50, 100], np.array([[0.1, 0.99 * 0.85]]), [0.8415]).tolist() == [100]


@pytest.mark.parametrize(
    ("n", "down", "told"),
    [
        (843.2, False, 850),
        (843.2, True, 840),
        (52, True, 50),
        (53, True, 53),
        (64, True, 60),
        (1599, False, 1595),
    ],
)
def test_numbers_between_sizes_are_rounded_to_ten_within_them(n, down, told):
    assert whole(n, [50, 53, 1595], down=down) == told
