"""Test sentences in which a model found, missed or invented mentions, those with most first."""

import re

import fake_runner
import pytest
from simulated_runs import create_simulated_run

from bioner_core.analysis.examples import select_examples
from bioner_core.curves.points import ALL
from bioner_core.errors import BionerError
from bioner_core.study.store import RunStore


@pytest.fixture
def run():
    run = RunStore().create(fake_runner.build_study(seeds=(0,)), fake_runner.CORPORA)
    with run.lock() as writer:
        for job in run.study.jobs:
            writer.append_result(fake_runner.build_result(job))
    return run


@pytest.mark.parametrize(("kind", "column"), [("missed", 2), ("invented", 1)])
@pytest.mark.parametrize(("entity", "types"), [("Drug", [1]), ("Disease", [0]), (ALL, [0, 1])])
def test_the_sentences_with_most_errors_of_a_kind_come_first(run, entity, types, kind, column):
    examples = select_examples(run, target="target", source="source", entity=entity, kind=kind, n=5)
    [job] = [job for job in run.study.jobs if job.source == "source" and job.n_sentences == 0]
    counts = run.counts(job.id).counts[:, types].sum(axis=1)
    numbers = [example.counts[kind] for example in examples]
    assert numbers == sorted(counts[:, column], reverse=True)[: len(examples)]
    assert min(numbers) > 0
    test = [sentence for sentence in fake_runner.CORPORA["target"].sentences if sentence.part == "test"]
    for example in examples:
        assert any(
            example.sentence == sentence
            and tuple(example.counts[name] for name in ("found", "invented", "missed")) == tuple(row)
            for sentence, row in zip(test, counts.tolist(), strict=True)
        )


def test_sentences_of_correct_mentions_have_no_error():
    run = create_simulated_run(seeds=(0,), sizes="full")
    examples = select_examples(run, target="target", source="none", entity="Drug", kind="found", n=1000)
    counts = run.counts(run.study.jobs[0].id).counts[:, 1]
    assert len(examples) == ((counts[:, 0] > 0) & (counts[:, 1:] == 0).all(axis=1)).sum() > 0
    assert {(example.counts["missed"], example.counts["invented"]) for example in examples} == {(0, 0)}


def test_source_none_means_the_model_on_full_data(run):
    [full] = [job for job in run.study.jobs if job.is_full]
    missed = run.counts(full.id).counts[:, :, 2].sum(axis=1)
    examples = select_examples(run, target="target", source="none", entity=ALL, kind="missed")
    assert examples[0].counts["missed"] == missed.max()


def test_a_missing_model_is_named_in_the_error(run):
    with pytest.raises(BionerError, match=re.escape("no model from other was tested on target here.")):
        select_examples(run, target="target", source="other", entity=ALL, kind="missed")
