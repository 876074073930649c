"""The smoothed curve of one source, up to full data where that is known.

A source without full data of its own ends at the smoothed full F1 of the curve without pretraining, as if
pretraining neither helped nor harmed with all sentences.
"""

from functools import lru_cache

import numpy as np

from bioner_core.curves.crossing import MonotoneCurves, fit_monotone_curves
from bioner_core.curves.curve import Curve, SizePoint
from bioner_core.curves.model_noise import estimate_model_sd
from bioner_core.curves.points import NONE

BORROWED_WEIGHT = 4  # models that a borrowed full F1 counts for: it is smoothed over a curve of its own


def list_points(curve: Curve) -> list[SizePoint]:
    """Return the settled points of a curve, ascending; full data counts where it exceeds every size."""
    sizes = curve.settled_sizes
    return [*sizes, *(full for full in curve.settled_full if not sizes or full.n > sizes[-1].n)]


def find_borrowed_end(curve: Curve) -> SizePoint | None:
    """Return full data without pretraining where the curve has none; None unless it exceeds every size."""
    full, sizes = curve.full_reference, curve.settled_sizes
    if full is None or curve.settled_full or not sizes or full.n <= sizes[-1].n:
        return None
    return full


@lru_cache(maxsize=512)
def fit_curve(curve: Curve, reference: Curve | None) -> MonotoneCurves:
    """Return the monotone fit of a curve, up to full data where that is known; no goal changes it.

    :param reference: the curve without pretraining, for a curve with a source.
    """
    trained = list_points(curve)
    points = [(point.n, point.f1, point.n_seeds) for point in trained]
    if end := find_borrowed_end(curve):
        points.append((end.n, compute_smooth_full(curve, reference), BORROWED_WEIGHT * end.n_seeds))
    n, f1, n_seeds = zip(*points, strict=True)
    return fit_monotone_curves(n, np.array([f1]), n_seeds, model_sd=estimate_model_sd(trained))


def compute_smooth_full(curve: Curve, reference: Curve | None) -> float:
    """Return the full F1 without pretraining on its smoothed curve, in [0, 1]; its mean where that is all."""
    unpretrained = curve if curve.source == NONE else reference
    if unpretrained and unpretrained.full and list_points(unpretrained)[-1:] == [unpretrained.full]:
        return float(fit_curve(unpretrained, None).top[0])
    return curve.full_f1 or 0.0
