"""Stopping at a number: F1, its share, the chance, the work; and the first batch to annotate."""

import pytest
import stored_runs

from bioner_core.analysis.estimate_basis import load_references
from bioner_core.answers.combined_estimate import apply_plans, combine_types, compute_plans
from bioner_core.answers.estimate import estimate_from_curves, list_shares
from bioner_core.answers.first_batch import compute_first_batch, estimate_unannotated
from bioner_core.answers.pool import Pool
from bioner_core.answers.stopping import compute_chance, compute_stop_point
from bioner_core.answers.wording.stopping import describe_stop_point
from bioner_core.costs.rates import Rates
from bioner_core.errors import BionerError
from bioner_core.study.store import RunStore

RATES = Rates(seconds_low=36, seconds_high=36, hourly_rate=40)


@pytest.fixture
def probe():
    """Return a stored run of 140 training sentences with all its models."""
    run = stored_runs.plan_run("first", sizes="20,40,80,full", seeds=(0, 1))
    stored_runs.record_outcomes(run)
    return run


def estimate_run(run, n_all):
    pool = Pool(n_train=140, n_test=60, n_all=n_all, is_specified=True)
    return combine_types(estimate_from_curves(run.curves(), load_references(run, RunStore()), pool))


def test_f1_and_the_chance_rise_with_the_number_and_end_at_the_pool(probe):
    estimate = estimate_run(probe, 1000)
    stops = [compute_stop_point(estimate, n, RATES, n_test=60) for n in (20, 140, 400, 1000)]
    for values in ([stop.f1.f1 for stop in stops], [stop.chance for stop in stops]):
        assert values == sorted(values)
    assert stops[-1].share == (1.0, 1.0, 1.0)
    assert stops[-1].chance == 1.0


def test_only_what_is_missing_costs(probe):
    estimate = estimate_run(probe, 1000)
    below, above = (compute_stop_point(estimate, n, RATES, n_test=60) for n in (100, 240))
    assert (below.n_missing, below.cost) == (0, None)
    assert (above.n_missing, above.cost.hours_low, above.cost.cost_low) == (100, 1.0, 40.0)
    assert describe_stop_point(below).endswith("Nothing more is to be annotated.")
    assert describe_stop_point(above).endswith("Still to annotate: 100 sentences, 1.0 h of work and 40 EUR.")
    assert describe_stop_point(above).startswith("If you stop at 240 training sentences, F1 for D")


@pytest.mark.parametrize("n", [0, 1001])
def test_a_number_beyond_the_pool_is_refused(probe, n):
    with pytest.raises(BionerError, match="allowed are 1 to 1,000, all sentences that could be annotated"):
        compute_stop_point(estimate_run(probe, 1000), n, RATES, n_test=60)


def test_where_all_is_annotated_the_chance_is_that_of_budget(probe):
    estimate = estimate_run(probe, 140)
    plans = compute_plans(probe.curves(), list_shares(0.99), noise=None)
    adopted = apply_plans(estimate, plans)
    row = next(row for row in plans["every"] if row.fraction == 0.99)
    assert adopted.n == row.n_plan
    stop = compute_stop_point(adopted, 100, RATES, n_test=60, plans=plans)
    assert stop.chance == compute_chance(row, 100)


def test_the_first_batch_grows_where_types_are_rare_in_similar_corpora():
    sizes = [compute_first_batch(density) for density in (2.0, 0.5, 0.2, 0.001)]
    assert sizes == sorted(sizes)
    assert sizes[0] == 200
    assert sizes[-1] == 1000


def test_language_and_domain_choose_the_curves_of_a_corpus_without_annotation():
    references = load_references(None, RunStore())
    russian = estimate_unannotated(["Drug"], references, RATES, language="ru", domain="UGT")
    english = estimate_unannotated(["Drug"], references, RATES, language="en", domain="abstracts")
    assert "RU UGT (same entity type, language, domain)" in russian.estimate.rests_on
    assert "bc5cdr (same entity type, language, domain)" in english.estimate.rests_on
    needs = [first.estimate.find_need(0.95) for first in (russian, english)]
    assert needs[0].n != needs[1].n
    assert all(0 < need.low < need.n < need.high <= 5000 for need in needs)


@pytest.mark.parametrize(
    ("types", "n_pool", "message"),
    [([" "], None, "no entity type"), (["Drug"], 10, "pool of 10 sentences: allowed are 200 to 1,000,000")],
)
def test_without_a_type_or_with_a_tiny_pool_there_is_no_first_estimate(types, n_pool, message):
    with pytest.raises(BionerError, match=message):
        estimate_unannotated(types, load_references(None, RunStore()), RATES, n_pool=n_pool)
