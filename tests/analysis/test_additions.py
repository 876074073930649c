"""Whether adding a source helps: known effects, pairs of seeds and documents, and where nothing is known."""

from dataclasses import replace

import counted_runs
import numpy as np
import pytest

from bioner_core.analysis.additions import measure_additions
from bioner_core.analysis.resampling import estimate_sampling_noise
from bioner_core.curves.curve import build_curves
from bioner_core.curves.points import CurvePoint
from bioner_core.study.store import RunStore


def told(run, **wanted):
    found = measure_additions(build_curves(run.points(), run.planned_seeds()), noise=estimate_sampling_noise(run, RunStore()))
    return [one for one in found if all(getattr(one, name) == value for name, value in wanted.items())]


def point(source, n, seed, f1, **fields):
    return CurvePoint(
        target="T", source=source, model="m", method="probe", entity="Drug", n_sentences=n, seed=seed,
        f1=f1, **fields,
    )  # fmt: skip


def test_a_source_that_helps_is_shown_to_and_one_that_does_nothing_is_not():
    run = counted_runs.counted(sources=("good", "idle", "good+idle"))
    found = {(one.added, one.to): one.mean for one in told(run, entity="all")}
    assert {pair: gain.verdict for pair, gain in found.items()} == {
        ("good", "none"): "helps",
        ("idle", "none"): "not shown",
        ("good", "idle"): "helps",
        ("idle", "good"): "not shown",
    }
    assert {gain.covers for gain in found.values()} == {"seeds and documents"}


def test_each_source_is_compared_with_every_subset_without_it():
    run = counted_runs.counted(
        sources=("A", "B", "C", "A+B", "A+C", "B+C", "A+B+C"), sizes="50,100,full", seeds=(0,)
    )
    pairs = {(one.added, one.to, one.source) for one in told(run, entity="all")}
    assert {to for added, to, _ in pairs if added == "C"} == {"none", "A", "B", "A+B"}
    assert len(pairs) == 12


def test_a_mixed_source_is_compared_with_itself_less_one_corpus():
    points = [
        point(source, n, 0, 0.5 + 0.01 * len(source)) for n in (50, 100) for source in ("B+A", "A+B:C", "A:C")
    ]
    found = {(one.added, one.to) for one in measure_additions(build_curves(points))}
    assert found == {("C", "B+A"), ("B", "A:C")}


def test_differences_are_taken_between_the_same_seeds():
    points = [point("none", 50, seed, f1) for seed, f1 in ((0, 0.5), (1, 0.6), (2, 0.9))]
    points += [point("A", 50, seed, f1) for seed, f1 in ((0, 0.52), (1, 0.64))]
    (one,) = measure_additions(build_curves(points))
    (gain,) = one.gains
    assert gain.difference == pytest.approx(0.03)
    assert (gain.n_seeds, gain.covers) == (2, "seeds")


def test_where_one_side_lacks_a_seed_common_ones_are_compared_and_documents_still_drawn():
    run = counted_runs.counted(sources=("good",), seeds=(0, 1), sizes="50,100,200,full")
    points = [p for p in run.points() if p.source == "none" or p.seed == 0]
    (one,) = [o for o in measure_additions(build_curves(points), noise=estimate_sampling_noise(run, RunStore())) if o.entity == "Drug"]
    own = {(p.source, p.n_sentences, p.seed): p.f1 for p in points if p.entity == "Drug"}
    for gain in one.gains:
        assert (gain.f1, gain.f1_without) == (own["good", gain.n, 0], own["none", gain.n, 0])
        assert (gain.n_seeds, gain.covers) == (1, "documents")
        assert gain.low < gain.difference < gain.high
    assert one.mean.difference == pytest.approx(one.mean.f1 - one.mean.f1_without)


