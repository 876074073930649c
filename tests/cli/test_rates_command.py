"""``bioner rates``: the rates in use, their units and where they come from."""

import csv
import io
import json

from test_cli import read_output

from bioner_core.costs.rates import PUBLISHED_SOURCE, USER_SOURCE, Rates, locate_rates, save_rates


def test_by_default_the_seconds_are_published_and_all_other_rates_are_defaults(capsys):
    rows = {row["rate"]: row for row in json.loads(read_output(capsys, "rates", "--format", "json"))}
    assert rows["seconds_low"] == {
        "rate": "seconds_low",
        "value": 8.0,
        "unit": "seconds per sentence of one annotator, fastest",
        "from": PUBLISHED_SOURCE,
    }
    assert {row["from"] for name, row in rows.items() if not name.startswith("seconds")} == {"default"}
    assert rows["hourly_rate"]["value"] is None


def test_saved_rates_are_read_from_their_file_in_their_currency(capsys):
    save_rates(Rates(seconds_low=36, seconds_high=36, source=USER_SOURCE, hourly_rate=10, currency="CHF"))
    rows = list(csv.DictReader(io.StringIO(read_output(capsys, "rates", "--format", "csv"))))
    by_name = {row["rate"]: row for row in rows}
    assert by_name["seconds_high"]["from"] == USER_SOURCE
    assert (by_name["hourly_rate"]["unit"], by_name["hourly_rate"]["from"]) == (
        "CHF per hour",
        str(locate_rates()),
    )


def test_the_table_has_a_row_for_each_rate(capsys):
    lines = read_output(capsys, "rates").splitlines()
    assert lines[0].split() == ["rate", "value", "unit", "from"]
    assert len(lines) == 1 + 12
