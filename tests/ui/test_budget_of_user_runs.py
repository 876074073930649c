"""The Budget page for users' runs: seeds, gaps, few mentions, pending models, damaged files, progress."""

import json
import tempfile
from pathlib import Path

import pytest
from budget_text import read_cards, read_lead, read_subject
from stored_runs import build_corpus, build_outcome, plan_run, record_failures, record_outcomes

from bioner_core.curves.points import CurvePoint, write_points_csv
from bioner_core.study.run_import import import_run
from bioner_core.study.store import RunStore


def build_point(n, **values):
    """Return a point of a user's run; values override the defaults."""
    names = {"target": "reviews", "source": "none", "model": "m", "method": "finetune", "entity": "Drug"}
    full = {"n_sentences": n, "is_full": n == 2000, "train_size": 2000, "seed": 0, "f1": 0.85}
    return CurvePoint(**{**names, **full, **values})


def import_points(points):
    """Import points as a run named ``own``."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "own.csv"
        path.write_text(write_points_csv(points))
        import_run(RunStore(), path)


def build_outcomes(run):
    return [build_outcome(run, job, 0.8) for job in run.study.jobs]


@pytest.mark.parametrize(
    ("support", "words"),
    [
        (40, "40 test mentions of Drug: each is worth about 1.4 points of F1."),
        (12, "12 test mentions of Drug: each is worth about 4.8 points of F1."),
    ],
)
def test_few_test_mentions_give_a_caveat_with_their_number(open_page, read_page, support, words):
    import_points([build_point(n, support=support) for n in (50, 100, 2000)])
    assert words in read_page(open_page("budget", run="own"))


def test_enough_test_mentions_give_no_caveat(open_page, read_page):
    import_points([build_point(n, support=50) for n in (50, 100, 2000)])
    assert "points of F1" not in read_page(open_page("budget", run="own"))


def test_agreement_of_annotators_stands_below_the_answer(open_page):
    run = plan_run(target=build_corpus(agreement_f1=0.8))
    record_outcomes(run)
    assert "Annotators of the same texts agree with F1 80.0 (exact places" in read_subject(
        open_page("budget", run=run.name)
    )


def test_names_that_look_like_markup_are_escaped(open_page, read_page):
    names = {"entity": "<b>*x*</b> :red[y]", "target": "a & <i>b</i>", "model": "m/<u>"}
    import_points([build_point(n, **names) for n in (50, 100, 2000)])
    app = open_page("budget", run="own")
    read_page(app)
    assert "&lt;b&gt;*x*&lt;/b&gt; :red[y] in a &amp; &lt;i&gt;b&lt;/i&gt;, without" in read_subject(app)
    assert app.segmented_control(key="entity").options == [r"\<b\>\*x\*\</b\> \:red\[y\]"]


def test_the_cards_of_a_trained_run_name_seeds_documents_and_size_gaps(open_page, read_page):
    record_outcomes(plan_run(sizes="20,40,80,full", seeds=(0, 1, 2)))
    app = open_page("budget", run="first", entity="Drug", reach="90")
    read_page(app)
    assert read_cards(app)[0] == [
        "Plan on",
        "40 sentences",
        "to reach 90 % of full F1 (78.2 of 86.9), without pretraining; a chance of at least 95 % (90 % "
        "interval: 20 to 40); ≈ 8 documents; no size between 20 and 40 was trained; ≈ 0.1–0.2 h at "
        "published rates; 3 seeds per size.",
    ]
    assert read_cards(app)[1][2] == "F1 is 80.0, the goal is 78.2. All larger sizes reach the goal, too."
    assert read_cards(app)[2] == ["Pretraining saves", "nothing", "This run has no curve with pretraining."]


def test_a_run_without_a_full_model_explains_the_missing_goal_and_accepts_an_f1(open_page, read_page):
    record_outcomes(plan_run(sizes="20,40,80"))
    app = open_page("budget", run="first", entity="Drug")
    read_page(app)
    assert read_cards(app)[0] == [
        "Plan on",
        "not known yet",
        "The model on full data without pretraining sets the goal and is not trained yet. For an answer now, "
        "set an F1 as the goal.",
    ]
    app.button_group(key="goal").set_value("an F1").run()
    assert read_cards(app)[0][1] == "40 sentences"


def test_a_run_without_points_counts_its_pending_models(open_page):
    plan_run()
    app = open_page("budget", run="first")
    assert [i.value for i in app.info] == ["4 of 4 models of this run are not trained yet."]


def test_a_run_with_one_size_refers_to_the_transfer_page(open_page):
    record_outcomes(plan_run(sizes="20"))
    app = open_page("budget", run="first")
    assert [i.value for i in app.info] == [
        "This run has no curve. A curve needs two sizes or more, besides full data."
    ]
    assert [link.label for link in app.page_link] == ["See its results in Transfer"]


def test_a_running_study_shows_its_progress_and_grows(open_page, read_page):
    run = plan_run(sizes="20,40,80,full")
    record_outcomes(run, run.study.jobs[:2])
    with run.lock() as writer:
        app = open_page("budget", run="first")
        read_page(app)
        assert [p.proto.text for p in app.get("progress")] == ["2 of 4 models trained"]
        assert read_lead(app).startswith("<b>There is no answer yet</b> for every entity type in reviews")
        writer.append_result(next(done for done in build_outcomes(run) if done.job == run.study.jobs[2]))
        app.run()
        assert [p.proto.text for p in app.get("progress")] == ["3 of 4 models trained"]


def test_an_answer_that_larger_sizes_may_change_is_not_final(open_page):
    run = plan_run(sizes="20,40,80,full")
    record_outcomes(run, [job for job in run.study.jobs if job.n_sentences < 80])
    app = open_page("budget", run="first", entity="Drug", f1="85")
    assert read_lead(app) == "<b>40 sentences do not yet reach</b> an F1 of 85.0."
    assert read_cards(app)[0][2].endswith("; 2 models of this run not trained yet.")


def test_a_number_that_a_pending_size_may_change_is_not_final(open_page):
    run = plan_run(sizes="20,40,80,full")
    record_outcomes(run, [job for job in run.study.jobs if job.n_sentences != 80])
    app = open_page("budget", run="first", entity="Drug")
    assert read_lead(app) == (  # all 140 of the training part; between 40 and 140 no size is trained
        "<b>Plan on 140 sentences</b> (likely 40 to 140) to reach 99 % of full F1; 140 reach "
        "95 %, 40 reach 90 %."
    )
    assert read_cards(app)[0][2] == (
        "to reach 99 % of full F1 (86.0 of 86.9), without pretraining; a chance of at least 95 % (90 % "
        "interval: 40 to 140); ≈ 28 documents; no size between 40 and 140 was trained; ≈ 0.3–0.7 h at "
        "published rates; 1 model of this run not trained yet."
    )


def test_pending_models_of_another_target_are_ignored(open_page):
    view = {"target": "rumedner_ru", "entity": "Disease", "source": "none", "f1": "85"}
    app = open_page("budget", run="rumedner-finetuned", **view)
    assert read_lead(app).startswith("<b>All 4,116 sentences do not reach</b> an F1 of 85.0 (")
    assert "not trained yet" not in read_cards(app)[0][2]


@pytest.mark.parametrize("entity", ["Drug", "every"])
def test_a_full_f1_of_zero_is_explained(open_page, entity):
    record_outcomes(plan_run(), f1=lambda job: 0.0)
    app = open_page("budget", run="first", entity=entity)
    assert "no model finds any of its 60 test mentions" in read_lead(app)


def test_damaged_run_files_are_reported_with_file_and_line(open_page, read_page):
    run = plan_run()
    record_outcomes(run)
    points = run.folder / "points.jsonl"
    lines = points.read_text().splitlines(keepends=True)
    points.write_text("".join(["{not json\n", *lines]))
    app = open_page("budget", run="first")
    read_page(app)
    assert "points.jsonl, line 1: it is not JSON" in app.error[0].value


def test_a_run_of_a_newer_version_is_not_read(open_page, read_page):
    run = plan_run()
    plan = run.folder / "study.json"
    plan.write_text(json.dumps({**json.loads(plan.read_text()), "format": 99}))
    app = open_page("budget", run="first")
    read_page(app)
    assert "written by a newer version of BioNER Budget" in app.error[0].value


def test_long_names_of_a_user_are_written_in_full(open_page, read_page):
    name = "a_b - c_d" + "e" * 40
    record_outcomes(plan_run(target=build_corpus(name)))
    app = open_page("budget", run="first", entity="Drug")
    read_page(app)
    assert f"Drug in {name}, without pretraining." in read_subject(app)


def test_failed_seeds_do_not_prevent_an_answer(open_page):
    run = plan_run(seeds=(0, 1))
    record_outcomes(run, [job for job in run.study.jobs if job.seed == 0])
    app = open_page("budget", run="first", entity="Drug")
    assert read_cards(app)[0][1] == "not known yet"
    record_failures(run, [job for job in run.study.jobs if job.seed == 1], "out of memory")
    app.run()
    assert read_cards(app)[0][1] != "not known yet"
