"""In a browser: the goal, the keys, the link, the tables and the files of the Budget page, with one app."""

import pytest

from bioner_core.costs.rates import Rates, save_rates
from tools.pictures import start_app, start_chromium, wait_until_settled

N_PRESSES = 12


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    return {name: str(tmp_path_factory.mktemp(name.lower())) for name in ("RUNS", "CORPORA", "SETTINGS")}


@pytest.fixture(scope="module")
def address(folders):
    patch = pytest.MonkeyPatch()
    for name, folder in folders.items():
        patch.setenv(f"BIONER_{name}", folder)
    with start_app() as started:
        yield started
    patch.undo()


@pytest.fixture(scope="module")
def page(address):
    with start_chromium() as browser:
        context = browser.new_context(viewport={"width": 1600, "height": 1000})
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        yield context.new_page()


def open_view(page, address, *, width=1600):
    page.set_viewport_size({"width": width, "height": 1000})
    page.goto(address)
    wait_until_settled(page)


def press_goal(page, label):
    page.locator(".st-key-goal").get_by_text(label, exact=True).click()
    wait_until_settled(page)


def test_the_chart_draws_the_goal_that_the_card_names(page, address):
    open_view(page, address)
    card = page.locator(".st-key-plan").inner_text()
    assert "to reach 99 % of full F1 (82.9 of 83.8, smoothed)" in card
    assert "the goal is 84.0 (not smoothed)" in page.locator(".st-key-first").inner_text()
    chart = page.locator('[data-testid="stVegaLiteChart"]').first
    assert chart.is_visible()


def test_shares_are_buttons_and_an_f1_opens_a_field_that_takes_numbers(page, address):
    open_view(page, address)
    press_goal(page, "95 %")
    assert "to reach 95 % of full F1" in page.locator(".lead").inner_text()
    assert "reach=95.0" in page.url
    press_goal(page, "an F1")
    field = page.get_by_label("F1 in percent")
    assert field.is_enabled()
    assert "to reach an F1 of 80.0" in page.locator(".lead").inner_text()
    press_goal(page, "99 %")
    assert "to reach 99 % of full F1" in page.locator(".lead").inner_text()
    assert page.url == address


@pytest.mark.parametrize("pause", [30, 150])  # ms between two presses
def test_the_slider_keeps_every_key_press(page, address, pause):
    open_view(page, f"{address}?reach=98.0")
    slider = page.locator(".stSlider input").first
    slider.focus()
    for _ in range(N_PRESSES):
        page.keyboard.press("ArrowLeft")
        page.wait_for_timeout(pause)
    wait_until_settled(page)
    wait_until_settled(page)
    assert float(slider.input_value()) == pytest.approx(98.0 - 0.1 * N_PRESSES)
    assert "reach=96.8" in page.url


def test_copy_link_copies_the_address_of_the_view(page, address):
    open_view(page, f"{address}?entity=Disease")
    page.get_by_role("button", name="Copy link").click()
    page.get_by_text("Copied", exact=True).wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link.startswith(f"{address}?run=ecir2020&target=EN+UGT&source=")
    assert "&entity=Disease&reach=99.0" in link


def test_tables_hint_that_they_scroll_where_they_do(page, address):
    open_view(page, f"{address}?entity=every")
    hint = page.locator(".scrolls").first
    scroller = page.locator(".dvn-scroller").first
    assert scroller.evaluate("e => e.scrollWidth <= e.clientWidth + 1")  # Saves is not cut
    assert not hint.is_visible()
    page.set_viewport_size({"width": 400, "height": 1000})
    wait_until_settled(page)
    hint.wait_for()
    assert hint.inner_text() == "Scroll the table sideways: it has 8 columns."


def test_only_the_guarded_csv_is_offered(page, address):
    open_view(page, address)
    page.locator('[data-testid="stDataFrame"]').first.hover()
    buttons = page.locator('[data-testid="stElementToolbar"] button[aria-label^="Download as CSV"]')
    assert buttons.count() == 1
    assert not buttons.first.is_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Plan (CSV)").click()
    head, *rows = download.value.path().read_text(encoding="utf-8").splitlines()
    assert {"n_plan", "n_low", "n_high", "plan_full_f1", "n95", "hours_low"} <= set(head.split(","))
    assert len(rows) == 4  # sources


def test_a_price_of_settings_stands_on_budget_and_no_rate_of_one_s_own_is_called_published(
    page, address, folders, monkeypatch
):
    monkeypatch.setenv("BIONER_SETTINGS", folders["SETTINGS"])
    open_view(page, address)
    assert "at published rates" in page.locator(".st-key-plan").inner_text()
    save_rates(Rates(hourly_rate=40))
    open_view(page, address)
    card = page.locator(".st-key-plan").inner_text()
    assert "≈ 1.1–2.3 h and 44–93 EUR at your rates and the published speed" in card
    assert "published rates" not in page.locator("body").inner_text()
