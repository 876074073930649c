"""Estimates: what is known weighs by likeness, the pool sets the goal, words say what to do next."""

from dataclasses import replace

import pytest

from bioner_core.analysis.reference_curves import ReferenceCurve, load_reference_curves
from bioner_core.analysis.similarity import TargetTraits, rank_similar_curves
from bioner_core.answers.estimate import (
    Estimate,
    Pool,
    count_test_sentences,
    estimate_from_curves,
    estimate_from_similar,
    estimate_pool,
)
from bioner_core.answers.probe_study import choose_sizes
from bioner_core.answers.wording.estimates import describe_density, describe_estimate, describe_next_gain
from bioner_core.corpus.description import CorpusDescription
from bioner_core.corpus.sentences import Corpus, Sentence, Span
from bioner_core.costs.rates import Rates
from bioner_core.curves.curve import build_curves
from bioner_core.curves.points import CurvePoint
from bioner_core.errors import BionerError
from bioner_core.forecast.forecast import ForecastPoint
from bioner_core.study.store import RunStore

TYPES = ("Disease", "Drug")
count_test_sentences.__test__ = False  # a function of the program, not a test


def corpus(n=200, *, types=TYPES, **about):
    """Return sentences, five a document, every other one with a mention of the next type."""
    about = {"language": "ru", "domain": "UGT", **about}
    spans = [(Span(1, 2, types[i // 2 % len(types)]),) if i % 2 == 0 else () for i in range(n)]
    sentences = tuple(Sentence(("a", f"b{i}"), spans[i], f"d{i // 5}") for i in range(n))
    return Corpus(name="mine", sentences=sentences, types=tuple(sorted(types)), **about)


def points(entity, *, ns=(50, 100, 200, 400), full=None):
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
def known():
    return load_reference_curves([RunStore().open("ecir2020")])


def test_published_curves_have_language_and_domain(known):
    published = [k for k in known if k.run == "ecir2020"]
    assert len(published) == 34
    assert {(k.description.language, k.description.domain) for k in published} == {
        ("en", "UGT"), ("en", "EHR"), ("ru", "UGT"), ("ru", "EHR"),
    }  # fmt: skip


def test_the_most_similar_curves_weigh_most(known):
    found = rank_similar_curves(TargetTraits(entity="Drug", language="ru", domain="UGT"), known)
    best = found[0].reference
    assert (best.curve.target, best.curve.entity, found[0].weight) == ("RU UGT", "Drug", 1.0)
    assert found[0].shared_traits == ("entity type", "language", "domain")
    assert all(one.reference.curve.source == "none" for one in found)
    assert [one.weight for one in found] == sorted((one.weight for one in found), reverse=True)


def test_a_dense_corpus_weighs_less_for_a_sparse_one():
    [curve] = build_curves([replace(p, n_mentions=2 * p.n_sentences) for p in points("Drug", full=800)])
    dense = ReferenceCurve(curve=curve, run="r", description=CorpusDescription(language="en", domain="EHR"))
    sparse = replace(
        dense, curve=replace(curve, sizes=tuple(replace(s, n_mentions=s.n) for s in curve.sizes))
    )
    weights = {
        id(one.reference): one.weight
        for one in rank_similar_curves(TargetTraits(entity="Drug", density=1.0), [dense, sparse])
    }
    assert weights[id(sparse)] == 1.0
    assert weights[id(dense)] == pytest.approx(0.5)


def test_a_corpus_does_not_learn_from_itself(known):
    mine = replace(known[0], digest="x")
    assert rank_similar_curves(TargetTraits(entity="Drug"), [mine], digest="x") == ()


def test_the_pool_is_5000_unless_the_files_or_the_user_say_otherwise():
    assert estimate_pool(corpus()) == Pool(n_train=140, n_test=60, n_all=5000, is_specified=False)
    assert estimate_pool(corpus(), n_requested=900).n_all == 900
    assert estimate_pool(corpus(), n_unannotated=100) == Pool(
        n_train=140, n_test=60, n_all=640, is_specified=True
    )
    with pytest.raises(BionerError, match="pool of 100 sentences: 140 to train on are annotated already"):
        estimate_pool(corpus(), n_requested=100)


def test_before_anything_is_trained_the_interval_is_wide(known):
    found = estimate_from_similar(corpus(), known, estimate_pool(corpus()))
    assert (found.entity, found.basis) == ("every", "similar")
    assert {one.entity for one in found.by_type} == set(TYPES)
    assert found.low < found.n < found.high <= 5000
    assert found.high - found.low > 1000
    assert "RU UGT (same entity type, language, domain)" in found.rests_on
    assert found.rests_on.endswith(" and 1 more in run ecir2020")


def test_the_probe_narrows_it(known):
    pool = estimate_pool(corpus(600))
    own = build_curves([p for entity in TYPES for p in points(entity, full=420)])
    found = estimate_from_curves(own, known, pool)
    assert found.basis == "probe"
    now = estimate_from_similar(corpus(600), known, pool).full
    assert found.full.high - found.full.low < (now.high - now.low) / 2
    assert found.now.n == 420
    assert found.now.f1 == pytest.approx(0.7, abs=0.02)


def test_one_size_is_enough(known):
    own = build_curves(points("Drug", ns=(40,)))
    assert (
        estimate_from_curves(own, known, Pool(n_train=40, n_test=20, n_all=5000, is_specified=False)).n
        is not None
    )


def test_without_a_size_there_is_no_estimate(known):
    assert estimate_from_curves([], known, estimate_pool(corpus())) is None


@pytest.mark.parametrize("types", [("Drug",), tuple(f"T{i}" for i in range(8))], ids=["one", "eight"])
def test_several_types_are_combined_into_one_estimate(known, types):
    found = estimate_from_similar(
        corpus(400, types=types), known, Pool(n_train=280, n_test=120, n_all=5000, is_specified=False)
    )
    assert (found.entity == "every") == (len(types) > 1)
    assert len(found.by_type) == (len(types) if len(types) > 1 else 0)


def test_enough_to_test_on_holds_100_mentions_of_the_rarest_type():
    assert (
        count_test_sentences(corpus(200, types=("Drug",)), estimate_pool(corpus())) == 200
    )  # every other has one
    assert count_test_sentences(corpus(2000), estimate_pool(corpus())) >= 200


def estimate(**changed):
    point = ForecastPoint(n=5000, f1=0.8, low=0.7, high=0.9)
    told = {
        "entity": "Drug", "basis": "probe", "fraction": 0.99, "n": 700, "low": 500, "high": 1100,
        "full": point, "now": point, "rests_on": "x",
        "pool": Pool(n_train=400, n_test=171, n_all=5000, is_specified=True),
        "next": ForecastPoint(n=500, f1=0.012, low=0.004, high=0.02),
    }  # fmt: skip
    return Estimate(**{**told, **changed})


def test_the_verdict_is_one_sentence():
    assert describe_estimate(estimate(), n_test=300) == (
        "Plan on 700 (even chance) to 1,100 (95 % sure) training sentences for 99 % of what 5,000 would "
        "reach, plus 300 to test on; you have 400 and 171; annotate 300 more, then look again."
    )


@pytest.mark.parametrize(
    ("changed", "ends"),
    [
        ({"n": 4000, "high": 4900}, "annotate 400 more, then look again."),
        ({"n": 350, "high": 600}, "is enough; annotate 200 more to be surer, then look again."),
        ({"n": 200, "high": 380}, "that is enough to train on; annotate 129 more to test on."),
        ({"n": None, "high": None}, "annotate 400 more, then look again."),
    ],
)  # fmt: skip
def test_the_verdict_ends_with_the_next_step(changed, ends):
    assert describe_estimate(estimate(**changed), n_test=300).endswith(ends)


def test_a_need_beyond_the_pool_is_named():
    assert "4,000 (even chance) to more than 5,000 (95 % sure)" in describe_estimate(
        estimate(n=4000, high=None), n_test=300
    )


def test_the_next_sentences_are_weighed_against_hours():
    told = describe_next_gain(estimate(), Rates(seconds_low=36, seconds_high=36))
    assert told == (
        "The next 100 sentences bring 1.2 points of F1 (0.4 to 2.0), in 1.0 h of annotating: "
        "1.20 points an hour."
    )
    assert describe_next_gain(estimate(next=None), Rates()) == ""


def test_small_corpora_get_sizes_of_their_own():
    assert choose_sizes(42) == (2, 5, 10, 21, "full")
    assert choose_sizes(3440) == (50, 100, 200, 400, 800, 1600, 2410, "full")


def test_density_is_described_by_type():
    assert describe_density(corpus()) == (
        "A sentence holds 0.25 Disease and 0.25 Drug mentions on average; 50 % of the sentences hold none."
    )
    assert describe_density(corpus(0)) == ""


@pytest.mark.parametrize(
    ("documents", "n_rest"),
    [
        (["a"] * 4 + ["b"] * 4, 40),  # ten documents of four sentences
        (["a"] * 4 + ["b"] * 4 + [""] * 2, 40),  # what names no document says nothing of how long they are
        ([""] * 10, 10),
    ],
    ids=["named", "partly unnamed", "unnamed"],
)
def test_documents_that_nobody_annotated_are_as_long_as_those_that_are_named(documents, n_rest):
    sentences = tuple(Sentence((f"a{at}",), document=name) for at, name in enumerate(documents))
    pool = estimate_pool(Corpus(name="mine", sentences=sentences, types=TYPES), n_unannotated=10)
    assert pool.n_all - pool.n_train == n_rest


def test_a_document_name_in_two_parts_is_two_documents():
    sentences = tuple(Sentence((f"a{at}",), document="a", part=("train", "test")[at % 2]) for at in range(8))
    pool = estimate_pool(Corpus(name="mine", sentences=sentences, types=TYPES), n_unannotated=10)
    assert (pool.n_train, pool.n_all) == (4, 44)
