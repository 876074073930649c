"""Upload, Budget, report and command say the same: one number, or both questions in the same words."""

import csv
import html
import json
import re
from dataclasses import replace

import budget_text
import pytest
import stored_runs

from bioner_core.analysis.estimate_basis import References
from bioner_core.analysis.external_scoring import score_system, split_target
from bioner_core.analysis.reference_curves import load_reference_curves
from bioner_core.answers.combined_estimate import combine_types
from bioner_core.answers.estimate import estimate_from_curves
from bioner_core.answers.pool import Pool
from bioner_core.answers.probe_study import PRESET, open_or_create_run, plan_probe
from bioner_core.cli import main
from bioner_core.costs.rates import Rates, delete_rates, replace_seconds, save_rates
from bioner_core.study.encoder_choice import choose_model
from bioner_core.study.estimate_file import EstimateBasis
from bioner_core.study.external_results import save_external_result
from bioner_core.study.store import RunStore


@pytest.fixture
def probe():
    """Return the probe's run of a corpus of the library, with all its models."""
    [corpus] = stored_runs.add_to_library("reviews", n=600)
    run = open_or_create_run(plan_probe(corpus, choose_model(None, PRESET)), corpus, RunStore())
    late = lambda job: 0.9 * job.n_sentences / (job.n_sentences + 40)  # noqa: E731
    stored_runs.record_outcomes(run, f1=late)
    return run


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


def run_estimate(capsys, path, *options):
    """Return what the command prints: the JSON record, the estimates and pools as cells, the lines below."""
    printed = []
    for form in ("json", "table"):
        assert main(["estimate", str(path), *options, "--format", form]) == 0
        printed.append(capsys.readouterr().out)
    estimates, pools, text = printed[1].split("\n\n")
    return json.loads(printed[0]), split_cells(estimates), split_cells(pools), text.splitlines()


def split_cells(table):
    names, *rows = [re.split(" {2,}", line) for line in table.splitlines()]
    return [dict(zip(names, row, strict=True)) for row in rows]


def read_lead(text):
    """Return the page's answer as plain text."""
    return html.unescape(re.sub("<[^>]+>", "", re.search('<p class="lead">(.*?)</p>', text)[1]))


def read_notes(app):
    """Return the notes of the page as plain text."""
    bodies = "".join(element.proto.body for element in app.get("html"))
    return [html.unescape(note) for note in re.findall('<p class="note">(.*?)</p>', bodies)]


def read_pools(app):
    """Return the rows of the page's table of pools."""
    [table] = [element.value.reset_index() for element in app.table]
    return table.to_dict("records")


def check_same_strings(page, app, printed):
    """Assert that the page's answer, notes, table and cards say what the command prints."""
    record, estimates, pools, lines = printed
    assert record["run"] == app.query_params["run"]
    assert [read_lead(page), *read_notes(app)] == lines
    assert read_pools(app) == pools
    cards = {label: (number, html.unescape(text)) for label, number, text in budget_text.read_cards(app)}
    probe, *by_type = [row for row in estimates if row["basis"] == "probe"]
    check_figures(cards, probe, record["estimates"][-1])
    share = f"{100 * next(row['lead'] for row in record['estimates'] if row['basis'] == 'probe'):.4g} %"
    n, high = re.fullmatch(r"(.*) \(.* to (.*)\)", probe[share]).groups()
    number, text = cards[f"For {share}, from the probe"]
    assert number == f"{n} sentences"
    assert f"; {high} to be 95 % sure; " in text
    for row in by_type:
        assert f"; {row['entity']} {row[share].split(' (')[0]}" in text
    low, high = re.fullmatch(r".* \((.*) to (.*)\)", estimates[0][share]).groups()
    number, text = cards[f"For {share}, from similar curves"]
    assert number == f"{low}–{high} sentences"
    assert f"From {estimates[0]['based on']}: " in text


def check_figures(cards, row, record):
    """Assert that the cards of F1 and of the next gain say what a row of the command says."""
    for label, name in (
        (f"F1 now, with {record['n_train']:,}", "F1 now"),
        (f"F1 with all {record['n_all']:,}", "F1 at pool"),
    ):
        number, text = cards[label]
        assert f"{number} ({text.split(' interval ')[1]}" == row[name].replace(" (", " % (")[:-1] + "."
    n_rest = record["n_all"] - record["n_train"]
    n = min(100, n_rest)
    number, text = cards[f"The next {n} bring"]
    assert number == f"{row[f'next {n}'].split(' (')[0]} points of F1"
    assert f"interval: {row[f'next {n}']}. All {n_rest:,} that" in text


