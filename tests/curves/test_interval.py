"""The interval of a budget: what is drawn anew, what it covers, what lies beyond."""

import numpy as np
import pytest

from bioner_core.curves.budget import budgets, every_type
from bioner_core.curves.crossing import spread_at
from bioner_core.curves.curve import curves
from bioner_core.curves.interval import DRAWS, Chance, Interval, difference, seed_noise, seed_spread
from bioner_core.curves.points import CurvePoint

SIZES = (50, 100, 200, 400, 800, 1600)
FULL = 4000
BASE = {"target": "t", "source": "none", "model": "m", "method": "probe", "entity": "Drug"}


def truth(n):
    return 0.9 - 0.7 * (1 + n / 60) ** -1.2


def noisy(*, seeds=3, sd=0.01, sizes=SIZES, full=FULL, number=0, **fields):
    """Return points of a rising curve whose seeds scatter."""
    rng = np.random.default_rng(number)
    return [
        CurvePoint(
            **{**BASE, **fields},
            n_sentences=n,
            is_full=n == full,
            train_size=full,
            seed=seed,
            f1=float(np.clip(truth(n) + rng.normal(0, sd), 0, 1)),
        )
        for n in (*sizes, full)
        for seed in range(seeds)
    ]


def shifts(points, moved, **fields):
    """Return shifts of all sizes of a curve: one for all, as an easy or hard test part would give."""
    of = {**BASE, **fields}
    return {(*of.values(), n): moved for n in sorted({p.n_sentences for p in points})}


def one(points, **options):
    (row,) = budgets(points, **options)
    return row


def test_seeds_give_an_interval_that_holds_the_plan():
    row = one(noisy(), fraction=0.95)
    assert row.n_low < row.n_plan < row.n_high
    assert (row.interval_of, row.n_high_beyond) == ("seeds", False)
    assert row.n_sure is None or row.n_sure >= row.n_low


def test_one_seed_without_counts_gives_none():
    row = one(noisy(seeds=1))
    assert (row.n_low, row.n_high, row.n_high_beyond, row.n_sure, row.interval_of) == (None,) * 5


def test_more_noise_makes_a_wider_interval():
    calm, wild = one(noisy(sd=0.002, number=3), fraction=0.95), one(noisy(sd=0.02, number=3), fraction=0.95)
    assert calm.n_high / calm.n_low < (wild.n_high or FULL) / wild.n_low


def test_draws_that_never_cross_count_as_beyond():
    short = noisy(sizes=(50, 100, 200, 400), sd=0.01)
    row = one(short)
    assert (row.n_plan, row.n_high, row.n_high_beyond) == (None, None, True)
    assert row.status == "not_reached"


def test_a_test_part_that_is_easy_for_all_sizes_alike_moves_no_share_of_full_but_an_absolute_goal():
    points = noisy(seeds=1, sd=0.0)
    easy = np.random.default_rng(0).normal(0, 0.001, DRAWS)
    scaled = {(*BASE.values(), n): easy * truth(n) / 0.9 for n in (*SIZES, FULL)}
    chance = Chance(shifts=scaled, units={"t": "documents"})
    share = one(points, chance=chance, fraction=0.95)
    assert share.interval_of == "documents"
    assert share.n_high - share.n_low <= 10  # full moves as they do
    absolute = one(points, chance=chance, goal_f1=0.95 * truth(FULL))
    assert absolute.n_high - absolute.n_low > 10
    assert absolute.n_low < share.n_plan < absolute.n_high


def test_seeds_and_counts_together_cover_both():
    points = noisy()
    chance = Chance(shifts=shifts(points, np.zeros(DRAWS)), units={"t": "sentences"})
    assert one(points, chance=chance).interval_of == "seeds and sentences"


def test_where_the_counts_of_one_size_are_missing_only_seeds_are_drawn():
    points = noisy()
    known = shifts(points, np.zeros(DRAWS))
    del known[(*BASE.values(), 200)]
    assert one(points, chance=Chance(shifts=known, units={"t": "sentences"})).interval_of == "seeds"


def test_one_seed_borrows_the_spread_of_other_studies_where_it_is_known():
    points = noisy(seeds=1)
    known = {"shifts": shifts(points, np.zeros(DRAWS)), "units": {"t": "documents"}}
    own = one(points, chance=Chance(**known), fraction=0.95)
    lent = one(points, chance=Chance(**known, borrowed={("m", "probe"): 0.01}), fraction=0.95)
    assert (own.interval_of, lent.interval_of) == ("documents", "borrowed seeds and documents")
    assert own.n_high - own.n_low <= 10  # rounding: the counts of this test part move nothing
    assert lent.n_low < own.n_low < own.n_high < (lent.n_high or FULL)
    other = one(points, chance=Chance(**known, borrowed={("another", "probe"): 0.01}))
    assert other.interval_of == "documents"


def test_a_curve_of_one_seed_does_not_take_the_yardstick_s_seeds_for_its_own():
    none = noisy(seeds=3)
    source = [point for point in noisy(seeds=1, source="A") if not point.is_full]
    known = {**shifts(none, np.zeros(DRAWS)), **shifts(source, np.zeros(DRAWS), source="A")}
    whole = {"shifts": known, "units": {"t": "documents"}}
    rows = budgets([*none, *source], fraction=0.95, chance=Chance(**whole))
    assert {row.source: row.interval_of for row in rows} == {"none": "seeds and documents", "A": "documents"}
    lent = budgets([*none, *source], fraction=0.95, chance=Chance(**whole, borrowed={("m", "probe"): 0.01}))
    assert [row.interval_of for row in lent] == ["seeds and documents", "borrowed seeds and documents"]


