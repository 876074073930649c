"""Intervals and tests on the Budget page: card, table, expander and coverage."""

import json
import re

import numpy as np
import pytest
from budget_text import read_cards, read_cells, read_lead, read_subject
from stored_runs import TYPES, build_corpus, plan_run, record_outcomes

from bioner_core.answers.wording.certainty import describe_coverage
from bioner_core.cli import main
from bioner_core.curves.points import CurvePoint
from bioner_core.study.jobs import JobResult, SentenceCounts

N_TEST = 300


@pytest.fixture
def run():
    return record_run(
        plan_run("first", sizes="50,100,200,400,500,full", seeds=(0, 1, 2), target=build_corpus(n=1000))
    )


def record_run(run):
    """Store results with consistent counts and points; recall rises with the training size."""
    with run.lock() as writer:
        for job in run.study.jobs:
            writer.append_result(build_outcome(job, run.study.train_sizes[job.target]))
    return run


def build_outcome(job, train_size):
    draw = np.random.default_rng(int(job.id, 16))
    tp = (draw.random((N_TEST, 2)) < 0.9 - 0.5 * (1 + job.n_sentences / 60) ** -1.2).astype(np.int32)
    counts = np.stack([tp, np.zeros_like(tp), 1 - tp], axis=-1)
    of = {"target": job.target, "source": job.source, "model": job.model, "method": job.method}
    size = {"n_sentences": job.n_sentences, "train_size": train_size, "is_full": job.is_full}
    points = [
        CurvePoint(**of, **size, entity=entity, seed=job.seed, f1=2 * hits / (hits + n), support=n)
        for entity, hits, n in (
            *((name, int(tp[:, at].sum()), N_TEST) for at, name in enumerate(TYPES)),
            ("all", int(tp.sum()), 2 * N_TEST),
        )
    ]
    return JobResult(job=job, points=tuple(points), counts=SentenceCounts(entities=TYPES, counts=counts))


