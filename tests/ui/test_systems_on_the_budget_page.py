"""A system that is not trained here, on the Budget page and in its report: the words of the command."""

import csv
import io
import json
from dataclasses import replace

import pytest
from budget_text import read_subject, run_budget
from simulated_runs import create_simulated_run

from bioner_core.analysis.break_even import select_run_scores
from bioner_core.analysis.external_scoring import score_system, split_target
from bioner_core.analysis.in_corpus import compare_in_corpus
from bioner_core.answers.run_comparison import compare_runs, list_common_curves
from bioner_core.answers.wording.run_comparison import build_system_comparison_row
from bioner_core.cli import main
from bioner_core.corpus.unannotated import serialize_unannotated
from bioner_core.costs.rates import load_rates
from bioner_core.study.external_results import (
    delete_external_result,
    load_external_results,
    save_external_result,
)
from bioner_core.study.store import RunStore
from bioner_core.ui.budget.answer import BudgetQuery, find_answer, list_curves
from bioner_core.ui.budget.downloads import render_plans
from bioner_core.ui.budget.evidence import _select_points
from bioner_core.ui.budget.types_table import _build_system_cells
from bioner_core.ui.transfer.in_corpus import render_table


@pytest.fixture
def run():
    """Return a run with a system that misses every third mention of a type."""
    run = create_simulated_run()
    _, split = split_target(run, "target")
    predicted = [
        replace(sentence, spans=sentence.spans[: 1 if number % 3 else 0])
        for number, sentence in enumerate(split.test)
    ]
    save_external_result(run, score_system(split, predicted, name="gpt-x", cost="3 EUR"))
    return run


def test_page_and_report_say_what_the_command_says_and_draw_the_line(
    run, open_page, read_page, tmp_path, capsys
):
    [row] = run_budget("study", "--entity", "Disease")
    main(["budget", "study", "--entity", "Disease", "--cost"])
    *_, line, correction = capsys.readouterr().out.splitlines()
    assert line.startswith("A system without annotation (gpt-x, for 3 EUR) gives F1 80.0 (")
    assert f"from about {row['better_from']} sentences ({row['better_from_low']} to " in line
    app = open_page("budget", run="study", entity="Disease")
    read_page(app)
    assert line in read_subject(app)
    [chart] = app.get("vega_lite_chart")
    assert "gpt-x: 80.0" in str(chart.proto)
    main(["report", "study", "--entity", "Disease", "--out", str(tmp_path / "r.html")])
    page = (tmp_path / "r.html").read_text()
    assert line in page
    assert "gpt-x may have seen these test texts" in page
    assert "dotted: gpt-x" in page
    assert "<h2>Systems that need no training</h2>" in page
    assert correction in page
    main(["report", "study", "--entity", "every", "--out", str(tmp_path / "r.csv")])
    rows = list(csv.DictReader(io.StringIO((tmp_path / "r.csv").read_text())))
    systems = {(of["item"], of["field"]): of["value"] for of in rows if of["section"] == "system"}
    assert systems["gpt-x, Disease", "system_cost"] == "3 EUR"
    assert int(systems["gpt-x, Disease", "better_from"]) == row["better_from"]
    types = {(of["item"], of["field"]): of["value"] for of in rows if of["section"] == "type"}
    assert (types["Disease", "system"], types.get(("Drug", "system"), "")) == ("gpt-x", "")


def test_two_types_have_their_rows_where_there_is_a_free_system(run, open_page, read_page):
    app = open_page("budget", run="study", entity="every")
    read_page(app)
    [table] = [of.value for of in app.dataframe if "Free system" in of.value]
    assert len(table) == 2
    for result in load_external_results(run):
        delete_external_result(run, result)
    app = open_page("budget", run="study", entity="every")
    assert not [of for of in app.dataframe if "Type" in of.value and "Plan" in of.value]


