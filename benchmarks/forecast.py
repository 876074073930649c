"""Back-test forecasts on the published curves: ``python benchmarks/forecast.py``.

Each of the four targets is left out in turn; its curves are cut at 100, 200, 400 or 800 sentences and
forecast from the curves of the other three. Forecasts never use the F1 of full data, but the size of the
training part as the pool. Prior, weights of laws and width come from the other three targets alone.
``first_sentences.py`` does the same for probe curves.
"""

import json
import platform
import time
from pathlib import Path

import backtest
import numpy as np
from forecast_tables import format_tables

from bioner_core.curves.curve import build_curves
from bioner_core.curves.points import NONE
from bioner_core.forecast.forecast import forecast_curve, forecast_from_prior
from bioner_core.study.store import RunStore

ROWS = ((100, 400), (200, 800), (400, 1600), (800, 1600))
FRACTIONS = (0.90, 0.95, 0.99)
LAST = 1950  # sentences; needs beyond count as this


def compute_errors(predicted, truths):
    """Return median and 90th percentile of the absolute error in points; None without predictions."""
    if any(value is None for value in predicted):
        return None
    deviations = 100 * np.abs(np.array(predicted) - np.array(truths))
    return round(float(np.median(deviations)), 2), round(float(np.quantile(deviations, 0.9)), 2)


def evaluate_f1(curves, start, m):
    """Return one row of the table of F1."""
    truths = [backtest.measure_f1(curve, m) for curve in curves]
    others_of = [[other for other in curves if other.target != curve.target] for curve in curves]
    pairs = list(zip(curves, others_of, strict=True))
    forecasts = [
        forecast_curve(c, n_observed=start, sizes=[m], pool=c.train_size, others=others).points[0]
        for c, others in pairs
    ]
    prior = [forecast_from_prior(others, sizes=[m], pool=c.train_size).points[0] for c, others in pairs]
    rows = {
        "last value": [backtest.predict_last_value(curve, start) for curve in curves],
        "power law": [backtest.predict_power_law(curve, start, m) for curve in curves],
        "median gain": [backtest.predict_median_gain(curve, others, start, m) for curve, others in pairs],
        "prior alone": [point.f1 for point in prior],
        "forecast": [point.f1 for point in forecasts],
    }
    return {
        "from": start,
        "to": m,
        "errors": {name: compute_errors(values, truths) for name, values in rows.items()},
        "coverage": compute_coverage(forecasts, truths),
        "width": compute_width(forecasts),
        "prior_coverage": compute_coverage(prior, truths),
        "prior_width": compute_width(prior),
        "by_curve": {
            " ".join((c.target, c.entity, c.source)): round(100 * (point.f1 - t), 1)
            for c, point, t in zip(curves, forecasts, truths, strict=True)
        },
    }


def compute_coverage(points, truths):
    """Return the share of truths inside the 90 % interval."""
    return round(float(np.mean([p.low <= t <= p.high for p, t in zip(points, truths, strict=True)])), 3)


def compute_width(points):
    """Return the median width of the interval in points of F1."""
    return round(float(np.median([100 * (p.high - p.low) for p in points])), 1)


def compute_log_error(n, truth):
    """Return the absolute log2 ratio of two sizes, both at most ``LAST``; None without a prediction."""
    return None if n is None else abs(float(np.log2(min(max(n, 1), LAST) / truth.n)))


def evaluate_needs(curves, start, fraction):
    """Return one row of the table of sentences needed."""
    rows, inside = {}, []
    for curve in curves:
        truth = backtest.find_crossing(curve, fraction)
        others = [other for other in curves if other.target != curve.target]
        forecast = forecast_curve(
            curve, n_observed=start, pool=curve.train_size, others=others, fractions=(fraction,)
        )
        (need,) = forecast.needs
        values = {
            "2·n0": 2 * start,
            "prior median": backtest.estimate_prior_need(others, fraction),
            "power law": backtest.estimate_power_law_need(curve, start, fraction),
            "level × others' growth": backtest.estimate_growth_need(others, start, fraction),
            "forecast": need.n,
        }
        for name, n in values.items():
            rows.setdefault(name, []).append(compute_log_error(n, truth))
        inside.append(need.high >= truth.n if truth.is_censored else need.low <= truth.n <= need.high)
    return {
        "from": start,
        "fraction": fraction,
        "log2": {
            name: None if None in values else round(float(np.mean(values)), 2)
            for name, values in rows.items()
        },
        "coverage": round(float(np.mean(inside)), 3),
        "n_censored": sum(backtest.find_crossing(curve, fraction).is_censored for curve in curves),
    }


def evaluate_full_reference(curves, start, m):
    """Return what it helps to know full data without pretraining, over the curves from a source."""
    curves_from = [curve for curve in curves if curve.source != NONE]
    truths = [backtest.measure_f1(curve, m) for curve in curves_from]
    shares = {
        fraction: [backtest.find_crossing(curve, fraction) for curve in curves_from]
        for fraction in (0.9, 0.95)
    }
    row = {"from": start, "to": m, "n_curves": len(curves_from)}
    for name, is_used in (("alone", False), ("full data told", True)):
        forecasts = [
            forecast_curve(
                curve,
                n_observed=start,
                has_full_reference=is_used,
                sizes=[m],
                pool=curve.train_size,
                others=[other for other in curves if other.target != curve.target],
                fractions=tuple(shares),
            )
            for curve in curves_from
        ]
        points = [forecast.points[0] for forecast in forecasts]
        row[name] = {
            "error": compute_errors([point.f1 for point in points], truths),
            "coverage": compute_coverage(points, truths),
            "width": compute_width(points),
        }
        for at, (fraction, needed) in enumerate(shares.items()):
            log_errors = [
                compute_log_error(forecast.needs[at].n or LAST, n)
                for forecast, n in zip(forecasts, needed, strict=True)
            ]
            row[name][f"log2 of N{100 * fraction:.0f}"] = round(float(np.mean(log_errors)), 2)
    return row


def run_benchmark():
    """Print and store the tables."""
    began = time.process_time()
    curves = [curve for curve in build_curves(RunStore().open("ecir2020").points()) if curve.has_enough_sizes]
    rows = [evaluate_f1(curves, start, m) for start, m in ROWS]
    reference_rows = [evaluate_full_reference(curves, start, m) for start, m in ROWS]
    needs = [evaluate_needs(curves, start, f) for f in FRACTIONS for start in (100, 200, 400, 800)]
    result = {
        "what": "forecasts of the 34 published curves, each target left out",
        "f1": rows,
        "coverage_over_all": round(float(np.mean([row["coverage"] for row in rows])), 3),
        "full_told": reference_rows,
        "needs": needs,
        "cpu_seconds": round(time.process_time() - began, 1),
        "machine": f"{platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}",
    }
    print(format_tables(rows, reference_rows, needs))
    print(f"\ncoverage over all four rows: {100 * result['coverage_over_all']:.1f} %")
    path = Path(__file__).with_name("results") / "forecast.json"
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    run_benchmark()
