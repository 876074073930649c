"""Overlap and zero-shot F1: pairs of corpora, direction of the share, correlation by type."""

import pytest

from bioner_core.analysis.overlap import build_printed_overlap
from bioner_core.analysis.overlap_relation import CorpusPair, build_corpus_pairs, correlate_overlap
from bioner_core.analysis.transfer import list_transfers
from bioner_core.curves.curve import build_curves
from bioner_core.curves.points import CurvePoint


def build_point(source, target, f1, *, entity="Drug", n=0):
    return CurvePoint(
        target=target, source=source, model="m", method="probe", entity=entity, n_sentences=n, f1=f1
    )


def test_the_share_refers_to_the_test_corpus():
    rows = [build_printed_overlap(names=("A", "B"), entity="Drug", unique=(100, 10), shared=5)]
    cells = list_transfers(build_curves([build_point("A", "B", 0.6), build_point("B", "A", 0.2)]))
    pairs = {
        (pair.train, pair.test): (pair.share, pair.f1) for pair in build_corpus_pairs("run", rows, cells)
    }
    assert pairs == {("A", "B"): (0.5, 0.6), ("B", "A"): (0.05, 0.2)}


def test_pairs_without_overlap_or_without_zero_shot_and_other_types_are_left_out():
    rows = [build_printed_overlap(names=("A", "B"), entity="Drug", unique=(100, 10), shared=5)]
    points = [
        build_point("A", "C", 0.6),
        build_point("A", "B", 0.6, entity="Disease"),
        build_point("A", "B", 0.7, n=50),
        build_point("A+C", "B", 0.6),
    ]
    assert build_corpus_pairs("run", rows, list_transfers(build_curves(points))) == []


def test_each_run_has_a_correlation_over_all_pairs_then_by_type():
    pairs = [
        CorpusPair(run="r", train="A", test="B", entity=entity, share=share, f1=share)
        for entity, some in (("Drug", (0.1, 0.2, 0.3, 0.4)), ("Disease", (0.5,)))
        for share in some
    ]
    correlations = {
        row.entity: (row.n, row.correlation and row.correlation.rho) for row in correlate_overlap(pairs)
    }
    assert correlations == {"all": (5, pytest.approx(1)), "Disease": (1, None), "Drug": (4, pytest.approx(1))}
    assert [row.entity for row in correlate_overlap(pairs)] == ["all", "Disease", "Drug"]