def test_a_system_is_a_row_of_the_in_corpus_table_and_of_a_comparison(run):
    rows = compare_in_corpus([run])
    [system] = [row for row in rows if row.method == "external" and row.entity == "Disease"]
    assert (system.model, system.run, round(system.f1, 3), system.p) == ("gpt-x", "study", 0.8, None)
    of_type = [row for row in rows if row.entity == "Disease"]
    assert of_type[-1] is system
    assert [row.model for row in of_type if row.is_best] == [max(of_type, key=lambda row: row.f1).model]
    assert "gpt-x<small>needs no training</small>" in render_table(rows)
    store = RunStore()
    name = next(of for of in list_common_curves([run]) if of[1] == "Disease")
    [first] = compare_runs([run], name, store)
    [score] = select_run_scores(run, first.curve)
    row = build_system_comparison_row(score, first)
    assert (row["Run"], row["Full F1"]) == ("gpt-x, needs no training", "80.0")
    assert row["Against the first run"].startswith("the first is better from ")


def test_a_shipped_run_says_why_no_system_can_be_added(open_page, read_page):
    app = open_page("budget", run="four-corpora-probe")
    app.session_state["systems"] = True
    app.run()
    assert "This run comes with the program and cannot be changed." in read_page(app)
    assert not app.file_uploader
    assert "systems" not in open_page("budget", run="ecir2020").session_state


def test_a_new_system_stands_on_an_open_page_at_the_next_click(run, open_page):
    _, split = split_target(run, "target")
    app = open_page("budget", run="study", entity="Disease")
    assert "gpt-x" in read_subject(app)
    save_external_result(run, score_system(split, split.test, name="better"))
    app.run()
    answer = "with all 1,000 sentences your own model is not expected to be better"
    assert f"A free system (better) gives F1 100.0 (100.0 to 100.0); {answer}" in read_subject(app)


def annotate(run, *, every=3, part="test"):
    """Return a file as a system writes it: the last word of all but each third sentence, as Chemical."""
    _, split = split_target(run, "target")
    sentences = split.test if part == "test" else split.train
    records = [json.loads(line) for line in serialize_unannotated(sentences, language="en").splitlines()]
    for number, record in enumerate(records):
        start = record["text"].index("word")
        spans = [{"start": start, "end": len(record["text"]), "label": "Chemical"}]
        record["entities"] = spans if number % every else []
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def open_systems(open_page, **view):
    app = open_page("budget", run="study", entity="Drug", **view)
    app.session_state["systems"] = True
    return app.run()


def test_predictions_are_dropped_scored_kept_and_removed_on_the_page(run, open_page, read_page):
    app = open_systems(open_page)
    assert "it leaves" in read_page(app) or "takes texts out of this program: this file holds" in read_page(
        app
    )
    app.file_uploader(key="system files 0").set_value(("tool.jsonl", annotate(run), "")).run()
    assert "Read as JSON lines" in read_page(app)
    assert app.selectbox(key="system label Chemical 0").value == "Drug"
    app.text_input(key="system name 0").set_value("target").run()
    app.button(key="score system").click().run()
    assert app.error[0].value == "run study: target is one of its corpora. Choose another name."
    app.text_input(key="system name 0").set_value("llm").run()
    app.button(key="score system").click().run()
    assert app.success[0].value == "300 of 300 test sentences (100 %) are in tool.jsonl."
    assert "A free system (llm) gives F1 80.0" in read_subject(app)
    [scores] = [table.value for table in app.dataframe if "System" in table.value.columns]
    [row] = [cells for cells in scores.astype(str).to_numpy().tolist() if cells[0] == "llm"]
    assert row[1] == "Drug"
    assert row[4:6] == ["100.0", "66.7"]
    [result] = [result for result in load_external_results(run) if result.name == "llm"]
    app.button(key=f"remove {result.id}").click().run()
    assert "llm" in read_subject(app)
    app.button(key=f"remove {result.id}").click()  # holds the dialog open, as a browser does
    app.button(key="remove for good").click().run()
    app.run()
    assert "llm" not in read_subject(app)
    assert [result.name for result in load_external_results(run)] == ["gpt-x"]


