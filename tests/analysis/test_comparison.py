"""Two models of a run against each other."""

import re
import shutil
from dataclasses import replace

import pytest
from counted_runs import counted

from bioner_core.analysis.comparison import ModelSpec, compare_models
from bioner_core.errors import BionerError
from bioner_core.study.store import RunStore


def test_a_model_of_fifty_sentences_differs_from_full_data_by_both_tests():
    found = compare_models(counted(), "target", "Drug", ModelSpec("none", None), ModelSpec("none", 50), trials=999)
    assert (found.n_seeds, found.n_other_seeds, found.unit) == (3, 3, "documents")
    assert found.f1 > found.other_f1
    assert found.p_test == 1 / 1000
    assert found.p_runs < 0.05
    assert 0 < found.low < found.f1 - found.other_f1 < found.high


def test_a_model_does_not_differ_from_itself():
    run = counted()
    found = compare_models(run, "target", "all", ModelSpec("none", 400), ModelSpec("none", 400), trials=99)
    assert (found.f1, found.p_test, found.p_runs) == (found.other_f1, 1.0, 1.0)
    assert (found.low, found.high) == (0, 0)


def test_one_seed_has_no_test_over_runs_and_no_counts_none_over_the_test_part():
    run = counted(seeds=(0,))
    found = compare_models(run, "target", "Drug", ModelSpec("none", None), ModelSpec("none", 50), trials=99)
    assert (found.p_runs, found.p_test) == (None, 0.01)
    shutil.rmtree(run.folder / "counts")
    run = counted("other", seeds=(0, 1))
    shutil.rmtree(run.folder / "counts")
    found = compare_models(run, "target", "Drug", ModelSpec("none", None), ModelSpec("none", 50), trials=99)
    assert (found.p_test, found.low, found.unit) == (None, None, "")
    assert found.p_runs is not None


def test_a_model_that_is_not_there_is_refused_with_those_that_are():
    message = (
        "run study: no model A@50 for Drug in target. There are: none@100, none@200, none@400, none@50, "
        "none@800, none@full."
    )
    with pytest.raises(BionerError, match=re.escape(message)):
        compare_models(counted(seeds=(0,)), "target", "Drug", ModelSpec("A", 50), ModelSpec("none", 50))


@pytest.mark.parametrize("text", ["none", "none@", "@50", "none@half", "none@-1"])
def test_a_side_that_is_no_source_and_size_is_refused(text):
    with pytest.raises(BionerError, match="write a source, @ and its sentences, such as none@full, none@400"):
        ModelSpec.parse(text)


def test_models_of_two_runs_are_compared_where_they_were_tested_on_the_same_sentences():
    run, other = counted(), counted("other", seeds=(0, 1, 2, 3))
    full = ModelSpec("none", None)
    found = compare_models(run, "target", "Drug", full, full, other_run=other, trials=99)
    assert (found.n_seeds, found.n_other_seeds, found.unit) == (3, 4, "documents")
    assert found.p_test == 1.0  # seeds 0 to 2 are the same models
    elsewhere = counted("elsewhere", n_test=330)
    found = compare_models(run, "target", "Drug", full, full, other_run=elsewhere, trials=99)
    assert (found.p_runs, found.p_test, found.unit) == (None, None, "")


def test_of_several_models_in_a_run_both_sides_are_of_the_one_with_most_points():
    run = RunStore().open("ecir2020")  # at full data BioBERT and LSTM-CRF, too
    found = compare_models(run, "EN UGT", "Drug", ModelSpec("none", None), ModelSpec("EN EHR", 400))
    assert (found.f1, found.n_seeds) == (0.8488, 1)


def test_a_run_that_knows_no_documents_is_compared_by_those_that_the_other_knows():
    one, other = counted(seeds=(0,), sizes="full"), counted("other", seeds=(0,), sizes="50,full")
    with one.lock() as writer:
        writer.replace_study(replace(one.study, descriptions={}), "planned by an earlier program")
    full = ModelSpec("none", None)
    assert compare_models(one, "target", "Drug", full, full, other_run=other, trials=99).unit == "documents"
    assert compare_models(one, "target", "Drug", full, full, trials=99).unit == "sentences"
