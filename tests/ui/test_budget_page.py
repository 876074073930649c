"""The Budget page: the published run, its controls, and invalid addresses."""

import html
import json
import re

import pytest
from budget_text import (
    format_number,
    read_cards,
    read_cells,
    read_lead,
    read_subject,
    run_budget,
    word_answer,
)

from bioner_core.charts.palette import LIGHT
from bioner_core.cli import main
from bioner_core.study.store import RunStore
from bioner_core.ui.budget.answer import BudgetQuery

DRUG = ("--target", "EN UGT", "--entity", "Drug")
VIEWS = (
    {"target": "EN UGT", "entity": "Drug"},
    {"target": "EN UGT", "entity": "every"},
    {"target": "RU UGT", "entity": "Drug", "source": "EN UGT"},
    {"target": "EN EHR", "entity": "Drug", "source": "none"},
    {"run": "rumedner-finetuned", "target": "rumedner_ru", "entity": "every"},
    {"run": "four-corpora-probe", "target": "phee", "entity": "Drug"},
)


def test_the_page_opens_on_the_headline_of_the_paper_with_the_best_source(open_page, read_page):
    app = open_page("budget")
    read_page(app)
    [row] = run_budget("ecir2020", *DRUG, "--source", "best")
    assert (row["source"], row["n_first"]) == ("EN EHR", 500)
    assert read_lead(app).replace("<b>", "").replace("</b>", "") == word_answer(row)
    assert app.selectbox(key="source").format_func("EN EHR") == "best: EN EHR"
    subject = read_subject(app)
    assert subject.startswith(
        '<p class="note">Drug in EN UGT, pretrained on EN EHR. Of 3 sources and no pretraining, this is most '
        f"likely to need fewest sentences ({100 * row['chance_best']:.0f} %). The paper prints 500, the "
        "first size to reach it. At 400 sentences pretraining on EN EHR adds "
    )
    assert subject.endswith(
        f"to reach 99 % of full F1 it saves {format_number(row['saved_plan'])} "
        f"({format_number(row['saved_low'])} to {format_number(row['saved_high'])}).</p>"
    )
    assert app.query_params == {}


def test_the_cards_and_the_table_have_the_numbers_of_the_command(open_page):
    app = open_page("budget", entity="Drug")
    [row] = run_budget("ecir2020", *DRUG, "--source", "best")
    plan, low, high = (format_number(row[name]) for name in ("n_plan", "n_low", "n_high"))
    cards = read_cards(app)
    assert cards[0][:2] == ["Plan on", f"{plan} sentences"]
    assert cards[0][2].startswith(
        f"to reach 99 % of full F1 (82.9 of 83.8, smoothed), pretrained on EN EHR; a 50 % chance; {high} to "
        f"be 95 % sure (90 % interval: {low} to {high}); "
    )
    assert cards[0][2].endswith("; published with one run per size; the interval covers other models only.")
    assert cards[1] == [
        "First reached at",
        "500 sentences",
        "F1 is 84.2, the goal is 84.0 (not smoothed). The curve is noisy: with 1,950 it is below the goal "
        "again.",
    ]
    saved, low, high = (format_number(row[name]) for name in ("saved_plan", "saved_low", "saved_high"))
    assert cards[2][:2] == ["Saves", f"{saved} sentences"]
    assert cards[2][2].startswith(
        f"compared with no pretraining (90 % interval: {low} to {high}), without the luck of choosing the "
        "best; ≈ "
    )
    rows = {"none" if r["source"] == "none" else r["source"]: r for r in run_budget("ecir2020", *DRUG)}
    for _, source, plan, sure, _, saves, fewest in read_cells(app):
        row = rows[source.replace("without pretraining", "none")]
        assert (plan, sure) == (format_number(row["n_plan"]), format_number(row["n_high"]))
        assert fewest == f"{100 * row['chance_best']:.0f} %"
        assert saves == ("–" if row["saved_plan"] is None else format_number(row["saved_plan"]))
    assert read_cells(app)[0][:2] == ["['EN EHR']", "EN EHR"]
    options = json.loads(app.get_by_key("sources").proto.columns)["Line"]["type_config"]["options"]
    assert (options[0]["label"], options[0]["color"]) == ("■", LIGHT.sources[0])


def test_the_row_of_all_types_comes_first_and_names_the_deciding_type(open_page, read_page):
    app = open_page("budget", entity="every")
    read_page(app)
    assert app.segmented_control(key="entity").options == ["every", "Disease", "Drug"]
    [row] = run_budget("ecir2020", "--target", "EN UGT", "--entity", "every", "--source", "best")
    assert read_cells(app)[0][1:4] == ["without pretraining", "Disease", format_number(row["n_plan"])]
    assert {cells[1]: cells[2] for cells in read_cells(app)} == {
        "without pretraining": "Disease",
        "RU EHR": "Disease",
        "RU UGT": "Drug",
        "EN EHR": "Disease",
    }
    assert f"; Disease {format_number(row['n_plan'])}; Drug " in read_cards(app)[0][2]
    assert read_subject(app).startswith('<p class="note">Every entity type in EN UGT (Disease decides), ')


