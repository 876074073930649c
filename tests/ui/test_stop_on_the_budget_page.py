"""Budget: what stopping at a number gives, in the words of ``bioner budget --stop-at``."""

import json

import pytest
from simulated_runs import create_simulated_run

from bioner_core.cli import main


@pytest.fixture
def run():
    return create_simulated_run()


def read_notes(app):
    return [e.proto.body for e in app.get("html") if 'class="note"' in e.proto.body]


@pytest.mark.parametrize("entity", ["every", "Drug"])
def test_the_field_and_the_option_say_the_same(run, open_page, capsys, entity):
    assert main(["budget", "study", "--entity", entity, "--stop-at", "100"]) == 0
    [line] = [line for line in capsys.readouterr().out.splitlines() if line.startswith("If you stop")]
    assert line.startswith("If you stop at 100 training sentences, F1")
    assert "of what 1,000 would give; the chance to reach 99 % of it is " in line
    assert "To annotate: 100 sentences, 0.2–0.5 h of work." in line
    app = open_page("budget", run="study", entity=entity)
    assert not any("If you stop" in note for note in read_notes(app))
    app.number_input(key="stop").set_value(100).run()
    assert f'<p class="note">{line}</p>' in read_notes(app)
    assert app.query_params["stop"] == "100"
    again = open_page("budget", run="study", entity=entity, stop="100")
    assert f'<p class="note">{line}</p>' in read_notes(again)


def test_the_chance_is_that_of_the_row(run, capsys):
    main(["budget", "study", "--entity", "Drug", "--stop-at", "1000", "--format", "json"])
    [row] = json.loads(capsys.readouterr().out)
    assert row["stop_at"]["n"] == 1000
    assert row["stop_at"]["chance"] == row["chance_reached"]
    assert row["stop_at"]["share"] == 1.0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--entity", "Drug", "--stop-at", "2000"], "stop at 2,000 sentences: allowed are 1 to 1,000"),
        (["--stop-at", "100"], "--stop-at 100: is about one row, and "),
    ],
)
def test_what_cannot_be_told_is_refused(run, capsys, options, message):
    assert main(["budget", "study", *options]) == 1
    assert message in capsys.readouterr().err
