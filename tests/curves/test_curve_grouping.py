"""Points are grouped into curves: seeds, full references, settled sizes."""

import pytest

from bioner_core.curves.curve import PlannedSeeds, build_curves
from bioner_core.curves.points import CurvePoint


def build_point(n, f1, **fields):
    base = {
        "target": "t",
        "source": "none",
        "model": "m",
        "method": "probe",
        "entity": "Drug",
        "train_size": 400,
    }
    return CurvePoint(**{**base, "n_sentences": n, "f1": f1, "is_full": n == 400, **fields})


def test_the_mean_and_spread_are_over_seeds():
    seeds = [
        build_point(50, f1, seed=s, precision=f1, recall=1.0, n_mentions=s)
        for s, f1 in enumerate((0.2, 0.3, 0.7))
    ]
    (size,) = build_curves(seeds)[0].sizes
    assert (size.n, size.n_seeds, size.low, size.high, size.n_mentions) == (50, 3, 0.2, 0.7, 1.0)
    assert size.f1 == pytest.approx(0.4)
    assert (size.precision, size.recall) == (pytest.approx(0.4), 1.0)


def test_a_seed_counts_once_and_the_later_point_wins():
    (size,) = build_curves(
        [build_point(50, 0.2, seed=0), build_point(50, 0.4, seed=1), build_point(50, 0.6, seed=0)]
    )[0].sizes
    assert (size.n_seeds, size.low, size.high) == (2, 0.4, 0.6)


def test_points_without_a_seed_all_count():
    (size,) = build_curves([build_point(50, 0.2), build_point(50, 0.4)])[0].sizes
    assert (size.n_seeds, size.n_planned, size.is_settled) == (2, 2, True)


def test_the_mean_of_a_score_is_unknown_where_a_seed_lacks_it():
    (size,) = build_curves([build_point(50, 0.2, seed=0, recall=0.1), build_point(50, 0.4, seed=1)])[0].sizes
    assert size.recall is None


def test_sizes_are_those_below_full_in_order():
    curves = build_curves(
        [build_point(n, 0.5) for n in (200, 0, 400, 50)]
        + [build_point(500, 0.9), build_point(400, 0.1, is_full=False)]
    )
    assert [size.n for size in curves[0].sizes] == [0, 50, 200]
    assert curves[0].full.n == 400


def test_the_full_reference_of_every_source_is_full_data_without_pretraining():
    curves = build_curves(
        [build_point(50, 0.3, source="a"), build_point(400, 0.9, source="a"), build_point(400, 0.8)]
    )
    assert [(c.source, c.full_f1) for c in curves] == [("none", 0.8), ("a", 0.8)]
    assert curves[1].full.f1 == 0.9


def test_the_full_reference_has_the_same_model_method_entity_and_target():
    others = [{"model": "x"}, {"method": "finetune"}, {"entity": "Disease"}, {"target": "u"}]
    curves = build_curves([build_point(50, 0.3), *(build_point(400, 0.8, **other) for other in others)])
    assert [c.full_f1 for c in curves if c.key == ("t", "none", "m", "probe", "Drug")] == [None]


def test_no_pretraining_comes_first_and_order_of_points_does_not_matter():
    points = [build_point(50, 0.1, source=s, entity=e) for e in ("b", "a") for s in ("z", "A", "none")]
    assert [(c.entity, c.source) for c in build_curves(points)] == [
        (e, s) for e in "ab" for s in ("none", "A", "z")
    ]
    assert build_curves(points) == build_curves(points[::-1])


def test_a_size_is_settled_once_its_seeds_are_trained_or_failed():
    plan = {("t", "none", "m", "probe", n): PlannedSeeds(frozenset({0, 1})) for n in (50, 100, 400)}
    plan["t", "none", "m", "probe", 100] = PlannedSeeds(frozenset({0, 1}), frozenset({1}))
    points = [build_point(n, 0.5, seed=0) for n in (50, 100, 200, 400)]
    (curve,) = build_curves(points, plan)
    assert [(s.n, s.n_seeds, s.n_planned, s.n_failed) for s in curve.sizes] == [
        (50, 1, 2, 0),
        (100, 1, 2, 1),
        (200, 1, 1, 0),
    ]
    assert [size.n for size in curve.settled_sizes] == [100, 200]
    assert (curve.full.n_seeds, curve.full_f1) == (1, None)
    (curve,) = build_curves([*points, build_point(400, 0.7, seed=1)], plan)
    assert curve.full_f1 == pytest.approx(0.6)


def test_a_failed_seed_that_was_retried_counts_as_trained():
    plan = {("t", "none", "m", "probe", 50): PlannedSeeds(frozenset({0, 1}), frozenset({0}))}
    (size,) = build_curves([build_point(50, 0.5, seed=0)], plan)[0].sizes
    assert (size.n_failed, size.is_settled) == (0, False)


def test_a_size_is_interpolated_where_no_seed_measured_it():
    interpolated = [build_point(n, 0.5, is_interpolated=True) for n in (50, 100)]
    curve = build_curves([*interpolated, build_point(100, 0.5), build_point(200, 0.5)])[0]
    assert [size.is_interpolated for size in curve.sizes] == [True, False, False]


def test_a_curve_needs_two_sizes_between_zero_and_full():
    assert not build_curves([build_point(n, 0.5) for n in (0, 50, 400)])[0].has_enough_sizes
    assert build_curves([build_point(n, 0.5) for n in (50, 100)])[0].has_enough_sizes


def test_without_points_there_are_no_curves():
    assert build_curves([]) == []
