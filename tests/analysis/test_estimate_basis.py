"""Estimates rest on the runs that their first one rested on, until the user asks for newer ones."""

import json

import pytest
import stored_runs

from bioner_core.analysis.estimate_basis import freeze_references, load_references
from bioner_core.answers.corpus_estimate import build_request, estimate_corpus
from bioner_core.costs.rates import Rates
from bioner_core.errors import BionerError
from bioner_core.study.annotation_file import AnnotationStatus
from bioner_core.study.estimate_file import load_estimate_basis
from bioner_core.study.store import RunStore


def train_other_corpus(name, *, n=400, jobs=None):
    """Store a run of another corpus, whose F1 rises late."""
    run = stored_runs.plan_run(name, target=stored_runs.build_corpus(name, n=n), sizes="20,40,80,160,full")
    late = lambda job: 0.9 * job.n_sentences / (job.n_sentences + 150)  # noqa: E731
    stored_runs.record_outcomes(run, jobs and run.study.jobs[:jobs], f1=late)
    return run


@pytest.fixture
def probe():
    run = stored_runs.plan_run("first", sizes="20,40,80,full")
    stored_runs.record_outcomes(run)
    return run


def estimate(run):
    corpus = run.corpora()["reviews"]
    return estimate_corpus(build_request(corpus, AnnotationStatus(), Rates()), RunStore(), run)


def test_a_frozen_estimate_stays_while_other_studies_are_trained(probe):
    freeze_references(probe, RunStore())
    before = estimate(probe)
    for name in ("late", "later"):
        train_other_corpus(name)
    after = estimate(probe)
    assert after.estimates == before.estimates
    assert after.verdict == before.verdict
    at = before.basis.at[11:16]
    assert after.newer.startswith("A newer answer exists: ")
    assert after.newer.endswith(f"(2 more studies since {before.basis.at[:10]} {at} UTC).")


def test_the_newer_answer_is_the_one_that_a_new_basis_gives(probe):
    freeze_references(probe, RunStore())
    train_other_corpus("late")
    frozen = estimate(probe)
    freeze_references(probe, RunStore(), is_renewed=True)
    renewed = estimate(probe)
    need = renewed.best.find_need(frozen.best.lead)
    assert f"A newer answer exists: {need.n:,} sentences ({need.low:,} to {need.high:,})" in frozen.newer
    assert renewed.newer == ""
    assert renewed.best != frozen.best


def test_a_run_that_grows_counts_with_the_points_that_it_had(probe):
    growing = train_other_corpus("late", jobs=3)
    freeze_references(probe, RunStore())
    before = estimate(probe)
    stored_runs.record_outcomes(growing, growing.pending())
    assert estimate(probe).estimates == before.estimates
    assert load_references(probe, RunStore()).n_newer == 1


def test_runs_of_the_basis_that_are_gone_are_named(probe):
    train_other_corpus("late")
    freeze_references(probe, RunStore())
    RunStore().delete("late")
    note = estimate(probe).notes[-1]
    assert "Numbers may differ from those of then: late is gone or shorter since." in note


def test_without_a_basis_an_estimate_follows_the_store(probe):
    assert estimate(probe).basis is None
    before = estimate(probe).best
    train_other_corpus("late")
    assert estimate(probe).best != before
    assert estimate(probe).newer == ""


def test_a_shipped_run_keeps_no_basis():
    run = RunStore().open("ecir2020")
    freeze_references(run, RunStore())
    assert load_estimate_basis(run) is None


@pytest.mark.parametrize("text", ["", "[]", '{"n_points": {"a": -1}, "at": "", "program": ""}', '{"at": ""}'])
def test_a_damaged_basis_is_reported_and_does_not_stop_an_estimate(probe, text):
    (probe.folder / "estimate.json").write_text(text)
    with pytest.raises(BionerError, match=r"estimate\.json: "):
        load_estimate_basis(probe)
    assert estimate(probe).basis is None


def test_the_file_holds_runs_points_date_and_version(probe):
    freeze_references(probe, RunStore())
    record = json.loads((probe.folder / "estimate.json").read_text())
    assert set(record) == {"n_points", "at", "program"}
    assert record["n_points"]["ecir2020"] == len(RunStore().open("ecir2020").rows())
