"""Test sentences in which a model found, missed or invented mentions: those with most first."""

import re

import fair_runner
import pytest
from counted_runs import counted

from bioner_core.analysis.examples import select_examples
from bioner_core.curves.points import ALL
from bioner_core.errors import BionerError
from bioner_core.study.store import RunStore


@pytest.fixture
def run():
    run = RunStore().create(fair_runner.build_study(seeds=(0,)), fair_runner.CORPORA)
    with run.lock() as writer:
        for job in run.study.jobs:
            writer.append_result(fair_runner.build_result(job))
    return run


@pytest.mark.parametrize(("kind", "column"), [("missed", 2), ("invented", 1)])
@pytest.mark.parametrize(("entity", "types"), [("Drug", [1]), ("Disease", [0]), (ALL, [0, 1])])
def test_the_sentences_with_most_errors_of_a_kind_come_first(run, entity, types, kind, column):
    found = select_examples(run, target="target", source="source", entity=entity, kind=kind, n=5)
    [job] = [job for job in run.study.jobs if job.source == "source" and job.n_sentences == 0]
    counts = run.counts(job.id).counts[:, types].sum(axis=1)
    numbers = [getattr(one, f"n_{kind}") for one in found]
    assert numbers == sorted(counts[:, column], reverse=True)[: len(found)]
    assert min(numbers) > 0
    test = [sentence for sentence in fair_runner.CORPORA["target"].sentences if sentence.part == "test"]
    for one in found:
        assert any(
            one.sentence == sentence and (one.n_found, one.n_invented, one.n_missed) == tuple(row)
            for sentence, row in zip(test, counts.tolist(), strict=True)
        )


def test_what_is_shown_as_found_has_no_error():
    run = counted(seeds=(0,), sizes="full")
    found = select_examples(run, target="target", source="none", entity="Drug", kind="found", n=1000)
    counts = run.counts(run.study.jobs[0].id).counts[:, 1]
    assert len(found) == ((counts[:, 0] > 0) & (counts[:, 1:] == 0).all(axis=1)).sum() > 0
    assert {(one.n_missed, one.n_invented) for one in found} == {(0, 0)}


def test_none_means_the_model_on_full_data(run):
    [full] = [job for job in run.study.jobs if job.is_full]
    missed = run.counts(full.id).counts[:, :, 2].sum(axis=1)
    found = select_examples(run, target="target", source="none", entity=ALL, kind="missed")
    assert found[0].n_missed == missed.max()


def test_a_model_that_was_not_trained_is_named(run):
    with pytest.raises(BionerError, match=re.escape("no model from other was tested on target here.")):
        select_examples(run, target="target", source="other", entity=ALL, kind="missed")
