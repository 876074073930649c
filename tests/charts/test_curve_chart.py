"""Charts of curves are valid specifications with the right content; rendering validates them."""

import io
import json
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bioner_core.charts.axes import (
    AXIS_SCALES,
    UNITS,
    AxisView,
    choose_scale,
    estimate_mentions,
    has_mention_counts,
)
from bioner_core.charts.curve_chart import CLICK_SELECTION, build_curve_chart, render_chart
from bioner_core.charts.fan import build_fan
from bioner_core.charts.heatmap import build_transfer_heatmap
from bioner_core.charts.smooth_curves import build_smooth_curves
from bioner_core.curves.budget_table import compute_curve_budgets
from bioner_core.curves.curve import PlannedSeeds, build_curves
from bioner_core.curves.draws import SamplingNoise
from bioner_core.curves.points import CurvePoint, parse_point_record
from bioner_core.forecast.forecast import forecast_curve

NOISE = SamplingNoise()
RUN = Path(__file__).resolve().parents[2] / "runs" / "ecir2020"


@pytest.fixture(scope="module")
def published():
    records = [json.loads(line) for line in (RUN / "points.jsonl").read_text().splitlines()]
    points = [parse_point_record({k: v for k, v in r.items() if k != "job"}, where="") for r in records]
    return [curve for curve in build_curves(points) if curve.model == "Multi-BERT"]


def build_chart(curves, *, target="EN UGT", entity="Drug", chosen="EN EHR", goal=None, **options):
    matching = [curve for curve in curves if (curve.target, curve.entity) == (target, entity)]
    return build_curve_chart(
        matching, compute_curve_budgets(matching, goal_f1=goal), chosen=chosen, **options
    )


def build_seed_curves(**fields):
    base = {
        "target": "t",
        "source": "none",
        "model": "m",
        "method": "probe",
        "entity": "Drug",
        "train_size": 400,
    }
    seeds = [
        CurvePoint(**{**base, "n_sentences": n, "f1": 0.5 + s / 10, "seed": s, "is_full": n == 400, **fields})
        for n in (50, 100, 400)
        for s in (0, 1)
    ]
    plan = {("t", "none", "m", "probe", 100): PlannedSeeds(frozenset({0, 1, 2}))}
    plan["t", "none", "m", "probe", 50] = PlannedSeeds(frozenset({0, 1, 2}), frozenset({2}))
    return build_curves(seeds, plan)


def read_texts(svg):
    return ["".join(e.itertext()) for e in ElementTree.fromstring(svg).iter() if e.tag.endswith("}text")]  # noqa: S314


def read_data(chart):
    return chart["data"]["values"]


def select_layers(chart, kind):
    return [layer for layer in chart["layer"] if layer["mark"]["type"] == kind]


@pytest.fixture(scope="module")
def basis(published):
    """Return the chart of an answer with what it rests on, and the row that it shows."""
    matching = [curve for curve in published if (curve.target, curve.entity) == ("EN UGT", "Drug")]
    smooth = build_smooth_curves(matching, NOISE, chosen="EN EHR")
    rows = compute_curve_budgets(matching, noise=NOISE)
    chart = build_curve_chart(matching, rows, chosen="EN EHR", smooth=smooth)
    return chart, next(row for row in rows if row.source == "EN EHR"), smooth


def test_the_number_is_a_dot_on_the_goal_line_and_the_curve_with_its_interval_as_a_bar(basis):
    chart, row, smooth = basis
    [dot] = [
        layer["data"]["values"][0]
        for layer in select_layers(chart, "point")
        if "plan on" in str(layer.get("data"))
    ]
    [bar] = [
        layer["data"]["values"][0] for layer in select_layers(chart, "rule") if "n2" in str(layer.get("data"))
    ]
    [curve] = [curve for curve in smooth if curve.source == "EN EHR"]
    assert (dot["n"], bar["n"], bar["n2"]) == (row.n_plan, row.n_low, row.n_high)
    assert dot["f1"] == bar["f1"] == pytest.approx(100 * row.plan_goal_f1, abs=0.01)
    assert np.interp(row.n_plan, curve.n, curve.f1) == pytest.approx(row.plan_goal_f1, abs=0.002)


