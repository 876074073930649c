"""Whether F1 at full data is saturated, or would rise with more data than the whole training part."""

from dataclasses import dataclass

from bioner_core.curves.crossing import GOAL_TOLERANCE, fit_isotonic
from bioner_core.curves.curve import Curve
from bioner_core.curves.points import NONE

_STILL_GROWING = 1.01  # F1 at full over F1 at half of full


@dataclass(frozen=True, kw_only=True)
class Saturation:
    """F1 without pretraining at full data beside that at about half of it."""

    n_half: int  # largest size of at most half of full
    f1_half: float  # isotonic fit, in [0, 1]
    f1_full: float  # isotonic fit, in [0, 1]

    @property
    def gain(self) -> float:
        """Return the relative gain of F1 from half of the data to full data."""
        return self.f1_full / self.f1_half - 1 if self.f1_half else float(self.f1_full > 0)

    @property
    def is_reached(self) -> bool:
        """Say whether F1 grows by at most 1 % from half of the data to full data."""
        return self.f1_full <= self.f1_half * _STILL_GROWING + GOAL_TOLERANCE


def measure_saturation(curve: Curve) -> Saturation | None:
    """Compare full data with half of it on a curve of ``none``; None for other sources or missing sizes."""
    full = curve.full_reference
    half = [size for size in curve.settled_sizes if full and 0 < size.n <= full.n / 2]
    if curve.source != NONE or not full or not half:
        return None
    sizes = [*curve.settled_sizes, full]
    fitted = fit_isotonic([size.f1 for size in sizes], [size.n_seeds for size in sizes])
    return Saturation(n_half=half[-1].n, f1_half=fitted[sizes.index(half[-1])], f1_full=fitted[-1])
