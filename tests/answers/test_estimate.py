"""Estimates: similar curves weigh more, the pool sets the goal, the verdict names the next step."""

from dataclasses import replace

import pytest

from bioner_core.analysis.estimate_basis import References
from bioner_core.analysis.reference_curves import ReferenceCurve, load_reference_curves
from bioner_core.analysis.similarity import TargetTraits, rank_similar_curves
from bioner_core.answers.combined_estimate import combine_types
from bioner_core.answers.estimate import (
    Estimate,
    estimate_from_curves,
    estimate_from_similar,
    list_type_traits,
)
from bioner_core.answers.pool import Pool, count_test_sentences, estimate_pool
from bioner_core.answers.wording.estimates import describe_density, describe_estimate, describe_next_gain
from bioner_core.corpus.description import CorpusDescription
from bioner_core.corpus.sentences import Corpus, Sentence, Span
from bioner_core.costs.rates import Rates
from bioner_core.curves.curve import build_curves
from bioner_core.curves.points import CurvePoint
from bioner_core.errors import BionerError
from bioner_core.forecast.forecast import ForecastPoint, Need
from bioner_core.study.estimate_file import EstimateBasis
from bioner_core.study.store import RunStore

TYPES = ("Disease", "Drug")
count_test_sentences.__test__ = False  # a function of the program, not a test


