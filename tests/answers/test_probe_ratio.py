"""Plans of probe and fine-tuned models on the same corpora: pairs, ratios and rank correlation."""

from dataclasses import replace

import pytest

from bioner_core.analysis.reference_curves import ReferenceCurve, load_reference_curves
from bioner_core.answers.probe_ratio import order_sources, pair_plans
from bioner_core.answers.wording.probe_ratio import describe_ratio
from bioner_core.corpus.description import CorpusDescription
from bioner_core.curves.budget_table import compute_curve_budgets
from bioner_core.curves.curve import build_curves
from bioner_core.curves.points import CurvePoint
from bioner_core.study.store import RunStore

SIZES = (50, 100, 200, 400, 800, 1600, 3000)


def build_references(
    method, rate, *, entity="Drug", digest="d", sources=("none",), gains=None, with_full=False
):
    """Return curves that rise as n / (n + rate); a source adds a gain at all sizes.

    :param with_full: each source is trained on full data, too.
    """
    points = [
        CurvePoint(
            target="notes",
            source=source,
            model="m",
            method=method,
            entity=entity,
            n_sentences=n,
            train_size=3000,
            is_full=n == 3000,
            seed=0,
            f1=0.8 * n / (n + rate) + (gains or {}).get(source, 0.0),
        )
        for source in sources
        for n in SIZES
        if source == "none" or n < 3000 or with_full
    ]
    return [
        ReferenceCurve(curve=curve, run=method, digest=digest, description=CorpusDescription())
        for curve in build_curves(points)
    ]


def test_a_corpus_trained_by_probe_and_finetuning_forms_a_pair():
    [pair] = pair_plans([*build_references("probe", 60), *build_references("finetune", 20)], fraction=0.95)
    assert (pair.target, pair.entity, pair.source) == ("notes", "Drug", "none")
    assert pair.trained < pair.probe
    assert pair.ratio == pair.trained / pair.probe


def test_corpora_with_different_digests_form_no_pair():
    assert (
        pair_plans(
            [*build_references("probe", 60), *build_references("finetune", 20, digest="e")], fraction=0.95
        )
        == ()
    )


def test_a_method_that_misses_the_goal_has_no_plan():
    sources = {"sources": ("none", "A"), "with_full": True}
    harmed = build_references("finetune", 60, gains={"A": -0.2}, **sources)
    none, source = pair_plans([*build_references("probe", 60, **sources), *harmed], fraction=0.9)
    assert none.ratio == pytest.approx(1)
    assert (source.source, source.probe, source.trained, source.ratio) == ("A", none.probe, None, None)


def test_a_plan_with_a_source_is_that_of_the_budget():
    sources = {"sources": ("none", "A"), "gains": {"A": 0.02}}
    both = [*build_references("probe", 60, **sources), *build_references("finetune", 400, **sources)]
    rows = {
        (row.method, row.source): row.n_plan
        for row in compute_curve_budgets([reference.curve for reference in both], fraction=0.99)
    }
    for pair in pair_plans(both, fraction=0.99):
        assert (pair.probe, pair.trained) == (rows["probe", pair.source], rows["finetune", pair.source])


def test_without_pairs_the_ratio_is_described_as_unknown():
    alone = build_references("probe", 60)
    assert describe_ratio(alone, fraction=0.95).endswith(
        "is not known here yet: no corpus has curves of both."
    )


def test_one_pair_is_described_by_sentences_and_several_by_ratios():
    both = [*build_references("probe", 60), *build_references("finetune", 20)]
    [pair] = pair_plans(both, fraction=0.95)
    assert describe_ratio(both, fraction=0.95) == (
        f"Where both were trained (notes, Drug), the probe plans on {pair.probe} and fine-tuned models on "
        f"{pair.trained} sentences."
    )
    more = [
        *both,
        *build_references("probe", 20, entity="Disease"),
        *build_references("finetune", 60, entity="Disease"),
    ]
    ratios = sorted(pair.ratio for pair in pair_plans(more, fraction=0.95))
    assert describe_ratio(more, fraction=0.95) == (
        "Where both were trained (2 curves of one corpus), fine-tuned models need "
        f"{ratios[0]:.1f} to {ratios[1]:.1f} times the probe's sentences."
    )


@pytest.mark.parametrize("rate", [400, 9000])
def test_a_share_that_no_size_below_full_data_reaches_is_planned_up_to_full_data(rate):
    both = [*build_references("probe", 60), *build_references("finetune", rate)]
    [pair] = pair_plans(both, fraction=0.99)
    assert SIZES[-2] < pair.trained <= SIZES[-1]
    assert f"and fine-tuned models on {pair.trained:,} sentences" in describe_ratio(both, fraction=0.99)


def test_the_shipped_runs_have_curves_of_both_methods():
    runs = [RunStore().open(name) for name in ("four-corpora-probe", "rumedner-finetuned")]
    references = load_reference_curves(runs)
    assert {"rumedner_ru"} == {pair.target for pair in pair_plans(references, fraction=0.9)}
    assert "no corpus has curves of both" not in describe_ratio(references, fraction=0.99)


SOURCES = ("none", "A", "B", "A+B")


def test_sources_are_ordered_by_their_mean_f1_at_common_sizes():
    gains = {"A": 0.02, "B": -0.03, "A+B": 0.05}
    probe = build_references("probe", 60, sources=SOURCES, gains=gains)
    same = build_references("finetune", 20, sources=SOURCES, gains=gains)
    [order] = order_sources([*probe, *same])
    assert set(order.sources) == set(SOURCES)
    assert (order.has_same_best, order.correlation.rho) == (True, pytest.approx(1))
    turned = build_references(
        "finetune", 20, sources=SOURCES, gains={name: -gain for name, gain in gains.items()}
    )
    [other] = order_sources([*probe, *turned])
    assert (other.has_same_best, other.correlation.rho) == (False, pytest.approx(-1))


def test_two_sources_have_no_rank_correlation_and_a_single_source_has_no_order():
    two = ("none", "A")
    [order] = order_sources(
        [*build_references("probe", 60, sources=two), *build_references("finetune", 20, sources=two)]
    )
    assert order.correlation is None
    assert order_sources([*build_references("probe", 60), *build_references("finetune", 20)]) == ()


def test_only_sizes_common_to_all_curves_are_averaged():
    probe = build_references("probe", 60, sources=("none", "A"))
    short = [
        replace(reference, curve=replace(reference.curve, sizes=reference.curve.sizes[:2]))
        for reference in build_references("finetune", 20, sources=("none", "A"))
    ]
    [order] = order_sources([*probe, *short])
    at = order.sources.index("none")
    assert order.probe[at] == pytest.approx(0.8 * (50 / 110 + 100 / 160) / 2)
