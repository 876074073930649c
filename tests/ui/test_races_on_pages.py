"""Two tabs do the same, or a file changes under an open page: a sentence says so, never a fault."""

import io
import os
import shutil
import zipfile

import pytest
from page_texts import find_slips
from stored_runs import add_to_library, plan_run, record_outcomes

from bioner_core.corpus.library import Library
from bioner_core.costs.rates import locate_rates
from bioner_core.study import exported_run
from bioner_core.study.run_export import zip_run
from bioner_core.study.store import SHIPPED, RunStore


def check(app):
    assert not app.exception
    assert find_slips(app) == []
    return app


def press(app, *keys):
    """Press buttons of one rerun: AppTest closes a dialog at each, so its opener comes first."""
    for key in keys:
        app.button(key=key).click()
    return check(app.run())


def test_a_corpus_deleted_in_two_tabs_is_gone_once(open_page):
    add_to_library("reviews", "notes")
    tabs = [open_page("corpora", corpus="reviews") for _ in range(2)]
    for app in tabs:
        press(app, "delete")
    for app in tabs:
        press(app, "delete", "delete for good")
    assert Library().names() == ("notes",)
    assert "reviews" in tabs[1].error[0].value


def test_a_run_deleted_in_two_tabs_is_gone_once(open_page):
    record_outcomes(plan_run("mine"))
    tabs = [open_page("runs", run="mine") for _ in range(2)]
    for app in tabs:
        press(app, "delete")
    for app in tabs:
        press(app, "delete", "delete for good")
    assert RunStore().names() == SHIPPED


@pytest.mark.parametrize(
    "page", ["budget", "train", "transfer", "runs", pytest.param("upload", marks=pytest.mark.long)]
)
def test_a_run_that_is_removed_under_an_open_page_is_named(open_page, page):
    run = plan_run("mine")
    record_outcomes(run, run.study.jobs[:3])
    app = check(open_page(page, run="mine"))
    shutil.rmtree(run.folder)
    check(app.run())
    assert "mine" in "".join(element.value for element in (*app.error, *app.warning))


def test_a_target_deleted_before_the_start_is_named(open_page, idle_worker):
    add_to_library("reviews", "notes")
    app = check(open_page("train", targets="reviews", preset="probe"))
    start = next(button for button in app.button if button.label.startswith("Start"))
    Library().delete("reviews")
    start.click().run()
    check(app)
    assert RunStore().names() == SHIPPED


def test_the_same_upload_saved_in_two_tabs_is_one_corpus_and_one_run(open_page, idle_worker):
    tabs = [open_page("upload", sample="sample EN UGT") for _ in range(2)]
    for app in tabs:
        press(press(app, "to step 3"), "to step 4")
    for app in tabs:
        press(app, "estimate")
    assert Library().names() == ("sample EN UGT",)
    assert RunStore().names() == ("sample EN UGT probe", *SHIPPED)
    assert {tab.query_params["run"] for tab in tabs} == {"sample EN UGT probe"}


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"\xff\xfe",
        b"nan",
        b'{"seconds_low": NaN}',
        b'{"annotators": null}',
        b'{"annotators": 1%s}' % (b"0" * 400),
    ],
)
def test_rates_that_cannot_be_read_are_one_sentence(open_page, content):
    path = locate_rates()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir() if content is None else path.write_bytes(content)
    app = check(open_page("settings"))
    assert len(app.warning) == 1
    press(app, "save rates")
    press(app, "forget rates")
    assert len(app.error) == (content is None)


def pack(**files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/"), content)
    return packed.getvalue()


def hostile_zips():
    """Yield zips that are no runs, and ones that were made from a run."""
    run = plan_run("travelled")
    record_outcomes(run)
    good = zip_run(run)
    RunStore().delete("travelled")
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    study = next(name for name in files if name.endswith("study.json"))
    yield "empty", b""
    yield "cut", good[: len(good) // 2]
    yield "no run", pack(a=b"x")
    yield "leads out", pack(**{"..__..__study.json": files[study], "..__..__x": b"x"})
    yield "bomb", pack(**{**files, "counts__x.npz": b"0" * 2_000_000})
    for name, value in (
        ("null", b"null"),
        ("deep", b"[" * 100_000),
        ("bytes", b"\xff"),
        ("empty plan", b"{}"),
    ):
        yield name, pack(**{**files, study: value})


def test_hostile_zips_are_refused_in_a_sentence_and_leave_nothing(open_page, monkeypatch):
    monkeypatch.setattr(exported_run, "MAX_BYTES", 1_000_000)
    for name, content in hostile_zips():
        app = open_page("runs")
        app.file_uploader(key="import").set_value((f"{name}.zip", content, "application/zip")).run()
        press(app, "take in")
        assert len(app.error) == 1, name
        assert RunStore().names() == SHIPPED, name
    assert not os.path.exists(RunStore().folder.parent / "study.json")