def test_a_source_that_changes_nothing_at_all_has_no_width():
    """Counts and seeds are the same with and without it, so pairing must leave no doubt."""
    run = counted_runs.counted(sources=("idle",), sizes="50,100,200,400,full")
    known = estimate_sampling_noise(run, RunStore())
    (target,) = run.study.targets
    model, method = run.study.jobs[0].model, run.study.jobs[0].method
    shifts = dict(known.shifts)
    same = [replace(p, source="none") for p in run.points() if p.source == "idle"]
    points = [p for p in run.points() if p.source == "idle"] + same
    for n in (50, 100, 200, 400):
        shifts[target, "none", model, method, "all", n] = known.shifts[
            target, "idle", model, method, "all", n
        ]
    found = measure_additions(build_curves(points), noise=replace(known, shifts=shifts))
    (one,) = [one for one in found if one.entity == "all"]
    assert (one.mean.difference, one.mean.low, one.mean.high) == (0, 0, 0)
    assert np.ptp(known.shifts[target, "idle", model, method, "all", 50]) > 0.02


def test_seeds_alone_and_documents_alone_are_named_as_what_the_interval_covers():
    one_seed = counted_runs.counted("one", sources=("idle",), seeds=(0,))
    assert {one.mean.covers for one in told(one_seed)} == {"documents"}
    points = [
        point(s, n, seed, 0.5 + 0.01 * seed) for s in ("none", "A") for n in (50, 100) for seed in (0, 1)
    ]
    assert {one.mean.covers for one in measure_additions(build_curves(points))} == {"seeds"}


def test_the_mean_takes_seeds_as_wholes_since_sizes_share_their_pretraining():
    """Seed 0 gains 0.1 at every size and seed 1 nothing: ten sizes must not make that sure."""
    sizes = range(100, 1100, 100)
    points = [
        point(s, n, seed, 0.5 + 0.1 * (s == "A" and not seed))
        for s in ("none", "A")
        for n in sizes
        for seed in (0, 1)
    ]
    (one,) = measure_additions(build_curves(points))
    assert one.mean.difference == pytest.approx(0.05)
    assert one.mean.low < 0 < one.mean.high


def test_the_published_run_has_no_intervals_and_its_two_sources_are_each_compared():
    found = told(RunStore().open("ecir2020"))
    assert {gain.verdict for one in found for gain in (*one.gains, one.mean)} == {"no interval"}
    both = {(one.added, one.to) for one in found if one.source == "EN UGT+RU EHR"}
    assert both == {("RU EHR", "EN UGT"), ("EN UGT", "RU EHR")}


def test_sentences_saved_are_those_of_the_two_plans():
    found = told(RunStore().open("ecir2020"), target="RU UGT", entity="Disease", added="RU EHR", to="EN UGT")
    need = found[0].needs[-1]
    assert (need.fraction, need.row_without.n_plan, need.row.n_plan, need.saved.n) == (0.99, 1020, 880, 140)


def test_zero_shot_is_compared_between_sources_but_not_in_the_mean():
    points = [point("A", n, 0, 0.3 + n / 1000) for n in (0, 50)] + [point("A+B", n, 0, 0.4) for n in (0, 50)]
    (one,) = measure_additions(build_curves(points))
    assert [gain.n for gain in one.gains] == [0, 50]
    assert one.mean.difference == pytest.approx(0.05)


def test_intervals_of_sources_that_do_nothing_miss_zero_one_time_in_ten():
    """True effects are zero, and seeds differ as a whole and at each size: 20 of 200 intervals may miss."""
    missed = {"mean": 0, "size": 0}
    for study in range(200):
        draw = np.random.default_rng(study)
        points = []
        for source in ("none", "A"):
            for seed in (0, 1, 2):
                own = draw.normal(0, 0.01)
                points += [
                    point(source, n, seed, 0.6 + own + draw.normal(0, 0.02)) for n in (50, 100, 200, 400)
                ]
        (one,) = measure_additions(build_curves(points))
        for kind, gain in (("mean", one.mean), ("size", one.find_gain(200))):
            missed[kind] += not gain.low <= 0 <= gain.high
    assert 10 <= missed["mean"] <= 30
    assert 10 <= missed["size"] <= 36
