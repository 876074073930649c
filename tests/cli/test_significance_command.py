"""``bioner significance``: rows, options and refusals, on a run with chosen seeds and counts."""

import json

import numpy as np
import pytest

from bioner_core.cli import main
from bioner_core.corpus.sentences import Corpus, Sentence, Span
from bioner_core.curves.points import CurvePoint
from bioner_core.study.encoder_choice import ModelChoice
from bioner_core.study.jobs import JobResult, SentenceCounts
from bioner_core.study.plan import plan_study
from bioner_core.study.store import RunStore

N_TEST = 60


@pytest.fixture
def run():
    sentences = tuple(
        Sentence(("no", f"ache{n}"), (Span(1, 2, "Disease"),), f"d{n // 5}") for n in range(200)
    )
    corpus = Corpus(name="reviews", sentences=sentences, types=("Disease",), language="en", domain="UGT")
    study = plan_study(
        name="own",
        targets=[corpus],
        sources=[],
        corpora={"reviews": corpus},
        model=ModelChoice(name="tiny", revision="1"),
        preset="probe",
        sizes="20,40,full",
        seeds=(0, 1),
    )
    run = RunStore().create(study, {"reviews": corpus})
    with run.lock() as writer:
        for job in study.jobs:
            writer.append_result(_build_result(job))
    return run


def _build_result(job):
    counts = np.zeros((N_TEST, 1, 3), dtype=np.int32)
    at = np.arange(N_TEST)  # half of them in every document by the small model, nearly all by the others
    counts[:, 0, 0] = at % 2 == 0 if job.n_sentences == 20 else at < 54 + job.seed
    counts[:, 0, 2] = 1 - counts[:, 0, 0]
    tp = int(counts[..., 0].sum())
    point = CurvePoint(
        target=job.target, source=job.source, model=job.model, method=job.method, entity="Disease",
        n_sentences=job.n_sentences, train_size=140, is_full=job.is_full, seed=job.seed,
        f1=2 * tp / (tp + N_TEST),
    )  # fmt: skip
    return JobResult(job=job, points=(point,), counts=SentenceCounts(entities=("Disease",), counts=counts))


def read_error(capsys, *arguments):
    assert main(list(arguments)) == 1
    return capsys.readouterr().err.strip()


def test_two_sizes_are_compared_over_seeds_and_over_the_test_part(run, capsys):
    assert main(["significance", "own", "none@full", "none@20", "--trials", "199", "--format", "json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["entity"], row["seeds_one"], row["seeds_other"], row["unit"]) == (
        "Disease",
        2,
        2,
        "documents",
    )
    assert row["f1_other"] == pytest.approx(2 * 30 / 90)
    assert 0 < row["low"] < row["difference"] < row["high"]
    assert row["p_test"] <= 0.02
    assert row["differs"] is True
    assert row["p_runs"] < 0.05


def test_sizes_with_equal_counts_do_not_differ(run, capsys):
    assert main(["significance", "own", "none@40", "none@full", "--entity", "Disease"]) == 0
    _, row = capsys.readouterr().out.splitlines()
    assert (row.split()[0], row.split()[-1]) == ("Disease", "False")


def test_an_impossible_test_is_explained_under_the_table(run, capsys):
    command = ("significance", "ecir2020", "none@full", "EN EHR@400", "--target", "EN UGT")
    assert main(command) == 0
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "no p_runs: it takes two seeds or more of both",
        "no p_test, low and high: these take counts of the test part, of a seed that both have",
    ]
    assert main([*command, "--format", "json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 2


def test_seeds_without_spread_are_reported_as_not_testable(run, capsys):
    assert main(["significance", "own", "none@20", "none@20"]) == 0
    assert capsys.readouterr().out.splitlines()[2:] == ["no p_runs: the seeds have no spread"]


def test_unknown_models_targets_and_trials_are_refused_with_the_available_ones(run, capsys):
    command = ("significance", "own", "none@full")
    assert read_error(capsys, *command, "none@30") == (
        "bioner: run own: no model none@30 for Disease in reviews. Available: none@20, none@40, none@full."
    )
    assert read_error(capsys, *command, "none") == (
        "bioner: 'none': write a source, @ and its sentences, such as none@full, none@400 or 'EN EHR@0'."
    )
    assert read_error(capsys, *command, "none@20", "--target", "x") == (
        "bioner: run own: no target 'x'. Available: reviews."
    )
    assert read_error(capsys, *command, "none@20", "--trials", "0") == (
        "bioner: --trials is 0; it must be 1 or more, such as 9999."
    )
    assert read_error(capsys, "significance", "ecir2020", "none@full", "none@100") == (
        "bioner: run ecir2020: no --target. Available: EN EHR, EN UGT, RU EHR, RU UGT."
    )
