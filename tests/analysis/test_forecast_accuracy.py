"""The accuracy of forecasts is measured on whole curves of other corpora only."""

import pytest

from bioner_core.analysis.forecast_accuracy import measure_forecast_accuracy
from bioner_core.analysis.reference_curves import load_reference_curves
from bioner_core.answers.wording.forecasts import describe_forecast_accuracy
from bioner_core.study.store import RunStore


@pytest.fixture(scope="module")
def references(tmp_path_factory):
    store = RunStore(tmp_path_factory.mktemp("runs"))
    return load_reference_curves([store.open("four-corpora-probe"), store.open("ecir2020")])


def test_probe_forecasts_from_400_sentences_are_within_a_few_points(references):
    accuracy = measure_forecast_accuracy(references, method="probe", n_observed=520)
    assert (accuracy.n_observed, accuracy.n_curves, accuracy.n_corpora) == (400, 7, 4)
    assert 0.005 < accuracy.f1_error <= accuracy.f1_error_high < 0.05
    assert 1 < accuracy.factor <= accuracy.factor_high < 2


def test_accuracy_improves_with_more_sentences(references):
    errors = [
        measure_forecast_accuracy(references, method="probe", n_observed=n).f1_error for n in (100, 200, 800)
    ]
    assert errors == sorted(errors, reverse=True)


def test_too_short_curves_and_other_methods_do_not_count(references):
    probe = [reference for reference in references if reference.curve.method == "probe"]
    assert measure_forecast_accuracy(probe, method="lstm_crf", n_observed=400) is None
    # PHEE's training part has 1,217 sentences, less than twice 800.
    assert measure_forecast_accuracy(probe, method="probe", n_observed=800).n_corpora == 3


def test_the_accuracy_is_worded(references):
    accuracy = measure_forecast_accuracy(references, method="probe", n_observed=400)
    assert describe_forecast_accuracy(accuracy) == (
        "How wrong are such forecasts? On 7 curves of 4 other corpora, cut at 400 sentences, F1 at full data "
        f"was wrong by at most {100 * accuracy.f1_error:.1f} points in half of the cases, and by at most "
        f"{100 * accuracy.f1_error_high:.1f} in nine of ten. The sentences for 95 % were wrong by a factor "
        f"of at most {accuracy.factor:.1f} in half of the cases, and "
        f"{accuracy.factor_high:.1f} in nine of ten."
    )
