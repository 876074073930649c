"""What do the first sentences tell of the rest? ``python benchmarks/first_sentences.py``.

Every corpus with probe curves up to full data is left out in turn. Its curves are cut at 100, 200, 400 or 800
sentences; each rule then says F1 at full data, and the sentences for 90, 95 and 99 % of it. The truth is F1
at full data, and where the smoothed whole curve reaches the shares of its own end. The pool is the training
part. The line in log-odds was the rule to beat. "Forecast before" is the one until November 2026, stored
beside the results.
"""

import argparse
import json
import platform
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from first_sentences_table import format_results, summarize_results
from scipy.special import expit, logit

from bioner_core.analysis.reference_curves import (
    ReferenceCurve,
    list_reference_runs,
    load_reference_curves,
    select_other_corpora,
)
from bioner_core.analysis.similarity import TargetTraits, rank_similar_curves
from bioner_core.curves.curve import Curve
from bioner_core.curves.fitting import fit_curve
from bioner_core.curves.points import AVERAGES, NONE
from bioner_core.forecast.forecast import forecast_curve, forecast_from_prior
from bioner_core.forecast.growth_laws import HIGHEST, LOWEST
from bioner_core.study.store import RunStore

OBSERVED = (100, 200, 400, 800)  # sentences
FRACTIONS = (0.90, 0.95, 0.99)
SMALLEST = 50  # sentences; no curve is known below
LINE_SIZES = 3  # the last sizes that a line is laid through
SCALES = {  # of F1, and back
    "line in log-odds": (
        lambda f: logit(np.clip(f, LOWEST, HIGHEST)),  # as the forecast clips; F1 may be 0
        expit,
    ),
    "line in F1": (lambda f: f, lambda y: np.clip(y, 0, 1)),
    "line in ln(1 - F1)": (lambda f: -np.log1p(-f), lambda y: -np.expm1(-y)),
}
LATE_CORPORA = {  # all others were seen while the method was chosen
    "after the design": ("anatem", "ctebmsp"),  # but before two constants of the prior were set
    "after everything": ("nerelbio", "zhhealthner"),
}
FOLDER = Path(__file__).with_name("results")


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """What a rule says of one curve: medians, and 90 % intervals where the rule has them."""

    full: tuple[float, float, float] | None  # F1 at full data and its interval, in [0, 1]
    needs: tuple[tuple[float, float, float] | None, ...]  # sentences by fraction, each with its interval