def write_report(tmp_path, *options):
    path = tmp_path / "report.html"
    assert main(["report", "reviews probe", *options, "--out", str(path)]) == 0
    return html.unescape(path.read_text())


def test_where_all_is_annotated_upload_says_the_sentence_of_budget(open_page, read_page, capsys, probe):
    budget = read_lead(read_page(open_page("budget", run=probe.name)))
    upload = read_lead(read_page(open_page("upload", run=probe.name, pool="420")))
    assert main(["estimate", "reviews", "--pool", "420"]) == 0
    command = capsys.readouterr().out
    assert budget.startswith("Plan on ")
    sentence = budget.split(". ")[0].rstrip(".") + "."
    assert upload.startswith(sentence)
    assert sentence in command


def test_a_larger_pool_is_another_question_and_both_have_the_same_words(
    open_page, read_page, capsys, probe, tmp_path
):
    app = open_page("upload", run=probe.name, pool="1000")
    page = html.unescape(read_page(app))
    assert main(["estimate", "reviews", "--pool", "1000"]) == 0
    command = capsys.readouterr().out
    [questions] = re.findall(r"To reach 99 % of what the 420 annotated sentences give: .*", command)
    assert "). To reach 99 % of what a pool of 1,000 would give: " in questions
    assert questions in page
    assert questions in write_report(tmp_path, "--pool", "1000")
    assert read_lead(page) in command
    assert [row["Sentences that set the goal"] for row in read_pools(app)] == [
        "the 420 annotated", "a pool of 500", "your pool of 1,000", "a pool of 2,000",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "address"),
    [
        ((), {}),
        (("--pool", "1000"), {"pool": "1000"}),
        (("--fraction", "0.9"), {"reach": "90.0"}),
        (("--pool", "20000", "--fraction", "0.955"), {"pool": "20000", "reach": "95.5"}),
    ],
    ids=["defaults", "pool", "fraction", "pool and fraction"],
)
def test_an_address_gives_the_strings_of_the_same_options(
    open_page, read_page, capsys, probe, options, address
):
    app = open_page("upload", run=probe.name, **address)
    check_same_strings(read_page(app), app, run_estimate(capsys, "reviews", *options))


def test_rates_of_settings_give_the_strings_of_the_same_options(open_page, read_page, capsys, probe):
    options = ("--seconds-per-sentence", "30", "--annotators", "3", "--hourly-rate", "40")
    printed = run_estimate(capsys, "reviews", *options)
    assert printed[0]["cost"]["cost_low"] is not None
    save_rates(replace_seconds(Rates(annotators=3, hourly_rate=40.0), seconds=30.0))
    app = open_page("upload", run=probe.name)
    check_same_strings(read_page(app), app, printed)
    delete_rates()
    assert read_notes(open_page("upload", run=probe.name)) != read_notes(app)


def test_an_upload_gives_the_strings_of_the_same_file(open_page, read_page, capsys, export, idle_worker):
    """Unannotated documents and annotation times are stored with the run and read from there."""
    app = open_page("upload")
    app.file_uploader(key="files").set_value((export.name, export.read_bytes(), "application/json")).run()
    for key in ("to step 3", "to step 4"):
        app.button(key=key).click().run()
    app.button(key="estimate").click().run()
    assert app.query_params == {"run": "reviews probe"}
    stored_runs.record_outcomes(RunStore().open("reviews probe"))
    printed = run_estimate(capsys, export)
    assert printed[0]["estimates"][0]["n_all"] == 84 + 20
    app = open_page("upload", run="reviews probe")
    page = read_page(app)
    assert "12 s per sentence (read from 120 timed texts of reviews)" in page
    check_same_strings(page, app, printed)
    assert run_estimate(capsys, "reviews") == printed


def test_the_share_chosen_before_the_probe_starts_is_kept(open_page, read_page, capsys, idle_worker):
    app = open_page("upload", sample="sample EN UGT")
    for key in ("to step 3", "to step 4"):
        app.button(key=key).click().run()
    app.button_group(key="goal").set_value("90 %").run()
    app.button(key="estimate").click().run()
    assert app.query_params == {"run": "sample EN UGT probe", "reach": "90.0"}
    record, _, pools, lines = run_estimate(capsys, "sample EN UGT", "--fraction", "0.9", "--now")
    assert {estimate["fraction"] for estimate in record["estimates"]} == {0.9}
    lead = f"From similar corpora only, until the first models are trained: {lines[0]}"
    assert read_lead(read_page(app)).startswith(f"{lead} sample EN UGT is synthetic")
    assert set(lines[1:]) < set(read_notes(app))
    assert read_pools(app) == pools


