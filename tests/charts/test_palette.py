"""Colours are distinguishable with every kind of colour vision and readable on their background."""

from itertools import combinations

import numpy as np
import pytest

from bioner_core.charts.palette import (
    CELL_TEXT_COLORS,
    DARK,
    LIGHT,
    assign_styles,
    choose_text_color,
    compute_luminance,
)

# Machado, Oliveira, Fernandes 2009, severity 1: linear RGB as seen without one kind of cone.
SIGHTS = {
    "normal": np.eye(3),
    "protan": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritan": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
SOURCES = ["none", "a", "b", "c", "d", "e", "f"]


def parse_rgb(color):
    return np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255


def compute_contrast(a, b):
    low, high = sorted((compute_luminance(parse_rgb(a)), compute_luminance(parse_rgb(b))))
    return (high + 0.05) / (low + 0.05)


def convert_to_oklab(color, sight):
    """Return the OKLab coordinates (Ottosson) of a colour under one kind of colour vision."""
    value = parse_rgb(color)
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(SIGHTS[sight]) @ linear, 0, 1)
    cones = [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
    lab = [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
    return np.array(lab) @ np.cbrt(np.array(cones) @ seen)


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("dark", [False, True])
def test_the_colours_of_seven_sources_are_distinguishable(dark, sight):
    colors = [style.color for style in assign_styles(SOURCES, dark=dark).values()]
    distances = [
        np.linalg.norm(convert_to_oklab(a, sight) - convert_to_oklab(b, sight))
        for a, b in combinations(colors, 2)
    ]
    assert 100 * min(distances) >= 11


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_lines_and_texts_have_enough_contrast(theme):
    for color in theme.sources:
        assert compute_contrast(color, theme.background) >= 3
    for color in (theme.text, theme.muted):
        assert compute_contrast(color, theme.background) >= 4.5


def test_dash_and_marker_distinguish_six_sources_without_colour():
    looks = assign_styles(SOURCES).values()
    assert len({(style.dash, style.marker) for style in looks}) == 7
    assert len({style.dash for style in looks}) == 7


def test_thirty_sources_all_look_different():
    looks = assign_styles(["none", *map(str, range(30))])
    assert len(set(looks.values())) == 31


def test_a_style_depends_on_the_position_of_the_source_alone():
    assert assign_styles(["b", "none", "c"])["c"] == assign_styles(["x", "y"])["y"]
    assert assign_styles(["b", "none"])["none"] == assign_styles(["none"])["none"]
    assert list(assign_styles(["b", "none", "b"])) == ["b", "none"]


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_numbers_in_heat_maps_have_enough_contrast(theme):
    low, high = (parse_rgb(color) for color in theme.scale)
    for share in np.linspace(0, 1, 101):
        ground = low + share * (high - low)
        ink = choose_text_color(theme.scale, float(share))
        light = sorted((compute_luminance(ground), compute_luminance(parse_rgb(ink))))
        assert ink in CELL_TEXT_COLORS
        assert (light[1] + 0.05) / (light[0] + 0.05) >= 4.5
