"""Lines of external systems: each drawn, close ones under one label, the chart still valid."""

from types import SimpleNamespace

import numpy as np

from bioner_core.analysis.break_even import ExternalScore
from bioner_core.charts.axes import AxisView
from bioner_core.charts.curve_chart import build_curve_chart, render_chart
from bioner_core.charts.palette import select_theme
from bioner_core.charts.reference_lines import MAX_SYSTEMS, build_system_lines, select_visible
from bioner_core.curves.curve import build_curves
from bioner_core.curves.points import CurvePoint

THEME = select_theme(dark=False)


def build_score(name, f1, *, draws=True):
    point = CurvePoint(
        target="t", source="none", model=name, method="external", entity="Drug", n_sentences=0, f1=f1
    )
    return ExternalScore(point=point, f1_draws=np.linspace(f1 - 0.05, f1 + 0.05, 101) if draws else None)


def read_words(labels):
    return sorted({datum["words"] for label in labels for datum in label["data"]["values"]})


def test_each_system_has_a_line_and_those_with_counts_a_bar():
    scores = [build_score("a", 0.8), build_score("b", 0.6, draws=False)]
    lines, labels = build_system_lines(scores, AxisView(), THEME)
    assert [line["mark"].get("strokeDash") for line in lines] == [[1, 3], None, [1, 3]]
    assert read_words(labels) == ["a: 80.0", "b: 60.0"]


def test_lines_close_together_share_a_label_and_the_first_few_are_drawn():
    scores = [build_score(f"s{number}", 0.9 - 0.01 * number) for number in range(MAX_SYSTEMS + 2)]
    visible = select_visible(scores, AxisView(), [50, 90])
    lines, labels = build_system_lines(visible, AxisView(), THEME)
    assert len(lines) == 2 * MAX_SYSTEMS
    assert select_visible(scores, AxisView(), [86.5, 90]) == scores[:4]
    assert read_words(labels) == ["s0: 90.0; s1: 89.0; s2: 88.0; s3: 87.0; s4: 86.0"]
    assert build_system_lines([], AxisView(), THEME) == ([], [])


def test_a_chart_with_systems_can_be_drawn_and_its_axis_reaches_them():
    model = SimpleNamespace(target="t", source="none", model="m", method="probe", entity="Drug")
    points = [CurvePoint(**vars(model), n_sentences=n, seed=0, f1=n / 1000) for n in (400, 600, 800)]
    chart = build_curve_chart(
        build_curves(points), [], chosen="none", systems=[build_score("a", 0.95), build_score("b", 0.1)]
    )
    low, high = chart["encoding"]["y"]["scale"]["domain"]
    assert low > 10 and high >= 95
    picture = render_chart(chart, "svg")
    assert b"a: 95.0" in picture
    assert b"b: 10.0" not in picture
