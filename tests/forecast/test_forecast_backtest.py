"""The back-test of forecasts on the published curves reaches its documented accuracy, as do its baselines."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import backtest
from bioner_core.curves.curve import build_curves
from bioner_core.curves.points import CurvePoint, parse_point_record
from bioner_core.forecast.forecast import forecast_curve

ROOT = Path(__file__).resolve().parents[2]
BEST_BASELINE = {(100, 400): 6.6, (200, 800): 5.2, (400, 1600): 5.6, (800, 1600): 1.9}  # issue 4, points


@pytest.fixture(scope="module")
def published():
    records = [json.loads(line) for line in (ROOT / "runs/ecir2020/points.jsonl").read_text().splitlines()]
    points = [parse_point_record({k: v for k, v in r.items() if k != "job"}, where="") for r in records]
    return [curve for curve in build_curves(points) if curve.has_enough_sizes]


@pytest.fixture(scope="module")
def rows(published):
    result = {}
    for start, m in BEST_BASELINE:
        forecasts = [
            forecast_curve(c, n_observed=start, sizes=[m], pool=c.train_size, others=published).points[0]
            for c in published
        ]
        truths = [backtest.measure_f1(c, m) for c in published]
        off = [100 * abs(p.f1 - t) for p, t in zip(forecasts, truths, strict=True)]
        inside = [p.low <= t <= p.high for p, t in zip(forecasts, truths, strict=True)]
        result[start, m] = (float(np.median(off)), float(np.mean(inside)))
    return result


def build_curve(f1_by_n, *, full, source="none", target="t"):
    base = {"target": target, "source": source, "model": "m", "method": "finetune", "entity": "Drug"}
    points = [CurvePoint(**base, n_sentences=n, f1=f1, train_size=5000) for n, f1 in f1_by_n.items()]
    (target_curve,) = build_curves(
        [*points, CurvePoint(**base, n_sentences=5000, f1=full, train_size=5000, is_full=True)]
    )
    return target_curve


def test_three_of_four_forecasts_beat_the_best_baseline_and_none_is_worse_by_half_a_point(rows):
    better = [rows[row][0] < best for row, best in BEST_BASELINE.items()]
    assert sum(better) >= 3, rows
    assert all(rows[row][0] <= best + 0.5 for row, best in BEST_BASELINE.items()), rows


def test_nine_in_ten_intervals_cover_the_truth(rows):
    assert all(0.80 <= held <= 1 for _, held in rows.values()), rows
    assert 0.85 <= np.mean([held for _, held in rows.values()]) <= 0.97


def test_the_sentences_for_95_percent_are_forecast_within_a_factor_of_one_and_a_half(published):
    for start in (200, 400):
        off = []
        for target_curve in published:
            (need,) = forecast_curve(
                target_curve,
                n_observed=start,
                pool=target_curve.train_size,
                fractions=(0.95,),
                others=published,
            ).needs
            off.append(abs(np.log2(min(need.n, 1950) / backtest.find_crossing(target_curve, 0.95).n)))
        assert np.mean(off) <= 0.62, start  # the best known rules have 0.75 and 0.66, the aim is 0.55


def test_the_reference_f1_at_a_size_averages_neighbouring_sizes():
    target_curve = build_curve({300: 0.1, 350: 0.2, 400: 0.3, 500: 0.4, 550: 0.9}, full=0.9)
    assert backtest.measure_f1(target_curve, 400) == pytest.approx((0.1 + 0.2 + 0.3 + 0.4) / 4)


def test_an_unreached_share_is_censored_at_the_largest_size():
    target_curve = build_curve({50: 0.1, 100: 0.6, 200: 0.5, 400: 0.57}, full=0.6)
    assert backtest.find_crossing(target_curve, 0.95) == backtest.Crossing(n=400, is_censored=False)
    assert backtest.find_crossing(target_curve, 0.99) == backtest.Crossing(n=400, is_censored=True)


def test_baselines_compute_their_documented_values():
    power = {n: 0.9 - 0.5 * (n / 100) ** -0.5 for n in (50, 100, 150, 200, 400, 800)}
    target_curve = build_curve(power, full=0.85)
    other = build_curve({n: f1 - 0.1 for n, f1 in power.items()}, full=0.8, target="u")
    assert backtest.predict_last_value(target_curve, 200) == power[200]
    assert backtest.predict_power_law(target_curve, 200, 800) == pytest.approx(power[800], abs=0.01)
    assert backtest.predict_power_law(target_curve, 150, 800) is None
    assert backtest.predict_median_gain(target_curve, [other], 200, 800) == pytest.approx(power[800])
    assert backtest.estimate_prior_need([other], 0.5) == 200  # 0.39 at 150, 0.45 at 200