def test_the_chosen_curve_is_smoothed_thick_with_a_band_over_faint_single_models(basis):
    chart, _, smooth = basis
    lines = select_layers(chart, "line")
    assert [layer["mark"]["strokeWidth"] for layer in lines] == [1.4, 1.4, 1.4, 3.5]
    assert lines[-1]["data"]["values"][0]["source"] == "EN EHR"
    assert max(row["n"] for row in lines[-1]["data"]["values"]) == 5369  # up to full data
    [band] = select_layers(chart, "area")
    assert all(
        row["low"] <= row["f1"] + 0.5 and row["f1"] - 0.5 <= row["high"] for row in band["data"]["values"]
    )
    models = [layer for layer in select_layers(chart, "point") if layer["mark"].get("opacity") == 0.45]
    assert {len(layer["data"]["values"]) for layer in models} == {40}  # 39 sizes and zero-shot
    kinds = [layer["mark"]["type"] for layer in chart["layer"]]
    assert kinds.index("area") > max(i for i, layer in enumerate(chart["layer"]) if layer in models)
    assert [curve.source for curve in smooth if curve.low] == ["EN EHR"]


def test_the_axes_span_full_data_and_start_where_the_chosen_curve_starts(basis):
    chart, _, smooth = basis
    [curve] = [curve for curve in smooth if curve.source == "EN EHR"]
    x, y = (chart["encoding"][axis]["scale"]["domain"] for axis in "xy")
    assert 5369 < x[1] < 5500
    assert y[0] <= 100 * curve.f1[0] < y[0] + 5
    texts = read_texts(render_chart(chart, "svg"))
    assert any(text.startswith("full data, smoothed: ") and "; 99 % of it: " in text for text in texts)


def test_far_full_data_open_a_chart_on_a_log_axis(published):
    scales = {curve.target: choose_scale(curve) for curve in published}
    assert scales == {"EN EHR": "log", "EN UGT": "linear", "RU EHR": "log", "RU UGT": "linear"}


@pytest.mark.parametrize("view", [AxisView(scale=scale) for scale in AXIS_SCALES])
def test_what_an_answer_rests_on_can_be_rendered_on_all_axes(published, view):
    matching = [curve for curve in published if (curve.target, curve.entity) == ("RU UGT", "Drug")]
    rows = compute_curve_budgets(matching, noise=NOISE)
    for chosen in ("none", "EN EHR"):  # with a plan and without one
        smooth = build_smooth_curves(matching, NOISE, chosen=chosen)
        chart = build_curve_chart(matching, rows, chosen=chosen, view=view, smooth=smooth)
        texts = read_texts(render_chart(chart, "svg"))
        assert any("plan on" in text for text in texts) == (chosen == "none")


def test_the_svg_has_the_numbers_of_the_page(published):
    texts = read_texts(render_chart(build_chart(published), "svg"))
    assert {
        "full data, smoothed: 83.8; 99 % of it: 82.9",
        "plan on 490",
        "F1 (%)",
        "training sentences",
    } <= set(texts)
    assert {"without pretraining", "EN EHR", "RU EHR", "RU UGT"} <= set(texts)


def test_the_chart_has_every_point_of_every_source(published):
    chart = build_chart(published)
    curve = next(c for c in published if (c.target, c.entity, c.source) == ("EN UGT", "Drug", "EN EHR"))
    plotted = {row["n"]: row["f1"] for row in read_data(chart) if row["source"] == "EN EHR"}
    assert plotted == {size.n: 100 * size.f1 for size in curve.sizes}
    assert len(read_data(chart)) == 4 * 39 + 3  # three zero-shot points


def test_interpolated_points_are_hollow_with_an_explanation(published):
    rows = [row for row in read_data(build_chart(published)) if row["hollow"]]
    assert {row["n"] for row in rows} <= {400, 800, 1200, 1600}
    assert len(rows) > 4
    assert {row["Note"] for row in rows} == {"interpolated between its neighbours, not measured"}
    hollow = [layer for layer in select_layers(build_chart(published), "point") if layer["mark"].get("fill")]
    assert [layer["transform"][0]["filter"] for layer in hollow] == [
        "!datum.chosen && datum.hollow",
        "datum.chosen && datum.hollow",
    ]