def build_corpus(n=200, *, types=TYPES, **about):
    """Return sentences, five a document, every other one with a mention of the next type."""
    about = {"language": "ru", "domain": "UGT", **about}
    spans = [(Span(1, 2, types[i // 2 % len(types)]),) if i % 2 == 0 else () for i in range(n)]
    sentences = tuple(Sentence(("a", f"b{i}"), spans[i], f"d{i // 5}") for i in range(n))
    return Corpus(name="mine", sentences=sentences, types=tuple(sorted(types)), **about)


def build_points(entity, *, ns=(50, 100, 200, 400), full=None):
    """Return two seeds a size of a curve that rises towards 0.8."""
    return [
        CurvePoint(
            target="mine",
            source="none",
            model="m",
            method="probe",
            entity=entity,
            n_sentences=n,
            train_size=full,
            is_full=n == full,
            seed=seed,
            f1=0.8 * n / (n + 60) + 0.002 * seed,
            support=200,
        )
        for n in (*ns, *([full] if full else []))
        for seed in (0, 1)
    ]


@pytest.fixture(scope="module")
def reference_curves():
    return load_reference_curves([RunStore().open("ecir2020")])


@pytest.fixture(scope="module")
def references(reference_curves):
    return References(basis=EstimateBasis(), curves=reference_curves)


def estimate_similar(corpus, references, pool):
    return combine_types(estimate_from_similar(list_type_traits(corpus), references, pool))


def test_published_curves_have_language_and_domain(reference_curves):
    published = [k for k in reference_curves if k.run == "ecir2020"]
    assert len(published) == 34
    assert {(k.description.language, k.description.domain) for k in published} == {
        ("en", "UGT"), ("en", "EHR"), ("ru", "UGT"), ("ru", "EHR"),
    }  # fmt: skip


def test_the_most_similar_curves_weigh_most(reference_curves):
    ranked = rank_similar_curves(TargetTraits(entity="Drug", language="ru", domain="UGT"), reference_curves)
    best = ranked[0].reference
    assert (best.curve.target, best.curve.entity, ranked[0].weight) == ("RU UGT", "Drug", 1.0)
    assert ranked[0].shared_traits == ("entity type", "language", "domain")
    assert all(item.reference.curve.source == "none" for item in ranked)
    assert [item.weight for item in ranked] == sorted((item.weight for item in ranked), reverse=True)


def test_curves_of_a_dense_corpus_weigh_less_for_a_sparse_one():
    [curve] = build_curves([replace(p, n_mentions=2 * p.n_sentences) for p in build_points("Drug", full=800)])
    dense = ReferenceCurve(curve=curve, run="r", description=CorpusDescription(language="en", domain="EHR"))
    sparse = replace(
        dense, curve=replace(curve, sizes=tuple(replace(s, n_mentions=s.n) for s in curve.sizes))
    )
    weights = {
        id(item.reference): item.weight
        for item in rank_similar_curves(TargetTraits(entity="Drug", density=1.0), [dense, sparse])
    }
    assert weights[id(sparse)] == 1.0
    assert weights[id(dense)] == pytest.approx(0.5)


def test_curves_of_the_same_corpus_are_not_used_as_reference(reference_curves):
    same_corpus_curve = replace(reference_curves[0], digest="x")
    assert rank_similar_curves(TargetTraits(entity="Drug"), [same_corpus_curve], digest="x") == ()


def test_the_pool_is_5000_unless_the_files_or_the_user_say_otherwise():
    assert estimate_pool(build_corpus()) == Pool(n_train=140, n_test=60, n_all=5000, is_specified=False)
    assert estimate_pool(build_corpus(), n_requested=900).n_all == 900
    assert estimate_pool(build_corpus(), n_unannotated=100) == Pool(
        n_train=140, n_test=60, n_all=640, is_specified=True
    )
    with pytest.raises(
        BionerError, match="pool of 100 sentences: 140 training sentences are annotated already"
    ):
        estimate_pool(build_corpus(), n_requested=100)


def test_the_interval_is_wide_before_any_training(references):
    estimate = estimate_similar(build_corpus(), references, estimate_pool(build_corpus()))
    assert (estimate.entity, estimate.basis) == ("every", "similar")
    assert {item.entity for item in estimate.by_type} == set(TYPES)
    assert estimate.low < estimate.n < estimate.high <= 5000
    assert estimate.high - estimate.low > 1000
    assert "RU UGT (same entity type, language, domain)" in estimate.rests_on
    assert estimate.rests_on.endswith(" and 1 more in run ecir2020")


def test_the_probe_narrows_the_interval(references):
    pool = estimate_pool(build_corpus(600))
    curves_of_corpus = build_curves([p for entity in TYPES for p in build_points(entity, full=420)])
    estimate = combine_types(estimate_from_curves(curves_of_corpus, references, pool))
    assert estimate.basis == "probe"
    now = estimate_similar(build_corpus(600), references, pool).full
    assert estimate.full.high - estimate.full.low < (now.high - now.low) / 2
    assert estimate.now.n == 420
    assert estimate.now.f1 == pytest.approx(0.7, abs=0.02)


def test_an_estimate_names_the_method_of_its_curve(references):
    pool = estimate_pool(build_corpus(600))
    bases = []
    for method in ("probe", "partial", "finetune"):
        points = [replace(point, method=method) for point in build_points("Drug", full=420)]
        [estimate] = estimate_from_curves(build_curves(points), references, pool)
        bases.append(estimate.basis)
    assert bases == ["probe", "partial", "trained"]


def test_a_curve_of_a_single_size_gives_an_estimate(references):
    curves_of_corpus = build_curves(build_points("Drug", ns=(40,)))
    pool = Pool(n_train=40, n_test=20, n_all=5000, is_specified=False)
    [estimate] = estimate_from_curves(curves_of_corpus, references, pool)
    assert estimate.basis == "probe"
    assert 40 < estimate.n <= 5000


def test_without_a_size_there_is_no_estimate(references):
    assert estimate_from_curves([], references, estimate_pool(build_corpus())) == []


@pytest.mark.parametrize("types", [("Drug",), tuple(f"T{i}" for i in range(8))], ids=["one", "eight"])
def test_several_types_are_combined_into_one_estimate(references, types):
    estimate = estimate_similar(
        build_corpus(400, types=types),
        references,
        Pool(n_train=280, n_test=120, n_all=5000, is_specified=False),
    )
    assert (estimate.entity == "every") == (len(types) > 1)
    assert len(estimate.by_type) == (len(types) if len(types) > 1 else 0)


def test_the_suggested_test_part_holds_100_mentions_of_the_rarest_type():
    assert (
        count_test_sentences(build_corpus(200, types=("Drug",)), estimate_pool(build_corpus())) == 200
    )  # every other has one
    assert count_test_sentences(build_corpus(2000), estimate_pool(build_corpus())) >= 200


def build_needs(*needs):
    """Return the needs for 90, 95 and 99 %, each a median and an upper end."""
    return tuple(
        Need(fraction=share, n=n, low=n and n - 50, high=high, is_beyond=high is None)
        for share, (n, high) in zip((0.9, 0.95, 0.99), needs, strict=True)
    )


def build_estimate(**changed):
    """Return the estimate of a type that still gains: 700 sentences reach 99 %, 400 are annotated."""
    point = ForecastPoint(n=5000, f1=0.8, low=0.7, high=0.9)
    text = {
        "entity": "Drug", "basis": "probe", "fraction": 0.99, "lead": 0.99,
        "needs": build_needs((300, 350), (450, 600), (700, 1100)),
        "full": point, "now": point, "rests_on": "x", "support": 120,
        "pool": Pool(n_train=400, n_test=171, n_all=5000, is_specified=True),
        "next": ForecastPoint(n=500, f1=0.012, low=0.004, high=0.02),
        "rest": ForecastPoint(n=5000, f1=0.03, low=0.01, high=0.06),
    }  # fmt: skip
    return Estimate(**{**text, **changed})


def test_the_verdict_has_the_shape_of_every_answer_and_ends_with_the_next_step():
    assert describe_estimate(build_estimate(), n_test=300) == (
        "Plan on 700 sentences (likely 650 to 1,100) to reach 99 % of the F1 that 5,000 would give; 450 "
        "reach 95 %, 300 reach 90 %. Another 300 are for testing. You have 400 to train "
        "on and 171 to test on: annotate 300 more, then estimate again."
    )


def test_a_default_pool_is_named_and_questioned():
    pool = Pool(n_train=400, n_test=171, n_all=5000, is_specified=False)
    assert describe_estimate(build_estimate(pool=pool), n_test=300).endswith(
        "5,000 is a default: say how many sentences you could annotate at most."
    )


LITTLE = {
    "next": ForecastPoint(n=500, f1=0.0004, low=0.0, high=0.0015),
    "rest": ForecastPoint(n=5000, f1=0.004, low=0.0, high=0.012),
}


def test_where_more_sentences_bring_little_the_verdict_is_to_stop():
    assert describe_estimate(build_estimate(**LITTLE), n_test=171) == (
        "You can stop: 4,600 more sentences would add about 0.4 (0.0 to 1.2) points of F1. It is 80.0 now, "
        "and 80.0 with all 5,000. You have 400 to train on and 171 to test on."
    )


def test_few_test_mentions_are_named_first_and_more_of_them_come_first():
    text = describe_estimate(build_estimate(**LITTLE, support=7), n_test=300)
    assert text.startswith(
        "The test part is too small to tell: it has 7 mentions of Drug, and one is worth about 8.6 points of "
        "F1. As far as it goes: Plan on 700 sentences"
    )
    assert text.endswith("to test on: annotate 129 more for testing first, then estimate again.")
    assert "stop" not in text


@pytest.mark.parametrize(
    ("lead", "needs", "n"),
    [
        (0.99, [(2000, 2500), (3000, 3500), (4000, 4900)], 400),
        (0.95, [(200, 300), (300, 500), (520, 900)], 150),
        (0.99, [(100, 120), (150, 180), (200, 380)], 400),
        (0.99, [(2000, None), (3000, None), (None, None)], 400),
    ],
    ids=["far", "the next goal is near", "all goals are reached", "beyond the pool"],
)
def test_the_verdict_ends_with_the_next_step(lead, needs, n):
    estimate = build_estimate(lead=lead, needs=build_needs(*needs))
    assert describe_estimate(estimate, n_test=171).endswith(f"annotate {n} more, then estimate again.")


def test_a_need_beyond_the_pool_is_described_as_more_than_the_pool():
    needs = build_needs((2000, None), (3000, None), (4000, None))
    assert "Plan on 4,000 sentences (likely 3,950 to more than 5,000)" in describe_estimate(
        build_estimate(needs=needs), n_test=300
    )


def test_the_gain_of_the_next_sentences_is_described_per_hour():
    text = describe_next_gain(build_estimate(), Rates(seconds_low=36, seconds_high=36))
    assert text == (
        "The next 100 sentences bring 1.2 (0.4 to 2.0) points of F1, in 1.0 h of annotating: "
        "1.20 points an hour."
    )
    assert describe_next_gain(build_estimate(next=None), Rates()) == ""


def test_density_is_described_by_type():
    assert describe_density(build_corpus()) == (
        "A sentence holds 0.25 Disease and 0.25 Drug mentions on average; 50 % of the sentences hold none."
    )
    assert describe_density(build_corpus(0)) == ""


@pytest.mark.parametrize(
    ("documents", "n_rest"),
    [
        (["a"] * 4 + ["b"] * 4, 40),  # ten documents of four sentences
        (["a"] * 4 + ["b"] * 4 + [""] * 2, 40),  # what names no document says nothing of how long they are
        ([""] * 10, 10),
    ],
    ids=["named", "partly unnamed", "unnamed"],
)
def test_unannotated_documents_count_as_long_as_annotated_ones(documents, n_rest):
    sentences = tuple(Sentence((f"a{at}",), document=name) for at, name in enumerate(documents))
    pool = estimate_pool(Corpus(name="mine", sentences=sentences, types=TYPES), n_unannotated=10)
    assert pool.n_all - pool.n_train == n_rest


def test_the_same_document_name_in_two_parts_counts_as_two_documents():
    sentences = tuple(Sentence((f"a{at}",), document="a", part=("train", "test")[at % 2]) for at in range(8))
    pool = estimate_pool(Corpus(name="mine", sentences=sentences, types=TYPES), n_unannotated=10)
    assert (pool.n_train, pool.n_all) == (4, 44)
