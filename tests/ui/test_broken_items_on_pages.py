"""Pages beside broken runs: the lists go on, and the good runs open."""

import os
import shutil

import pytest
from stored_runs import plan_run, record_outcomes

from bioner_core.study.store import RunStore


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
