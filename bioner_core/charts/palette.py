"""Colours of the themes, and the colour, dash and marker of each source, readable by each alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bioner_core.curves.points import NONE

Spec = dict[str, Any]  # a Vega-Lite specification, or a part of one
SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"


@dataclass(frozen=True, kw_only=True)
class Theme:
    """The colours of one theme; contrast on the background is 4.5 : 1 for text and 3 : 1 for lines."""

    background: str
    text: str
    muted: str  # axes, reference lines and their labels
    grid: str
    sources: tuple[str, ...]
    scale: tuple[str, str]  # lowest and highest colour of heat maps


@dataclass(frozen=True, kw_only=True)
class Style:
    """The style of one source."""

    color: str
    dash: tuple[int, ...]  # pixels on and off; () is solid
    marker: str  # name of a Vega symbol
    glyph: str  # the marker as text


# Sources keep a distance of 11 and more (OKLab × 100) for normal, protan, deutan and tritan sight.
LIGHT = Theme(
    background="#ffffff",
    text="#1f2a2e",
    muted="#59666c",
    grid="#e4e9ea",
    sources=("#2493ff", "#ba4209", "#0c7b60", "#832298", "#e65fb3", "#a09600"),
    scale=("#eef4f4", "#0b5562"),
)
DARK = Theme(
    background="#14191b",
    text="#e6ecee",
    muted="#98a5aa",
    grid="#2a3336",
    sources=("#4d79e4", "#fd9320", "#0dc79d", "#bf9bfc", "#bc4891", "#7f770d"),
    scale=("#20292c", "#79d3e0"),
)
CELL_TEXT_COLORS = ("#000000", "#ffffff")  # numbers in heat maps
_NONE_COLORS = {False: "#39434a", True: "#dfe5e8"}
_DASHES = ((), (9, 3), (10, 3, 2, 3), (5, 3), (16, 4), (8, 2, 2, 2, 2, 2))
_MARKERS = {"square": "■", "triangle-up": "▲", "diamond": "◆", "cross": "✚", "triangle-down": "▼"}


def select_theme(*, dark: bool) -> Theme:
    """Return the light or the dark theme."""
    return DARK if dark else LIGHT


def build_config(theme: Theme) -> Spec:
    """Build the Vega-Lite config of a theme: muted lines, readable text."""
    text = {"labelColor": theme.text, "titleColor": theme.text, "labelFontSize": 12, "titleFontSize": 12}
    lines = {"gridColor": theme.grid, "domainColor": theme.muted, "tickColor": theme.muted}
    return {
        "axis": {**text, **lines, "titleFontWeight": "normal", "titlePadding": 10},
        "legend": {**text, "titleFontWeight": "normal"},
        "view": {"stroke": None},
        "mark": {"aria": False},  # the chart's description names it; a table beside it has the numbers
    }


def assign_styles(sources: Sequence[str], *, dark: bool = False) -> dict[str, Style]:
    """Assign a style to each source by its position in ``sources``; ``none`` always has the same.

    Pass all sources of a run in a fixed order, so that a source has the same style for every target.
    """
    colors, markers = select_theme(dark=dark).sources, list(_MARKERS)
    styles = {NONE: Style(color=_NONE_COLORS[dark], dash=(2, 3), marker="circle", glyph="●")}
    for i, source in enumerate(source for source in dict.fromkeys(sources) if source != NONE):
        marker = markers[i % len(markers)]
        styles[source] = Style(
            color=colors[i % len(colors)],
            dash=_DASHES[(i + i // len(colors)) % len(_DASHES)],
            marker=marker,
            glyph=_MARKERS[marker],
        )
    return {source: styles[source] for source in dict.fromkeys(sources)}


def choose_text_color(scale: tuple[str, str], share: float) -> str:
    """Return the text colour with more contrast on a cell at ``share`` of the colour scale, in [0, 1]."""
    low, high = (_parse_rgb(color) for color in scale)
    cell = [a + share * (b - a) for a, b in zip(low, high, strict=True)]
    light = compute_luminance(cell)
    return CELL_TEXT_COLORS[0] if (light + 0.05) / 0.05 > 1.05 / (light + 0.05) else CELL_TEXT_COLORS[1]


def compute_luminance(rgb: Sequence[float]) -> float:
    """Return the relative luminance in [0, 1] of a colour given as three values in [0, 1] (WCAG 2.2)."""
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in rgb]
    return sum(weight * v for weight, v in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _parse_rgb(color: str) -> list[float]:
    return [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
