"""The interval of a budget: resampling of seeds and documents, coverage, and ends beyond the largest size."""

import numpy as np
import pytest

from bioner_core.curves.budget_table import combine_types, compute_budgets
from bioner_core.curves.crossing import compute_spread_factor
from bioner_core.curves.curve import build_curves
from bioner_core.curves.interval import (
    N_DRAWS,
    Interval,
    SamplingNoise,
    compute_difference_interval,
    draw_seed_noise,
    estimate_seed_sd,
)
from bioner_core.curves.points import CurvePoint

SIZES = (50, 100, 200, 400, 800, 1600)
FULL = 4000
BASE = {"target": "t", "source": "none", "model": "m", "method": "probe", "entity": "Drug"}


def compute_true_f1(n):
    return 0.9 - 0.7 * (1 + n / 60) ** -1.2


def build_noisy_points(*, seeds=3, sd=0.01, sizes=SIZES, full=FULL, rng_seed=0, **fields):
    """Return points of a rising curve whose seeds scatter."""
    rng = np.random.default_rng(rng_seed)
    return [
        CurvePoint(
            **{**BASE, **fields},
            n_sentences=n,
            is_full=n == full,
            train_size=full,
            seed=seed,
            f1=float(np.clip(compute_true_f1(n) + rng.normal(0, sd), 0, 1)),
        )
        for n in (*sizes, full)
        for seed in range(seeds)
    ]


def build_shifts(points, moved, **fields):
    """Return the same F1 shifts for all sizes of a curve, as from an easy or a hard test part."""
    of = {**BASE, **fields}
    return {(*of.values(), n): moved for n in sorted({p.n_sentences for p in points})}


def compute_single_budget(points, **options):
    (row,) = compute_budgets(points, **options)
    return row


def test_several_seeds_give_an_interval_that_contains_the_plan():
    row = compute_single_budget(build_noisy_points(), fraction=0.95)
    assert row.n_low < row.n_plan < row.n_high
    assert (row.interval_of, row.n_high_beyond) == ("seeds", False)
    assert row.n_sure is None or row.n_sure >= row.n_low


def test_a_single_seed_without_counts_has_no_interval():
    row = compute_single_budget(build_noisy_points(seeds=1))
    assert (row.n_low, row.n_high, row.n_high_beyond, row.n_sure, row.interval_of) == (None,) * 5


def test_more_noise_makes_a_wider_interval():
    calm, wild = (
        compute_single_budget(build_noisy_points(sd=0.002, rng_seed=3), fraction=0.95),
        compute_single_budget(build_noisy_points(sd=0.02, rng_seed=3), fraction=0.95),
    )
    assert calm.n_high / calm.n_low < (wild.n_high or FULL) / wild.n_low


def test_draws_that_never_cross_count_as_beyond():
    short = build_noisy_points(sizes=(50, 100, 200, 400), sd=0.01)
    row = compute_single_budget(short)
    assert (row.n_plan, row.n_high, row.n_high_beyond) == (None, None, True)
    assert row.status == "not_reached"


def test_test_difficulty_common_to_all_sizes_widens_only_the_interval_of_absolute_goals():
    points = build_noisy_points(seeds=1, sd=0.0)
    easy = np.random.default_rng(0).normal(0, 0.001, N_DRAWS)
    scaled = {(*BASE.values(), n): easy * compute_true_f1(n) / 0.9 for n in (*SIZES, FULL)}
    noise = SamplingNoise(shifts=scaled, units={"t": "documents"})
    share = compute_single_budget(points, noise=noise, fraction=0.95)
    assert share.interval_of == "documents"
    assert share.n_high - share.n_low <= 10  # full moves as they do
    absolute = compute_single_budget(points, noise=noise, goal_f1=0.95 * compute_true_f1(FULL))
    assert absolute.n_high - absolute.n_low > 10
    assert absolute.n_low < share.n_plan < absolute.n_high


