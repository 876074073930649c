"""An estimate is decided by types that models find, with enough test mentions; the others are named."""

from dataclasses import replace

import stored_runs
from test_estimate import build_points

from bioner_core.analysis.estimate_basis import load_references
from bioner_core.answers.corpus_estimate import build_request, estimate_corpus
from bioner_core.answers.estimate import estimate_from_curves, list_type_traits
from bioner_core.answers.pool import Pool
from bioner_core.answers.type_choice import choose_annotated_types, choose_trained_curves
from bioner_core.costs.rates import Rates
from bioner_core.curves.curve import build_curves
from bioner_core.curves.exclusion import LeftOut
from bioner_core.study.annotation_file import AnnotationStatus
from bioner_core.study.store import RunStore

POOL = Pool(n_train=400, n_test=100, n_all=5000, is_specified=True)


def build_type(entity, *, f1=1.0, support=200):
    points = build_points(entity, full=400)
    return [replace(point, f1=f1 * point.f1, support=support) for point in points]


def test_types_that_no_model_finds_have_no_estimate():
    points = [
        *build_type("Drug"),
        *(p for entity in ("A", "B", "C") for p in build_type(entity, f1=0, support=60)),
    ]
    curves = build_curves(points)
    estimates = estimate_from_curves(curves, load_references(None, RunStore()), POOL)
    assert [estimate.entity for estimate in estimates] == ["Drug"]
    assert choose_trained_curves(curves).left_out == tuple(
        LeftOut(entity=entity, reason="no_f1", support=60) for entity in "ABC"
    )


def record_probe(f1):
    """Store the results of a probe on 60 sentences of reviews, with 6 test mentions of each type."""
    run = stored_runs.plan_run(sizes="10,20,full", target=stored_runs.build_corpus("reviews", n=240))
    stored_runs.record_outcomes(run, f1=f1)
    return run


def scale(run, entity, *, f1=1.0, support):
    """Change the F1 and the test mentions of a type in all points of a run."""
    rows = [
        replace(row, point=replace(row.point, f1=f1 * row.point.f1, support=support))
        if row.point.entity == entity
        else row
        for row in run.rows()
    ]
    with run.lock() as writer:
        (run.folder / "points.jsonl").unlink()
        writer.append_rows(rows)


def estimate_run(run):
    corpus = run.corpora()["reviews"]
    request = build_request(corpus, AnnotationStatus(), Rates(), n_pool=1000)
    return estimate_corpus(request, RunStore(), run)


def test_a_rare_type_that_no_model_finds_does_not_decide_and_is_named():
    run = record_probe(lambda job: min(0.9, 0.5 + job.n_sentences / 500))
    scale(run, "Drug", support=60)
    scale(run, "Disease", f1=0, support=2)
    answer = estimate_run(run)
    assert (answer.best.entity, answer.best.decided_by) == ("every", "Drug")
    assert [of_type.entity for of_type in answer.best.by_type] == ["Drug"]
    assert answer.best.left_out == (LeftOut(entity="Disease", reason="no_f1", support=2),)
    assert "These types do not count for the answer: Disease (never found, 2 test mentions)." in answer.notes
    assert answer.best.support == 60


def test_where_no_model_finds_any_type_nothing_is_measured():
    run = record_probe(lambda job: 0.0)
    answer = estimate_run(run)
    assert answer.measured is None
    assert answer.best.basis == "similar"
    assert {left_out.reason for left_out in answer.best.left_out} == {"no_f1"}
    assert "never found" in answer.notes[0]


def test_before_training_types_with_few_test_mentions_do_not_decide_either():
    corpus = stored_runs.build_corpus("reviews", n=240)
    few = [s if i < 4 else replace(s, spans=tuple(p for p in s.spans if p.label == "Drug"))
           for i, s in enumerate(corpus.sentences)]  # fmt: skip
    rare = replace(corpus, sentences=tuple(few))
    assert [traits.entity for traits in list_type_traits(rare)] == ["Drug"]
    (left_out,) = choose_annotated_types(rare).left_out
    assert left_out.entity == "Disease"
    assert left_out.reason in ("few_test", "no_test")
