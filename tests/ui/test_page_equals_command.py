"""The Upload page and ``bioner estimate`` give the same numbers for the same files and the same question."""

import html
import json

import budget_text
import pytest
import stored_runs

from bioner_core.answers.wording.numbers import format_count
from bioner_core.cli import estimate as command
from bioner_core.cli import main
from bioner_core.costs.rates import Rates, delete_rates, replace_seconds, save_rates
from bioner_core.study.store import RunStore


@pytest.fixture(autouse=True)
def replace_training(monkeypatch):
    """Replace training by simulated points, so that page and command read the same finished run."""

    def train(run):
        stored_runs.record_outcomes(run, run.pending())
        return 0

    monkeypatch.setattr(command, "train_or_follow", train)


@pytest.fixture
def export(tmp_path):
    """Return a Label Studio export: 120 annotated tasks of 12 seconds each, and 20 unannotated ones."""
    path = tmp_path / "reviews.json"
    path.write_text(json.dumps([build_task(number) for number in range(140)]))
    return path


def build_task(number):
    word = f"ache{number}"
    value = {"start": 17, "end": 17 + len(word), "text": word, "labels": [("ADR", "Drugname")[number % 2]]}
    region = {"type": "labels", "from_name": "label", "to_name": "text", "value": value}
    annotations = [{"result": [region], "lead_time": 12.0}] if number < 120 else []
    return {"data": {"text": f"It helps against {word}."}, "annotations": annotations}


def run_command(capsys, path, *options):
    """Return the record of ``--format json`` and the lines below the table."""
    printed = []
    for form in ("json", "table"):
        assert main(["estimate", str(path), *options, "--format", form]) == 0
        printed.append(capsys.readouterr().out)
    record = json.loads(printed[0])
    return record, printed[1][printed[1].index(record["told"]) :].splitlines()


def read_answer(app):
    """Return the answer, the notes and the cards of the page by label, as plain text."""
    bodies = [element.proto.body for element in app.get("html")]
    [notes] = [body for body in bodies if body.startswith('<p class="note">')]
    notes = notes.removeprefix('<p class="note">').removesuffix("</p>").split('</p><p class="note">')
    cards = {label: (number, html.unescape(text)) for label, number, text in budget_text.read_cards(app)}
    return html.unescape(budget_text.read_lead(app)), [html.unescape(note) for note in notes], cards


def check_same_numbers(app, record, lines):
    """Assert that the page shows every number that the command prints."""
    verdict, notes, cards = read_answer(app)
    assert [verdict, *notes] == lines
    similar, probe = (
        [estimate for estimate in record["estimates"] if estimate["basis"] == basis]
        for basis in ("similar", "probe")
    )
    number, _ = cards["Now, from similar curves"]
    assert number == f"{format_size(similar[0], 'low')}–{format_size(similar[0], 'high')} sentences"
    number, text = cards["Plan on, from the probe"]
    assert number == f"{format_size(probe[0], 'n')} sentences"
    assert f"{format_size(probe[0], 'high')} to be 95 % sure" in text
    assert f"{probe[0]['decided_by']} decides" in text
    for estimate in probe[1:]:
        assert f"{estimate['entity']} {format_size(estimate, 'n').replace('more than', '>')}" in text


def format_size(estimate, name):
    n = estimate[name]
    return f"more than {format_count(estimate['n_all'])}" if n is None else format_count(n)


@pytest.mark.parametrize(
    ("options", "address"),
    [
        ((), {}),
        (("--pool", "800"), {"pool": "800"}),
        (("--fraction", "0.9"), {"reach": "90.0"}),
        (("--pool", "20000", "--fraction", "0.955"), {"pool": "20000", "reach": "95.5"}),
    ],
    ids=["defaults", "pool", "fraction", "pool and fraction"],
)
def test_an_address_gives_the_numbers_of_the_same_options(open_page, read_page, capsys, options, address):
    stored_runs.add_to_library("reviews")
    record, lines = run_command(capsys, "reviews", *options)
    app = open_page("upload", run="reviews probe", **address)
    read_page(app)
    check_same_numbers(app, record, lines)


def test_rates_of_settings_give_the_numbers_of_the_same_options(open_page, read_page, capsys):
    stored_runs.add_to_library("reviews")
    options = ("--seconds-per-sentence", "30", "--annotators", "3", "--hourly-rate", "40")
    record, lines = run_command(capsys, "reviews", *options)
    save_rates(replace_seconds(Rates(annotators=3, hourly_rate=40.0), seconds=30.0))
    app = open_page("upload", run="reviews probe")
    read_page(app)
    check_same_numbers(app, record, lines)
    assert record["cost"]["cost_low"] is not None
    delete_rates()
    assert read_answer(open_page("upload", run="reviews probe"))[1] != lines[1:]


def test_an_upload_gives_the_numbers_of_the_same_file(open_page, read_page, capsys, export, idle_worker):
    """Unannotated documents and annotation times are stored with the run and read from there."""
    app = open_page("upload")
    app.file_uploader(key="files").set_value((export.name, export.read_bytes(), "application/json")).run()
    for key in ("to step 3", "to step 4"):
        app.button(key=key).click().run()
    app.button(key="estimate").click().run()
    assert app.query_params == {"run": "reviews probe"}
    stored_runs.record_outcomes(RunStore().open("reviews probe"))
    record, lines = run_command(capsys, export)
    assert record["estimates"][0]["n_all"] == 84 + 20
    app = open_page("upload", run="reviews probe")
    assert "12 s per sentence (read from 120 timed texts of reviews)" in read_page(app)
    check_same_numbers(app, record, lines)
    assert run_command(capsys, "reviews") == (record, lines)


def test_the_share_chosen_before_the_probe_starts_is_kept(open_page, read_page, idle_worker):
    app = open_page("upload", sample="sample EN UGT")
    for key in ("to step 3", "to step 4"):
        app.button(key=key).click().run()
    app.slider(key="reach").set_value(90.0).run()
    app.button(key="estimate").click().run()
    assert app.query_params == {"run": "sample EN UGT probe", "reach": "90.0"}
    assert "training sentences to reach 90 % of the F1 that 5,000 would give" in read_page(app)
