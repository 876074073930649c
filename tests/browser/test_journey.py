"""In a browser: a real corpus is uploaded, estimated and its CSV compared with the store."""

import json
import re
from itertools import islice

import pytest
from playwright.sync_api import Page, expect

from bioner_core.analysis.estimate_basis import References
from bioner_core.analysis.reference_curves import list_reference_runs, load_reference_curves
from bioner_core.answers.combined_estimate import combine_types
from bioner_core.answers.estimate import estimate_from_curves
from bioner_core.answers.pool import estimate_pool
from bioner_core.answers.wording.numbers import format_bound
from bioner_core.curves.curve import build_curves
from bioner_core.curves.points import read_points_csv
from bioner_core.study.estimate_file import EstimateBasis
from bioner_core.study.store import RunStore
from tools.pictures import VIEWS, start_app, start_chromium, wait_until_settled

N_SENTENCES = 200
PATIENCE = 240_000  # ms until the number is there; some 60 s on two idle cores
FAULTS = ("Traceback", "A fault in the program")


@pytest.fixture
def address(isolated_folders, monkeypatch):
    """Start the dashboard with temporary folders, encoders included; end its workers afterwards."""
    monkeypatch.setenv("BIONER_CACHE", str(isolated_folders / "cache"))
    monkeypatch.setenv("BIONER_DEVICES", "cpu*1")  # another test runs on the other core
    with start_app() as address:
        yield address
        for run in RunStore().runs():
            if run.is_locked():
                run.cancel()


@pytest.fixture
def page(address):
    """Open a tab; fail if the console reports a script error."""
    with start_chromium() as browser:
        tab = browser.new_page(accept_downloads=True)
        errors = []
        tab.on("pageerror", lambda error: errors.append(error.message))
        yield tab
        assert errors == []


def write_reviews(shared, folder):
    """Return a file with the first sentences of RuMedNER's training part."""
    with (shared / "corpora/rumedner_ru/train_v1.jsonl").open(encoding="utf-8") as file:
        lines = list(islice(file, N_SENTENCES))
    path = folder / "reviews.jsonl"
    path.write_text("".join(lines), encoding="utf-8")
    return path, [json.loads(line) for line in lines]


def compute_plan(run):
    """Return the planned number of sentences, formatted as on the page."""
    [corpus] = run.corpora().values()
    pool = estimate_pool(corpus)
    reference_curves = load_reference_curves(list_reference_runs(RunStore(), without=run.name))
    references = References(basis=EstimateBasis(), curves=reference_curves)
    curves = build_curves(run.points(), run.planned_seeds())
    estimate = combine_types(estimate_from_curves(curves, references, pool, digest=corpus.digest))
    return format_bound(estimate.find_need(estimate.lead).n, pool.n_all)


def check_no_fault(page: Page) -> None:
    wait_until_settled(page)
    text = page.locator("body").inner_text()
    assert not [fault for fault in FAULTS if fault in text]


def test_uploaded_files_lead_to_an_estimate_its_csv_and_all_pages(page, address, shared, tmp_path):
    path, records = write_reviews(shared, tmp_path)
    n_documents = len({record["idx"].rpartition("_")[0] for record in records})

    page.goto(f"{address}upload")
    page.locator(".st-key-files input").set_input_files(path)
    expect(page.get_by_text(f"{n_documents} documents, {N_SENTENCES} sentences")).to_be_visible()
    expect(page.locator("mark").filter(has_text="Drug").first).to_be_visible()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_label("Drugname").last).to_be_visible()  # there are two while the page is redrawn
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_label("Name", exact=True).last).to_have_value("reviews")
    page.get_by_role("button", name="Save and estimate").click()
    expect(page.get_by_text(re.compile(r"All \d+ models are trained")).first).to_be_visible(timeout=PATIENCE)
    check_no_fault(page)

    run = RunStore().open("reviews probe")
    assert page.url == f"{address}upload?run=reviews+probe"
    assert not run.pending() and not run.failures()
    expect(page.locator(".st-key-plan .number")).to_have_text(f"{compute_plan(run)} sentences")
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    text = download.value.path().read_text(encoding="utf-8")
    assert read_points_csv(text, where="the CSV") == run.points()

    for view in (*VIEWS, "upload?run=reviews+probe", "train?run=reviews+probe", "?run=reviews+probe"):
        page.goto(address + view)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        check_no_fault(page)

    page.goto(f"{address}corpora?corpus=reviews")
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("1 run holds a copy of it: reviews probe")).to_be_visible()
    page.locator(".st-key-delete-for-good button").click()
    expect(page.get_by_text("Corpora that you upload appear here")).to_be_visible()
    assert run.corpora()["reviews"]  # the box was not ticked
