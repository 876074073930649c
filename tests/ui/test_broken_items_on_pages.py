"""Pages beside broken runs: the lists go on, and the good runs open."""

import os
import shutil

import pytest
from page_texts import find_slips, iterate_texts
from stored_runs import add_to_library, plan_run, record_outcomes

from bioner_core.corpus.library import Library
from bioner_core.study.run_files import LOG_FILE
from bioner_core.study.store import RunStore

NAME = "<img src=x onerror=alert(1)> **d** $e$"


@pytest.fixture
def broken_runs():
    run = plan_run("good")
    record_outcomes(run)
    folder = RunStore().folder
    for name in ("copy (2)", "broken plan", "loop"):
        shutil.copytree(run.folder, folder / name)
    (folder / "broken plan/study.json").write_text("{")
    (folder / "loop/study.json").unlink()
    os.symlink("study.json", folder / "loop/study.json")


@pytest.mark.parametrize("page", ["budget", "train", "transfer", "upload", "settings"])
def test_pages_open_beside_broken_runs(broken_runs, open_page, read_page, page):
    app = open_page(page)
    text = read_page(app)
    assert "The program has an error" not in text
    assert not app.error


def test_the_list_of_runs_shows_the_broken_ones(broken_runs, open_page, read_page):
    app = open_page("runs", run="good")
    states = {row[0]: row[1] for row in app.get_by_key("runs").value.astype(str).to_numpy().tolist()}
    assert {"good", "copy (2)", "broken plan", "loop"} <= states.keys()
    assert states["broken plan"] == states["loop"] != states["good"] == states["copy (2)"]
    assert not app.error
    assert open_page("budget", run="copy (2)").selectbox(key="run").value == "copy (2)"
    assert "no longer exists" not in read_page(open_page("runs", run="loop"))


@pytest.mark.parametrize(
    "page", ["budget", "runs", "train", "corpora", pytest.param("upload", marks=pytest.mark.long)]
)
def test_names_that_this_program_never_writes_stay_text(open_page, page):
    add_to_library("reviews")
    run = plan_run("good")
    record_outcomes(run)
    shutil.copytree(run.folder, RunStore().folder / NAME)
    path = Library().path("reviews")
    shutil.copy(path, path.with_name(NAME + path.suffix))
    app = open_page(page, **({"corpus": NAME} if page == "corpora" else {"run": NAME}))
    assert not app.exception and find_slips(app) == []
    drawn = [*app.markdown, *app.caption, *app.error, *app.warning, *app.info]
    assert not [element.value for element in drawn if "**d**" in element.value]
    assert not [element for element in app.get("html") if "<img" in element.proto.body]
    assert any("onerror" in text for text in iterate_texts(app))


def test_a_pipe_or_folder_in_place_of_a_corpus_is_no_corpus(open_page):
    add_to_library("reviews")
    os.mkfifo(Library().path("pipe"))
    Library().path("folder").mkdir()
    for name in ("pipe", "folder"):
        app = open_page("corpora", corpus=name)
        message = f"{name}: no such corpus in the library. Available: reviews."
        assert [error.value for error in app.error] == [message]


@pytest.mark.parametrize("file", ["points.jsonl", "failures.jsonl", "study.json", "priority"])
def test_a_pipe_in_place_of_a_file_of_a_run_hangs_no_page(open_page, file):
    run = plan_run("good")
    record_outcomes(run)
    (run.folder / file).unlink(missing_ok=True)
    os.mkfifo(run.folder / file)
    app = open_page("runs", run="good")
    assert not app.exception and find_slips(app) == []
    errors = [error.value for error in app.error]
    assert all("cannot be read (it is no regular file)" in error for error in errors)
    assert bool(errors) == (file != "priority")


def test_a_log_that_cannot_be_read_hides_no_run(open_page):
    run = plan_run("good")
    record_outcomes(run)
    (run.folder / LOG_FILE).mkdir()
    app = open_page("train", run="good")
    assert not app.error and find_slips(app) == []