def test_the_interval_is_the_same_each_time():
    assert one(noisy(number=5)) == one(noisy(number=5))


def test_seed_noise_has_the_spread_that_the_truth_has():
    rng = np.random.default_rng(0)
    spreads = []
    for _ in range(300):
        scores = rng.normal(0.5, 0.02, (6, 3))  # six sizes, three seeds
        noise = seed_noise(scores.tolist(), [800] * 6, draws=200, rng=rng)
        spreads.append(noise.var())
    student = 1 + 0.93 / 10  # twelve degrees of freedom in six sizes, of which ten or more are pooled
    assert np.sqrt(np.mean(spreads)) == pytest.approx(student * 0.02 / np.sqrt(3), rel=0.03)


def test_a_size_of_one_seed_takes_the_deviations_of_the_others():
    scores = [[0.1], [0.2], [0.3], [0.40, 0.44], [0.5]]
    noise = seed_noise(scores, [50, 100, 200, 400, 800], draws=50, rng=np.random.default_rng(0))
    assert noise.std(axis=0).min() > 0
    assert seed_noise([[0.1], [0.2]], [50, 100], draws=50, rng=np.random.default_rng(0)) is None


def test_what_is_not_inferior_is_tested_from_the_largest_size_down():
    points = [p for n in (*SIZES, FULL) for p in noisy(sizes=(), full=n, sd=0.0)]
    exact = [
        CurvePoint(**{**BASE, "n_sentences": p.n_sentences, "seed": p.seed, "f1": f1, "train_size": FULL},
                   is_full=p.n_sentences == FULL)
        for p, f1 in zip(points, np.repeat([0.9, 0.5, 0.9, 0.9, 0.5, 0.9, 0.9], 3), strict=True)
    ]  # fmt: skip
    row = one(exact)
    assert (row.n_first, row.n_sure) == (50, 1600)  # 800 fails, so that 200 and 400 do not count
    failing = [p if p.n_sentences != 1600 else CurvePoint(**{**vars(p), "f1": 0.5}) for p in exact]
    assert one(failing).n_sure is None


def test_every_type_is_as_sure_as_its_least_sure_type():
    drug, disease = noisy(number=1), noisy(number=2, entity="Disease", sd=0.02)
    rows = budgets([*drug, *disease])
    (row,) = every_type(rows)
    assert row.n_low >= max(r.n_low for r in rows)
    assert row.n_high_beyond or row.n_high >= max(r.n_high or 0 for r in rows)
    (without,) = every_type(budgets([*drug, *noisy(seeds=1, entity="Disease")]))
    assert (without.n_low, without.n_high, without.interval_of) == (None, None, None)


def test_the_seed_spread_of_curves_is_told_at_very_many_sentences():
    found = curves(noisy(seeds=40, sizes=(800, 801, 802), full=803, sd=0.0141))
    assert seed_spread(found) == pytest.approx(0.01, rel=0.2)  # √2 times as much at 800 sentences
    assert seed_spread(curves(noisy(seeds=1))) is None


def test_a_saving_has_an_interval_draw_by_draw():
    none = noisy(number=1)
    fast = [p for p in noisy(number=2, source="a") if not p.is_full]
    ahead = [CurvePoint(**{**vars(p), "f1": min(1.0, p.f1 + 0.05)}) for p in fast]
    _, row = budgets([*none, *ahead], fraction=0.95)
    assert 0 < row.saved_low < row.saved_plan < row.saved_high
    _, alike = budgets([*none, *fast], fraction=0.95)
    assert alike.saved_low < 0 < alike.saved_high


def test_a_saving_without_end_is_told_by_its_other_end():
    never = Interval(reach=np.full(DRAWS, np.inf), sizes=(50, 100), sure=None, covers="seeds")
    found = Interval(reach=np.full(DRAWS, 60.0), sizes=(50, 100), sure=None, covers="seeds")
    assert difference(never, found) == (None, None)
    mostly = Interval(
        reach=np.where(np.arange(DRAWS) % 4, np.inf, 90.0), sizes=(50, 100), sure=None, covers=""
    )
    assert difference(mostly, found) == (30, None)
    assert difference(found, mostly) == (None, -30)
    assert difference(never, never) == (None, None)
    assert difference(None, found) == (None, None)


def test_a_size_just_at_the_goal_is_called_as_good_in_one_case_of_twenty():
    rng, n = np.random.default_rng(0), [50, 100, 200, 400, 800, 1600, FULL]
    mean = np.array([0.4, 0.5, 0.6, 0.7, 0.75, 0.8 * 0.99, 0.8])
    wrong = []
    for _ in range(300):
        scores = mean[:, None] + rng.normal(0, 0.008, (7, 3)) * spread_at(n)[:, None]
        draws = scores.mean(axis=1) + seed_noise(scores.tolist(), n, draws=200, rng=rng)
        wrong.append(np.quantile(draws[:, 5] - 0.99 * draws[:, 6], 0.05) >= 0)
    assert 0.02 < np.mean(wrong) < 0.09
