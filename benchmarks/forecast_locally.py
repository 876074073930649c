"""The part of ``forecast.py`` that back-tests forecasts on the curves of local runs."""

import numpy as np

from bioner_core.curves.curve import build_curves
from bioner_core.curves.points import ALL
from bioner_core.forecast.forecast import forecast_curve
from bioner_core.study.store import RunStore


def evaluate_local_runs(names, published):
    """Return the forecast and the observed F1 of later sizes, for each curve and start."""
    store = RunStore()
    runs = [store.open(name) for name in names]
    local_curves = [
        curve
        for run in runs
        for curve in build_curves(run.points(), run.planned_seeds())
        if curve.entity != ALL
    ]
    local_curves = [
        curve for curve in local_curves if curve.has_enough_sizes and curve.full_reference and curve.full
    ]
    rows = []
    for curve in local_curves:
        for start in (100, 200, 400):
            later = [size for size in (*curve.settled_sizes, curve.full) if size.n > start]
            forecast = forecast_curve(
                curve,
                n_observed=start,
                sizes=[size.n for size in later],
                pool=curve.train_size,
                others=[*published, *local_curves],
            )
            rows += [
                {
                    "of": " ".join((curve.target, curve.entity, curve.source, curve.method)),
                    "from": start,
                    "to": size.n,
                    "is_full": size is curve.full,
                    "f1": round(100 * size.f1, 1),
                    "told": [round(100 * value, 1) for value in (point.f1, point.low, point.high)],
                }
                for size, point in zip(later, forecast.points, strict=True)
            ]
    return rows


def format_local_rows(rows):
    """Return a line for each start: error and coverage of later sizes and of full data."""
    lines = ["", "curves of local runs: median (largest) error in points, share inside the 90 % interval", ""]
    for start in (100, 200, 400):
        for name, is_full in (("later sizes", False), ("full data", True)):
            selected = [row for row in rows if row["from"] == start and row["is_full"] == is_full]
            errors = [abs(row["told"][0] - row["f1"]) for row in selected]
            is_covered = [row["told"][1] <= row["f1"] <= row["told"][2] for row in selected]
            if selected:
                lines.append(
                    f"from {start}, {name}: {np.median(errors):.1f} ({max(errors):.1f}), "
                    f"{sum(is_covered)} of {len(is_covered)}"
                )
    return "\n".join(lines)
