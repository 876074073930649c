"""The interval of a budget: resampling of seeds and documents, coverage, and ends beyond the largest size."""

from dataclasses import replace

import numpy as np
import pytest

from bioner_core.curves.budget import add_interval
from bioner_core.curves.budget_table import combine_types, compute_budgets
from bioner_core.curves.crossing import compute_spread_factor
from bioner_core.curves.curve import build_curves
from bioner_core.curves.draws import N_DRAWS, SamplingNoise, draw_curve
from bioner_core.curves.fitting import fit_curve
from bioner_core.curves.interval import Interval, compute_difference_interval
from bioner_core.curves.model_noise import draw_seed_noise, estimate_seed_sd
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
    assert calm.n_high / calm.n_low < wild.n_high / wild.n_low


def test_a_short_curve_has_a_plan_with_two_ends_between_its_last_size_and_full_data():
    row = compute_single_budget(build_noisy_points(sizes=(50, 100, 200, 400), sd=0.01))
    assert (row.status, row.basis, row.chance_reached) == ("not_reached", "to_full", 1.0)
    assert 400 < row.n_low < row.n_plan < row.n_high < FULL
    assert row.n_high_beyond is False


def test_few_sizes_leave_open_where_between_two_of_them_the_goal_is_reached():
    row = compute_single_budget(build_noisy_points(sizes=(100, 200)))
    assert (row.plan_method, row.n_plan, row.n_low, row.n_high) == ("isotonic", FULL, 230, FULL)
    first = compute_single_budget(build_noisy_points(sizes=(1600, 3000), sd=0.0001), fraction=0.5)
    assert (first.n_plan, first.n_low, first.n_high) == (1600, 1600, 1600)


def test_the_upper_end_is_full_data_where_draws_never_reach_the_goal():
    row = compute_single_budget(build_noisy_points(sd=0.01), goal_f1=compute_true_f1(FULL))
    assert 0.5 < row.chance_reached < 0.95
    assert (row.n_high, row.n_high_beyond, row.n_max) == (FULL, True, FULL)
    assert row.n_low < row.n_plan <= row.n_high


def test_without_an_even_chance_of_reaching_the_goal_there_is_no_plan():
    row = compute_single_budget(build_noisy_points(sd=0.01), goal_f1=compute_true_f1(FULL) + 0.02)
    assert row.chance_reached < 0.5
    assert (row.n_plan, row.basis, row.share_of_train, row.gap) == (None,) * 4
    assert (row.n_high, row.n_high_beyond) == (FULL, True)


@pytest.mark.parametrize(("n_reached", "plan"), [(249, None), (250, 600), (500, 600)])
def test_a_plan_needs_at_least_half_of_the_draws(n_reached, plan):
    row = compute_single_budget(build_noisy_points(), fraction=0.95)
    crossings = np.where(np.arange(N_DRAWS) < n_reached, 600.0, np.inf)
    interval = Interval(crossings=crossings, sizes=(*SIZES, FULL), n_sure=None, covers="seeds")
    for before in (None, 600):  # where the smoothed curve never reaches the goal, the median is the plan
        assert add_interval(replace(row, n_plan=before), interval).n_plan == plan


def test_an_upper_end_of_zero_sentences_is_not_mistaken_for_an_open_one():
    zero = Interval(crossings=np.zeros(N_DRAWS), sizes=(0, 50, FULL), n_sure=0, covers="seeds")
    assert (zero.low, zero.median, zero.high, zero.is_beyond) == (0, 0, 0, False)


def test_the_draws_of_all_types_of_a_source_are_the_same_and_the_largest_counts():
    types = [build_noisy_points(entity=entity) for entity in ("Drug", "Disease")]
    drug, disease = compute_budgets([*types[0], *types[1]], fraction=0.95)
    assert drug.interval.crossings.tolist() == disease.interval.crossings.tolist()
    slow = [replace(p, f1=p.f1 if p.is_full else 0.97 * p.f1) for p in types[1]]
    rows = compute_budgets([*types[0], *slow], fraction=0.95)
    (every,) = combine_types(rows)
    assert every.interval.crossings == pytest.approx(np.max([r.interval.crossings for r in rows], axis=0))
    assert every.chance_reached == pytest.approx(np.isfinite(every.interval.crossings).mean())


