"""Gains of added sources: true effects, pairing of seeds and documents, and missing intervals."""

from dataclasses import replace

import numpy as np
import pytest
import simulated_runs

from bioner_core.analysis.additions import measure_additions
from bioner_core.analysis.resampling import estimate_sampling_noise
from bioner_core.curves.curve import build_curves
from bioner_core.curves.points import CurvePoint
from bioner_core.study.store import RunStore


def measure_run_additions(run, **wanted):
    additions = measure_additions(
        build_curves(run.points(), run.planned_seeds()), noise=estimate_sampling_noise(run, RunStore())
    )
    return [
        addition
        for addition in additions
        if all(getattr(addition, name) == value for name, value in wanted.items())
    ]


def build_point(source, n, seed, f1, **fields):
    return CurvePoint(
        target="T", source=source, model="m", method="probe", entity="Drug", n_sentences=n, seed=seed,
        f1=f1, **fields,
    )  # fmt: skip


def test_only_a_source_with_a_true_effect_is_judged_to_help():
    run = simulated_runs.create_simulated_run(sources=("good", "idle", "good+idle"))
    gains = {
        (addition.added, addition.to): addition.mean for addition in measure_run_additions(run, entity="all")
    }
    assert {pair: gain.verdict for pair, gain in gains.items()} == {
        ("good", "none"): "helps",
        ("idle", "none"): "not shown",
        ("good", "idle"): "helps",
        ("idle", "good"): "not shown",
    }
    assert {gain.covers for gain in gains.values()} == {"seeds and documents"}


def test_a_source_is_compared_with_every_subset_without_it():
    run = simulated_runs.create_simulated_run(
        sources=("A", "B", "C", "A+B", "A+C", "B+C", "A+B+C"), sizes="50,100,full", seeds=(0,)
    )
    pairs = {
        (addition.added, addition.to, addition.source)
        for addition in measure_run_additions(run, entity="all")
    }
    assert {to for added, to, _ in pairs if added == "C"} == {"none", "A", "B", "A+B"}
    assert len(pairs) == 12


def test_a_mixed_source_is_compared_with_itself_less_one_corpus():
    points = [
        build_point(source, n, 0, 0.5 + 0.01 * len(source))
        for n in (50, 100)
        for source in ("B+A", "A+B:C", "A:C")
    ]
    pairs = {(addition.added, addition.to) for addition in measure_additions(build_curves(points))}
    assert pairs == {("C", "B+A"), ("B", "A:C")}


def test_differences_pair_the_same_seeds():
    points = [build_point("none", 50, seed, f1) for seed, f1 in ((0, 0.5), (1, 0.6), (2, 0.9))]
    points += [build_point("A", 50, seed, f1) for seed, f1 in ((0, 0.52), (1, 0.64))]
    (addition,) = measure_additions(build_curves(points))
    (gain,) = addition.gains
    assert gain.difference == pytest.approx(0.03)
    assert (gain.n_seeds, gain.covers) == (2, "seeds")


def test_only_common_seeds_are_compared_and_documents_are_still_resampled():
    run = simulated_runs.create_simulated_run(sources=("good",), seeds=(0, 1), sizes="50,100,200,full")
    points = [p for p in run.points() if p.source == "none" or p.seed == 0]
    (addition,) = [
        o
        for o in measure_additions(build_curves(points), noise=estimate_sampling_noise(run, RunStore()))
        if o.entity == "Drug"
    ]
    f1_by_size = {(p.source, p.n_sentences, p.seed): p.f1 for p in points if p.entity == "Drug"}
    for gain in addition.gains:
        assert (gain.f1, gain.f1_without) == (f1_by_size["good", gain.n, 0], f1_by_size["none", gain.n, 0])
        assert (gain.n_seeds, gain.covers) == (1, "documents")
        assert gain.low < gain.difference < gain.high
    assert addition.mean.difference == pytest.approx(addition.mean.f1 - addition.mean.f1_without)


