"""Annotation rates: edited on Settings and used on the Budget page; damaged files give a warning."""

import json

from budget_text import read_cards

from bioner_core.answers.wording.costs import describe_example, describe_hours
from bioner_core.costs.rates import USER_SOURCE, Rates, load_rates, locate_rates, save_rates
from bioner_core.ui.shared.shell import escape_markdown


def find_field(app, label):
    return next(widget for widget in (*app.number_input, *app.text_input) if widget.label == label)


def test_the_user_s_rates_are_saved_and_change_the_hours_on_the_budget_page(open_page, read_page):
    app = open_page("settings")
    assert "1,000 sentences take 2.2–4.7 h of work, 1 week at these rates" in read_page(app)
    find_field(app, "Seconds per sentence, fastest").set_value(60.0)
    find_field(app, "Slowest").set_value(60.0)
    find_field(app, "Annotated by two people, %").set_value(20.0)
    find_field(app, "Price per hour").set_value(40.0)
    app.button(key="save rates").click().run()
    assert "1,000 sentences take 22 h of work, 867 EUR, 2 weeks at these rates" in read_page(app)
    assert load_rates() == Rates(
        seconds_low=60, seconds_high=60, source=USER_SOURCE, double=0.2, hourly_rate=40
    )
    app.switch_page("pages/budget.py")
    app.query_params.update({"entity": "Drug"})
    app.run()
    assert read_cards(app)[0][2].split("; ")[5] == "≈ 11 h and 425 EUR at your rate"
    assert read_cards(app)[2][2].endswith(
        "without the luck of choosing the best; ≈ 10 h and 407 EUR at your rate."
    )


def test_the_published_rates_can_be_restored(open_page, read_page):
    save_rates(Rates(seconds_low=90, seconds_high=90, source=USER_SOURCE))
    app = open_page("settings")
    assert find_field(app, "Slowest").value == 90
    app.button(key="forget rates").click().run()
    read_page(app)
    assert find_field(app, "Slowest").value == 17
    assert not locate_rates().exists()


def test_contradictory_rates_are_refused_with_a_message(open_page, read_page):
    app = open_page("settings")
    find_field(app, "Seconds per sentence, fastest").set_value(30.0)
    app.button(key="save rates").click().run()
    assert (
        "rates: 30 seconds per sentence at the fastest and 17 at the slowest; the second must not be smaller."
        in read_page(app)
    )
    assert not locate_rates().exists()


def test_a_damaged_file_of_rates_gives_a_warning_beside_the_budget(open_page, read_page):
    save_rates(Rates())
    locate_rates().write_text('{"wage": 3}')
    app = open_page("budget", entity="Drug")
    assert "'wage' is not known" in read_page(app).replace("\\", "")
    assert read_cards(app)[0][1] == "490 sentences"


def test_hours_name_their_rates_and_are_empty_for_no_sentences():
    assert describe_hours(1100, Rates()) == "≈ 2.4–5.2 h at published rates"
    assert (
        describe_hours(1100, Rates(seconds_low=60, seconds_high=60, source=USER_SOURCE))
        == "≈ 18 h at your rate"
    )
    priced = describe_hours(1100, Rates(hourly_rate=40))
    assert priced == "≈ 2.4–5.2 h and 98–208 EUR at your rates and the published speed"
    assert describe_hours(None, Rates()) == describe_hours(0, Rates()) == describe_hours(-50, Rates()) == ""
    assert describe_example(Rates(setup_hours=40, hourly_rate=100, currency="CHF")) == (
        "1,000 sentences take 42–45 h of work, 4,222–4,472 CHF, 3 weeks at these rates "
        "(seconds per sentence: Wei et al. 2019, nine annotators of clinical notes)."
    )


def test_settings_say_to_which_folder_the_rates_belong(open_page, read_page, isolated_folders):
    assert (
        f"They belong to the folder of settings ({escape_markdown(str(locate_rates().parent))}), so all "
        "projects that use this folder share them."
    ) in read_page(open_page("settings"))


def build_task(number):
    """Return a task of Label Studio whose two sentences took 24 seconds."""
    region = {"start": 3, "end": 10, "text": "aspirin", "labels": ["Drug"]}
    result = [{"id": "r", "from_name": "l", "to_name": "t", "type": "labels", "value": region}]
    data = {"text": f"No aspirin helps. Number {number} is bad."}
    return {"id": number, "data": data, "annotations": [{"id": 1, "lead_time": 24, "result": result}]}


def test_the_rate_derived_from_an_export_with_times_is_offered(open_page, read_page):
    app = open_page("upload")
    content = json.dumps([build_task(number) for number in range(80)]).encode()
    app.file_uploader(key="files").set_value(("tasks.json", content, "application/json"))
    assert "12 seconds per sentence on average (80 texts have a time)" in read_page(app.run())
    app.button(key="timed rate").click().run()
    assert "Hours are computed with this rate." in read_page(app)
    assert load_rates() == Rates(seconds_low=12, seconds_high=12, source="read from 80 timed texts of tasks")
    assert describe_hours(300, load_rates()) == "≈ 1.0 h at your rate"