def test_a_tooltip_has_units_seeds_and_spread():
    rows = read_data(build_curve_chart(build_seed_curves(), [], chosen="none"))
    tooltips = {
        row["n"]: [row[k] for k in ("Source", "Sentences", "F1", "Of full data", "Models", "Note")]
        for row in rows
    }
    assert tooltips == {
        50: [
            "without pretraining",
            "50",
            "55.0 %",
            "100.0 %",
            "2 of 3 seeds, 1 failed, F1 50.0 to 60.0",
            "measured",
        ],
        100: [
            "without pretraining",
            "100",
            "55.0 %",
            "100.0 %",
            "2 of 3 seeds, F1 50.0 to 60.0",
            "other seeds are still to come",
        ],
    }


def test_the_band_spans_the_seeds():
    assert [
        (row["low"], row["high"])
        for row in read_data(build_curve_chart(build_seed_curves(), [], chosen="none"))
    ] == [(50.0, 60.0)] * 2


@pytest.mark.parametrize(
    ("n", "visible"), [(4, "!datum.chosen"), (5, "!datum.chosen && datum.source === 'none'")]
)
def test_of_many_curves_only_the_chosen_source_and_no_pretraining_have_bands(n, visible):
    matching = build_seed_curves()[0]
    curves = [replace(matching, source=source) for source in ["none", *"ABCD"][:n]]
    bands = select_layers(build_curve_chart(curves, [], chosen="A"), "area")
    assert [layer["transform"][0]["filter"] for layer in bands] == [visible, "datum.chosen"]


def test_the_chosen_source_is_thick_and_on_top(published):
    lines = [
        (m["transform"][0]["filter"], m["mark"]["strokeWidth"])
        for m in select_layers(build_chart(published), "line")
    ]
    assert lines == [("!datum.chosen", 1.4), ("datum.chosen", 3)]
    assert {row["source"] for row in read_data(build_chart(published)) if row["chosen"]} == {"EN EHR"}


def test_a_click_selects_the_source(published):
    (params,) = [layer["params"] for layer in build_chart(published)["layer"] if "params" in layer]
    assert params == [
        {"name": CLICK_SELECTION, "select": {"type": "point", "fields": ["source"], "toggle": False}}
    ]


def test_without_a_plan_there_is_no_vertical_line(published):
    assert not any(
        "plan on" in word for word in read_texts(render_chart(build_chart(published, goal=0.95), "svg"))
    )


def test_a_goal_above_full_data_is_labelled_above_it(published):
    labels = [
        layer
        for layer in select_layers(build_chart(published, goal=0.86), "text")
        if "stroke" not in layer["mark"]
    ]
    placed = [(layer["data"]["values"][0]["words"], layer["mark"]["dy"]) for layer in labels[:2]]
    assert placed == [("goal: 86.0", -8), ("full data: 83.8", 9)]


def select_plan_layers(chart, kind):
    return [layer for layer in select_layers(chart, kind) if "plan on" in str(layer.get("data"))]


def test_a_label_at_the_right_edge_is_put_to_the_left(published):
    def side(goal):
        chart = build_chart(published, chosen="none", goal=goal)
        return select_plan_layers(chart, "text")[0]["mark"]["align"]

    assert (side(0.82), side(0.835)) == ("left", "right")  # 780 and 1,470 of 1,950


@pytest.mark.parametrize("scale", ["linear", "log", "error"])
def test_a_plan_beyond_the_axis_is_an_arrow_at_its_right_edge_without_a_line(published, scale):
    [n_plan] = [
        row.n_plan
        for row in compute_curve_budgets(c for c in published if (c.target, c.entity) == ("EN UGT", "Drug"))
        if row.source == "RU UGT"
    ]
    assert n_plan > 1950
    chart = build_chart(published, chosen="RU UGT", view=AxisView(scale=scale))
    assert select_plan_layers(chart, "rule") == []
    label = select_plan_layers(chart, "text")[0]
    assert label["data"]["values"] == [{"n": 1950, "words": f"plan on {n_plan:,} →"}]
    assert label["mark"]["align"] == "right"
    assert f"plan on {n_plan:,} →" in read_texts(render_chart(chart, "svg"))
    assert len(select_plan_layers(build_chart(published), "rule")) == 1