@pytest.mark.parametrize("address", VIEWS, ids=lambda address: ", ".join(address.values()))
def test_page_command_and_report_say_the_same_sentence(open_page, capsys, tmp_path, address):
    """The goal of a view is 99 % of full F1, so that the sentence can be read off the command's JSON."""
    run = address.get("run", "ecir2020")
    options = [part for name, value in address.items() if name != "run" for part in (f"--{name}", value)]
    options += [] if "source" in address else ["--source", "best"]
    [row] = run_budget(run, *options)
    sentence = word_answer(row)
    page = read_lead(open_page("budget", **address))
    assert html.unescape(page).replace("<b>", "").replace("</b>", "") == sentence
    assert main(["budget", run, *options]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == sentence
    out = tmp_path / "report.html"
    assert main(["report", run, *options, "--out", str(out)]) == 0
    assert f'<p class="lead">{sentence}</p>' in html.unescape(out.read_text())


def test_a_goal_that_is_missed_has_its_chance_and_the_plans_of_lower_goals(open_page):
    app = open_page("budget", target="RU UGT", entity="Drug")
    app.selectbox(key="source").set_value("EN EHR").run()
    assert app.query_params == {"target": "RU UGT", "entity": "Drug", "source": "EN EHR"}
    [row] = run_budget("ecir2020", "--target", "RU UGT", "--entity", "Drug", "--source", "EN EHR")
    assert row["n_plan"] is None
    assert re.sub(r"</?b>", "", read_lead(app)).replace("reliably ", "") == (
        "All 2,961 sentences do not reach 99 % of full F1 (the chance that they do is "
        f"{100 * row['chance_reached']:.0f} %); {format_number(row['n95'])} reach 95 %, "
        f"{format_number(row['n90'])} reach 90 %."
    )
    assert read_cards(app)[0][:2] == ["Plan on", "not reached"]
    assert read_cards(app)[2] == [
        "Saves",
        "not known",
        "pretrained on EN EHR, no size reliably reaches the goal: nothing to compare.",
    ]
    verdict = "Of 4 sources and no pretraining, no pretraining is most likely to need fewest sentences ("
    assert verdict in read_subject(app)


def test_a_plan_that_full_data_may_not_reach_says_how_likely_that_is(open_page):
    app = open_page("budget", target="RU UGT", entity="Drug", source="EN UGT")
    [row] = run_budget("ecir2020", "--target", "RU UGT", "--entity", "Drug", "--source", "EN UGT")
    assert row["n_high_beyond"]
    chance = f"{100 * (1 - row['chance_reached']):.0f} %"
    assert f"to all 2,961, and {chance} that even these do not suffice) to reach" in read_lead(app)
    card = read_cards(app)[0][2]
    assert f"a 50 % chance; even all 2,961 do not suffice with a chance of {chance} (90 % interval: " in card
    assert "; no size between 1,950 and 2,961 was trained;" in card
    assert read_cards(app)[2][1] == f"costs {format_number(-row['saved_plan'])} more sentences"
    assert read_cards(app)[2][2].endswith(": this source does not help.")


def test_a_saving_is_a_lower_bound_where_no_pretraining_misses_the_goal_even_with_full_data(open_page):
    app = open_page("budget", target="RU EHR", entity="Drug", source="EN UGT", f1="86")
    options = ("--target", "RU EHR", "--entity", "Drug", "--f1", "0.86", "--source", "EN UGT")
    [row] = run_budget("ecir2020", *options)
    assert row["saved_plan_is_bound"]
    assert read_cards(app)[2][1] == f"more than {format_number(row['saved_plan'])} sentences"
    assert ", which does not reliably reach the goal at any trained size" in read_cards(app)[2][2]
    cells = {cells[1]: cells for cells in read_cells(app)}
    assert cells["EN UGT"][5] == f"> {format_number(row['saved_plan'])}"
    assert cells["without pretraining"][2:4] == ["not reached (best 87.5)", "> 11,784"]


def test_the_first_crossing_names_the_largest_size_below_full_data_that_misses_the_goal(open_page):
    app = open_page("budget", entity="Drug", source="none")
    assert read_cards(app)[1][2] == (
        "F1 is 85.7, the goal is 84.0 (not smoothed). The curve is noisy: with 1,950 it is below the goal "
        "again."
    )


def test_without_pretraining_the_card_names_the_saving_of_the_best_source(open_page):
    app = open_page("budget", entity="Drug", source="none")
    [row] = run_budget("ecir2020", *DRUG, "--source", "best")
    card = read_cards(app)[2]
    assert card[:2] == ["Pretraining saves", f"{format_number(row['saved_plan'])} sentences"]
    assert card[2].startswith("if pretrained on EN EHR; ≈ ")


def test_where_pretraining_saves_nothing_the_card_says_what_it_adds_at_400_sentences(open_page):
    app = open_page("budget", entity="Disease")
    assert app.selectbox(key="source").value == "none"
    label, number, text = read_cards(app)[2]
    assert (label, number) == ("Pretraining saves", "nothing")
    assert re.fullmatch(
        r"No source of this run is expected to need fewer sentences for this goal, but at 400 sentences "
        r"pretraining on RU (EHR|UGT) adds \d\.\d points of F1 \(\d\.\d to \d\.\d\)\.",
        text,
    )


def test_the_default_source_follows_the_target(open_page):
    app = open_page("budget", entity="Drug")
    app.selectbox(key="target").set_value("RU UGT").run()
    assert app.selectbox(key="source").value == "none"
    assert app.selectbox(key="source").format_func("none") == "best: without pretraining"
    assert read_cells(app)[0][1] == "without pretraining"
    assert "source" not in app.query_params


@pytest.mark.parametrize(
    ("reach", "words"),
    [(90.0, "to reach 90 % of full F1; "), (99.9, "to reach 99.9 % of full F1; ")],
)
def test_the_slider_sets_any_share(open_page, reach, words):
    app = open_page("budget", entity="Drug")
    app.button_group(key="goal").set_value("other").run()
    app.slider(key="reach").set_value(reach).run()
    assert words in read_lead(app)
    assert app.query_params["reach"] == str(reach)


def test_an_absolute_f1_goal_replaces_the_share(open_page):
    app = open_page("budget", entity="Drug")
    app.button_group(key="goal").set_value("an F1").run()
    assert read_lead(app).endswith(" to reach an F1 of 80.0.")
    assert app.query_params["f1"] == "80.0"
    assert not app.number_input(key="f1").disabled
    app.number_input(key="f1").set_value(82.0).run()
    assert read_lead(app).endswith(" to reach an F1 of 82.0.")
    app.button_group(key="goal").set_value("95 %").run()
    assert " to reach 95 % of full F1; " in read_lead(app)
    assert app.query_params["reach"] == "95.0"
    assert "f1" not in app.query_params


def test_three_shares_are_buttons(open_page):
    app = open_page("budget", entity="Drug")
    assert app.button_group(key="goal").value == "99 %"
    for label, reach in (("90 %", "90.0"), ("95 %", "95.0")):
        app.button_group(key="goal").set_value(label).run()
        assert app.query_params["reach"] == reach
    app.button_group(key="goal").set_value("99 %").run()
    assert "reach" not in app.query_params


def test_invalid_address_values_give_warnings_and_defaults(open_page, read_page):
    app = open_page(
        "budget", run="../../etc", target="<script>", entity="9", reach="1e9", f1="nan", source="x", axis=""
    )
    read_page(app)
    assert [w.value.split("”")[0] for w in app.warning] == [
        "The address asks for the run “../../etc",
        r"The address asks for the target “\<script\>",
        "The address asks for the entity “9",
        "The address asks for the F1 “nan",
        "The address asks for the share of full F1 “1e9",
        "The address asks for the source “x",
        "The address asks for the axis “",
    ]
    assert read_lead(app) == read_lead(open_page("budget"))
    assert app.query_params == {}


def test_the_link_to_copy_contains_the_whole_view(open_page):
    app = open_page("budget", entity="Drug")
    [button] = [part.proto.body for part in app.get("html") if "copy-link" in part.proto.body[:40]]
    assert (
        'data-link="/?run=ecir2020&amp;target=EN+UGT&amp;source=EN+EHR&amp;entity=Drug&amp;reach=99.0&amp;'
        'axis=linear&amp;unit=sentences&amp;fan=False"'
    ) in button


def test_few_test_mentions_and_unsaturated_curves_are_noted(open_page, read_page):
    text = read_page(open_page("budget", target="RU EHR", entity="Drug"))
    assert "About 40 test mentions: one mention is worth 1 to 2 points of F1." in text
    text = read_page(open_page("budget", entity="Drug"))
    assert (
        "The model is still improving, so full F1 would rise with more data: without pretraining, "
        "F1 for Drug rises from 83.8 at 1,950 sentences to 84.9 at full data."
    ) in text


def test_printed_and_computed_table_5_are_displayed_with_a_reason_for_each_difference(open_page, read_page):
    app = open_page("budget")
    app.session_state["printed"] = True
    app.run()
    text = read_page(app)
    assert "12 of 18 cells are as printed. The others:" in text
    assert "**EN UGT Drug, none: printed 1,050, ours 1,000.** The curve stands at 85.74 at 1,000" in text
    [table] = [frame.value for frame in app.dataframe if "Printed" in frame.value]
    assert list(table["Agreement"]).count("differs") == 6


def test_the_csv_holds_the_points_of_the_view():
    points = RunStore().open("ecir2020").points()
    query = BudgetQuery(
        target="EN UGT", model="Multi-BERT", method="finetune", entity="every", fraction=0.99, goal_f1=None
    )
    selected = [point for point in points if query.selects(point)]
    assert {(p.target, p.model) for p in selected} == {("EN UGT", "Multi-BERT")}
    assert {p.entity for p in selected} == {"Disease", "Drug"}
    assert len(selected) == 2 * (4 * 39 + 3 + 1)  # 4 sources × 39 sizes, 3 zero-shot points, full
