"""Forecasts on the Budget page: by default without a plan, else on request."""

import re

from budget_text import read_cards

from bioner_core.analysis.reference_curves import list_reference_runs, load_reference_curves
from bioner_core.study.store import RunStore


def read_forecast_note(app):
    notes = [element.proto.body for element in app.get("html") if "<b>Forecast</b>" in element.proto.body]
    return notes[0] if notes else ""


def test_a_forecast_appears_by_default_where_there_is_no_plan(open_page, read_page):
    app = open_page("budget", target="RU UGT", entity="Drug", source="EN EHR")
    read_page(app)
    assert read_cards(app)[0][1].startswith("not reached")
    assert app.toggle(key="fan").value is True
    note = read_forecast_note(app)
    assert "(Drug, EN EHR): at 5,000 sentences F1 is 6" in note
    references = load_reference_curves(list_reference_runs(RunStore()))
    n_others = sum(reference.curve.target != "RU UGT" for reference in references)
    assert f"{n_others} curves of 15 other corpora; 39 sizes of this one" in note
    assert re.search(r"99 % of that takes [\d,]+ sentences \([\d,]+ to [\d,]+\)", note)


def test_a_forecast_follows_its_toggle_and_is_in_the_address(open_page, read_page):
    app = open_page("budget", entity="Drug", source="EN EHR")
    assert (app.toggle(key="fan").value, read_forecast_note(app)) == (False, "")
    app.toggle(key="fan").set_value(True).run()
    read_page(app)
    assert "(Drug, EN EHR): at 10,738" in read_forecast_note(app)  # twice full data
    assert app.query_params["fan"] in ("True", ["True"])
    assert "fan=True" in next(part.proto.body for part in app.get("html") if "data-link" in part.proto.body)


def test_an_address_opens_the_error_view_with_its_forecast(open_page, read_page):
    app = open_page("budget", entity="Drug", axis="error", fan="True")
    read_page(app)
    assert app.segmented_control(key="axis").value == "error"
    assert read_forecast_note(app)
    assert len(app.get("vega_lite_chart")) == 1


def test_an_unknown_unit_is_refused_with_a_warning(open_page, read_page):
    app = open_page("budget", entity="Drug", unit="mentions")
    read_page(app)
    assert "asks for the unit “mentions”, which is not available here" in app.warning[0].value