def read_budget(capsys, run, *options):
    """Return the row that ``bioner budget`` prints."""
    words = ("budget", run.name, "--entity", "Drug", "--format", "json")
    assert main([*words, *options]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    return row


def read_tests(app):
    """Return the rows of the table of significance tests."""
    [table] = [frame.value for frame in app.dataframe if "Over seeds" in frame.value]
    return table.astype(str).to_numpy().tolist()


def test_the_page_displays_the_interval_of_the_command_line(open_page, read_page, run, capsys):
    row = read_budget(capsys, run, "--fraction", "0.95")
    assert row["n_low"] < row["n_plan"] < row["n_high"]
    assert (row["n_high_beyond"], row["interval_of"]) == (False, "seeds and documents")
    app = open_page("budget", run="first", entity="Drug", reach="95")
    read_page(app)
    sure = f"a 50 % chance; {row['n_high']} to be 95 % sure"
    assert f"{sure} (90 % interval: {row['n_low']} to {row['n_high']})" in read_cards(app)[0][2]
    plan, likely = f"<b>Plan on {row['n_plan']} sentences</b>", f"{row['n_low']} to {row['n_high']}"
    assert read_lead(app) == (
        f"{plan} (likely {likely}) to reach 95 % of full F1; {row['n99']} reach 99 %, {row['n90']} reach "
        "90 %."
    )
    assert read_subject(app) == '<p class="note">Drug in reviews, without pretraining.</p>'
    assert read_cells(app)[0][2:4] == [str(row["n_plan"]), str(row["n_high"])]


def test_an_interval_beyond_full_data_says_how_likely_full_data_do_not_suffice(open_page, run, capsys):
    row = read_budget(capsys, run, "--f1", "0.935")
    assert (row["n_plan"], row["n_high"], row["n_high_beyond"], row["n_max"]) == (690, 700, True, 700)
    assert 0.5 < row["chance_reached"] < 0.95
    app = open_page("budget", run="first", entity="Drug", f1="93.5")
    assert read_cells(app)[0][2:4] == ["690", "> 700"]
    share = round(100 * (1 - row["chance_reached"]))
    assert read_lead(app) == (
        f"<b>Plan on 690 sentences</b> (likely {row['n_low']} to all 700, and {share} % that even these do "
        "not suffice) to reach an F1 of 93.5."
    )
    assert f"a 50 % chance; even all 700 do not suffice with a chance of {share} %" in read_cards(app)[0][2]


def test_a_goal_that_is_more_likely_than_not_missed_has_no_plan(open_page, run, capsys):
    row = read_budget(capsys, run, "--f1", "0.94")
    assert (row["n_plan"], row["n_high_beyond"]) == (None, True)
    assert 0.05 < row["chance_reached"] < 0.5
    app = open_page("budget", run="first", entity="Drug", f1="94")
    assert read_cells(app)[0][2:4] == ["not reached (best 93.1)", "> 700"]
    assert read_lead(app) == (
        "<b>All 700 sentences do not reliably reach</b> an F1 of 94.0 (the chance that they do is "
        f"{round(100 * row['chance_reached'])} %); try a lower goal or another source."
    )
    assert f"with {row['n_low']} sentences, the chance of success is 5 %" in read_cards(app)[0][2]
    app = open_page("budget", run="first", entity="Drug", f1="99")
    assert read_lead(app) == (
        "<b>All 700 sentences do not reach</b> an F1 of 99.0 (the chance that they do is below 1 %); try a "
        "lower goal or another source."
    )


def test_the_interval_of_a_single_seed_is_noted_not_to_cover_seeds(open_page, capsys):
    run = record_run(plan_run("first", sizes="50,100,200,400,full", target=build_corpus(n=1000)))
    row = read_budget(capsys, run, "--fraction", "0.9")
    assert (row["interval_of"], row["n_seeds"]) == ("documents", 1)
    app = open_page("budget", run="first", entity="Drug", reach="90")
    assert read_cards(app)[0][2].endswith(
        "; one model per size; the interval covers other test documents, but not other seeds."
    )


def test_the_tests_of_each_size_are_computed_when_they_are_opened(open_page, read_page, run):
    app = open_page("budget", run="first", entity="Drug", reach="95")
    app.session_state["sure"] = True
    app.run()
    text = read_page(app)
    assert "a 50 % chance" in text
    assert "The interval covers other seeds and other test documents." in text
    assert "Training sentences were drawn at random from all documents." in text
    rows = read_tests(app)
    assert [row[0] for row in rows] == ["500", "400", "200", "100", "50"]
    assert rows[-1][-2].startswith("differs (p ")
    assert rows[-1][-1] == "differs (p < 0.001)"
    assert "−" in rows[-1][-3]


def test_a_published_run_has_no_section_on_certainty(open_page):
    app = open_page("budget", entity="Drug")
    assert "How sure is it?" not in [expander.label for expander in app.expander]


def test_equal_outcomes_have_no_p_value(open_page):
    record_outcomes(plan_run(sizes="20,40,80,full", seeds=(0, 1)))
    app = open_page("budget", run="first", entity="Drug", reach="90")
    app.session_state["sure"] = True
    app.run()
    assert not app.exception
    assert [row[-2] for row in read_tests(app)] == ["–"] * 3


def test_two_runs_are_tested_at_full_data(open_page, read_page, run):
    record_run(plan_run("other", sizes="50,100,full", seeds=(0, 1), target=build_corpus(n=1000)))
    app = open_page("runs", run="first", other="other")
    app.session_state["compare"] = True
    app.run()
    assert re.search(
        r"At full data, F1 of first is \d\d\.\d; compared with it, other \(\d\d\.\d\) shows no difference\.",
        read_page(app),
    )
    [rows] = [f.value for f in app.dataframe if "Against the first run" in f.value]
    tested = rows["Against the first run"][1]
    assert tested.startswith("over seeds: p ")
    assert tested.endswith("over the test part: p 1.000")  # the seeds that both have are the same models
    record_run(plan_run("changed", sizes="50,100,full", target=build_corpus(n=990)))
    app = open_page("runs", run="first", other="changed")
    app.session_state["compare"] = True
    app.run()
    assert "cannot be tested: other test sentences, one seed, or no counts" in read_page(app)


@pytest.mark.parametrize(
    ("interval_of", "words"),
    [
        ("seeds and documents", "other seeds and other test documents"),
        ("seeds and sentences", "other seeds and other test sentences (documents are not known)"),
        ("seeds", "other seeds, but not other test documents, because counts are missing"),
        ("sentences", "other test sentences (documents are not known), but not other seeds"),
        (
            "borrowed seeds and documents",
            "other test documents, and other seeds, estimated from other curves of the same model",
        ),
        (
            "borrowed seeds",
            "other seeds, estimated from other curves of the same model, but not other test documents, "
            "because counts are missing",
        ),
        (
            "models",
            "other models, estimated from the scatter about the curve, but not other test documents, "
            "because counts are missing",
        ),
        (
            "models and documents",
            "other test documents, and other models, estimated from the scatter about the curve",
        ),
    ],
)
def test_the_coverage_of_an_interval_is_described(interval_of, words):
    assert describe_coverage(interval_of) == f"the interval covers {words}"
