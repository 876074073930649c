"""How a source looks wherever it is drawn: colour, dash and marker, readable by each alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bioner_core.curves.points import NONE

Spec = dict[str, Any]  # a chart or a part of one, in the words of Vega-Lite
SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"


@dataclass(frozen=True, kw_only=True)
class Ink:
    """The colours of one theme; text reaches 4.5 : 1 on the ground, lines 3 : 1."""

    ground: str
    text: str
    quiet: str  # axes, rules and their labels
    grid: str
    sources: tuple[str, ...]
    scale: tuple[str, str]  # of heat maps, lowest to highest


@dataclass(frozen=True, kw_only=True)
class Style:
    """The looks of one source."""

    color: str
    dash: tuple[int, ...]  # pixels drawn and left out; () is solid
    marker: str  # a symbol of Vega
    glyph: str  # the marker as text


# Sources keep a distance of 11 and more (OKLab × 100) for normal, protan, deutan and tritan sight.
LIGHT = Ink(
    ground="#ffffff",
    text="#1f2a2e",
    quiet="#59666c",
    grid="#e4e9ea",
    sources=("#2493ff", "#ba4209", "#0c7b60", "#832298", "#e65fb3", "#a09600"),
    scale=("#eef4f4", "#0b5562"),
)
DARK = Ink(
    ground="#14191b",
    text="#e6ecee",
    quiet="#98a5aa",
    grid="#2a3336",
    sources=("#4d79e4", "#fd9320", "#0dc79d", "#bf9bfc", "#bc4891", "#7f770d"),
    scale=("#20292c", "#79d3e0"),
)
INKS = ("#000000", "#ffffff")  # of the numbers in heat maps
_NONE = {False: "#39434a", True: "#dfe5e8"}
_DASHES = ((), (9, 3), (10, 3, 2, 3), (5, 3), (16, 4), (8, 2, 2, 2, 2, 2))
_MARKERS = {"square": "■", "triangle-up": "▲", "diamond": "◆", "cross": "✚", "triangle-down": "▼"}


def ink(*, dark: bool) -> Ink:
    """Return the colours of the light or the dark theme."""
    return DARK if dark else LIGHT


def config(theme: Ink) -> Spec:
    """Return Vega-Lite's settings of a theme: quiet lines, words that reach 4.5 : 1."""
    text = {"labelColor": theme.text, "titleColor": theme.text, "labelFontSize": 12, "titleFontSize": 12}
    lines = {"gridColor": theme.grid, "domainColor": theme.quiet, "tickColor": theme.quiet}
    return {
        "axis": {**text, **lines, "titleFontWeight": "normal", "titlePadding": 10},
        "legend": {**text, "titleFontWeight": "normal"},
        "view": {"stroke": None},
    }


def styles(sources: Sequence[str], *, dark: bool = False) -> dict[str, Style]:
    """Return a style for each source, by its place in ``sources``; ``none`` is always the same.

    Give all sources of a run, in a fixed order, so that a source looks alike for every target.
    """
    colors, markers = ink(dark=dark).sources, list(_MARKERS)
    found = {NONE: Style(color=_NONE[dark], dash=(2, 3), marker="circle", glyph="●")}
    for i, source in enumerate(source for source in dict.fromkeys(sources) if source != NONE):
        marker = markers[i % len(markers)]
        found[source] = Style(
            color=colors[i % len(colors)],
            dash=_DASHES[(i + i // len(colors)) % len(_DASHES)],
            marker=marker,
            glyph=_MARKERS[marker],
        )
    return {source: found[source] for source in dict.fromkeys(sources)}


def readable_on(scale: tuple[str, str], share: float) -> str:
    """Return which of ``INKS`` reads better on a heat map's cell; ``share`` is in [0, 1]."""
    low, high = (_rgb(color) for color in scale)
    ground = [a + share * (b - a) for a, b in zip(low, high, strict=True)]
    light = luminance(ground)
    return INKS[0] if (light + 0.05) / 0.05 > 1.05 / (light + 0.05) else INKS[1]


def luminance(rgb: Sequence[float]) -> float:
    """Return the relative luminance in [0, 1] of a colour given as three values in [0, 1] (WCAG 2.2)."""
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in rgb]
    return sum(weight * v for weight, v in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _rgb(color: str) -> list[float]:
    return [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