def test_the_logarithmic_axis_keeps_zero_shot(published):
    x = build_chart(published, view=AxisView(scale="log"))["encoding"]["x"]
    assert (x["scale"]["type"], x["axis"]["values"]) == ("symlog", [0, 50, 100, 200, 400, 800, 1600])
    assert {"0", "50", "1,600"} <= set(
        read_texts(render_chart(build_chart(published, view=AxisView(scale="log")), "svg"))
    )


def test_a_source_has_the_same_colour_for_every_target(published):
    sources = sorted({curve.source for curve in published})

    def colors(target, *, dark):
        chart = build_chart(published, target=target, sources=sources, dark=dark)
        scale = select_layers(chart, "line")[0]["encoding"]["color"]["scale"]
        return dict(zip(scale["domain"], scale["range"], strict=True))

    for dark in (False, True):
        target_colors, other_colors = colors("EN UGT", dark=dark), colors("RU UGT", dark=dark)
        assert {s: target_colors[s] for s in ("none", "EN EHR", "RU EHR")} == {
            s: other_colors[s] for s in ("none", "EN EHR", "RU EHR")
        }


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(
    "curves",
    [
        [],
        build_seed_curves(),
        build_seed_curves(f1=0.0),
        build_seed_curves(f1=1.0, source='it\'s "odd" \\ </script> é 名'),
    ],
    ids=["empty", "seeds", "zero", "odd name"],
)
def test_unusual_sets_of_curves_can_be_rendered_on_all_axes(curves, dark):
    views = [AxisView(scale=axis, unit=unit) for axis in AXIS_SCALES for unit in UNITS]
    for view in views[:1] if dark else views:  # a theme changes colours alone
        chart = build_curve_chart(
            curves, compute_curve_budgets(curves, goal_f1=0.5), chosen="none", view=view, dark=dark
        )
        json.dumps(chart, allow_nan=False)
        assert render_chart(chart, "png", dark=dark).startswith(b"\x89PNG")


@pytest.mark.parametrize(("source", "n_columns"), [("EN EHR", 3), ("rumedner_ru+bc5cdr", 2)])
def test_long_names_stand_two_by_two_in_the_legend(source, n_columns):
    curves = build_seed_curves(source=source)
    chart = build_curve_chart(curves, compute_curve_budgets(curves, goal_f1=0.5), chosen=source)
    legends = [layer["encoding"]["color"]["legend"] for layer in select_layers(chart, "line")]
    assert {legend["columns"] for legend in legends} == {n_columns}


def test_the_description_for_screen_readers_has_the_answer(published):
    assert build_chart(published)["description"] == (
        "F1 by number of sentences for Drug in EN UGT: without pretraining, EN EHR, RU EHR, RU UGT. "
        "EN EHR: plan on 490 sentences."
    )
    assert build_curve_chart([], [], chosen="none")["description"] == "No points yet."


def test_the_heat_map_shows_tables_2_and_3(published):
    drugs = [curve for curve in published if curve.entity == "Drug"]
    chart = build_transfer_heatmap(drugs)
    cells = {(row["train"], row["test"]): (round(row["value"], 2), row["What"]) for row in read_data(chart)}
    assert len(cells) == 16
    assert cells["EN UGT", "EN UGT"] == (84.88, "in-corpus, full data")
    assert cells["EN EHR", "EN UGT"] == (77.08, "zero-shot")
    texts = read_texts(render_chart(chart, "svg"))
    assert {"84.9", "77.1", "F1 (%) when tested on", "trained on"} <= set(texts)


def test_the_heat_map_can_show_precision_or_recall_and_a_click_selects_a_pair(published):
    drugs = [curve for curve in published if curve.entity == "Drug"]
    chart = build_transfer_heatmap(drugs, measure="recall", dark=True)
    cells = {(row["train"], row["test"]): row for row in read_data(chart)}
    assert cells["EN UGT", "RU EHR"]["value"] == pytest.approx(91.18)
    assert cells["EN UGT", "RU EHR"]["Precision"] == "5.8 %"
    assert chart["layer"][0]["params"][0]["select"]["fields"] == ["train", "test"]


