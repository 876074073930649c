"""Whether the yardstick itself would rise with more data than the whole training part."""

from dataclasses import dataclass

from bioner_core.curves.crossing import TOUCH, isotonic
from bioner_core.curves.curve import Curve
from bioner_core.curves.points import NONE

_STILL_GROWING = 1.01  # F1 at full over F1 at half of full


@dataclass(frozen=True, kw_only=True)
class Saturation:
    """What the second half of the training part brings to the model without pretraining."""

    n_half: int  # largest size of at most half of full
    f1_half: float  # isotonic fit, in [0, 1]
    f1_full: float  # isotonic fit, in [0, 1]

    @property
    def gain(self) -> float:
        """Return how much higher F1 is at full data, as a share of that at half."""
        return self.f1_full / self.f1_half - 1 if self.f1_half else float(self.f1_full > 0)

    @property
    def is_reached(self) -> bool:
        """Say whether more data would hardly lift the yardstick itself."""
        return self.f1_full <= self.f1_half * _STILL_GROWING + TOUCH


def saturation(curve: Curve) -> Saturation | None:
    """Compare full data with half of it, on the curve of ``none``; None where a size is missing.

    99 % of what a small corpus reaches is not saturation.
    """
    full = curve.yardstick
    half = [size for size in curve.candidates if full and 0 < size.n <= full.n / 2]
    if curve.source != NONE or not full or not half:
        return None
    sizes = [*curve.candidates, full]
    fit = isotonic([size.f1 for size in sizes], [size.n_seeds for size in sizes])
    return Saturation(n_half=half[-1].n, f1_half=fit[sizes.index(half[-1])], f1_full=fit[-1])
