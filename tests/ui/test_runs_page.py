"""The Runs page: list, provenance, import, export, comparison and deletion; damaged runs."""

import io
import zipfile
from typing import get_args

import pytest
from stored_runs import build_corpus, plan_run, record_failures, record_outcomes

from bioner_core.answers.wording.progress import describe_progress
from bioner_core.curves.points import write_points_csv
from bioner_core.study.run_export import zip_run
from bioner_core.study.run_state import RunState, RunStatus
from bioner_core.study.store import SHIPPED, RunStore
from bioner_core.ui.shared.live_run import STATE_LABELS


def read_rows(app):
    return app.get_by_key("runs").value.fillna("").astype(str).to_numpy().tolist()


def read_answer(app, key):
    """Confirm in the dialog, which AppTest closes at each rerun, so that it is opened again."""
    app.button(key="delete").click()
    app.button(key=key).click()
    return app.run()


def test_without_user_runs_the_published_run_and_links_are_displayed(open_page, read_page):
    app = open_page("runs")
    text = read_page(app)
    assert "<b>Nothing was trained here yet.</b>" in text
    user_rows = {name: RunStore().open(name).state() for name in SHIPPED[1:]}
    assert [row[:3] for row in read_rows(app)] == [
        ["ecir2020", "published", "1,370 points"],
        *([name, STATE_LABELS[of.status], f"{of.n_done} of {of.n_jobs}"] for name, of in user_rows.items()),
    ]
    assert [link.label for link in app.page_link] == ["Upload a corpus", "Train curves", "Open in Budget"]
    assert "Interlingual Transfer for Clinical and Social Media Texts" in text
    assert "RU EHR, Drug: About 40 test mentions" in text
    with pytest.raises(KeyError):
        app.button(key="delete")


def test_each_state_has_a_label():
    assert set(STATE_LABELS) == set(get_args(RunStatus))


def test_a_shipped_run_may_be_part_of_a_plan():
    state = RunState(n_jobs=96, n_done=48, is_shipped=True)
    assert STATE_LABELS[state.status] == "part of a plan"
    assert describe_progress(state) == (
        "48 of 96 models come with the program. Export the run, import it under a new name, and resume "
        "it to train the others."
    )
    assert RunState(n_jobs=96, n_done=96, is_shipped=True).status == "done"


def test_user_runs_come_first_with_state_seeds_and_encoder(open_page, read_page):
    record_outcomes(plan_run("older"))
    newer = plan_run("newer", seeds=(0, 1))
    record_failures(newer, newer.study.jobs[:1], "out of memory")
    app = open_page("runs")
    read_page(app)
    assert [row[:6] for row in read_rows(app)[:2]] == [
        ["newer", "stopped", "0 of 8, 1 failed", "2", "tiny, probe", "reviews"],
        ["older", "done", "4 of 4", "1", "tiny, probe", "reviews"],
    ]
    assert "<b>2 runs of yours</b>" in read_page(app)


def test_a_synthetic_target_is_marked_in_the_list_and_the_details(open_page, read_page):
    run = plan_run(
        "mine", target=build_corpus("made up", is_synthetic=True), sources=[build_corpus("reviews")]
    )
    app = open_page("runs", run="mine")
    assert read_rows(app)[0][5] == "made up (synthetic)"
    corpora = run.study.corpora
    assert (
        f"made up (synthetic) (digest {corpora['made up']}), reviews (digest {corpora['reviews']})</dd>"
        in read_page(app)
    )


def test_the_run_in_the_address_is_displayed_with_its_provenance(open_page, read_page):
    run = plan_run("mine")
    plan_run("newer")
    app = open_page("runs", run="mine")
    text = read_page(app)
    assert [s.value for s in app.header] == ["mine"]
    assert f"<dt>Corpora</dt><dd>reviews (digest {run.study.corpora['reviews']})</dd>" in text
    assert "<dt>Training</dt><dd>probe: frozen encoder, seeds 0, epochs" in text


def test_a_damaged_run_is_named_and_can_still_be_deleted(open_page, read_page):
    run = plan_run("broken")
    (run.folder / "study.json").write_text("{")
    app = open_page("runs", run="broken")
    read_page(app)
    assert read_rows(app)[0][:2] == ["broken", "cannot be read"]
    assert "it is not JSON" in app.error[0].value
    app.button(key="delete").click().run()
    read_answer(app, "delete for good")
    assert "broken" not in RunStore().names()


def test_deletion_is_confirmed_and_lists_the_deleted_files(open_page, read_page):
    record_outcomes(plan_run("mine"))
    app = open_page("runs", run="mine")
    app.button(key="delete").click().run()
    assert "mine" in RunStore().names()
    assert (
        "**mine** is deleted with 12 points, the counts and the log and its copies of reviews: "
        in read_page(app)
    )
    read_answer(app, "delete for good")
    assert RunStore().names() == SHIPPED
    assert [s.value for s in app.success] == ["run mine: deleted."]
    assert read_rows(app)[0][0] == "ecir2020"


