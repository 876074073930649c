"""``bioner estimate`` in this process: what it prints, and that its numbers are the core's."""

import json

import kept
import pytest

from bioner_core.analysis.reference_curves import known_curves, runs_to_learn_from
from bioner_core.answers.estimate import estimate_from_curves, estimate_from_similar, estimate_pool
from bioner_core.cli import estimate as estimates
from bioner_core.cli import main
from bioner_core.corpus.library import Library
from bioner_core.curves.curve import build_curves
from bioner_core.study.store import SHIPPED, RunStore


@pytest.fixture
def reviews():
    [corpus] = kept.in_library("reviews")
    return corpus


def told(capsys, *arguments):
    assert main(["estimate", *arguments]) == 0, capsys.readouterr().err
    return capsys.readouterr()


def test_now_trains_nothing_and_tells_which_curves_it_rests_on(capsys, reviews):
    out = told(capsys, "reviews", "--now").out
    assert "similar corpora  every" in out
    assert "EN UGT (same entity type, language, domain)" in out
    assert RunStore().names() == SHIPPED


def test_the_pool_that_is_taken_is_said_unless_it_is_told(capsys, reviews):
    assert "note: 5,000 sentences are taken to be all" in told(capsys, "reviews", "--now").err
    said = told(capsys, "reviews", "--now", "--pool", "900")
    assert "note:" not in said.err
    assert "99 % of what 900 would reach" in said.out


def test_a_synthetic_corpus_is_told_before_its_numbers(capsys):
    kept.in_library("made up", is_synthetic=True)
    assert (
        "warning: made up: this corpus is synthetic, made by a script: fine for a try, but no evidence.\n"
        in told(capsys, "made up", "--now").err
    )


def test_json_holds_every_number_of_the_core(capsys, reviews):
    record = json.loads(told(capsys, "reviews", "--now", "--format", "json").out)
    found = estimate_from_similar(reviews, known_curves(runs_to_learn_from(RunStore())), estimate_pool(reviews))
    first = record["estimates"][0]
    assert (first["entity"], first["n"], first["low"], first["high"]) == (
        "every", found.n, found.low, found.high,
    )  # fmt: skip
    assert [e["entity"] for e in record["estimates"]] == ["every", *(e.entity for e in found.by_type)]
    assert (first["n_train"], first["n_test"], first["n_all"]) == (140, 60, 5000)


def test_the_probe_is_a_run_like_any_other_and_its_number_the_last_word(capsys, reviews, monkeypatch):
    """The worker is replaced by one that keeps hand-made outcomes: what is trained is tested elsewhere."""

    def train(run):
        kept.train(run, run.pending())
        return 0

    monkeypatch.setattr(estimates, "train_or_follow", train)
    record = json.loads(told(capsys, "reviews", "--format", "json").out)
    run = RunStore().open("reviews probe")
    assert record["run"] == run.name
    known = known_curves(runs_to_learn_from(RunStore(), without=run.name))
    own = build_curves(run.points(), run.planned_seeds())
    found = estimate_from_curves(own, known, estimate_pool(reviews), digest=reviews.digest)
    probe = next(e for e in record["estimates"] if e["basis"] == "probe")
    assert (probe["n"], probe["high"]) == (found.n, found.high)
    assert record["told"].startswith("Plan on ")
    assert Library().names() == ("reviews",)


def test_less_than_is_annotated_cannot_be_the_pool(capsys, reviews):
    assert main(["estimate", "reviews", "--now", "--pool", "10"]) == 1
    assert capsys.readouterr().err.endswith(
        "bioner: pool of 10 sentences: 140 to train on are annotated already, and at most 1,000,000 are "
        "allowed. Count all that could be annotated, those included that are.\n"
    )
