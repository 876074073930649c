"""In a browser: shared selections, the address, contrast and narrow screens."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tools.pictures import VIEWS, start_app, start_chromium, wait_until_settled

pytestmark = pytest.mark.long
CONTRAST = Path(__file__).with_name("contrast.js").read_text()


@pytest.fixture(scope="module")
def browser():
    with start_chromium() as started:
        yield started


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    patch = pytest.MonkeyPatch()
    for name in ("RUNS", "CORPORA", "SETTINGS"):
        patch.setenv(f"BIONER_{name}", str(tmp_path_factory.mktemp(name.lower())))
    with start_app() as started:
        yield started
    patch.undo()


def open_view(browser, address, *, width=1600, scheme="light"):
    page = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 1000}).new_page()
    page.goto(address)
    wait_until_settled(page)
    return page


def locate_box(page, selector):
    """Return the position of the first matching element once it no longer moves."""
    before, now = None, page.locator(selector).first.bounding_box()
    while now is None or now != before:
        page.wait_for_timeout(300)
        before, now = now, page.locator(selector).first.bounding_box()
    return now


def read_parameters(page):
    return urlsplit(page.url).query


def test_chart_table_and_address_share_a_selection_that_back_undoes(browser, address):
    page = open_view(browser, address)
    subject = page.locator(".note").first
    table = locate_box(page, '[data-testid="stDataFrame"]')
    page.mouse.click(table["x"] + 16, table["y"] + 2.5 * 35)  # the second row's mark
    wait_until_settled(page)
    assert read_parameters(page) == "source=RU+EHR"
    assert "pretrained on RU EHR" in subject.inner_text()
    chart = locate_box(page, '[data-testid="stVegaLiteChart"]')
    for y in range(380, 250, -6):  # upwards along the axis, where only zero-shot points are
        page.mouse.click(chart["x"] + 52, chart["y"] + y)
        wait_until_settled(page)
        if "source=RU+UGT" in read_parameters(page):
            break
    assert read_parameters(page) == "source=RU+UGT"
    assert "pretrained on RU UGT" in subject.inner_text()
    page.go_back()
    wait_until_settled(page)
    assert read_parameters(page) == "source=RU+EHR"
    assert "pretrained on RU EHR" in subject.inner_text()


def test_a_choice_survives_visits_to_other_pages(browser, address):
    page = open_view(browser, address + "?entity=Disease&source=RU+UGT&reach=95.0")
    for name in ("Transfer", "Runs", "Settings", "Budget"):
        page.get_by_role("link", name=name).first.click()
        page.wait_for_url(re.compile("" if name == "Budget" else name.lower()))
        wait_until_settled(page)
    assert "95 % of full F1" in page.locator(".lead").inner_text()
    assert set(read_parameters(page).split("&")) == {"entity=Disease", "source=RU+UGT", "reach=95.0"}


def test_any_page_can_be_the_first_after_a_start(browser, tmp_path, monkeypatch):
    monkeypatch.setenv("BIONER_RUNS", str(tmp_path))
    with start_app() as fresh:
        page = open_view(browser, fresh + "runs?run=ecir2020")
        assert page.get_by_role("heading", name="What has been trained, and from what?").is_visible()
        assert page.get_by_role("link", name="Budget").first.is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
def test_text_reaches_the_contrast_of_wcag_aa(browser, address, view, scheme):
    """Text reaches WCAG's AA: 4.5 : 1, large text 3 : 1."""
    page = open_view(browser, address + view, scheme=scheme)
    assert page.evaluate(CONTRAST) == {}


@pytest.mark.parametrize("view", VIEWS)
def test_no_page_is_wider_than_a_narrow_screen(browser, address, view):
    page = open_view(browser, address + view, width=400)
    assert page.locator('[data-testid="stMain"]').evaluate("e => e.scrollWidth") <= 400