def test_keeping_a_run_deletes_nothing(open_page):
    plan_run("mine")
    app = open_page("runs", run="mine")
    app.button(key="delete").click().run()
    read_answer(app, "keep")
    assert "mine" in RunStore().names()


def test_a_zip_from_another_machine_is_imported(open_page, read_page):
    run = plan_run("travelled")
    record_outcomes(run)
    content = zip_run(run)
    RunStore().delete("travelled")
    app = open_page("runs")
    app.file_uploader(key="import").set_value(("travelled.zip", content, "application/zip")).run()
    app.button(key="take in").click().run()
    read_page(app)
    assert [s.value for s in app.success] == ["new run travelled: 12 points added."]
    assert read_rows(app)[0][:3] == ["travelled", "done", "4 of 4"]


def test_a_csv_is_imported(open_page):
    run = plan_run("mine")
    record_outcomes(run)
    content = write_points_csv(run.points()).encode()
    app = open_page("runs")
    app.file_uploader(key="import").set_value(("theirs.csv", content, "text/csv")).run()
    app.button(key="take in").click().run()
    assert [s.value for s in app.success] == ["new run theirs: 12 points added."]
    assert read_rows(app)[0][1:3] == ["imported", "12 points"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("bad.csv", b"a,b\n1,2\n", "bad.csv, line 1: column 'a', 'b' unknown."),
        ("bad.zip", b"PK\x03\x04 not a zip", "bad.zip"),
    ],
)
def test_a_file_that_is_not_a_run_is_refused_and_nothing_is_written(
    open_page, read_page, name, content, words
):
    app = open_page("runs")
    app.file_uploader(key="import").set_value((name, content, "")).run()
    app.button(key="take in").click().run()
    read_page(app)
    assert words in app.error[0].value
    assert RunStore().names() == SHIPPED


def test_two_runs_are_compared_and_their_differences_named(open_page, read_page):
    record_outcomes(plan_run("one"))
    record_outcomes(plan_run("two", seeds=(5,), target=build_corpus("reviews", n=180)))
    app = open_page("runs", run="one", other="two")
    app.session_state["compare"] = True
    app.run()
    text = read_page(app)
    assert "- two: corpus reviews: has changed between the two" in text
    [pair] = [f.value for f in app.dataframe if "Against the first run" in f.value]
    assert list(pair["Run"]) == ["one", "two"]


def test_three_runs_are_compared_with_a_verdict_in_words(open_page, read_page):
    for name in ("one", "two", "three"):
        record_outcomes(plan_run(name))
    app = open_page("runs", run="one", other="two,three")
    app.session_state["compare"] = True
    app.run()
    text = read_page(app)
    assert "need the same number of sentences" in text
    assert "compared with it, two (" in text
    assert "Each run is tested against the first; p-values are not corrected for their number." in text
    [rows] = [f.value for f in app.dataframe if "Against the first run" in f.value]
    assert list(rows["Run"]) == ["one", "two", "three"]


def test_comparing_runs_without_a_common_curve_gives_the_reason(open_page):
    record_outcomes(plan_run("one"))
    app = open_page("runs", run="one", other="ecir2020")
    app.session_state["compare"] = True
    app.run()
    assert "These runs have no curve of the same target, entity type and source." in [
        i.value for i in app.info
    ]


def test_runs_can_be_searched_by_name(open_page, read_page):
    for number in range(53):
        plan_run(f"study {number:03}", sizes="20")
    app = open_page("runs")
    assert len(read_rows(app)) == 50
    app.text_input(key="find").set_value("y 00").run()
    read_page(app)
    assert len(read_rows(app)) == 11  # ten that fit, and the chosen one


def test_an_invalid_address_gives_a_warning(open_page, read_page):
    app = open_page("runs", run="../x")
    read_page(app)
    assert app.warning[0].value == (
        "The address asks for the run “../x”, which is not available here. Shown instead: ecir2020."
    )


def test_the_zip_holds_no_text():
    run = plan_run("mine")
    record_outcomes(run)
    with zipfile.ZipFile(io.BytesIO(zip_run(run))) as archive:
        assert not [name for name in archive.namelist() if name.startswith("corpora")]


def test_a_worker_is_paused_and_ranked_on_its_page(open_page):
    run = plan_run("busy")
    with run.lock():
        app = open_page("runs", run="busy")
        app.button(key="pause").click().run()
        assert run.state().status == "paused"
        assert "paused" in [cell for row in read_rows(app) for cell in row]
        app.button_group(key="priority busy").set_value("high").run()
        assert not app.exception
        assert run.priority == "high"
        app.button(key="pause").click().run()
        assert not run.state().is_paused
    assert run.state().status == "stopped"
