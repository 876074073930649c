"""On the shipped probe curves, the first sentences tell more than nothing and as much as a straight line."""

import importlib
import json
from pathlib import Path

import numpy as np
import pytest

from bioner_core.forecast.growth_laws import GROWTH_LAWS
from bioner_core.forecast.prior import learn_prior, select_observations
from bioner_core.forecast.regression import condition_prior

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks/results/first_sentences.json"
OBSERVED = (200, 400, 800)


@pytest.fixture(scope="module")
def benchmark():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "benchmarks")  # scripts find each other
        yield importlib.import_module("first_sentences")


@pytest.fixture(scope="module")
def references(benchmark):
    return benchmark.load_references()


@pytest.fixture(scope="module")
def errors():
    """Return the stored errors of F1 and of the three numbers of sentences by rule and observed sentences."""
    rows = json.loads(RESULTS.read_text(encoding="utf-8"))["summary"]
    return {(row["rule"], row["observed"]): np.array(list(row["mean"].values())) for row in rows}


def test_the_forecast_is_not_worse_than_the_line_and_better_on_average(errors):
    ratios = np.array([errors["forecast", n] / errors["line in log-odds", n] for n in OBSERVED])
    assert np.max(ratios) < 1.1  # N99 from 800 sentences is 6 % worse
    assert np.mean(ratios) < 0.75


@pytest.mark.parametrize(
    "corpora", [{"phee", "linnaeus"}, pytest.param(None, marks=pytest.mark.long)], ids=["two", "all"]
)
def test_the_stored_results_are_those_of_this_program(benchmark, references, corpora):
    rows = json.loads(RESULTS.read_text(encoding="utf-8"))["rows"]
    stored = {(row["target"], row["entity"], row["observed"]): row for row in rows}
    targets = [
        reference
        for reference in references
        if benchmark.is_test_curve(reference.curve) and (not corpora or reference.curve.target in corpora)
    ]
    assert targets
    for reference in targets:
        for observed in OBSERVED:
            row = next(
                row
                for row in benchmark.evaluate_curve(reference, references, observed)
                if row["rule"] == "forecast"
            )
            before = stored[row["target"], row["entity"], observed]
            assert row["full"] == pytest.approx(before["full"], abs=0.002)
            for need, need_before in zip(row["needs"], before["needs"], strict=True):
                assert need == pytest.approx(need_before, rel=0.02)


@pytest.mark.parametrize("when", ["after the design", "after everything"])
def test_on_late_corpora_the_forecast_of_sentences_is_better_than_the_line(when):
    rows = json.loads(RESULTS.read_text(encoding="utf-8"))[f"summary of corpora {when}"]
    means = {(row["rule"], row["observed"]): np.array(list(row["mean"].values())) for row in rows}
    for n in OBSERVED:
        assert np.all(means["forecast", n][1:] < means["line in log-odds", n][1:]), n


@pytest.mark.parametrize("observed", OBSERVED)
def test_measuring_tells_more_than_not_measuring(errors, observed):
    for rule in ("nothing: similar curves", "nothing: median share"):
        seen, unseen = errors["forecast", observed], errors[rule, observed]
        assert seen[0] < unseen[0] / 2  # F1
        assert np.all(seen < unseen)


def test_more_sentences_bring_smaller_errors(errors):
    f1_errors = [errors["forecast", observed][0] for observed in OBSERVED]
    assert f1_errors[0] > f1_errors[2]
    assert f1_errors[1] > f1_errors[2]


def test_the_kind_of_laws_is_learned_from_curves_of_the_same_method(references):
    curves = [reference.curve for reference in references]
    steady = [law.kind == "steady" for law in GROWTH_LAWS]
    shares = {method: learn_prior(curves, method=method).kind_shares[1] for method in ("probe", "finetune")}
    assert shares["probe"] > 0.7 > 0.5 > shares["finetune"]
    probe = next(curve for curve in curves if curve.key[:2] == ("bc5cdr", "none"))
    posterior = condition_prior(learn_prior([]), select_observations(probe))
    assert posterior.law_weights.sum() == pytest.approx(1)
    assert posterior.law_weights[steady].sum() > 0.5  # F1 rises up to 9,120 sentences
