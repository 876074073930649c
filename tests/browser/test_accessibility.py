"""In a browser: axe-core finds nothing on any page, light or dark; news are read out; focus is seen.

Expanders are open meanwhile, and dialogs and the steps of an upload are visited, too. Nothing is excluded
from axe. What Streamlit's markup contradicts itself in, ``accessibility.js`` mends.
"""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from stored_runs import add_to_library, build_corpus, plan_run, record_outcomes

from tools.pictures import VIEWS, start_app, start_chromium, wait_until_settled

STATES = (
    "?run=four-corpora-probe&entity=every",
    "?run=first",
    "train?run=half",
)
FOLDED = ("", "transfer", STATES[0], "upload")  # what large runs have in expanders takes long; steps fold
DELETIONS = ("runs?run=first", pytest.param("corpora?corpus=reviews", marks=pytest.mark.long))
CONLL = "It\tO\nhelps\tO\nagainst\tO\naches\tB-ADR\n\n" * 40
COLORS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}  # of a scheme
MAX_EXPANDERS = 12  # of a page


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """Open a tab of an app that has corpora, a finished run and one half done."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("RUNS", "CORPORA", "SETTINGS"):
            patch.setenv(f"BIONER_{name}", str(tmp_path_factory.mktemp(name.lower())))
        add_to_library("reviews", "notes")
        record_outcomes(plan_run(sources=[build_corpus("notes")]))
        half = plan_run("half")
        record_outcomes(half, half.study.jobs[:2])
        with start_app() as address, start_chromium() as browser:
            context = browser.new_context(base_url=address, viewport={"width": 1600, "height": 1000})
            context.set_default_timeout(90_000)  # ms; a busy machine
            yield context.new_page()


def list_violations(page, options=None):
    """Return what axe finds as rule and place, such as "heading-order: #rates"."""
    violations = Axe().run(page, options=options).response["violations"]
    return [f"{rule['id']}: {node['target'][0]}" for rule in violations for node in rule["nodes"]]


def check_schemes(page):
    """Check the page as it is: all rules in the light, those on colours in the dark."""
    for scheme, options in (("light", None), ("dark", COLORS)):
        page.emulate_media(color_scheme=scheme)
        wait_until_settled(page)
        assert list_violations(page, options) == [], f"{scheme} {page.url}"


def open_page(page, view):
    """Open a view and its expanders."""
    page.goto(view)
    wait_until_settled(page)
    closed = page.locator("details:not([open]) > summary")
    for _ in range(0 if view in FOLDED else MAX_EXPANDERS):
        if not closed.count():
            break
        closed.first.click()
        wait_until_settled(page)
    expect(page.locator('[data-testid="stAlertContentError"]')).to_have_count(0)


@pytest.mark.parametrize("view", [*VIEWS, *STATES])
def test_axe_finds_nothing(page, view):
    open_page(page, view)
    check_schemes(page)


@pytest.mark.parametrize("view", DELETIONS)
def test_axe_finds_nothing_beside_and_in_a_dialog(page, view):
    open_page(page, view)
    check_schemes(page)
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_visible(timeout=30_000)
    check_schemes(page)
    page.keyboard.press("Escape")


def test_axe_finds_nothing_in_the_steps_of_an_upload(page, tmp_path):
    path = tmp_path / "reviews.conll"
    path.write_text(CONLL, encoding="utf-8")
    open_page(page, "upload")
    page.locator(".st-key-files input").set_input_files(path)
    for step in ("2 What we read", "3 Entities", "4 About it"):
        opened = page.locator("details[open]").filter(has=page.locator("summary", has_text=step))
        expect(opened).to_be_visible(timeout=30_000)
        check_schemes(page)
        if step != "4 About it":
            opened.get_by_role("button", name="Continue").click()


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