def test_the_interval_of_seeds_with_counts_covers_seeds_and_sentences():
    points = build_noisy_points()
    noise = SamplingNoise(shifts=build_shifts(points, np.zeros(N_DRAWS)), units={"t": "sentences"})
    assert compute_single_budget(points, noise=noise).interval_of == "seeds and sentences"


def test_without_the_counts_of_a_size_only_seeds_are_resampled():
    points = build_noisy_points()
    incomplete = build_shifts(points, np.zeros(N_DRAWS))
    del incomplete[(*BASE.values(), 200)]
    assert (
        compute_single_budget(
            points, noise=SamplingNoise(shifts=incomplete, units={"t": "sentences"})
        ).interval_of
        == "seeds"
    )


def test_a_single_seed_borrows_the_seed_spread_of_other_studies():
    points = build_noisy_points(seeds=1)
    counts = {"shifts": build_shifts(points, np.zeros(N_DRAWS)), "units": {"t": "documents"}}
    alone = compute_single_budget(points, noise=SamplingNoise(**counts), fraction=0.95)
    borrowed = compute_single_budget(
        points, noise=SamplingNoise(**counts, borrowed={("m", "probe"): 0.01}), fraction=0.95
    )
    assert (alone.interval_of, borrowed.interval_of) == ("documents", "borrowed seeds and documents")
    assert alone.n_high - alone.n_low <= 10  # rounding: the counts of this test part move nothing
    assert borrowed.n_low < alone.n_low < alone.n_high < (borrowed.n_high or FULL)
    other = compute_single_budget(
        points, noise=SamplingNoise(**counts, borrowed={("another", "probe"): 0.01})
    )
    assert other.interval_of == "documents"


def test_seeds_of_the_full_reference_do_not_count_as_seeds_of_the_curve():
    none = build_noisy_points(seeds=3)
    source = [point for point in build_noisy_points(seeds=1, source="A") if not point.is_full]
    all_shifts = {
        **build_shifts(none, np.zeros(N_DRAWS)),
        **build_shifts(source, np.zeros(N_DRAWS), source="A"),
    }
    counts = {"shifts": all_shifts, "units": {"t": "documents"}}
    rows = compute_budgets([*none, *source], fraction=0.95, noise=SamplingNoise(**counts))
    assert {row.source: row.interval_of for row in rows} == {"none": "seeds and documents", "A": "documents"}
    borrowed = compute_budgets(
        [*none, *source], fraction=0.95, noise=SamplingNoise(**counts, borrowed={("m", "probe"): 0.01})
    )
    assert [row.interval_of for row in borrowed] == ["seeds and documents", "borrowed seeds and documents"]


def test_the_interval_is_reproducible():
    assert compute_single_budget(build_noisy_points(rng_seed=5)) == compute_single_budget(
        build_noisy_points(rng_seed=5)
    )


def test_seed_noise_has_the_spread_of_true_seeds():
    rng = np.random.default_rng(0)
    spreads = []
    for _ in range(300):
        scores = rng.normal(0.5, 0.02, (6, 3))  # six sizes, three seeds
        noise = draw_seed_noise(scores.tolist(), [800] * 6, draws=200, rng=rng)
        spreads.append(noise.var())
    student = 1 + 0.93 / 10  # twelve degrees of freedom in six sizes, of which ten or more are pooled
    assert np.sqrt(np.mean(spreads)) == pytest.approx(student * 0.02 / np.sqrt(3), rel=0.03)


def test_a_size_of_one_seed_takes_the_deviations_of_the_others():
    scores = [[0.1], [0.2], [0.3], [0.40, 0.44], [0.5]]
    noise = draw_seed_noise(scores, [50, 100, 200, 400, 800], draws=50, rng=np.random.default_rng(0))
    assert noise.std(axis=0).min() > 0
    assert draw_seed_noise([[0.1], [0.2]], [50, 100], draws=50, rng=np.random.default_rng(0)) is None


