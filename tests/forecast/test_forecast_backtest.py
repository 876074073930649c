"""What the benchmark claims of forecasts holds on the published curves; its truths and rules are right."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import backtest
from bioner_core.curves.curve import curves
from bioner_core.curves.points import CurvePoint, point_from_record
from bioner_core.forecast.forecast import forecast

ROOT = Path(__file__).resolve().parents[2]
BEST_KNOWN = {(100, 400): 6.6, (200, 800): 5.2, (400, 1600): 5.6, (800, 1600): 1.9}  # issue 4, points


@pytest.fixture(scope="module")
def published():
    records = [json.loads(line) for line in (ROOT / "runs/ecir2020/points.jsonl").read_text().splitlines()]
    points = [point_from_record({k: v for k, v in r.items() if k != "job"}, where="") for r in records]
    return [curve for curve in curves(points) if curve.is_curve]


@pytest.fixture(scope="module")
def rows(published):
    found = {}
    for start, m in BEST_KNOWN:
        told = [
            forecast(c, n_observed=start, at=[m], pool=c.train_size, others=published).at[0]
            for c in published
        ]
        truths = [backtest.truth(c, m) for c in published]
        off = [100 * abs(p.f1 - t) for p, t in zip(told, truths, strict=True)]
        inside = [p.low <= t <= p.high for p, t in zip(told, truths, strict=True)]
        found[start, m] = (float(np.median(off)), float(np.mean(inside)))
    return found


def curve(f1_by_n, *, full, source="none", target="t"):
    base = {"target": target, "source": source, "model": "m", "method": "finetune", "entity": "Drug"}
    points = [CurvePoint(**base, n_sentences=n, f1=f1, train_size=5000) for n, f1 in f1_by_n.items()]
    (one,) = curves([*points, CurvePoint(**base, n_sentences=5000, f1=full, train_size=5000, is_full=True)])
    return one


def test_three_rows_of_four_beat_the_best_known_rule_and_none_is_worse_by_half_a_point(rows):
    better = [rows[row][0] < best for row, best in BEST_KNOWN.items()]
    assert sum(better) >= 3, rows
    assert all(rows[row][0] <= best + 0.5 for row, best in BEST_KNOWN.items()), rows


def test_nine_in_ten_intervals_hold_the_truth(rows):
    assert all(0.80 <= held <= 1 for _, held in rows.values()), rows
    assert 0.85 <= np.mean([held for _, held in rows.values()]) <= 0.97


def test_the_sentences_for_95_percent_are_told_within_a_factor_of_one_and_a_half(published):
    for start in (200, 400):
        off = []
        for one in published:
            (need,) = forecast(
                one, n_observed=start, pool=one.train_size, fractions=(0.95,), others=published
            ).needs
            off.append(abs(np.log2(min(need.n, 1950) / backtest.crossing(one, 0.95).n)))
        assert np.mean(off) <= 0.62, start  # the best known rules have 0.75 and 0.66, the aim is 0.55


def test_the_truth_at_a_size_is_the_mean_around_it():
    one = curve({300: 0.1, 350: 0.2, 400: 0.3, 500: 0.4, 550: 0.9}, full=0.9)
    assert backtest.truth(one, 400) == pytest.approx((0.1 + 0.2 + 0.3 + 0.4) / 4)


def test_an_unreached_share_is_censored_at_the_largest_size():
    one = curve({50: 0.1, 100: 0.6, 200: 0.5, 400: 0.57}, full=0.6)
    assert backtest.crossing(one, 0.95) == backtest.Crossing(n=400, is_censored=False)
    assert backtest.crossing(one, 0.99) == backtest.Crossing(n=400, is_censored=True)


def test_simple_rules_are_what_they_say():
    power = {n: 0.9 - 0.5 * (n / 100) ** -0.5 for n in (50, 100, 150, 200, 400, 800)}
    one = curve(power, full=0.85)
    other = curve({n: f1 - 0.1 for n, f1 in power.items()}, full=0.8, target="u")
    assert backtest.last_value(one, 200) == power[200]
    assert backtest.power_law(one, 200, 800) == pytest.approx(power[800], abs=0.01)
    assert backtest.power_law(one, 150, 800) is None
    assert backtest.with_gain(one, [other], 200, 800) == pytest.approx(power[800])
    assert backtest.prior_need([other], 0.5) == 200  # 0.39 at 150, 0.45 at 200
