"""How a chart of curves is laid out: sentences or mentions, linear, log, or the error on two log scales."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import Literal, get_args

from bioner_core.charts.palette import Spec
from bioner_core.curves.curve import Curve

Axis = Literal["linear", "log", "error"]
Unit = Literal["sentences", "mentions"]
AXES: tuple[Axis, ...] = get_args(Axis)
UNITS: tuple[Unit, ...] = get_args(Unit)
_LEAST_ERROR = 0.1  # points; smaller errors are drawn there, as a log scale has no 0
_MOST_TICKS = 8


@dataclass(frozen=True, kw_only=True)
class View:
    """Which fields of a chart's data are drawn, and on which scales."""

    axis: Axis = "linear"
    unit: Unit = "sentences"

    @property
    def is_error(self) -> bool:
        """Say whether errors are drawn on two log scales, where a power law is a straight line."""
        return self.axis == "error"

    @property
    def x(self) -> str:
        """Return the field across."""
        return "n" if self.unit == "sentences" else "mentions"

    @property
    def y(self) -> str:
        """Return the field upwards."""
        return "error" if self.is_error else "f1"

    def height(self, f1: float) -> float:
        """Return where an F1 in [0, 1] is drawn, in percent."""
        return max(100 * (1 - f1), _LEAST_ERROR) if self.is_error else 100 * f1

    def is_drawn(self, x: float | None) -> bool:
        """Say whether a size has a place: log scales have none for zero-shot, and mentions may be unknown."""
        return x is not None and (x > 0 or not self.is_error)


def mentions_at(curve: Curve, n: float) -> float | None:
    """Return the mentions in ``n`` training sentences, in proportion to the nearest size that tells."""
    known = [
        (abs(size.n - n), size.n_mentions / size.n) for size in curve.sizes if size.n and size.n_mentions
    ]
    return n * min(known)[1] if known else None


def knows_mentions(found: Sequence[Curve]) -> bool:
    """Say whether every trained size of some curves tells how many mentions it holds."""
    sizes = [size for curve in found for size in curve.sizes if size.n]
    return bool(sizes) and all(size.n_mentions is not None for size in sizes)


def axes(view: View, *, across: Sequence[float], upwards: Sequence[float], entity: str = "") -> Spec:
    """Return both axes.

    :param across: all sizes drawn, in the view's unit.
    :param upwards: all values drawn, those of rules among them, in percent.
    """
    title = "training sentences" if view.unit == "sentences" else f"training mentions of {entity}"
    return {
        "x": {"field": view.x, "type": "quantitative", "title": title, **_across(view, across)},
        "y": {"field": view.y, "type": "quantitative", **_upwards(view, upwards)},
    }


def _across(view: View, values: Sequence[float]) -> Spec:
    """Return axis and scale from 0, or from the smallest size where errors are drawn."""
    most = max(values, default=0) or 100
    least = min((value for value in values if value), default=1)
    axis: Spec = {"format": ",d", "grid": False, "labelOverlap": True, "labelFlush": True, "tickCount": 8}
    axis["tickMinStep"] = 1
    scale: Spec = {"domain": [0, most], "nice": False}
    if view.axis != "linear":
        doubled = [least * 2**i for i in range(40) if least * 2**i <= most]
        doubled = doubled if view.unit == "sentences" else _round_numbers(least, most)
        axis["values"] = doubled if view.is_error else [0, *doubled]
    if view.axis == "log":  # symlog keeps a place for zero-shot
        scale |= {"type": "symlog", "constant": least}
    if view.is_error:
        scale |= {"type": "log", "domain": [least, max(most, 2 * least)]}
    return {"axis": axis, "scale": scale}


def _upwards(view: View, values: Sequence[float]) -> Spec:
    """Return axis and scale: F1 in steps of 5 with room above for labels; errors in steps of 1, 2 and 5."""
    if view.is_error:
        bottom, top = 0.9 * min(values, default=1), 1.1 * max(values, default=100)
        axis = {"values": _round_numbers(bottom, top), "format": "~g"}
        scale: Spec = {"type": "log", "domain": [bottom, top], "nice": False}
        return {"title": "error, 100 − F1 (%)", "axis": axis, "scale": scale}
    bottom = 5 * floor(min(values, default=0) / 5 + 1e-9)
    top = min(5 * ceil(max(values, default=100) / 5 + 0.3 - 1e-9), 105)
    return {
        "title": "F1 (%)",
        "axis": {"tickCount": 6},
        "scale": {"domain": [bottom, top], "zero": False, "nice": False},
    }


def _round_numbers(low: float, high: float) -> list[float]:
    """Return round numbers for the ticks of a log scale, coarser where there would be too many.

    >>> _round_numbers(22, 2000)
    [50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0]
    """
    found: list[float] = []
    for steps in ((1, 1.5, 2, 3, 4, 5, 6, 8), (1, 2, 5), (1,)):
        found = [s * 10.0**p for p in range(-2, 10) for s in steps if low <= s * 10.0**p <= high]
        if len(found) <= _MOST_TICKS:
            return found
    return found