def test_the_pressed_goal_leads_the_answer_also_where_the_pool_sets_it(open_page, read_page, probe):
    app = open_page("upload", run=probe.name, pool="20000")
    for goal in ("95 %", "99 %", "95 %"):  # the default for this pool first
        assert app.button_group(key="goal").value == goal
        assert re.search(r"(\d+) % of the F1 that 20,000", read_lead(read_page(app)))[0].startswith(goal)
        other = {"95 %": "99 %", "99 %": "95 %"}[goal]
        app.button_group(key="goal").set_value(other).run()
    assert "99 % of all there could be mostly measures the pool" in read_page(app)


def test_stopping_is_worded_equally_on_page_and_in_the_command(open_page, read_page, capsys, probe):
    page = html.unescape(read_page(open_page("upload", run=probe.name, pool="1000", stop="200")))
    assert main(["estimate", "reviews", "--pool", "1000", "--stop-at", "200"]) == 0
    [sentence] = re.findall("If you stop at 200 training sentences, .*", capsys.readouterr().out)
    assert sentence in page


@pytest.mark.parametrize("pool", ["420", "5000"])
def test_a_system_is_worded_equally_on_page_and_in_the_command(open_page, read_page, capsys, probe, pool):
    _, split = split_target(probe, "reviews")
    half = [
        replace(sentence, spans=sentence.spans if number % 20 else ())
        for number, sentence in enumerate(split.test)
    ]
    save_external_result(probe, score_system(split, half, name="gpt-x"))
    app = open_page("upload", run=probe.name, pool=pool)
    read_page(app)
    printed = run_estimate(capsys, "reviews", "--pool", pool)
    check_system(printed, pool)
    assert [*printed[3]] == [read_lead(read_page(app)), *read_notes(app)]


def check_system(printed, pool):
    """Assert that the command says what the system gives, by the forecast where more could be annotated."""
    record, _, _, lines = printed
    [line] = [line for line in lines if line.startswith("A free system (gpt-x) gives F1 98.9")]
    system, n90 = record["free_system"], record["estimates"][-1]["n90"]
    assert system["system"] == "gpt-x"
    assert system["better_from"] is None
    assert "with all 420 sentences your own model is not expected to be better" in line
    assert ("by the forecast" in line) == (pool == "5000")
    assert f"for 90 % of the F1 that {int(pool):,} would give you need " in line
    assert n90 is not None
    correction = "As pre-annotation: of 100 mentions, gpt-x marks 97 right; of 100 that it marks, 0 are wrong"
    assert any(line.startswith(correction) for line in lines) == (pool == "5000")


def test_the_command_forecasts_what_upload_says(capsys, probe):
    assert main(["estimate", "reviews", "--pool", "1000", "--format", "csv"]) == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    [estimate] = [row for row in rows if (row["basis"], row["entity"]) == ("probe", "Drug")]
    command = ["forecast", probe.name, "--entity", "Drug", "--pool", "1000", "--format", "csv"]
    assert main(command) == 0
    [forecast] = csv.DictReader(capsys.readouterr().out.splitlines())
    for name in ("n90", "n95", "n99", "n99_low", "n99_high"):
        assert float(estimate[name]) == float(forecast[name])


def test_three_corpora_have_three_leading_numbers_at_the_default_pool():
    run = RunStore().open("four-corpora-probe")
    references = References(basis=EstimateBasis(), curves=load_reference_curves(RunStore().runs()))
    numbers = []
    for target in ("psytar_en", "phee", "rumedner_ru"):
        curves = [curve for curve in run.curves() if curve.target == target]
        pool = Pool(n_train=curves[0].train_size, n_test=300, n_all=5000, is_specified=False)
        digest = run.study.corpora[target]
        estimate = combine_types(estimate_from_curves(curves, references, pool, digest=digest))
        numbers.append(estimate.find_need(estimate.lead).n)
    assert len(set(numbers)) == 3
    assert max(numbers) > 1.3 * min(numbers)
