"""A forecast depends on the observed points of a curve and on curves of other corpora, on nothing else."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bioner_core.curves.curve import build_curves
from bioner_core.curves.points import CurvePoint, parse_point_record
from bioner_core.errors import BionerError
from bioner_core.forecast.forecast import compute_gain, forecast_curve, forecast_from_prior

RUN = Path(__file__).resolve().parents[2] / "runs" / "ecir2020"


@pytest.fixture(scope="module")
def published():
    records = [json.loads(line) for line in (RUN / "points.jsonl").read_text().splitlines()]
    points = [parse_point_record({k: v for k, v in r.items() if k != "job"}, where="") for r in records]
    return [curve for curve in build_curves(points) if curve.has_enough_sizes]


@pytest.fixture(scope="module")
def observed_curve(published):
    return next(c for c in published if (c.target, c.entity, c.source) == ("EN UGT", "Drug", "none"))


def cut_curve(curve, n):
    sizes = tuple(size for size in curve.sizes if size.n <= n)
    return replace(curve, sizes=sizes, full=None, full_reference=None)


@pytest.mark.parametrize("n_observed", [50, 100, 200, 400, 800])
def test_points_beyond_the_observed_sizes_do_not_change_the_forecast(published, observed_curve, n_observed):
    result = forecast_curve(observed_curve, n_observed=n_observed, sizes=[1600], others=published)
    changed = [replace(s, f1=s.f1 / 2) if s.n > n_observed else s for s in observed_curve.sizes]
    full = replace(observed_curve.full, f1=0.1)
    other = replace(observed_curve, sizes=tuple(changed), full=full, full_reference=full)
    rest = [other if curve is observed_curve else curve for curve in published]
    assert forecast_curve(other, n_observed=n_observed, sizes=[1600], others=rest) == result
    assert forecast_curve(cut_curve(observed_curve, n_observed), sizes=[1600], others=published) == result


def test_other_curves_of_the_same_target_do_not_change_the_forecast(published, observed_curve):
    result = forecast_curve(observed_curve, n_observed=200, sizes=[800], others=published)
    away = [curve for curve in published if curve.target != observed_curve.target]
    assert forecast_curve(observed_curve, n_observed=200, sizes=[800], others=away) == replace(result)


def test_curves_of_other_targets_change_the_forecast(published, observed_curve):
    result = forecast_curve(observed_curve, n_observed=100, sizes=[800], others=published)
    fewer = [curve for curve in published if curve.target != "EN EHR"]
    assert forecast_curve(observed_curve, n_observed=100, sizes=[800], others=fewer).points != result.points


def test_intervals_contain_their_median_and_needs_rise_with_the_fraction(published, observed_curve):
    result = forecast_curve(observed_curve, n_observed=200, sizes=[400, 800, 1600], others=published)
    for point in (*result.points, result.full):
        assert 0 <= point.low <= point.f1 <= point.high <= 1
    middles = [need.n for need in result.needs]
    assert middles == sorted(middles)
    assert all(need.low <= need.n <= need.high <= 5000 and need.n % 10 == 0 for need in result.needs)


def test_f1_never_falls_with_more_sentences(published, observed_curve):
    result = forecast_curve(observed_curve, n_observed=100, sizes=range(50, 5001, 50), others=published)
    for name in ("low", "f1", "high"):
        assert np.all(np.diff([getattr(point, name) for point in result.points]) > -1e-9)


def test_forecasts_from_one_size_and_from_the_prior_alone_are_possible(published, observed_curve):
    single = forecast_curve(observed_curve, n_observed=50, sizes=[800], others=published)
    prior = forecast_from_prior([c for c in published if c.target != observed_curve.target], sizes=[800])
    assert (single.n_observed, prior.n_observed) == (50, 0)
    assert single.points[0].high - single.points[0].low < prior.points[0].high - prior.points[0].low
    assert "nothing of this one" in prior.method_used


def test_more_points_make_a_narrower_forecast(published, observed_curve):
    widths = [
        result.full.high - result.full.low
        for result in (
            forecast_curve(observed_curve, n_observed=n, others=published) for n in (50, 200, 800, 1950)
        )
    ]
    assert widths == sorted(widths, reverse=True)


def test_a_forecast_without_other_curves_is_wider_and_noted_as_such(published, observed_curve):
    alone = forecast_curve(observed_curve, n_observed=200, sizes=[800])
    learned = forecast_curve(observed_curve, n_observed=200, sizes=[800], others=published)
    assert "no other curves" in alone.method_used
    assert alone.points[0].high - alone.points[0].low > learned.points[0].high - learned.points[0].low


def test_a_measured_full_point_is_used_by_default(published, observed_curve):
    result = forecast_curve(observed_curve, pool=observed_curve.train_size, others=published)
    assert result.n_observed == observed_curve.train_size
    assert abs(result.full.f1 - observed_curve.full.f1) < 0.02


def test_full_data_without_pretraining_narrows_the_forecast_of_a_source(published, observed_curve):
    curve = next(c for c in published if c.source != "none" and c.target == "EN UGT" and c.entity == "Drug")
    others = [other for other in published if other.target != curve.target]
    options = {"sizes": [1600], "pool": curve.train_size, "others": others}
    alone = forecast_curve(curve, n_observed=400, **options)
    result = forecast_curve(curve, n_observed=400, has_full_reference=True, **options)
    assert result.full.high - result.full.low < (alone.full.high - alone.full.low) / 2
    assert result.full.low < curve.full_f1 < result.full.high
    assert result.method_used.endswith("sizes of this one and full data without pretraining")
    assert (result.n_observed, alone.n_observed) == (400, 400)
    assert forecast_curve(curve, **options).method_used.endswith("and full data without pretraining")
    no_reference = replace(curve, full_reference=None)
    assert forecast_curve(no_reference, n_observed=400, has_full_reference=True, **options) == forecast_curve(
        no_reference, n_observed=400, **options
    )


def test_a_goal_that_the_pool_does_not_reach_needs_more_than_the_pool(published, observed_curve):
    result = forecast_curve(observed_curve, n_observed=800, others=published)
    out_of_reach = result.compute_need(goal_f1=0.999)
    assert (out_of_reach.n, out_of_reach.high, out_of_reach.is_beyond) == (None, None, True)
    assert out_of_reach.probability < 0.5
    assert result.compute_need(goal_f1=0.5).n <= 100


def test_gains_shrink_with_more_sentences(published, observed_curve):
    result = forecast_curve(observed_curve, n_observed=200, others=published)
    steps = [compute_gain(result, n).f1 for n in (200, 400, 800, 1600)]
    assert steps == sorted(steps, reverse=True)
    assert all(compute_gain(result, n).low >= 0 for n in (200, 400, 800))


def test_a_pool_smaller_than_the_observed_sizes_is_refused(published, observed_curve):
    with pytest.raises(BionerError, match="the pool is 300 sentences, yet 400 are observed"):
        forecast_curve(observed_curve, n_observed=400, pool=300, others=published)


@pytest.mark.parametrize(
    "goal", [{}, {"fraction": 0.0}, {"fraction": 1.2}, {"fraction": 0.9, "goal_f1": 0.8}]
)
def test_a_goal_out_of_range_is_refused(published, observed_curve, goal):
    with pytest.raises(BionerError, match="ask for one fraction or F1 above 0 and at most 1"):
        forecast_curve(observed_curve, n_observed=400, others=published).compute_need(**goal)


def test_a_forecast_is_narrow_at_the_last_size_and_widens_beyond(published):
    whole = next(c for c in published if (c.target, c.entity, c.source) == ("EN UGT", "Drug", "EN EHR"))
    result = forecast_curve(whole, others=published)
    widths = [result.predict(n).high - result.predict(n).low for n in (1950, 2500, 3500, 5000)]
    assert widths[0] < 0.03
    assert widths == sorted(widths)


def test_columns_of_needed_sentences_are_named_after_their_fraction(published, observed_curve):
    (row,) = forecast_curve(
        observed_curve, n_observed=200, sizes=[800], fractions=(0.9, 0.975), others=published
    ).records()
    assert {"n90", "n90_low", "n90_high", "n97.5", "n97.5_low", "n97.5_high"} <= set(row)
    assert (row["n_observed"], row["at"], row["pool"], row["target"]) == (200, 800, 5000, "EN UGT")


def test_duplicate_curves_count_once(published, observed_curve):
    result = forecast_curve(observed_curve, n_observed=200, sizes=[800], others=published)
    twice = forecast_curve(observed_curve, n_observed=200, sizes=[800], others=[*published, *published])
    assert result.points[0].f1 == pytest.approx(twice.points[0].f1, abs=0.003)


@pytest.mark.parametrize("f1", [0.0, 1.0, 0.5])
@pytest.mark.parametrize("sizes", [(1,), (7, 8), (50, 100, 200), (40_000,), tuple(range(1, 400, 3))])
def test_unusual_curves_have_finite_forecasts_within_bounds(published, f1, sizes):
    base = {"target": "t", "source": "none", "model": "m", "method": "probe", "entity": "Symptom"}
    points = [CurvePoint(**base, n_sentences=n, f1=f1, seed=0) for n in sizes]
    (unusual_curve,) = build_curves(points)
    for others in ([], published[:1], published):
        result = forecast_curve(unusual_curve, sizes=[1, 100, 10**6], pool=50_000, others=others)
        values = [x for p in (*result.points, result.full) for x in (p.low, p.f1, p.high)]
        assert np.isfinite(values).all()
        assert 0 <= min(values) <= max(values) <= 1
        assert all(1 <= need.low <= need.n <= need.high <= 50_000 for need in result.needs)
        assert compute_gain(result, sizes[-1]).low >= 0
