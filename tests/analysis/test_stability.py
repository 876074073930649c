"""Stability: simulated noise is detected, curve shape is not noise, sources of a target count once."""

import numpy as np
import pytest

from bioner_core.analysis.stability import compare_stability, compute_sign_flip_p
from bioner_core.curves.curve import build_curves
from bioner_core.curves.points import CurvePoint

SIZES = range(50, 2000, 50)


def build_points(target, source, *, noise, drop=0.4, seeds=(0,), entity="Drug", rng):
    return [
        CurvePoint(
            target=target,
            source=source,
            model="m",
            method="probe",
            entity=entity,
            n_sentences=n,
            seed=seed,
            f1=0.8 - drop * (n / 50) ** -0.7 + rng.normal(0, noise),
        )
        for n in SIZES
        for seed in seeds
    ]


def compare_simulated_curves(*, noise, drop=0.4, seeds=(0,), sources=("A", "B"), targets="TUVWXYZ", study=5):
    rng, points = np.random.default_rng(study), []
    for target in targets:
        points += build_points(target, "none", noise=0.03, seeds=seeds, rng=rng)
        for source in sources:
            points += build_points(target, source, noise=noise, drop=drop, seeds=seeds, rng=rng)
    return {stability.over: stability for stability in compare_stability(build_curves(points))}


def test_less_noise_with_pretraining_is_detected_over_sizes_and_over_seeds():
    by_kind = compare_simulated_curves(noise=0.01, seeds=(0, 1, 2))
    assert by_kind["seeds"].spread == pytest.approx(0.01, rel=0.1)
    assert by_kind["seeds"].spread_without == pytest.approx(0.03, rel=0.1)
    assert by_kind["sizes"].spread_without == pytest.approx(0.03 / np.sqrt(3), rel=0.2)
    assert {(stability.p, stability.n_less) for stability in by_kind.values()} == {(2 / 2**7, 7)}


def test_a_flatter_curve_with_the_same_noise_is_not_more_stable():
    """At p = 0.05, one of twenty studies may differ significantly; four would be too many."""
    studies = [
        compare_simulated_curves(noise=0.03, drop=0.05, sources="A", study=study)["sizes"]
        for study in range(20)
    ]
    assert np.mean([stability.spread / stability.spread_without for stability in studies]) == pytest.approx(
        1, abs=0.03
    )
    assert sum(stability.p < 0.05 for stability in studies) < 4


def test_sources_of_one_target_and_type_are_one_pair_and_one_seed_has_no_spread():
    by_kind = compare_simulated_curves(noise=0.01, targets="TU")
    assert set(by_kind) == {"sizes", "neighbours"}
    assert (by_kind["sizes"].n_pairs, by_kind["sizes"].n_curves, by_kind["sizes"].has_enough_pairs) == (
        2,
        4,
        False,
    )


def test_sampled_sign_flips_agree_with_all_flips():
    differences = np.random.default_rng(1).normal(0.4, 1, 14).tolist()
    assert compute_sign_flip_p([*differences, 0.0]) == pytest.approx(
        compute_sign_flip_p(differences), abs=0.02
    )
