"""``bioner estimate``: its output, and that its numbers equal those of the estimate."""

import json

import pytest
import stored_runs

from bioner_core.analysis.estimate_basis import load_references
from bioner_core.answers.combined_estimate import combine_types
from bioner_core.answers.estimate import estimate_from_curves, estimate_from_similar, list_type_traits
from bioner_core.answers.pool import estimate_pool
from bioner_core.cli import estimate as estimates
from bioner_core.cli import main
from bioner_core.corpus.library import Library
from bioner_core.curves.curve import build_curves
from bioner_core.study.store import SHIPPED, RunStore


@pytest.fixture
def reviews():
    [corpus] = stored_runs.add_to_library("reviews")
    return corpus


def run_estimate(capsys, *arguments):
    assert main(["estimate", *arguments]) == 0, capsys.readouterr().err
    return capsys.readouterr()


def test_option_now_trains_nothing_and_names_its_reference_curves(capsys, reviews):
    out = run_estimate(capsys, "reviews", "--now").out
    assert "similar corpora  every" in out
    assert "EN UGT (same entity type, language, domain)" in out
    assert RunStore().names() == SHIPPED


def test_the_assumed_pool_is_noted_unless_the_user_names_one(capsys, reviews):
    assert (
        "note: assuming that at most 5,000 sentences could be annotated"
        in run_estimate(capsys, "reviews", "--now").err
    )
    printed = run_estimate(capsys, "reviews", "--now", "--pool", "900")
    assert "note:" not in printed.err
    assert "of the F1 that 900 would give" in printed.out


def test_a_synthetic_corpus_gives_a_warning_before_its_numbers(capsys):
    stored_runs.add_to_library("made up", is_synthetic=True)
    assert (
        "warning: made up: this corpus is synthetic, made by a script: good for a first try, but no "
        "evidence.\n" in run_estimate(capsys, "made up", "--now").err
    )


def test_json_has_every_field_of_the_estimate(capsys, reviews):
    record = json.loads(run_estimate(capsys, "reviews", "--now", "--format", "json").out)
    estimate = combine_types(
        estimate_from_similar(
            list_type_traits(reviews), load_references(None, RunStore()), estimate_pool(reviews)
        )
    )
    first = record["estimates"][0]
    assert (first["entity"], first["n"], first["low"], first["high"]) == (
        "every", estimate.n, estimate.low, estimate.high,
    )  # fmt: skip
    assert [e["entity"] for e in record["estimates"]] == ["every", *(e.entity for e in estimate.by_type)]
    assert (first["n_train"], first["n_test"], first["n_all"]) == (140, 60, 5000)


def test_the_probe_is_a_stored_run_and_gives_the_verdict(capsys, reviews, monkeypatch):
    """The worker is replaced by one that stores simulated results."""

    def train(run):
        stored_runs.record_outcomes(run, run.pending())
        return 0

    monkeypatch.setattr(estimates, "train_or_follow", train)
    record = json.loads(run_estimate(capsys, "reviews", "--format", "json").out)
    run = RunStore().open("reviews probe")
    assert record["run"] == run.name
    run_curves = build_curves(run.points(), run.planned_seeds())
    estimate = combine_types(
        estimate_from_curves(
            run_curves, load_references(run, RunStore()), estimate_pool(reviews), digest=reviews.digest
        )
    )
    probe = next(e for e in record["estimates"] if e["basis"] == "probe")
    assert (probe["n"], probe["high"]) == (estimate.n, estimate.high)
    assert record["told"].startswith("Plan on ")
    assert Library().names() == ("reviews",)


def test_a_pool_smaller_than_the_annotated_sentences_is_refused(capsys, reviews):
    assert main(["estimate", "reviews", "--now", "--pool", "10"]) == 1
    assert capsys.readouterr().err.endswith(
        "bioner: pool of 10 sentences: 140 training sentences are annotated already; allowed are 140 to "
        "1,000,000. Count the annotated sentences, too.\n"
    )
