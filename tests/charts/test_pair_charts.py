"""Shared word pieces as a heat map, and with zero-shot F1 as a scatter plot."""

import re
from dataclasses import replace

import pytest

from bioner_core.analysis.overlap_relation import build_corpus_pairs
from bioner_core.analysis.shared_pieces import load_run_overlaps
from bioner_core.analysis.transfer import list_transfers
from bioner_core.charts.curve_chart import render_chart
from bioner_core.charts.heatmap import build_overlap_heatmap
from bioner_core.charts.scatter import build_overlap_scatter
from bioner_core.curves.curve import build_curves
from bioner_core.study.store import RunStore


@pytest.fixture(scope="module")
def overlaps():
    return load_run_overlaps(RunStore().open("ecir2020"))[1]


def read_texts(chart, **options):
    """Return the texts of a chart rendered as SVG."""
    svg = render_chart(chart, "svg", **options).decode()
    return set(re.findall(r"<text[^>]*>([^<]+)</text>", svg))


def test_the_map_of_shared_pieces_has_both_directions_of_table_4(overlaps):
    chart = build_overlap_heatmap(overlaps, entity="Drug")
    cells = {(row["train"], row["test"]): row["Found there"] for row in chart["data"]["values"]}
    assert cells["EN EHR", "EN UGT"] == "77.7 % of 528 unique word pieces"
    assert cells["EN UGT", "EN EHR"] == "17.1 % of 2,401 unique word pieces"
    assert len(cells) == 4  # the paper prints pairs of the same language only
    assert {"77.7", "17.1", "found in"} <= read_texts(chart)


def test_a_heat_map_of_a_type_that_no_two_corpora_share_can_be_rendered(overlaps):
    assert build_overlap_heatmap(overlaps, entity="Dose")["data"]["values"] == []
    assert render_chart(build_overlap_heatmap([], entity="Drug"), "svg").startswith(b"<svg")


@pytest.mark.parametrize("dark", [False, True])
def test_the_scatter_has_a_point_for_each_pair_and_type_and_hollow_points_for_one_run(overlaps, dark):
    curves = build_curves(RunStore().open("ecir2020").points())
    multi_bert = [curve for curve in curves if curve.model == "Multi-BERT"]
    printed = build_corpus_pairs("ecir2020", overlaps, list_transfers(multi_bert))
    assert len(printed) == 8
    user_pairs = [replace(pair, run="mine") for pair in printed[:2]]
    chart = build_overlap_scatter([*printed, *user_pairs], hollow="ecir2020", dark=dark)
    rows = chart["data"]["values"]
    assert [row["hollow"] for row in rows] == [True] * 8 + [False] * 2
    drug = next(row for row in rows if (row["Tested on"], row["Entity"]) == ("EN UGT", "Drug"))
    assert (round(drug["share"], 1), round(drug["f1"], 2)) == (77.7, 77.08)
    assert {"Disease", "Drug", "Zero-shot F1 (%)"} <= read_texts(chart, dark=dark)
