"""Verdict and numbers never disagree: over many simulated curves, words, table and costs tell the same."""

import numpy as np
import pytest

from bioner_core.analysis.estimate_basis import References
from bioner_core.analysis.reference_curves import load_reference_curves
from bioner_core.answers.combined_estimate import combine_types, is_bound_to_pool
from bioner_core.answers.estimate import estimate_from_curves
from bioner_core.answers.next_round import (
    STOP_GAIN,
    STOP_HIGH,
    choose_advice,
    compute_effort,
    compute_next_round,
)
from bioner_core.answers.pool import Pool
from bioner_core.answers.pool_needs import compute_pool_needs
from bioner_core.answers.wording.estimates import describe_estimate
from bioner_core.answers.wording.pools import build_pool_table, describe_pool_bound
from bioner_core.costs.rates import Rates
from bioner_core.curves.curve import build_curves
from bioner_core.curves.points import CurvePoint
from bioner_core.study.estimate_file import EstimateBasis
from bioner_core.study.store import RunStore

N_CURVES = 60


@pytest.fixture(scope="module")
def references():
    return References(basis=EstimateBasis(), curves=load_reference_curves(RunStore().runs()))


def simulate_points(rng, n_train, *, entity, support):
    """Return a curve that levels off, or rises like a logarithm, with noise over two seeds."""
    full, rate, noise = rng.uniform(0.3, 0.95), np.exp(rng.uniform(1, 6)), rng.choice([0.002, 0.01])
    levels_off = rng.random() < 0.5
    sizes = [n for n in (25, 50, 100, 200, 400, 800, 1600) if n < n_train] + [n_train]
    for n in sizes:
        f1 = full * n / (n + rate) if levels_off else full * min(1.0, 0.2 + 0.09 * np.log(n))
        for seed in (0, 1):
            yield CurvePoint(
                target="mine",
                source="none",
                model="m",
                method="probe",
                entity=entity,
                n_sentences=n,
                train_size=n_train,
                is_full=n == n_train,
                seed=seed,
                f1=float(np.clip(f1 + rng.normal(0, noise), 0.01, 0.99)),
                support=support,
            )


@pytest.fixture(scope="module")
def cases(references):
    """Return estimates with the test sentences that their plan needs."""
    rng, cases = np.random.default_rng(15), []
    for _ in range(N_CURVES):
        n_train, n_test = int(np.exp(rng.uniform(np.log(60), np.log(4000)))), int(rng.integers(20, 600))
        n_all = round(n_train * float(rng.choice([1.0, 1.1, 1.5, 3.0, 10.0])))
        pool = Pool(n_train=n_train, n_test=n_test, n_all=n_all, is_specified=bool(rng.random() < 0.5))
        points = [
            point
            for entity in ("Disease", "Drug")[: rng.integers(1, 3)]
            for point in simulate_points(
                rng, n_train, entity=entity, support=int(rng.choice([7, 60, 500], p=[0.2, 0.3, 0.5]))
            )
        ]
        estimates = estimate_from_curves(build_curves(points), references, pool)
        cases.append((combine_types(estimates), int(rng.choice([n_test, 2 * n_test]))))
    return cases


def test_all_kinds_of_advice_occur(cases):
    advice = {choose_advice(estimate, n_test=n_test) for estimate, n_test in cases}
    assert advice == {"complete", "test", "stop", "annotate"}


def test_words_and_numbers_of_an_advice_agree(cases):
    for estimate, n_test in cases:
        pool, advice = estimate.pool, choose_advice(estimate, n_test=n_test)
        verdict, n_round = (
            describe_estimate(estimate, n_test=n_test),
            compute_next_round(estimate, n_test=n_test),
        )
        n_left, cost = pool.n_all - pool.n_train, compute_effort(estimate, Rates(), n_test=n_test)
        is_paid_for_training = cost is not None and cost.n_high > cost.n_test
        assert ("You can stop" in verdict) == (advice == "stop")
        assert (f"annotate {n_round:,} more, then" in verdict) == (advice == "annotate")
        if advice == "annotate" and verdict.startswith("You have enough for"):  # then another goal is named
            assert f" %, annotate {n_round:,}" in verdict or (
                f". For all {pool.n_all:,}, annotate {n_round:,}" in verdict
            )
        assert (n_round > 0) == (advice == "annotate") == is_paid_for_training
        assert 0 <= n_round <= min(n_left, max(50, pool.n_train + 25))
        if advice == "stop":
            assert (
                f"You can stop: {n_left:,} more sentences would add about {100 * estimate.rest.f1:.1f} "
                in verdict
            )
            assert estimate.next.f1 <= estimate.rest.f1 < STOP_GAIN
            assert estimate.rest.high < STOP_HIGH


def test_a_test_part_that_is_too_small_is_named_before_any_number(cases):
    for estimate, n_test in cases:
        is_weak = min(of.support for of in estimate.types) < 50
        assert describe_estimate(estimate, n_test=n_test).startswith("The test part is too small") == is_weak


def test_higher_goals_take_no_fewer_sentences_and_lie_in_their_intervals(cases):
    for estimate, _ in cases:
        numbers = [need.n for need in estimate.needs]
        assert numbers == sorted(numbers)
        assert all(need.low <= need.n <= (need.high or estimate.pool.n_all) for need in estimate.needs)


def test_the_verdict_has_the_number_of_the_table(cases):
    for estimate, n_test in cases:
        pools = compute_pool_needs(estimate, {})
        [row] = [
            row for row, of in zip(build_pool_table(pools, estimate), pools, strict=True) if of.is_chosen
        ]
        lead = row[f"For {100 * estimate.lead:.4g} %"].split(" ")[0]
        verdict = describe_estimate(estimate, n_test=n_test)
        assert "You can stop" in verdict or lead in verdict


def test_a_goal_that_grows_with_the_pool_gives_way_to_95_percent(cases):
    kinds = set()
    for estimate, _ in cases:
        pools = compute_pool_needs(estimate, {})
        is_larger = len(pools) > 1
        is_ahead = is_larger and estimate.n > estimate.pool.n_train
        is_moving = is_ahead and pools[-1].needs[-1].n > 1.5 * estimate.n
        assert (estimate.lead == 0.95) == is_moving == is_bound_to_pool(estimate)
        text = describe_pool_bound(pools, estimate)
        assert text.startswith("99 % of all there could be mostly measures the pool: ") == is_moving
        kinds.add((is_larger, is_moving))
    assert kinds == {(False, False), (True, False), (True, True)}
