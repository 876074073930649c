"""Steadiness: known noise is found, shape is not taken for noise, and sources of one target count once."""

import numpy as np
import pytest

from bioner_core.analysis.stability import compute_sign_flip_p, compare_stability
from bioner_core.curves.curve import build_curves
from bioner_core.curves.points import CurvePoint

SIZES = range(50, 2000, 50)


def points(target, source, *, noise, drop=0.4, seeds=(0,), entity="Drug", draw):
    return [
        CurvePoint(
            target=target,
            source=source,
            model="m",
            method="probe",
            entity=entity,
            n_sentences=n,
            seed=seed,
            f1=0.8 - drop * (n / 50) ** -0.7 + draw.normal(0, noise),
        )
        for n in SIZES
        for seed in seeds
    ]


def told(*, noise, drop=0.4, seeds=(0,), sources=("A", "B"), targets="TUVWXYZ", study=5):
    draw, found = np.random.default_rng(study), []
    for target in targets:
        found += points(target, "none", noise=0.03, seeds=seeds, draw=draw)
        for source in sources:
            found += points(target, source, noise=noise, drop=drop, seeds=seeds, draw=draw)
    return {one.over: one for one in compare_stability(build_curves(found))}


def test_less_noise_with_pretraining_is_shown_over_sizes_and_over_seeds():
    found = told(noise=0.01, seeds=(0, 1, 2))
    assert found["seeds"].spread == pytest.approx(0.01, rel=0.1)
    assert found["seeds"].spread_without == pytest.approx(0.03, rel=0.1)
    assert found["sizes"].spread_without == pytest.approx(0.03 / np.sqrt(3), rel=0.2)
    assert {(one.p, one.n_less) for one in found.values()} == {(2 / 2**7, 7)}


def test_a_flatter_curve_of_the_same_noise_is_no_steadier():
    """Level p = 0.05: one of twenty studies may be told to differ, four would be too many."""
    studies = [told(noise=0.03, drop=0.05, sources="A", study=study)["sizes"] for study in range(20)]
    assert np.mean([one.spread / one.spread_without for one in studies]) == pytest.approx(1, abs=0.03)
    assert sum(one.p < 0.05 for one in studies) < 4


def test_sources_of_one_target_and_type_are_one_pair_and_one_seed_has_no_spread():
    found = told(noise=0.01, targets="TU")
    assert set(found) == {"sizes", "neighbours"}
    assert (found["sizes"].n_pairs, found["sizes"].n_curves, found["sizes"].has_enough_pairs) == (2, 4, False)


def test_flips_that_are_drawn_agree_with_all_flips():
    differences = np.random.default_rng(1).normal(0.4, 1, 14).tolist()
    assert compute_sign_flip_p([*differences, 0.0]) == pytest.approx(compute_sign_flip_p(differences), abs=0.02)
