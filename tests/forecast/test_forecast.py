"""A forecast rests on what was seen of a curve and on curves of other corpora; nothing else may change it."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bioner_core.curves.curve import curves
from bioner_core.curves.points import CurvePoint, point_from_record
from bioner_core.errors import BionerError
from bioner_core.forecast.forecast import forecast, gain, prior_forecast

RUN = Path(__file__).resolve().parents[2] / "runs" / "ecir2020"


@pytest.fixture(scope="module")
def published():
    records = [json.loads(line) for line in (RUN / "points.jsonl").read_text().splitlines()]
    points = [point_from_record({k: v for k, v in r.items() if k != "job"}, where="") for r in records]
    return [curve for curve in curves(points) if curve.is_curve]


@pytest.fixture(scope="module")
def seen(published):
    return next(c for c in published if (c.target, c.entity, c.source) == ("EN UGT", "Drug", "none"))


def upto(curve, n):
    kept = tuple(size for size in curve.sizes if size.n <= n)
    return replace(curve, sizes=kept, full=None, yardstick=None)


@pytest.mark.parametrize("n_observed", [50, 100, 200, 400, 800])
def test_a_changed_point_beyond_what_was_observed_changes_nothing(published, seen, n_observed):
    told = forecast(seen, n_observed=n_observed, at=[1600], others=published)
    changed = [replace(s, f1=s.f1 / 2) if s.n > n_observed else s for s in seen.sizes]
    full = replace(seen.full, f1=0.1)
    other = replace(seen, sizes=tuple(changed), full=full, yardstick=full)
    rest = [other if curve is seen else curve for curve in published]
    assert forecast(other, n_observed=n_observed, at=[1600], others=rest) == told
    assert forecast(upto(seen, n_observed), at=[1600], others=published) == told


def test_other_curves_of_the_same_target_change_nothing(published, seen):
    told = forecast(seen, n_observed=200, at=[800], others=published)
    away = [curve for curve in published if curve.target != seen.target]
    assert forecast(seen, n_observed=200, at=[800], others=away) == replace(told)


def test_a_changed_curve_of_another_target_changes_it(published, seen):
    told = forecast(seen, n_observed=100, at=[800], others=published)
    fewer = [curve for curve in published if curve.target != "EN EHR"]
    assert forecast(seen, n_observed=100, at=[800], others=fewer).at != told.at


def test_intervals_hold_their_middle_and_needs_rise_with_the_share(published, seen):
    told = forecast(seen, n_observed=200, at=[400, 800, 1600], others=published)
    for point in (*told.at, told.full):
        assert 0 <= point.low <= point.f1 <= point.high <= 1
    middles = [need.n for need in told.needs]
    assert middles == sorted(middles)
    assert all(need.low <= need.n <= need.high <= 5000 and need.n % 10 == 0 for need in told.needs)


def test_f1_never_falls_with_more_sentences(published, seen):
    told = forecast(seen, n_observed=100, at=range(50, 5001, 50), others=published)
    for name in ("low", "f1", "high"):
        assert np.all(np.diff([getattr(point, name) for point in told.at]) > -1e-9)


def test_one_size_is_enough_and_none_too(published, seen):
    one = forecast(seen, n_observed=50, at=[800], others=published)
    prior = prior_forecast([c for c in published if c.target != seen.target], at=[800])
    assert (one.n_observed, prior.n_observed) == (50, 0)
    assert one.at[0].high - one.at[0].low < prior.at[0].high - prior.at[0].low
    assert "nothing of this one" in prior.method_used


def test_more_points_make_a_narrower_forecast(published, seen):
    widths = [
        told.full.high - told.full.low
        for told in (forecast(seen, n_observed=n, others=published) for n in (50, 200, 800, 1950))
    ]
    assert widths == sorted(widths, reverse=True)


def test_without_other_curves_the_forecast_is_wide_and_says_so(published, seen):
    alone = forecast(seen, n_observed=200, at=[800])
    learned = forecast(seen, n_observed=200, at=[800], others=published)
    assert "no other curves" in alone.method_used
    assert alone.at[0].high - alone.at[0].low > learned.at[0].high - learned.at[0].low


def test_a_measured_full_point_counts_where_nothing_is_hidden(published, seen):
    told = forecast(seen, pool=seen.train_size, others=published)
    assert told.n_observed == seen.train_size
    assert abs(told.full.f1 - seen.full.f1) < 0.02


def test_full_data_without_pretraining_leads_the_curve_of_a_source(published, seen):
    curve = next(c for c in published if c.source != "none" and c.target == "EN UGT" and c.entity == "Drug")
    others = [other for other in published if other.target != curve.target]
    asked = {"at": [1600], "pool": curve.train_size, "others": others}
    alone = forecast(curve, n_observed=400, **asked)
    told = forecast(curve, n_observed=400, is_full_told=True, **asked)
    assert told.full.high - told.full.low < (alone.full.high - alone.full.low) / 2
    assert told.full.low < curve.full_f1 < told.full.high
    assert told.method_used.endswith("sizes of this one and full data without pretraining")
    assert (told.n_observed, alone.n_observed) == (400, 400)
    assert forecast(curve, **asked).method_used.endswith("and full data without pretraining")
    without = replace(curve, yardstick=None)
    assert forecast(without, n_observed=400, is_full_told=True, **asked) == forecast(
        without, n_observed=400, **asked
    )


def test_a_goal_above_what_the_pool_reaches_is_beyond_it(published, seen):
    told = forecast(seen, n_observed=800, others=published)
    out_of_reach = told.need(goal_f1=0.999)
    assert (out_of_reach.n, out_of_reach.high, out_of_reach.is_beyond) == (None, None, True)
    assert out_of_reach.chance < 0.5
    assert told.need(goal_f1=0.5).n <= 100


def test_the_next_sentences_bring_less_and_less(published, seen):
    told = forecast(seen, n_observed=200, others=published)
    steps = [gain(told, n).f1 for n in (200, 400, 800, 1600)]
    assert steps == sorted(steps, reverse=True)
    assert all(gain(told, n).low >= 0 for n in (200, 400, 800))


def test_a_pool_smaller_than_what_is_observed_is_refused(published, seen):
    with pytest.raises(BionerError, match="the pool is 300 sentences, yet 400 are observed"):
        forecast(seen, n_observed=400, pool=300, others=published)


@pytest.mark.parametrize(
    "goal", [{}, {"fraction": 0.0}, {"fraction": 1.2}, {"fraction": 0.9, "goal_f1": 0.8}]
)
def test_a_goal_out_of_range_is_refused(published, seen, goal):
    with pytest.raises(BionerError, match="ask for one fraction or F1 above 0 and at most 1"):
        forecast(seen, n_observed=400, others=published).need(**goal)


def test_a_forecast_starts_narrow_where_the_curve_ends(published):
    whole = next(c for c in published if (c.target, c.entity, c.source) == ("EN UGT", "Drug", "EN EHR"))
    told = forecast(whole, others=published)
    widths = [told.point(n).high - told.point(n).low for n in (1950, 2500, 3500, 5000)]
    assert widths[0] < 0.03
    assert widths == sorted(widths)


def test_rows_are_called_after_their_share(published, seen):
    (row,) = forecast(seen, n_observed=200, at=[800], fractions=(0.9, 0.975), others=published).records()
    assert {"n90", "n90_low", "n90_high", "n97.5", "n97.5_low", "n97.5_high"} <= set(row)
    assert (row["n_observed"], row["at"], row["pool"], row["target"]) == (200, 800, 5000, "EN UGT")


def test_curves_that_are_there_twice_count_once(published, seen):
    told = forecast(seen, n_observed=200, at=[800], others=published)
    twice = forecast(seen, n_observed=200, at=[800], others=[*published, *published])
    assert told.at[0].f1 == pytest.approx(twice.at[0].f1, abs=0.003)


@pytest.mark.parametrize("f1", [0.0, 1.0, 0.5])
@pytest.mark.parametrize("sizes", [(1,), (7, 8), (50, 100, 200), (40_000,), tuple(range(1, 400, 3))])
def test_any_curve_has_a_forecast(published, f1, sizes):
    base = {"target": "t", "source": "none", "model": "m", "method": "probe", "entity": "Symptom"}
    points = [CurvePoint(**base, n_sentences=n, f1=f1, seed=0) for n in sizes]
    (odd,) = curves(points)
    for others in ([], published[:1], published):
        told = forecast(odd, at=[1, 100, 10**6], pool=50_000, others=others)
        values = [x for p in (*told.at, told.full) for x in (p.low, p.f1, p.high)]
        assert np.isfinite(values).all()
        assert 0 <= min(values) <= max(values) <= 1
        assert all(1 <= need.low <= need.n <= need.high <= 50_000 for need in told.needs)
        assert gain(told, sizes[-1]).low >= 0
