"""Which model to train next: gains, costs, models under way, and how exactly numbers are determined."""

from dataclasses import replace

import numpy as np
import pytest

from bioner_core.curves.curve import build_curves
from bioner_core.curves.draws import N_DRAWS, SamplingNoise
from bioner_core.curves.placement import (
    Candidate,
    choose_candidate,
    list_candidate_sizes,
    measure_precision,
)
from bioner_core.curves.points import CurvePoint

FULL = 4000
SIZES = (50, 100, 200, 400, 800, 1600)
BASE = {"target": "t", "source": "none", "model": "m", "method": "probe", "entity": "Drug"}
GOAL = {"fraction": 0.97, "goal_f1": None, "noise": None}


def build_points(*, seeds=2, sd=0.01, sizes=SIZES, scale=60, rng_seed=0, **fields):
    """Return points of a rising curve; a larger scale makes it need more sentences."""
    rng = np.random.default_rng(rng_seed)
    return [
        CurvePoint(
            **{**BASE, **fields},
            n_sentences=n,
            is_full=n == FULL,
            train_size=FULL,
            seed=seed,
            f1=float(0.9 - 0.7 * (1 + n / scale) ** -1.2 + rng.normal(0, sd)),
        )
        for n in (*sizes, FULL)
        for seed in range(seeds)
    ]


def build_candidate(n, *, cost=None, source="none", seed=9):
    return Candidate(target="t", source=source, n=n, seed=seed, is_full=n == FULL, cost=cost or n)


def build_shifts(points, sd):
    """Return shifts of the test part that move all sizes of a curve alike."""
    moved = np.random.default_rng(1).normal(0, sd, N_DRAWS)
    keys = {(p.target, p.source, p.model, p.method, p.entity, p.n_sentences) for p in points}
    return SamplingNoise(shifts={key: moved * (1 - key[-1] / 8000) for key in keys}, units={"t": "documents"})


def test_more_seeds_and_sizes_near_the_answer_determine_it_more_exactly():
    near = (50, 100, 200, 400, 500, 600, 700, 800, 900, 1000, 1600)
    few, more, close = (
        measure_precision(build_curves(build_points(seeds=seeds, sizes=sizes)), **GOAL).ratio
        for seeds, sizes in ((2, SIZES), (10, SIZES), (10, near))
    )
    assert few > more > close > 1


def test_without_a_spread_there_is_neither_precision_nor_a_choice():
    curves = build_curves(build_points(seeds=1))
    precision = measure_precision(curves, **GOAL)
    assert (precision.ratio, precision.floor, precision.decided_by) == (None, None, ("t", "none", ""))
    assert choose_candidate(curves, [build_candidate(400)], **GOAL) is None
    assert choose_candidate(build_curves(build_points()), [], **GOAL) is None


def test_the_floor_is_what_the_test_part_alone_leaves_open():
    points = build_points(seeds=3)
    calm, wild = (
        measure_precision(build_curves(points), **{**GOAL, "noise": build_shifts(points, sd)})
        for sd in (0.001, 0.05)
    )
    assert 1 <= calm.floor < wild.floor <= wild.ratio
    assert calm.floor < calm.ratio
    assert measure_precision(build_curves(points), **GOAL).floor is None


def test_the_widest_row_and_the_type_that_needs_most_are_named():
    easy = build_points(entity="Drug", scale=20, sd=0.002)
    hard = build_points(entity="Disease", scale=60, sd=0.002)
    wild = build_points(entity="Drug", source="A", sd=0.02) + build_points(
        entity="Disease", source="A", sd=0.02
    )
    assert measure_precision(build_curves(easy + hard), **GOAL).decided_by == ("t", "none", "Disease")
    assert measure_precision(build_curves(easy + hard + wild), **GOAL).decided_by[1] == "A"
    only = measure_precision(build_curves(easy + hard), **GOAL, entities=["Drug"])
    assert only.decided_by == ("t", "none", "Drug")


def test_a_source_that_surely_never_reaches_the_goal_is_determined():
    none = build_points(sd=0.002)
    weak = [replace(p, source="A", f1=0.7 * p.f1) for p in none]
    alone = measure_precision(build_curves(none), **GOAL)
    assert measure_precision(build_curves(none + weak), **GOAL).ratio == pytest.approx(alone.ratio)


def test_at_equal_costs_the_model_near_the_answer_tells_more_than_one_far_below_it():
    curves = build_curves(build_points(seeds=3))
    far, near = (choose_candidate(curves, [build_candidate(n, cost=1)], **GOAL).share for n in (50, 800))
    assert 0 <= far < near <= 1
    both = choose_candidate(curves, [build_candidate(n, cost=1) for n in (50, 800)], **GOAL)
    assert both.candidate.n == 800


def test_a_cheap_model_is_preferred_to_a_dear_one_of_the_same_gain():
    curves = build_curves(build_points())
    candidates = [build_candidate(800, cost=5, seed=7), build_candidate(800, cost=1, seed=8)]
    assert choose_candidate(curves, candidates, **GOAL).candidate.seed == 8
    with pytest.raises(ValueError, match="cost"):
        Candidate(target="t", source="none", n=0, seed=0, is_full=False, cost=0)


def test_models_under_way_make_another_one_of_their_size_tell_less():
    curves = build_curves(build_points())
    candidate, under_way = build_candidate(800, cost=1), [build_candidate(800, seed=s) for s in range(4)]
    alone, after = (
        choose_candidate(curves, [candidate], **GOAL, under_way=models).share for models in ((), under_way)
    )
    assert after < 0.7 * alone


def test_test_part_noise_is_not_promised_away():
    points = build_points()
    candidate = [build_candidate(800, cost=1)]
    calm = choose_candidate(build_curves(points), candidate, **GOAL)
    wild = choose_candidate(
        build_curves(points), candidate, **{**GOAL, "noise": build_shifts(points, sd=0.05)}
    )
    assert wild.share < 0.7 * calm.share


def test_full_data_without_pretraining_moves_the_goal_of_every_source():
    none = build_points(sd=0.004)
    sources = [p for s in "AB" for p in build_points(source=s, sd=0.004, rng_seed=5) if not p.is_full]
    curves = build_curves(none + sources)
    small, full = (choose_candidate(curves, [build_candidate(n, cost=1)], **GOAL) for n in (50, FULL))
    assert full.share > 2 * small.share


def test_sizes_to_train_are_finer_than_the_trained_ones_and_stay_below_full():
    sizes = list_candidate_sizes([0, 50, 200, 800, 816], 1000)
    assert {50, 200, 800, 816} <= set(sizes) and sizes == sorted(sizes)
    assert max(sizes) < 1000 and all(n % 10 == 0 for n in sizes if n != 816)
    ratios = np.array(sizes[1:]) / sizes[:-1]
    assert ratios.max() < 1.3 and len(sizes) < 25
    assert list_candidate_sizes([0], 1000) == []
    assert max(list_candidate_sizes([50, 400], None)) == 400