def test_one_model_per_size_takes_its_spread_from_the_scatter_about_the_curve():
    sizes = tuple(range(50, 1001, 50))
    calm, wild = (
        compute_single_budget(build_noisy_points(seeds=1, sizes=sizes, sd=sd), fraction=0.95)
        for sd in (0.004, 0.02)
    )
    assert (calm.interval_of, wild.interval_of) == ("models", "models")
    assert calm.n_low < calm.n_plan < calm.n_high
    assert 1 < calm.n_high / calm.n_low < wild.n_high / wild.n_low


def test_interpolated_sizes_and_few_sizes_do_not_tell_how_models_scatter():
    points = build_noisy_points(seeds=1, sizes=tuple(range(50, 1001, 50)))
    measured = [replace(p, is_interpolated=0 < p.n_sentences < FULL and p.n_sentences > 450) for p in points]
    assert compute_single_budget(measured).interval_of == "models"  # ten points of 21
    measured = [replace(p, is_interpolated=0 < p.n_sentences < FULL and p.n_sentences > 400) for p in points]
    assert compute_single_budget(measured).interval_of is None


def test_a_source_without_full_data_is_compared_with_the_full_f1_of_the_same_draw():
    none = build_noisy_points(rng_seed=1)
    source = [p for p in build_noisy_points(rng_seed=2, source="A") if not p.is_full]
    rows = compute_budgets([*none, *source], fraction=0.97)
    assert rows[1].interval.sizes == (*SIZES, FULL)
    assert rows[1].chance_reached == 1.0  # it ends at that full F1
    only_full = [p for p in none if p.is_full]
    (alone,) = compute_budgets([*only_full, *source], fraction=0.97)
    assert (alone.basis in ("measured", "borrowed"), alone.interval_of, alone.n_high_beyond) == (
        True,
        "seeds",
        False,
    )
    no_noise = compute_budgets(source, goal_f1=0.8)
    assert no_noise[0].n_max == 1600  # without full data the last size is the end


def test_test_difficulty_common_to_all_sizes_widens_only_the_interval_of_absolute_goals():
    points = build_noisy_points(seeds=1, sd=0.0)
    easy = np.random.default_rng(0).normal(0, 0.001, N_DRAWS)
    scaled = {(*BASE.values(), n): easy * compute_true_f1(n) / 0.9 for n in (*SIZES, FULL)}
    noise = SamplingNoise(shifts=scaled, units={"t": "documents"})
    still = SamplingNoise(shifts=build_shifts(points, np.zeros(N_DRAWS)), units={"t": "documents"})
    share = compute_single_budget(points, noise=noise, fraction=0.95)
    families_alone = compute_single_budget(points, noise=still, fraction=0.95)
    assert share.interval_of == "documents"
    assert share.n_low == pytest.approx(families_alone.n_low, abs=10)  # full moves as they do
    assert share.n_high == pytest.approx(families_alone.n_high, abs=10)
    wider = {key: 10 * shift for key, shift in scaled.items()}
    absolute = compute_single_budget(
        points, noise=replace(noise, shifts=wider), goal_f1=0.95 * compute_true_f1(FULL)
    )
    assert absolute.n_high / absolute.n_low > 1.3 * share.n_high / share.n_low
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
    assert 1.05 < alone.n_high / alone.n_low < 1.8  # the counts of this test part move nothing, families do
    assert borrowed.n_low < alone.n_low < alone.n_high < borrowed.n_high
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
    first, second = (compute_single_budget(build_noisy_points(rng_seed=5)) for _ in range(2))
    draw_curve.cache_clear()
    fit_curve.cache_clear()
    third = compute_single_budget(build_noisy_points(rng_seed=5))
    assert first == second == third
    assert first.interval.crossings.tolist() == third.interval.crossings.tolist()


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
    row = compute_single_budget(exact, goal_f1=0.89)
    assert (row.n_first, row.n_sure) == (50, 1600)  # 800 fails, so that 200 and 400 do not count
    failing = [p if p.n_sentences != 1600 else CurvePoint(**{**vars(p), "f1": 0.5}) for p in exact]
    assert compute_single_budget(failing, goal_f1=0.89).n_sure is None  # full data is no trained size


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
