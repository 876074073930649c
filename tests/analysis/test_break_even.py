"""From where a trained model is better than a system: paired over test documents, per type."""

from dataclasses import replace

import numpy as np
import pytest
from simulated_runs import build_result, create_simulated_run

from bioner_core.analysis.break_even import compute_break_even, find_break_even, list_external_scores
from bioner_core.analysis.external_scoring import score_system, split_target
from bioner_core.analysis.in_corpus import compare_in_corpus
from bioner_core.analysis.resampling import estimate_sampling_noise
from bioner_core.analysis.transfer import list_transfers
from bioner_core.corpus.sentences import Span
from bioner_core.curves.budget import compute_budget
from bioner_core.study.external_results import ExternalResult, save_external_result


@pytest.fixture
def run():
    return create_simulated_run()


def copy_model(run, *, n, name, seed=0):
    """Keep the predictions of one trained model as those of a system: both have the same hard documents."""
    job = next(job for job in run.study.jobs if (job.n_sentences, job.seed) == (n, seed))
    result = build_result(job)
    points = tuple(
        replace(
            point, model=name, method="external", n_sentences=0, seed=None, n_mentions=None, train_size=None
        )
        for point in result.points
    )
    save_external_result(run, ExternalResult(points=points, counts=result.counts))


def find_curve(run, entity):
    return next(curve for curve in run.curves(macro=True) if curve.entity == entity)


def find(run, entity):
    curves, noise = run.curves(macro=True), estimate_sampling_noise(run)
    return find_break_even(list_external_scores(run), find_curve(run, entity), curves, noise)


def test_a_system_as_good_as_a_size_is_overtaken_near_this_size(run):
    copy_model(run, n=200, name="tool")
    for entity in ("Drug", "Disease", "all", "macro"):
        found = find(run, entity)
        assert 100 <= found.budget.n_plan <= 400
        assert found.budget.n_low <= found.budget.n_plan <= found.budget.n_high
        low, high = found.score.interval
        assert low < found.score.point.f1 < high


def test_pairing_over_test_documents_narrows_the_interval(run):
    copy_model(run, n=200, name="tool")
    noise, curve = estimate_sampling_noise(run), find_curve(run, "all")
    [score] = [s for s in list_external_scores(run) if s.point.entity == "all"]
    paired = compute_break_even(score, curve, None, noise)
    shuffled = replace(score, f1_draws=np.random.default_rng(0).permutation(score.f1_draws))
    apart = compute_break_even(shuffled, curve, None, noise)
    assert paired.n_high - paired.n_low < apart.n_high - apart.n_low
    without_counts = compute_break_even(replace(score, f1_draws=None), curve, None, noise)
    fixed = compute_budget(curve, fraction=1, goal_f1=score.point.f1, noise=noise)
    assert without_counts == fixed


def list_trained(run):
    rows = [row for row in compare_in_corpus([run]) if row.method != "external"]
    return [replace(row, is_best=False) for row in rows]  # a better system takes the mark


def test_the_best_system_without_annotation_counts_and_none_is_a_curve_or_a_source(run):
    before = (run.points(), run.curves(macro=True), list_transfers(run.curves()), list_trained(run))
    assert find(run, "Drug") is None
    copy_model(run, n=100, name="weak")
    copy_model(run, n=400, name="strong")
    assert find(run, "Drug").score.point.model == "strong"
    copied = ExternalResult(
        points=tuple(
            replace(score.point, model="list", n_sentences=500, f1=0.99)
            for score in list_external_scores(run)
            if (score.point.model, score.point.entity) == ("strong", "Drug")
        )
    )
    save_external_result(run, copied)  # made from annotation: it does not replace what needs none
    assert find(run, "Drug").score.point.model == "strong"
    assert before == (run.points(), run.curves(macro=True), list_transfers(run.curves()), list_trained(run))


def test_a_system_that_is_right_everywhere_is_never_overtaken(run):
    _, split = split_target(run, "target")
    save_external_result(run, score_system(split, split.test, name="perfect"))
    found = find(run, "all")
    assert found.score.point.f1 == 1
    assert found.budget.n_plan is None
    assert found.budget.chance_reached == 0


def test_a_system_is_scored_on_the_types_that_it_annotates(run):
    _, split = split_target(run, "target")
    drugs = [replace(s, spans=tuple(span for span in s.spans if span.label == "Drug")) for s in split.test]
    drugs[0] = replace(drugs[0], spans=(Span(1, 2, "Drug"),))  # one missed, one too many
    result = score_system(split, drugs, name="drugs")
    [point] = result.points
    assert (point.entity, point.n_sentences, point.support) == ("Drug", 0, 300)
    assert point.f1 == point.recall == point.precision == pytest.approx(299 / 300)
    assert result.counts.counts[:2, 0].tolist() == [[0, 1, 1], [1, 0, 0]]
