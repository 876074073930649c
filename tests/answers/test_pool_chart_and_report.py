"""A pool's goal on the chart and in the report of an estimate: the goal that is asked, with its plan."""

import json

import pytest
import stored_runs

from bioner_core.answers.corpus_estimate import build_request, estimate_corpus
from bioner_core.answers.pool_needs import build_pool_row
from bioner_core.answers.report.estimate_report import build_estimate_context
from bioner_core.answers.report.report import render_report
from bioner_core.answers.wording.numbers import format_count
from bioner_core.charts.curve_chart import build_curve_chart
from bioner_core.costs.rates import Rates
from bioner_core.study.annotation_file import AnnotationStatus
from bioner_core.study.store import RunStore

POOL = 1000


@pytest.fixture
def probe():
    """Return a stored run of 140 training sentences with all its models."""
    run = stored_runs.plan_run("first", sizes="20,40,80,full", seeds=(0, 1))
    stored_runs.record_outcomes(run)
    return run


def estimate_probe(run, n_pool):
    corpus = run.corpora()[run.study.targets[0]]
    request = build_request(corpus, AnnotationStatus(), Rates(), n_pool=n_pool)
    return estimate_corpus(request, RunStore(), run)


def test_the_line_of_a_pool_is_a_share_of_the_f1_that_the_pool_would_give(probe):
    best = estimate_probe(probe, POOL).best
    of_type = best.types[0]
    forecast = best.find_forecast(of_type.entity)
    curve = next(curve for curve in probe.curves() if curve.entity == of_type.entity)
    row = build_pool_row(curve, forecast, best.lead)
    assert row.plan_goal_f1 == pytest.approx(best.lead * forecast.full.f1)
    assert row.n_plan == of_type.find_need(best.lead).n
    chart = build_curve_chart([curve], [row], chosen=curve.source, full_name=f"all {POOL:,}")
    text = json.dumps(chart)
    full, goal = f"{100 * row.plan_full_f1:.1f}", f"{100 * row.plan_goal_f1:.1f}"
    assert f"all 1,000: {full}; {100 * best.lead:.4g} % of it: {goal}" in text
    assert f"plan on {format_count(row.n_plan)}" in text


@pytest.mark.parametrize("n_pool", [140, POOL])
def test_the_report_of_an_estimate_leads_with_its_verdict(probe, n_pool):
    answer = estimate_probe(probe, n_pool)
    context = build_estimate_context(answer, probe, RunStore())
    assert context.verdict == answer.verdict
    assert context.row.fraction == answer.best.lead
    page = render_report(context)
    assert answer.verdict.split(". ")[0] in page
    assert ("The forecast" in page) == (n_pool > 140)
    assert (f"all {POOL:,}: " in page) == (n_pool == POOL)
