"""Test sentences that a model got wrong: the worst first, of the model that was asked for."""

import re

import fair_runner
import pytest

from bioner_core.curves.points import ALL
from bioner_core.errors import BionerError
from bioner_core.study.examples import hardest
from bioner_core.study.store import RunStore


@pytest.fixture
def run():
    run = RunStore().create(fair_runner.study(seeds=(0,)), fair_runner.CORPORA)
    with run.lock():
        for job in run.study.jobs:
            run.append(fair_runner.done(job))
    return run


@pytest.mark.parametrize(("entity", "columns"), [("Drug", [1]), ("Disease", [0]), (ALL, [0, 1])])
def test_the_sentences_with_most_errors_of_a_type_come_first(run, entity, columns):
    found = hardest(run, target="target", source="source", entity=entity, n=5)
    [job] = [job for job in run.study.jobs if job.source == "source" and job.n_sentences == 0]
    errors = run.counts(job.id).counts[:, columns, 1:].sum(axis=(1, 2))
    assert [one.n_missed + one.n_false for one in found] == sorted(errors, reverse=True)[:5]
    worst = int(errors.argmax())
    test = [sentence for sentence in fair_runner.CORPORA["target"].sentences if sentence.part == "test"]
    assert found[0].sentence == test[worst]
    counts = run.counts(job.id).counts[worst, columns].sum(axis=0)
    assert (found[0].n_false, found[0].n_missed) == (counts[1], counts[2])


def test_none_means_the_model_on_full_data(run):
    [full] = [job for job in run.study.jobs if job.is_full]
    errors = run.counts(full.id).counts[:, :, 1:].sum(axis=(1, 2))
    found = hardest(run, target="target", source="none", entity=ALL)
    assert found[0].n_missed + found[0].n_false == errors.max()


def test_a_model_that_was_not_trained_is_named(run):
    with pytest.raises(BionerError, match=re.escape("no model from other was tested on target here.")):
        hardest(run, target="target", source="other", entity=ALL)
