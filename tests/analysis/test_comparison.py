"""Tests of the difference between two models."""

import re
import shutil
from dataclasses import replace

import pytest
from simulated_runs import create_simulated_run

from bioner_core.analysis.comparison import ModelSpec, compare_models
from bioner_core.errors import BionerError
from bioner_core.study.store import RunStore


def test_a_model_of_fifty_sentences_differs_from_full_data_by_both_tests():
    comparison = compare_models(
        create_simulated_run(), "target", "Drug", ModelSpec("none", None), ModelSpec("none", 50), trials=999
    )
    assert (comparison.n_seeds, comparison.n_other_seeds, comparison.unit) == (3, 3, "documents")
    assert comparison.f1 > comparison.other_f1
    assert comparison.p_test == 1 / 1000
    assert comparison.p_runs < 0.05
    assert 0 < comparison.low < comparison.f1 - comparison.other_f1 < comparison.high


def test_a_model_does_not_differ_from_itself():
    run = create_simulated_run()
    comparison = compare_models(
        run, "target", "all", ModelSpec("none", 400), ModelSpec("none", 400), trials=99
    )
    assert (comparison.f1, comparison.p_test, comparison.p_runs) == (comparison.other_f1, 1.0, 1.0)
    assert (comparison.low, comparison.high) == (0, 0)


def test_one_seed_has_no_test_over_seeds_and_missing_counts_no_test_over_documents():
    run = create_simulated_run(seeds=(0,))
    comparison = compare_models(
        run, "target", "Drug", ModelSpec("none", None), ModelSpec("none", 50), trials=99
    )
    assert (comparison.p_runs, comparison.p_test) == (None, 0.01)
    shutil.rmtree(run.folder / "counts")
    run = create_simulated_run("other", seeds=(0, 1))
    shutil.rmtree(run.folder / "counts")
    comparison = compare_models(
        run, "target", "Drug", ModelSpec("none", None), ModelSpec("none", 50), trials=99
    )
    assert (comparison.p_test, comparison.low, comparison.unit) == (None, None, "")
    assert comparison.p_runs is not None


def test_an_unknown_model_is_refused_with_a_list_of_models():
    message = (
        "run study: no model A@50 for Drug in target. Available: none@100, none@200, none@400, none@50, "
        "none@800, none@full."
    )
    with pytest.raises(BionerError, match=re.escape(message)):
        compare_models(
            create_simulated_run(seeds=(0,)), "target", "Drug", ModelSpec("A", 50), ModelSpec("none", 50)
        )


@pytest.mark.parametrize("text", ["none", "none@", "@50", "none@half", "none@-1"])
def test_an_invalid_model_spec_is_refused(text):
    with pytest.raises(BionerError, match="write a source, @ and its sentences, such as none@full, none@400"):
        ModelSpec.parse(text)


def test_models_of_two_runs_are_compared_where_they_were_tested_on_the_same_sentences():
    run, other = create_simulated_run(), create_simulated_run("other", seeds=(0, 1, 2, 3))
    full = ModelSpec("none", None)
    comparison = compare_models(run, "target", "Drug", full, full, other_run=other, trials=99)
    assert (comparison.n_seeds, comparison.n_other_seeds, comparison.unit) == (3, 4, "documents")
    assert comparison.p_test == 1.0  # seeds 0 to 2 are the same models
    elsewhere = create_simulated_run("elsewhere", n_test=330)
    comparison = compare_models(run, "target", "Drug", full, full, other_run=elsewhere, trials=99)
    assert (comparison.p_runs, comparison.p_test, comparison.unit) == (None, None, "")


def test_of_several_models_in_a_run_the_one_with_most_points_is_compared():
    run = RunStore().open("ecir2020")  # at full data BioBERT and LSTM-CRF, too
    comparison = compare_models(run, "EN UGT", "Drug", ModelSpec("none", None), ModelSpec("EN EHR", 400))
    assert (comparison.f1, comparison.n_seeds) == (0.8488, 1)


def test_a_run_without_documents_uses_those_of_the_other_run():
    run, other = (
        create_simulated_run(seeds=(0,), sizes="full"),
        create_simulated_run("other", seeds=(0,), sizes="50,full"),
    )
    with run.lock() as writer:
        writer.replace_study(replace(run.study, descriptions={}), "planned by an earlier program")
    full = ModelSpec("none", None)
    assert compare_models(run, "target", "Drug", full, full, other_run=other, trials=99).unit == "documents"
    assert compare_models(run, "target", "Drug", full, full, trials=99).unit == "sentences"