def test_a_file_of_other_texts_and_one_that_is_no_file_are_refused_with_a_remedy(run, open_page):
    app = open_systems(open_page)
    other = b'{"text": "Something else", "entities": [{"start": 0, "end": 9, "label": "Drug"}]}\n'
    app.file_uploader(key="system files 0").set_value(("tool.jsonl", other, "")).run()
    app.text_input(key="system name 0").set_value("llm").run()
    app.button(key="score system").click().run()
    [error] = app.error
    assert error.value.startswith("tool.jsonl: holds none of the 300 test sentences of target.")
    assert "Annotate the downloaded texts, and change no text" in error.value
    app.file_uploader(key="system files 0").set_value(("tool.jsonl", b"{", "")).run()
    assert len(app.error) == 1
    assert [result.name for result in load_external_results(run)] == ["gpt-x"]


def test_a_list_of_terms_is_scored_on_the_page_from_a_file_and_from_training_sentences(run, open_page):
    app = open_systems(open_page)
    app.file_uploader(key="term file 0").set_value(("atc.txt", b"word1001\tDrug\n", "")).run()
    app.text_input(key="term name 0").set_value("atc").run()
    app.button(key="score terms").click().run()
    assert app.success[0].value == "atc is scored on the test part."
    app.number_input(key="term sentences").set_value(50).run()
    app.button(key="score training terms").click().run()
    assert app.success[0].value.startswith("terms-50: ")
    results = {result.name: result for result in load_external_results(run)}
    assert results.keys() == {"gpt-x", "atc", "terms-50"}
    assert results["terms-50"].n_sentences == 50


def test_predictions_on_training_texts_give_the_hours_of_correcting_by_two_timed_batches(
    run, open_page, read_page
):
    app = open_systems(open_page)
    app.segmented_control(key="system part").set_value("training").run()
    app.file_uploader(key="system files 0").set_value(
        ("tool.jsonl", annotate(run, part="training"), "")
    ).run()
    app.text_input(key="system name 0").set_value("llm").run()
    app.button(key="score system").click().run()
    assert "llm" not in read_subject(app)
    app.selectbox(key="corrected").set_value("llm").run()
    text = (
        "of 100 mentions, llm marks 33 right; of 100 that it marks, 0 are wrong (all types, in the training"
    )
    assert text in read_page(app)
    for key, n in (
        ("batch without", 50),
        ("batch with", 50),
        ("minutes without", 10.0),
        ("minutes with", 9.2),
    ):
        app.number_input(key=key).set_value(n).run()
    assert "8 % less. So 48 % of the time marks mentions" in read_page(app)
    app.button(key="use batches").click().run()
    assert (load_rates().marking, load_rates().seconds_low) == (0.48, 12.0)
    assert "% less)" in read_page(app)


def test_each_type_has_its_system_in_the_table_by_type_and_the_points_hold_it(run, open_page):
    app = open_page("budget", run="study", entity="every")
    curves = list_curves(run)
    query = BudgetQuery(
        target="target",
        model=curves[0].model,
        method=curves[0].method,
        entity="every",
        fraction=0.99,
        goal_f1=None,
    )
    answer = find_answer(curves, query)
    [row] = [row for row in answer.rows if row.source == "none"]
    cells = [_build_system_cells(answer, curve, run) for curve in answer.curves if curve.source == row.source]
    assert [cell["Free system"] for cell in cells if cell] == ["gpt-x 80.0"]
    points = _select_points(run, query)
    assert {point.model for point in points} >= {"gpt-x"}
    plans = list(csv.DictReader(io.StringIO(render_plans(answer, row, run))))
    assert {plan["entity"]: plan["system"] for plan in plans}["Disease"] == "gpt-x"
    assert {plan["pre_annotation"] for plan in plans} == {"gpt-x"}
    assert not app.exception
