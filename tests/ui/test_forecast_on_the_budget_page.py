"""Budget: what lies beyond the last point is drawn where the plan is not known, and where it is asked for."""

import re

from budget_text import cards

from bioner_core.analysis.reference_curves import known_curves, runs_to_learn_from
from bioner_core.study.store import RunStore


def forecast_note(app):
    notes = [element.proto.body for element in app.get("html") if "<b>Forecast</b>" in element.proto.body]
    return notes[0] if notes else ""


def test_a_forecast_is_shown_unasked_where_no_plan_is_known(open_page, said):
    app = open_page("budget", entity="Drug", source="RU UGT")
    said(app)
    assert cards(app)[0][1].startswith("not reached")
    assert app.toggle(key="fan").value is True
    note = forecast_note(app)
    assert "(Drug, RU UGT): at 5,000 sentences F1 is 8" in note
    known = known_curves(runs_to_learn_from(RunStore()))
    n_others = sum(one.curve.target != "EN UGT" for one in known)
    assert f"{n_others} curves of 7 other corpora; 39 sizes of this one" in note
    assert re.search(r"99 % of that takes [\d,]+ sentences \([\d,]+ to [\d,]+\)", note)


def test_a_forecast_comes_and_goes_with_its_toggle_and_stands_in_the_address(open_page, said):
    app = open_page("budget", entity="Drug", source="EN EHR")
    assert (app.toggle(key="fan").value, forecast_note(app)) == (False, "")
    app.toggle(key="fan").set_value(True).run()
    said(app)
    assert "(Drug, EN EHR): at 5,000" in forecast_note(app)
    assert app.query_params["fan"] in ("True", ["True"])
    assert "fan=True" in app.code[0].value


def test_an_address_opens_the_error_view_with_its_forecast(open_page, said):
    app = open_page("budget", entity="Drug", axis="error", fan="True")
    said(app)
    assert app.segmented_control(key="axis").value == "error"
    assert forecast_note(app)
    assert len(app.get("vega_lite_chart")) == 1


def test_a_unit_that_is_not_known_is_refused_in_words(open_page, said):
    app = open_page("budget", entity="Drug", unit="mentions")
    said(app)
    assert "asks for the unit “mentions”, which is not on offer" in app.warning[0].value
