"""In a browser: an upload and its steps survive page changes and a restart; estimates are linked back."""

import os
import stat

import pytest
import stored_runs
from playwright.sync_api import expect

from bioner_core.study.annotation_file import AnnotationStatus, save_annotation_status
from bioner_core.study.store import RunStore
from tools.pictures import start_app, start_chromium, wait_until_settled

LABELS = ("ADR", "Drugname", "Dose", "Route")
CONLL = "".join(
    f"# newdoc id = d{n // 4}\nIt\tO\nhelps\tO\nagainst\tO\nache{n}\tB-{LABELS[n % 4]}\n\n"
    for n in range(240)
)


@pytest.fixture(scope="module")
def chromium():
    """Start the browser once."""
    with start_chromium() as browser:
        yield browser


@pytest.fixture
def uploads(isolated_folders):
    """Return the folder of kept uploads."""
    return isolated_folders / "corpora" / ".uploads"


def find_step(tab, title):
    """Return the frame of a step."""
    return tab.locator("details").filter(has=tab.locator("summary", has_text=title))


def choose_type(tab, label, option):
    """Choose the type of a label as a user does."""
    tab.locator(f".st-key-label-{label} input").click()
    tab.get_by_role("option", name=option).click()
    wait_until_settled(tab)


def check_choices(tab):
    """Check that the third step is open and holds what was chosen."""
    expect(find_step(tab, "3 Entities")).to_have_attribute("open", "")
    expect(tab.locator(".st-key-label-Dose input")).to_have_value("Amount")
    expect(tab.locator(".st-key-label-ADR input")).to_have_value("keep as ADR")


def test_steps_live_with_the_upload_until_it_is_removed(chromium, uploads, tmp_path):
    path = tmp_path / "reviews.conll"
    path.write_text(CONLL, encoding="utf-8")
    tab = chromium.new_page()
    with start_app() as address:
        tab.goto(f"{address}upload")
        tab.locator(".st-key-files input").set_input_files(path)
        reading = find_step(tab, "2 What we read")
        expect(reading.locator("mark").filter(has_text="Drugname").first).to_be_visible()
        expect(reading.locator("small", has_text="Disease")).to_have_count(0)
        tab.get_by_role("button", name="Continue").click()
        entities = find_step(tab, "3 Entities")
        expect(entities).to_have_attribute("open", "")
        wait_until_settled(tab)
        choose_type(tab, "ADR", "leave out")
        expect(entities).to_have_attribute("open", "")
        assert tab.evaluate("document.activeElement.tagName") == "INPUT"  # the next label is a key away
        tab.get_by_role("button", name="Keep all labels").click()
        wait_until_settled(tab)
        expect(entities).to_have_attribute("open", "")
        tab.locator(".st-key-label-Dose input").fill("Amount")
        tab.keyboard.press("Enter")
        wait_until_settled(tab)
        check_choices(tab)

        tab.get_by_role("link", name="Corpora").first.click()
        expect(tab.get_by_role("heading", name="Which corpora are here?")).to_be_visible()
        tab.get_by_role("link", name="Upload").first.click()
        expect(tab.get_by_role("heading", name="How much of my corpus")).to_be_visible()
        check_choices(tab)
        query = tab.url.partition("?")[2]

    [folder] = uploads.iterdir()
    assert query == f"upload={folder.name}" and len(folder.name) == 32
    modes = {stat.S_IMODE(os.stat(file).st_mode) for file in folder.iterdir()}
    assert (stat.S_IMODE(folder.stat().st_mode), modes) == (0o700, {0o600})
    with start_app() as address:
        tab.goto(f"{address}upload")
        expect(find_step(tab, "1 Files")).to_have_attribute("open", "")  # another session has no address
        expect(tab.locator("summary", has_text="reviews.conll")).to_have_count(0)
        tab.goto(f"{address}upload?{query}")
        check_choices(tab)
        tab.locator("summary", has_text="1 Files").click()
        tab.get_by_role("button", name="Remove").click()
        expect(tab.locator(".st-key-files")).to_be_visible()
        assert list(uploads.iterdir()) == []
        tab.goto(f"{address}upload?{query}")
        expect(tab.get_by_text("This upload is no longer here")).to_be_visible()
    tab.close()


def test_estimates_and_formats_are_a_link_away(chromium, tmp_path):
    [corpus] = stored_runs.add_to_library("reviews")
    done, live = (stored_runs.plan_run(f"reviews probe{name}", target=corpus) for name in ("", " 2"))
    stored_runs.record_outcomes(done)
    for run in (done, live):
        save_annotation_status(run, AnnotationStatus())
    RunStore().delete_copies("reviews")  # without text, a page shows the curve and computes no estimate
    path = tmp_path / "plain.txt"
    path.write_text("helps\nmuch\n", encoding="utf-8")
    tab = chromium.new_page()
    with start_app() as address, live.lock():
        tab.goto(f"{address}upload")
        expect(tab.get_by_role("link", name="Open the estimate reviews probe 2")).to_be_visible()
        tab.locator("summary", has_text="Earlier estimates: 1").click()
        tab.get_by_role("link", name="reviews probe: done").click()
        expect(tab.get_by_test_id("stProgress").get_by_text("All 4 models")).to_be_visible()
        tab.get_by_role("link", name="Upload and earlier estimates").click()
        expect(tab.locator(".st-key-files")).to_be_visible()
        for page, name in (("corpora?corpus=reviews", "Estimate: reviews probe 2"), ("corpora", "Estimate")):
            tab.goto(address + page)
            expect(tab.get_by_role("link", name=name, exact=True)).to_be_visible()
        tab.goto(f"{address}runs?run=reviews+probe")
        tab.get_by_role("link", name="Open the estimate").click()
        expect(tab.get_by_test_id("stProgress").get_by_text("All 4 models")).to_be_visible()

        tab.goto(f"{address}upload")
        tab.locator(".st-key-files input").set_input_files(path)
        expect(tab.get_by_text("the page Formats shows an example of each.")).to_be_visible()
        assert "docs/" not in tab.locator("body").inner_text()
        expect(tab.get_by_role("link", name="All formats")).to_have_count(0)  # one link is enough
        tab.get_by_role("link", name="See the formats").click()
        expect(tab.get_by_role("heading", name="Which files can I upload?")).to_be_visible()
        expect(tab.get_by_role("heading", name="Which formats are read")).to_be_visible()
    tab.close()
