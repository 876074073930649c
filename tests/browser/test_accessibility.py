"""In a browser: axe-core finds nothing on any page, light or dark; news are read out; focus is seen.

Nothing is excluded from axe. What Streamlit's markup contradicts itself in, ``accessibility.js`` mends.
"""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from stored_runs import add_to_library, build_corpus, plan_run, record_outcomes

from tools.pictures import VIEWS, start_app, start_chromium, wait_until_settled

STATES = (
    "?run=four-corpora-probe&entity=every",
    "?run=first",
    "?run=half",
    "train?run=half",
    "corpora?corpus=reviews",
    "runs?run=first",
)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """Open a tab of an app that has corpora, a finished run and one half done."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("RUNS", "CORPORA", "CACHE", "SETTINGS"):
            patch.setenv(f"BIONER_{name}", str(tmp_path_factory.mktemp(name.lower())))
        add_to_library("reviews", "notes")
        record_outcomes(plan_run(sources=[build_corpus("notes")]))
        half = plan_run("half")
        record_outcomes(half, half.study.jobs[:2])
        with start_app() as address, start_chromium() as browser:
            context = browser.new_context(base_url=address, viewport={"width": 1600, "height": 1000})
            yield context.new_page()


def list_violations(page):
    """Return what axe finds as rule and place, such as "heading-order: #rates"."""
    violations = Axe().run(page).response["violations"]
    return [f"{rule['id']}: {node['target'][0]}" for rule in violations for node in rule["nodes"]]


def check_schemes(page):
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        wait_until_settled(page)
        assert list_violations(page) == [], f"{scheme} {page.url}"


@pytest.mark.parametrize("view", [*VIEWS, *STATES])
def test_axe_finds_nothing(page, view):
    page.goto(view)
    wait_until_settled(page)
    expect(page.locator('[data-testid="stAlertContentError"]')).to_have_count(0)
    check_schemes(page)


def test_new_answers_and_progress_are_read_out(page):
    page.goto("?run=first")
    region = page.locator("#announcements[aria-live=polite]")
    expect(region).to_contain_text("of full F1", timeout=30_000)
    page.get_by_role("link", name="Runs").click()
    expect(region).to_contain_text("2 runs of yours", timeout=30_000)
    page.goto("train?run=half")
    expect(region).to_contain_text("Stopped after 2 of", timeout=30_000)


def test_charts_say_what_they_show(page):
    for view in ("?run=first&entity=Drug", "transfer"):
        page.goto(view)
        wait_until_settled(page)
        charts = page.locator('[data-testid="stVegaLiteChart"]')
        expect(charts.first).to_be_visible()
        names = [chart.get_attribute("aria-label") for chart in charts.all()]
        assert all(name and len(name) > 20 for name in names), names


def test_focus_is_seen_in_the_navigation(page):
    page.goto("runs")
    wait_until_settled(page)
    for _ in range(10):
        page.keyboard.press("Tab")
        focused = page.locator('a[data-testid="stTopNavLink"]:focus')
        if focused.count():
            break
    width, style = focused.evaluate(
        "e => [getComputedStyle(e).outlineWidth, getComputedStyle(e).outlineStyle]"
    )
    assert (width, style) == ("2px", "solid")