def test_the_interval_of_an_identical_model_has_zero_width():
    """Counts and seeds are the same with and without it, so the paired interval has no width."""
    run = simulated_runs.create_simulated_run(sources=("idle",), sizes="50,100,200,400,full")
    noise = estimate_sampling_noise(run, RunStore())
    (target,) = run.study.targets
    model, method = run.study.jobs[0].model, run.study.jobs[0].method
    shifts = dict(noise.shifts)
    same = [replace(p, source="none") for p in run.points() if p.source == "idle"]
    points = [p for p in run.points() if p.source == "idle"] + same
    for n in (50, 100, 200, 400):
        shifts[target, "none", model, method, "all", n] = noise.shifts[
            target, "idle", model, method, "all", n
        ]
    additions = measure_additions(build_curves(points), noise=replace(noise, shifts=shifts))
    (addition,) = [addition for addition in additions if addition.entity == "all"]
    assert (addition.mean.difference, addition.mean.low, addition.mean.high) == (0, 0, 0)
    assert np.ptp(noise.shifts[target, "idle", model, method, "all", 50]) > 0.02


def test_the_interval_says_whether_it_covers_seeds_or_documents():
    one_seed = simulated_runs.create_simulated_run("one", sources=("idle",), seeds=(0,))
    assert {addition.mean.covers for addition in measure_run_additions(one_seed)} == {"documents"}
    points = [
        build_point(s, n, seed, 0.5 + 0.01 * seed)
        for s in ("none", "A")
        for n in (50, 100)
        for seed in (0, 1)
    ]
    assert {addition.mean.covers for addition in measure_additions(build_curves(points))} == {"seeds"}


def test_the_interval_of_the_mean_treats_sizes_of_one_seed_as_dependent():
    """Seed 0 gains 0.1 at every size and seed 1 nothing: ten sizes must not make that sure."""
    sizes = range(100, 1100, 100)
    points = [
        build_point(s, n, seed, 0.5 + 0.1 * (s == "A" and not seed))
        for s in ("none", "A")
        for n in sizes
        for seed in (0, 1)
    ]
    (addition,) = measure_additions(build_curves(points))
    assert addition.mean.difference == pytest.approx(0.05)
    assert addition.mean.low < 0 < addition.mean.high


def test_the_published_run_has_no_intervals_and_both_joint_sources_are_compared():
    additions = measure_run_additions(RunStore().open("ecir2020"))
    assert {gain.verdict for addition in additions for gain in (*addition.gains, addition.mean)} == {
        "no interval"
    }
    both = {(addition.added, addition.to) for addition in additions if addition.source == "EN UGT+RU EHR"}
    assert both == {("RU EHR", "EN UGT"), ("EN UGT", "RU EHR")}


def test_saved_sentences_are_the_difference_of_two_plans():
    additions = measure_run_additions(
        RunStore().open("ecir2020"), target="RU UGT", entity="Disease", added="RU EHR", to="EN UGT"
    )
    need = additions[0].needs[-1]
    assert (need.fraction, need.row_without.n_plan, need.row.n_plan, need.saved.n) == (0.99, 900, 780, 120)


def test_zero_shot_is_compared_between_sources_but_not_in_the_mean():
    points = [build_point("A", n, 0, 0.3 + n / 1000) for n in (0, 50)] + [
        build_point("A+B", n, 0, 0.4) for n in (0, 50)
    ]
    (addition,) = measure_additions(build_curves(points))
    assert [gain.n for gain in addition.gains] == [0, 50]
    assert addition.mean.difference == pytest.approx(0.05)


def test_intervals_of_sources_without_effect_exclude_zero_in_ten_percent_of_cases():
    """True effects are zero, and seeds differ as a whole and at each size: 20 of 200 intervals may miss."""
    missed = {"mean": 0, "size": 0}
    for study in range(200):
        draw = np.random.default_rng(study)
        points = []
        for source in ("none", "A"):
            for seed in (0, 1, 2):
                seed_shift = draw.normal(0, 0.01)
                points += [
                    build_point(source, n, seed, 0.6 + seed_shift + draw.normal(0, 0.02))
                    for n in (50, 100, 200, 400)
                ]
        (addition,) = measure_additions(build_curves(points))
        for kind, gain in (("mean", addition.mean), ("size", addition.find_gain(200))):
            missed[kind] += not gain.low <= 0 <= gain.high
    assert 10 <= missed["mean"] <= 30
    assert 10 <= missed["size"] <= 36