def run_benchmark():
    """Print and store the errors of every rule."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--no-write", action="store_true", help="only print")
    options = parser.parse_args()
    began = time.process_time()
    references = load_references()
    targets = [reference for reference in references if is_test_curve(reference.curve)]
    rows = [
        row
        for target in targets
        for observed in OBSERVED
        if observed < target.curve.full.n
        for row in evaluate_curve(target, references, observed)
    ]
    result = {
        "corpora": sorted({target.curve.target for target in targets}),
        "summary": summarize_results(rows),
        **{
            f"summary of corpora {when}": summarize_results([row for row in rows if row["target"] in names])
            for when, names in LATE_CORPORA.items()
        },
        "rows": rows,
        "cpu_seconds": round(time.process_time() - began, 1),
        "machine": f"{platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}",
    }
    print(format_results(result))
    if not options.no_write:
        result["rows"] = [row for row in rows if row["rule"] == "forecast"]
        text = json.dumps(result, indent=None, ensure_ascii=False).replace('{"', '\n{"')
        (FOLDER / "first_sentences.json").write_text(text + "\n", encoding="utf-8")


def load_references():
    """Return the reference curves of the shipped runs."""
    return load_reference_curves(list_reference_runs(RunStore(Path("none"))))


def is_test_curve(curve):
    """Say whether a curve is of the probe, of one type, without pretraining and with full data."""
    has_full = bool(curve.settled_full) and curve.source == NONE
    return has_full and curve.method == "probe" and curve.entity not in AVERAGES


def evaluate_curve(target: ReferenceCurve, references, observed):
    """Yield a row for each rule."""
    curve = target.curve
    others = select_other_corpora(references, target.digest)
    others = [other for other in others if other.target != curve.target]
    truth = {"full": curve.full.f1, "needs": find_needs(curve)}
    for rule, predict in build_rules(target, references, others).items():
        prediction = predict(curve, observed)
        if prediction is not None:
            yield {
                "target": curve.target,
                "entity": curve.entity,
                "observed": observed,
                "pool": curve.full.n,
                "rule": rule,
                "full": round_numbers(prediction.full, 4),
                "needs": [round_numbers(need, 1) for need in prediction.needs],
                "truth": truth,
            }


def round_numbers(numbers, digits):
    """Return a median and the ends of its interval, rounded; None for what a rule does not say."""
    return [None if np.isnan(number) else round(float(number), digits) for number in numbers]


def find_needs(curve):
    """Return the sentences at which the smoothed whole curve reaches the fractions of its own end."""
    fit = fit_curve(curve, None)
    return [float(fit.find_crossings(fraction * fit.top)[0]) for fraction in FRACTIONS]


def build_rules(target, references, others):
    """Return the rules by name; each maps a curve and a number of sentences to a prediction."""
    return {
        "nothing: similar curves": lambda curve, _: predict_from_similar(target, references, curve),
        "nothing: median share": lambda curve, _: predict_median_share(curve, others),
        "last value": predict_last_value,
        **{name: build_line_rule([name]) for name in SCALES},
        "mean of lines": build_line_rule(list(SCALES)),
        "forecast before": read_earlier_forecast,
        "forecast": lambda curve, observed: convert_forecast(
            forecast_curve(curve, n_observed=observed, pool=curve.full.n, fractions=FRACTIONS, others=others)
        ),
    }


def read_earlier_forecast(curve, observed):
    """Return the stored forecast of the program until November 2026; None where there is none."""
    row = load_earlier_forecasts().get((curve.target, curve.entity, observed))
    return row and Prediction(full=tuple(row["full"]), needs=tuple(map(tuple, row["needs"])))


@cache
def load_earlier_forecasts():
    """Return the stored forecasts by target, type and number of observed sentences."""
    rows = json.loads((FOLDER / "first_sentences_before.json").read_text(encoding="utf-8"))
    return {(row["target"], row["entity"], row["observed"]): row for row in rows}


def predict_from_similar(target, references, curve):
    """Forecast from the curves of similar corpora, as the Upload page does before training."""
    about = target.description
    traits = TargetTraits(
        entity=curve.entity, language=about.language, domain=about.domain, density=target.density
    )
    others = [reference for reference in references if reference.curve.target != curve.target]
    similar = rank_similar_curves(traits, others, digest=target.digest)
    return convert_forecast(
        forecast_from_prior(
            [member.reference.curve for member in similar],
            weights=[member.weight for member in similar],
            pool=curve.full.n,
            fractions=FRACTIONS,
            method=curve.method,
        )
    )


def convert_forecast(forecast):
    """Return the medians and intervals of a forecast."""
    point, pool = forecast.full, forecast.pool
    needs = [(need.n or pool, need.low or pool, need.high or pool) for need in forecast.needs]
    return Prediction(
        full=(point.f1, point.low, point.high),
        needs=tuple(tuple(float(max(SMALLEST, n)) for n in need) for need in needs),
    )


def predict_median_share(curve, others):
    """Say the median share of the pool that the other corpora needed, and their median F1 at full data."""
    members = [other for other in others if is_test_curve(other)]
    shares = np.array([find_needs(other) for other in members]) / [[other.full.n] for other in members]
    full = float(np.median([other.full.f1 for other in members]))
    needs = np.maximum(np.median(shares, axis=0) * curve.full.n, SMALLEST)
    return Prediction(full=(full, np.nan, np.nan), needs=tuple((float(n), np.nan, np.nan) for n in needs))


def read_sizes(curve: Curve, observed):
    """Return sizes above 0 up to ``observed`` sentences, and their F1."""
    sizes = [size for size in curve.settled_sizes if 0 < size.n <= observed]
    return np.array([size.n for size in sizes]), np.array([size.f1 for size in sizes])


def predict_last_value(curve, observed):
    """Hold the last F1 for all that comes."""
    n, f1 = read_sizes(curve, observed)
    return read_curve(lambda grid: np.interp(np.log(grid), np.log(n), np.maximum.accumulate(f1)), curve)


def build_line_rule(names):
    """Return the rule that lays lines through the last sizes, over ln n, and averages them in F1."""

    def predict(curve, observed):
        n, f1 = (values[-LINE_SIZES:] for values in read_sizes(curve, observed))
        if len(n) < 2:
            return None
        lines = [(back, np.polyfit(np.log(n), to(f1), 1)) for to, back in (SCALES[name] for name in names)]
        return read_curve(
            lambda grid: np.mean([back(np.polyval(line, np.log(grid))) for back, line in lines], axis=0),
            curve,
        )

    return predict


def read_curve(compute_f1, curve):
    """Return F1 at full data and the sentences needed of a predicted curve."""
    grid = np.geomspace(SMALLEST, curve.full.n, 2000)
    f1 = np.maximum.accumulate(compute_f1(grid))
    at = [int(np.argmax(f1 >= fraction * f1[-1] - 1e-12)) for fraction in FRACTIONS]
    return Prediction(
        full=(float(f1[-1]), np.nan, np.nan), needs=tuple((grid[i], np.nan, np.nan) for i in at)
    )


if __name__ == "__main__":
    run_benchmark()