def test_an_empty_heat_map_can_be_rendered():
    assert render_chart(build_transfer_heatmap([]), "svg").startswith(b"<svg")


@pytest.mark.parametrize(("dark", "ground"), [(False, (255, 255, 255)), (True, (20, 25, 27))])
def test_a_png_has_its_themes_background_and_an_svg_has_none(published, dark, ground):
    chart = build_chart(published, dark=dark)
    png = Image.open(io.BytesIO(render_chart(chart, "png", dark=dark))).convert("RGBA")
    assert png.getpixel((0, 0)) == (*ground, 255)
    assert png.width > 1600
    assert b"<rect" not in render_chart(chart, "svg", dark=dark)


def test_labels_in_pictures_use_one_list_of_font_families(published):
    families = set(re.findall(r'font-family="([^"]+)"', render_chart(build_chart(published), "svg").decode()))
    assert families == {"Helvetica, Arial, Liberation Sans, DejaVu Sans, sans-serif"}


@pytest.fixture(scope="module")
def forecast_fan(published):
    curve = next(c for c in published if (c.target, c.entity, c.source) == ("EN UGT", "Drug", "EN EHR"))
    return build_fan(curve, forecast_curve(curve, pool=9000, others=published))


def test_a_forecast_fan_spans_from_full_data_to_the_pool_within_the_axes(published, forecast_fan):
    chart = build_chart(published, fan=forecast_fan)
    rows = next(layer["data"]["values"] for layer in select_layers(chart, "area") if "data" in layer)
    assert (rows[0]["n"], rows[-1]["n"]) == (5369, 9000)
    assert all(row["low"] < row["f1"] < row["high"] for row in rows)
    x, y = (chart["encoding"][axis]["scale"]["domain"] for axis in "xy")
    assert x[1] == 9000
    assert y[0] <= min(row["low"] for row in rows) < max(row["high"] for row in rows) <= y[1]
    assert "forecast, 90 %" in read_texts(render_chart(chart, "svg"))
    assert rows[-1]["Note"].startswith("forecast; 90 % interval 8")


def test_dashes_distinguish_a_forecast_fan_from_measured_bands(published, forecast_fan):
    dashed = [
        layer["mark"]["strokeDash"]
        for layer in select_layers(build_chart(published, fan=forecast_fan), "line")[:3]
    ]
    assert dashed == [[2, 3], [2, 3], [7, 4]]


def test_errors_have_two_log_scales_without_zero_shot(published):
    chart = build_chart(published, view=AxisView(scale="error"))
    assert {chart["encoding"][axis]["scale"]["type"] for axis in "xy"} == {"log"}
    assert chart["encoding"]["y"]["field"] == "error"
    rows = read_data(chart)
    assert min(row["n"] for row in rows) == 50
    row = next(row for row in rows if (row["source"], row["n"], row["F1"]) == ("EN EHR", 500, "84.2 %"))
    assert row["error"] == pytest.approx(15.8, abs=0.05)
    assert {"error, 100 − F1 (%)", "plan on 490"} <= set(read_texts(render_chart(chart, "svg")))


def test_mentions_can_be_the_x_axis_where_all_sizes_have_counts(published):
    tooltips = build_seed_curves(n_mentions=30)
    assert has_mention_counts(tooltips)
    assert not has_mention_counts(published)
    chart = build_curve_chart(
        tooltips, compute_curve_budgets(tooltips, goal_f1=0.5), chosen="none", view=AxisView(unit="mentions")
    )
    assert chart["encoding"]["x"]["title"] == "training mentions of Drug"
    assert {row["mentions"] for row in read_data(chart)} == {30}


def test_mentions_of_the_plan_are_estimated_from_the_nearest_size():
    (curve,) = build_seed_curves(n_mentions=30)
    assert estimate_mentions(curve, 100) == 30
    assert estimate_mentions(curve, 400) == 120  # 30 in 100 sentences, the nearest size that tells


def test_there_is_no_forecast_fan_beyond_the_pool(published):
    curve = next(c for c in published if c.key[:2] == ("EN UGT", "none"))
    assert build_fan(curve, forecast_curve(curve, n_observed=800, pool=1950, others=published)) is None
