"""What pretraining adds at a number of sentences, in F1, read off the smoothed curves."""

from dataclasses import dataclass

import numpy as np

from bioner_core.curves.crossing import MonotoneCurves, build_size_grid
from bioner_core.curves.curve import Curve
from bioner_core.curves.draws import SamplingNoise, draw_curve
from bioner_core.curves.families import Floats
from bioner_core.curves.fitting import fit_curve
from bioner_core.curves.interval import TAIL
from bioner_core.curves.misfit import interpolate_grid

SIZE_OF_INTEREST = 400  # sentences: few enough that pretraining helps, enough to be a first annotation


@dataclass(frozen=True, kw_only=True)
class Gain:
    """F1 with pretraining minus F1 without, at the same number of sentences."""

    n: int  # sentences of the target
    f1: float  # in [-1, 1]
    low: float | None  # 90 % interval, paired by draw; None where nothing was sampled
    high: float | None


def compute_gain(
    curve: Curve, reference: Curve, noise: SamplingNoise, *, n: int = SIZE_OF_INTEREST
) -> Gain | None:
    """Compute what a source adds at the largest size that both curves have, up to ``n`` or else the smallest.

    :param reference: the curve without pretraining.
    :returns: None where the curves share no size above 0, or have too few sizes to be smoothed.
    """
    shared = sorted(
        {size.n for size in curve.settled_sizes if size.n} & {s.n for s in reference.settled_sizes}
    )
    if not shared:
        return None
    at = max((size for size in shared if size <= n), default=shared[0])
    means = [_read_curves(fit, at) for fit in (fit_curve(curve, reference), fit_curve(reference, None))]
    if means[0] is None or means[1] is None:
        return None
    draws = [draw_curve(curve, reference, noise), draw_curve(reference, None, noise)]
    sampled = [_read_curves(draw.monotone, at) for draw in draws if draw is not None]
    low, high = None, None
    if len(sampled) == 2 and sampled[0] is not None and sampled[1] is not None:
        low, high = (float(end) for end in np.quantile(sampled[0] - sampled[1], [TAIL, 1 - TAIL]))
    return Gain(n=at, f1=float(means[0][0] - means[1][0]), low=low, high=high)


def _read_curves(fitted: MonotoneCurves, n: int) -> Floats | None:
    """Return smoothed F1 at a size, (curves,); None where the sizes are too few to be smoothed."""
    if fitted.smooth is None:
        return None
    return interpolate_grid(build_size_grid(fitted.n[fitted.n > 0]), fitted.smooth, [n])[:, 0]