def test_non_inferiority_is_tested_from_the_largest_size_down():
    points = [p for n in (*SIZES, FULL) for p in build_noisy_points(sizes=(), full=n, sd=0.0)]
    exact = [
        CurvePoint(**{**BASE, "n_sentences": p.n_sentences, "seed": p.seed, "f1": f1, "train_size": FULL},
                   is_full=p.n_sentences == FULL)
        for p, f1 in zip(points, np.repeat([0.9, 0.5, 0.9, 0.9, 0.5, 0.9, 0.9], 3), strict=True)
    ]  # fmt: skip
    row = compute_single_budget(exact)
    assert (row.n_first, row.n_sure) == (50, 1600)  # 800 fails, so that 200 and 400 do not count
    failing = [p if p.n_sentences != 1600 else CurvePoint(**{**vars(p), "f1": 0.5}) for p in exact]
    assert compute_single_budget(failing).n_sure is None


def test_the_interval_of_combined_types_is_bounded_below_by_all_types():
    drug, disease = build_noisy_points(rng_seed=1), build_noisy_points(rng_seed=2, entity="Disease", sd=0.02)
    rows = compute_budgets([*drug, *disease])
    (row,) = combine_types(rows)
    assert row.n_low >= max(r.n_low for r in rows)
    assert row.n_high_beyond or row.n_high >= max(r.n_high or 0 for r in rows)
    (without,) = combine_types(compute_budgets([*drug, *build_noisy_points(seeds=1, entity="Disease")]))
    assert (without.n_low, without.n_high, without.interval_of) == (None, None, None)


def test_the_seed_spread_is_scaled_to_very_many_sentences():
    curves = build_curves(build_noisy_points(seeds=40, sizes=(800, 801, 802), full=803, sd=0.0141))
    assert estimate_seed_sd(curves) == pytest.approx(0.01, rel=0.2)  # √2 times as much at 800 sentences
    assert estimate_seed_sd(build_curves(build_noisy_points(seeds=1))) is None


def test_the_interval_of_a_saving_is_paired_by_draw():
    none = build_noisy_points(rng_seed=1)
    fast = [p for p in build_noisy_points(rng_seed=2, source="a") if not p.is_full]
    ahead = [CurvePoint(**{**vars(p), "f1": min(1.0, p.f1 + 0.05)}) for p in fast]
    _, row = compute_budgets([*none, *ahead], fraction=0.95)
    assert 0 < row.saved_low < row.saved_plan < row.saved_high
    _, equal = compute_budgets([*none, *fast], fraction=0.95)
    assert equal.saved_low < 0 < equal.saved_high


def test_an_unbounded_saving_keeps_its_other_end():
    never = Interval(crossings=np.full(N_DRAWS, np.inf), sizes=(50, 100), n_sure=None, covers="seeds")
    bounded = Interval(crossings=np.full(N_DRAWS, 60.0), sizes=(50, 100), n_sure=None, covers="seeds")
    assert compute_difference_interval(never, bounded) == (None, None)
    mostly = Interval(
        crossings=np.where(np.arange(N_DRAWS) % 4, np.inf, 90.0), sizes=(50, 100), n_sure=None, covers=""
    )
    assert compute_difference_interval(mostly, bounded) == (30, None)
    assert compute_difference_interval(bounded, mostly) == (None, -30)
    assert compute_difference_interval(never, never) == (None, None)
    assert compute_difference_interval(None, bounded) == (None, None)


def test_a_size_exactly_at_the_goal_passes_the_non_inferiority_test_in_five_percent_of_cases():
    rng, n = np.random.default_rng(0), [50, 100, 200, 400, 800, 1600, FULL]
    mean = np.array([0.4, 0.5, 0.6, 0.7, 0.75, 0.8 * 0.99, 0.8])
    wrong = []
    for _ in range(300):
        scores = mean[:, None] + rng.normal(0, 0.008, (7, 3)) * compute_spread_factor(n)[:, None]
        draws = scores.mean(axis=1) + draw_seed_noise(scores.tolist(), n, draws=200, rng=rng)
        wrong.append(np.quantile(draws[:, 5] - 0.99 * draws[:, 6], 0.05) >= 0)
    assert 0.02 < np.mean(wrong) < 0.09
