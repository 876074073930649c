"""What pretraining brings at a first annotation, beside what it saves to reach the goal."""

from collections.abc import Sequence
from dataclasses import dataclass

from bioner_core.curves.budget import Budget
from bioner_core.curves.curve import Curve
from bioner_core.curves.draws import SamplingNoise
from bioner_core.curves.gain import Gain, compute_gain
from bioner_core.curves.points import NONE


@dataclass(frozen=True, kw_only=True)
class SourceGain:
    """The gain of one source, and its row."""

    budget: Budget
    gain: Gain | None  # None where its curve has too few sizes


def find_gain(
    budget: Budget, rows: Sequence[Budget], curves: Sequence[Curve], noise: SamplingNoise
) -> SourceGain | None:
    """Return the gain of a row's source; without pretraining, of the source that gains most.

    :param rows: of all sources of the row's target, type, model and method.
    :param curves: of all these sources, for the row's type, or for the type that decides.
    :returns: None where the run has no curve with pretraining.
    """
    reference = next((curve for curve in curves if curve.source == NONE), None)
    sources = [row for row in rows if row.source != NONE and budget.source in (NONE, row.source)]
    gains = [
        SourceGain(budget=row, gain=compute_gain(curve, reference, noise))
        for row in sources
        for curve in curves
        if reference is not None and curve.source == row.source
    ]
    return max(gains, key=lambda item: item.gain.f1 if item.gain else float("-inf"), default=None)
