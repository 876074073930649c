"""Axes of a chart of curves: sentences or mentions, linear or log, or the error on two log scales."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log1p
from typing import Literal, get_args

from bioner_core.charts.palette import Spec
from bioner_core.curves.curve import Curve

AxisScale = Literal["linear", "log", "error"]
Unit = Literal["sentences", "mentions"]
AXIS_SCALES: tuple[AxisScale, ...] = get_args(AxisScale)
UNITS: tuple[Unit, ...] = get_args(Unit)
_MIN_ERROR = 0.1  # percent; smaller errors are drawn there, as a log scale has no 0
_MAX_TICKS = 8
_LOG_UNIT = 50  # sentences; smaller sizes lie at the left edge of a log axis
_FAR = 3  # times the largest size: on a linear axis the sizes would fill less than a third of the plot


@dataclass(frozen=True, kw_only=True)
class AxisView:
    """The unit of the x axis and the scale of both axes."""

    scale: AxisScale = "linear"
    unit: Unit = "sentences"

    @property
    def is_error(self) -> bool:
        """Say whether the chart has errors on two log scales, on which a power law is a straight line."""
        return self.scale == "error"

    @property
    def x(self) -> str:
        """Return the data field of the x axis."""
        return "n" if self.unit == "sentences" else "mentions"

    @property
    def y(self) -> str:
        """Return the data field of the y axis."""
        return "error" if self.is_error else "f1"

    def compute_y(self, f1: float) -> float:
        """Return the y value of an F1 in [0, 1], in percent."""
        return max(100 * (1 - f1), _MIN_ERROR) if self.is_error else 100 * f1

    def compute_share(self, n: float, end: float) -> float:
        """Return about how far to the right a number of sentences lies, as a share of the axis up to end."""
        return n / end if self.scale == "linear" else log1p(n / _LOG_UNIT) / log1p(end / _LOG_UNIT)

    def has_position(self, x: float | None) -> bool:
        """Say whether an x value can be drawn: log scales have no 0, and mentions may be unknown."""
        return x is not None and (x > 0 or not self.is_error)


def choose_scale(curve: Curve, *, n_end: int = 0) -> AxisScale:
    """Return the scale to open a chart with: log where its end lies far beyond the largest size.

    :param n_end: sentences up to which a forecast is drawn; full data where that is more.
    """
    last, full = max((size.n for size in curve.settled_sizes), default=0), curve.full_reference
    return "log" if last and max(n_end, full.n if full else 0) > _FAR * last else "linear"


def estimate_mentions(curve: Curve, n: float) -> float | None:
    """Estimate the mentions in ``n`` training sentences from the nearest size with a count, if any."""
    ratios = [
        (abs(size.n - n), size.n_mentions / size.n) for size in curve.sizes if size.n and size.n_mentions
    ]
    return n * min(ratios)[1] if ratios else None


def has_mention_counts(curves: Sequence[Curve]) -> bool:
    """Say whether the mentions of every trained size are known."""
    sizes = [size for curve in curves for size in curve.sizes if size.n]
    return bool(sizes) and all(size.n_mentions is not None for size in sizes)


def build_axes(
    view: AxisView, *, x_values: Sequence[float], y_values: Sequence[float], entity: str = ""
) -> Spec:
    """Build the encoding of both axes.

    :param x_values: all sizes in the chart, in the view's unit.
    :param y_values: all values in the chart and its reference lines, in percent.
    """
    title = "training sentences" if view.unit == "sentences" else f"training mentions of {entity}"
    return {
        "x": {"field": view.x, "type": "quantitative", "title": title, **_build_x_axis(view, x_values)},
        "y": {"field": view.y, "type": "quantitative", **_build_y_axis(view, y_values)},
    }


def _build_x_axis(view: AxisView, values: Sequence[float]) -> Spec:
    """Build axis and scale from 0, or from the smallest size for errors."""
    largest = max(values, default=0) or 100
    smallest = min((value for value in values if value), default=1)
    axis: Spec = {"format": ",d", "grid": False, "labelOverlap": True, "labelFlush": True, "tickCount": 8}
    axis["tickMinStep"] = 1
    scale: Spec = {"domain": [0, largest], "nice": False}
    if view.scale != "linear":
        ticks = [smallest * 2**i for i in range(40) if smallest * 2**i <= largest]
        ticks = ticks if view.unit == "sentences" else _list_round_ticks(smallest, largest)
        axis["values"] = ticks if view.is_error else [0, *ticks]
    if view.scale == "log":  # symlog has a 0, for zero-shot
        scale |= {"type": "symlog", "constant": smallest}
    if view.is_error:
        scale |= {"type": "log", "domain": [smallest, max(largest, 2 * smallest)]}
    return {"axis": axis, "scale": scale}


def _build_y_axis(view: AxisView, values: Sequence[float]) -> Spec:
    """Build axis and scale: F1 in steps of 5 with room above for labels, or errors in steps of 1, 2 and 5."""
    if view.is_error:
        bottom, top = 0.9 * min(values, default=1), 1.1 * max(values, default=100)
        axis = {"values": _list_round_ticks(bottom, top), "format": "~g"}
        scale: Spec = {"type": "log", "domain": [bottom, top], "nice": False}
        return {"title": "error, 100 − F1 (%)", "axis": axis, "scale": scale}
    bottom = 5 * floor(min(values, default=0) / 5 + 1e-9)
    top = min(5 * ceil(max(values, default=100) / 5 + 0.3 - 1e-9), 105)
    return {
        "title": "F1 (%)",
        "axis": {"tickCount": 6},
        "scale": {"domain": [bottom, top], "zero": False, "nice": False},
    }


def _list_round_ticks(low: float, high: float) -> list[float]:
    """List round numbers as ticks of a log scale, at most ``_MAX_TICKS`` where possible.

    >>> _list_round_ticks(22, 2000)
    [50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0]
    """
    ticks: list[float] = []
    for steps in ((1, 1.5, 2, 3, 4, 5, 6, 8), (1, 2, 5), (1,)):
        ticks = [s * 10.0**p for p in range(-2, 10) for s in steps if low <= s * 10.0**p <= high]
        if len(ticks) <= _MAX_TICKS:
            return ticks
    return ticks
