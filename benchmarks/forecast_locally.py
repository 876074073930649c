"""The part of ``forecast.py`` that holds forecasts of local runs' curves against what came."""

import numpy as np

from bioner_core.curves.curve import build_curves
from bioner_core.curves.points import ALL
from bioner_core.forecast.forecast import forecast_curve
from bioner_core.study.store import RunStore


def local_rows(names, published):
    """Return, for each curve of runs and each start, what was told of its later sizes and what came."""
    store = RunStore()
    runs = [store.open(name) for name in names]
    own = [curve for run in runs for curve in build_curves(run.points(), run.planned_seeds()) if curve.entity != ALL]
    own = [curve for curve in own if curve.has_enough_sizes and curve.full_reference and curve.full]
    rows = []
    for curve in own:
        for start in (100, 200, 400):
            later = [size for size in (*curve.settled_sizes, curve.full) if size.n > start]
            told = forecast_curve(
                curve,
                n_observed=start,
                sizes=[size.n for size in later],
                pool=curve.train_size,
                others=[*published, *own],
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
                for size, point in zip(later, told.points, strict=True)
            ]
    return rows


def told_locally(rows):
    """Return a line for each start: error and coverage of later sizes and of full data."""
    lines = ["", "curves of local runs: median (largest) error in points, share inside the 90 % interval", ""]
    for start in (100, 200, 400):
        for name, is_full in (("later sizes", False), ("full data", True)):
            found = [row for row in rows if row["from"] == start and row["is_full"] == is_full]
            off = [abs(row["told"][0] - row["f1"]) for row in found]
            held = [row["told"][1] <= row["f1"] <= row["told"][2] for row in found]
            if found:
                lines.append(
                    f"from {start}, {name}: {np.median(off):.1f} ({max(off):.1f}), {sum(held)} of {len(held)}"
                )
    return "\n".join(lines)
