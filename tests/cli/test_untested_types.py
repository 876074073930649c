"""A type without a test mention has no F1: it is "–", null or empty wherever scores are printed."""

import csv
import io
import json
from dataclasses import replace

import pytest
import stored_runs

from bioner_core.cli import main
from bioner_core.cli.progress import ProgressLog
from bioner_core.study.jobs import JobResult


@pytest.fixture
def run():
    """Return a run on two corpora whose test part has no mention of Disease."""
    run = stored_runs.plan_run(sizes="20,40,full", seeds=(0, 1), sources=[stored_runs.build_corpus("posts")])
    stored_runs.record_outcomes(run)
    rows = [replace(row, point=_untested(row.point)) for row in run.rows()]
    with run.lock() as writer:
        (run.folder / "points.jsonl").unlink()
        writer.append_rows(rows)
    return run


def _untested(point):
    none = {"f1": 0.0, "precision": 0.0, "recall": 0.0, "support": 0}
    return replace(point, **none) if point.entity == "Disease" else point


def read_output(capsys, *arguments):
    assert main(list(arguments)) == 0
    return capsys.readouterr().out


def read_records(capsys, *arguments):
    return json.loads(read_output(capsys, *arguments, "--entity", "Disease", "--format", "json"))


def test_the_progress_line_has_no_f1_of_an_untested_type(run, capsys):
    job = run.study.jobs[0]
    points = tuple(row.point for row in run.rows() if row.job == job.id)
    ProgressLog(run).show(JobResult(job=job, points=points, counts=run.counts(job.id)))
    assert capsys.readouterr().err.endswith("seed 0: Disease F1 –, Drug F1 72.0, all F1 72.0\n")


def test_zero_shot_has_no_scores_of_an_untested_type(run, capsys):
    assert [(r["precision"], r["recall"], r["f1"]) for r in read_records(capsys, "zero-shot", "first")] == (
        [(None, None, None)] * 2
    )
    table = read_output(capsys, "zero-shot", "first", "--entity", "Disease")
    assert [line.split()[1:] for line in table.splitlines()[2:]] == [["–", "/", "–", "/", "–"]] * 2
    (first, *_) = csv.DictReader(io.StringIO(read_output(capsys, "zero-shot", "first", "--format", "csv")))
    assert (first["entity"], first["f1"]) == ("Disease", "")


def test_in_corpus_marks_no_best_model_of_an_untested_type(run, capsys):
    (row,) = read_records(capsys, "in-corpus", "first")
    assert (row["precision"], row["recall"], row["f1"], row["is_best"]) == (None, None, None, False)
    line = read_output(capsys, "in-corpus", "first", "--entity", "Disease").splitlines()[1]
    assert line.split("  ")[-1].strip() == "no test mention: no F1"
    assert line.count("–") == 3


def test_significance_explains_why_an_untested_type_is_not_compared(run, capsys):
    command = ("significance", "first", "none@20", "none@full", "--target", "reviews", "--entity", "Disease")
    _, row, why = read_output(capsys, *command).splitlines()
    assert row.split() == ["Disease", "–", "–", "2", "2", *["–"] * 7]
    assert why == "no F1: the test part has no mention of the type"


def test_sources_report_no_gain_of_an_untested_type_and_keep_the_columns(run, capsys):
    (row,) = read_records(capsys, "sources", "first")
    assert {row[name] for name in ("f1", "f1_without", "difference", "low", "high")} == {None}
    head, line, *_, summary = read_output(capsys, "sources", "first").splitlines()
    assert line.split()[1:9] == ["Disease", "posts", "none", "mean", "–", "–", "–", "no"]
    assert "saves at 99 %" in head
    assert summary.startswith("2 comparisons: ")
