"""``bioner estimate`` in this process: what it prints, and that its numbers are the core's."""

import json

import kept
import pytest

from bioner_core.analysis.reference_curves import list_reference_runs, load_reference_curves
from bioner_core.answers.estimate import estimate_from_curves, estimate_from_similar, estimate_pool
from bioner_core.cli import estimate as estimates
from bioner_core.cli import main
from bioner_core.corpus.library import Library
from bioner_core.curves.curve import build_curves
from bioner_core.study.store import SHIPPED, RunStore


@pytest.fixture
def reviews():
    [corpus] = kept.add_to_library("reviews")
    return corpus


def run_estimate(capsys, *arguments):
    assert main(["estimate", *arguments]) == 0, capsys.readouterr().err
    return capsys.readouterr()


def test_now_trains_nothing_and_names_the_curves_it_rests_on(capsys, reviews):
    out = run_estimate(capsys, "reviews", "--now").out
    assert "similar corpora  every" in out
    assert "EN UGT (same entity type, language, domain)" in out
    assert RunStore().names() == SHIPPED


def test_the_assumed_pool_is_noted_unless_the_user_names_one(capsys, reviews):
    assert "note: 5,000 sentences are taken to be all" in run_estimate(capsys, "reviews", "--now").err
    printed = run_estimate(capsys, "reviews", "--now", "--pool", "900")
    assert "note:" not in printed.err
    assert "99 % of what 900 would reach" in printed.out


def test_a_synthetic_corpus_gives_a_warning_before_its_numbers(capsys):
    kept.add_to_library("made up", is_synthetic=True)
    assert (
        "warning: made up: this corpus is synthetic, made by a script: fine for a try, but no evidence.\n"
        in run_estimate(capsys, "made up", "--now").err
    )


def test_json_holds_every_number_of_the_core(capsys, reviews):
    record = json.loads(run_estimate(capsys, "reviews", "--now", "--format", "json").out)
    estimate = estimate_from_similar(
        reviews, load_reference_curves(list_reference_runs(RunStore())), estimate_pool(reviews)
    )
    first = record["estimates"][0]
    assert (first["entity"], first["n"], first["low"], first["high"]) == (
        "every", estimate.n, estimate.low, estimate.high,
    )  # fmt: skip
    assert [e["entity"] for e in record["estimates"]] == ["every", *(e.entity for e in estimate.by_type)]
    assert (first["n_train"], first["n_test"], first["n_all"]) == (140, 60, 5000)


def test_the_probe_is_a_stored_run_and_gives_the_verdict(capsys, reviews, monkeypatch):
    """The worker is replaced by one that keeps hand-made outcomes: what is trained is tested elsewhere."""

    def train(run):
        kept.record_outcomes(run, run.pending())
        return 0

    monkeypatch.setattr(estimates, "train_or_follow", train)
    record = json.loads(run_estimate(capsys, "reviews", "--format", "json").out)
    run = RunStore().open("reviews probe")
    assert record["run"] == run.name
    reference_curves = load_reference_curves(list_reference_runs(RunStore(), without=run.name))
    run_curves = build_curves(run.points(), run.planned_seeds())
    estimate = estimate_from_curves(
        run_curves, reference_curves, estimate_pool(reviews), digest=reviews.digest
    )
    probe = next(e for e in record["estimates"] if e["basis"] == "probe")
    assert (probe["n"], probe["high"]) == (estimate.n, estimate.high)
    assert record["told"].startswith("Plan on ")
    assert Library().names() == ("reviews",)


def test_less_than_is_annotated_cannot_be_the_pool(capsys, reviews):
    assert main(["estimate", "reviews", "--now", "--pool", "10"]) == 1
    assert capsys.readouterr().err.endswith(
        "bioner: pool of 10 sentences: 140 to train on are annotated already, and at most 1,000,000 are "
        "allowed. Count all that could be annotated, those included that are.\n"
    )
