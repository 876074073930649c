"""The Budget page: the published run, its controls, and invalid addresses."""

import pytest
from budget_text import read_cards, read_cells, read_lead

from bioner_core.study.store import RunStore
from bioner_core.ui.budget.answer import BudgetQuery


def test_the_published_plan_for_drugs_in_english_posts_is_displayed(open_page, read_page):
    app = open_page("budget", entity="Drug")
    read_page(app)
    assert read_lead(app) == (
        "<b>Plan on 490 sentences</b> (likely 310 to 940) to reach 99 % of full F1 (84.0 of 84.9) for "
        "Drug in EN UGT, pretrained on EN EHR."
    )
    assert read_cards(app) == [
        [
            "Plan on",
            "490 sentences",
            "to reach 99 % of full F1 (84.0 of 84.9), pretrained on EN EHR; a 50 % chance; 940 to be 95 % "
            "sure (90 % interval: 310 to 940); ≈ 80 documents; no size between 450 and 500 was trained; "
            "≈ 1.1–2.3 h at published rates; published with one run per size; the interval covers other "
            "models only.",
        ],
        [
            "First reached at",
            "500 sentences",
            "F1 is 84.2, the goal is 84.0. The curve is noisy: with 1,950 it is below the goal again.",
        ],
        [
            "Saves",
            "520 sentences",
            "compared with no pretraining (90 % interval: 160 to 1,020); ≈ 1.2–2.5 h at published rates.",
        ],
    ]
    assert read_cells(app) == [
        ["■", "EN EHR", "490", "940", "500", "520"],
        ["✚", "RU EHR", "990", "2,310", "900", "20"],
        ["●", "without pretraining", "1,010", "1,740", "1,000", "–"],
        ["▼", "RU UGT", "2,310", "4,900", "–", "−1,300"],
    ]


def test_the_row_of_all_types_comes_first_and_names_the_deciding_type(open_page, read_page):
    app = open_page("budget")
    read_page(app)
    assert app.segmented_control(key="entity").options == ["every", "Disease", "Drug"]
    assert app.segmented_control(key="entity").value == "every"
    assert [(row[1], row[2], row[3]) for row in read_cells(app)] == [
        ("without pretraining", "Disease", "1,830"),
        ("RU EHR", "Disease", "2,260"),
        ("RU UGT", "Drug", "2,310"),
        ("EN EHR", "Disease", "3,210"),
    ]
    assert read_cards(app)[0] == [
        "Plan on",
        "1,830 sentences",
        "to reach 99 % of full F1, without pretraining; a 50 % chance; 3,030 to be 95 % sure (90 % interval: "
        "1,280 to 3,030); Disease 1,830; Drug 1,010; ≈ 300 documents; ≈ 4.1–8.6 h at published rates; "
        "published with one run per size; the interval covers other models only.",
    ]


def test_the_row_of_all_types_names_the_type_that_does_not_reach_its_goal(open_page, read_page):
    app = open_page("budget", target="RU UGT", source="EN UGT+RU EHR")
    read_page(app)
    assert [(row[1], row[2], row[3]) for row in read_cells(app)] == [
        ("without pretraining", "Drug", "1,930"),
        ("EN UGT", "Drug", "2,520"),
        ("EN UGT+RU EHR", "Drug", "not reached (best 61.9)"),
        ("RU EHR", "Drug", "not reached (best 62.6)"),
        ("EN EHR", "Disease", "not reached (best 47.2)"),
    ]
    assert read_lead(app) == (
        "<b>2,961 sentences do not reliably reach</b> 99 % of full F1 for every entity type in RU UGT, "
        "pretrained on EN UGT and RU EHR; the chance that they do is 46 %."
    )
    assert read_cards(app)[0] == [
        "Plan on",
        "not reached",
        "Drug decides. Some sizes reach 59.8 by chance; the trend does not; with 1,560 sentences, the chance "
        "of success is 5 %; Drug not reached (best 61.9); Disease 870; published with one run per size; the "
        "interval covers other models only.",
    ]


def test_a_chosen_source_is_written_into_the_address(open_page):
    app = open_page("budget", target="RU UGT", entity="Drug")
    app.selectbox(key="source").set_value("EN EHR").run()
    assert app.query_params == {"target": "RU UGT", "entity": "Drug", "source": "EN EHR"}
    assert read_lead(app) == (
        "<b>2,961 sentences do not reach</b> 99 % of full F1 (59.8 of 60.5) for Drug in RU UGT, pretrained "
        "on EN EHR; the chance that they do is 5 %."
    )
    assert read_cards(app)[0][:2] == ["Plan on", "not reached"]
    assert read_cards(app)[0][2] == (
        "With 1,250 sentences F1 is 59.0; the goal is 59.8; "
        "published with one run per size; the interval covers other models only."
    )
    assert read_cards(app)[2] == [
        "Saves",
        "not known",
        "pretrained on EN EHR, no size reliably reaches the goal: nothing to compare.",
    ]


def test_a_plan_beyond_the_sizes_names_the_gap_and_the_chance_that_full_data_is_not_enough(open_page):
    app = open_page("budget", target="RU UGT", entity="Drug", source="EN UGT")
    assert read_lead(app) == (
        "<b>Plan on 2,520 sentences</b> (likely 1,540 to more than 2,961) to reach 99 % of full F1 "
        "(59.8 of 60.5) for Drug in RU UGT, pretrained on EN UGT; with a chance of 29 %, even 2,961 are not "
        "enough."
    )
    assert "; no size between 1,950 and 2,961 was trained;" in read_cards(app)[0][2]
    assert read_cards(app)[2] == [
        "Saves",
        "costs 590 more sentences",
        "compared with no pretraining (90 % interval: at most 190): this source does not help.",
    ]


def test_a_saving_is_a_lower_bound_where_no_pretraining_misses_the_goal_even_with_full_data(open_page):
    app = open_page("budget", target="RU EHR", entity="Drug", source="EN UGT", f1="86")
    assert read_cards(app)[2] == [
        "Saves",
        "more than 10,804 sentences",
        "compared with no pretraining (90 % interval: at least 380), which does not reliably reach the goal "
        "at any trained size; ≈ 24–51 h at published rates.",
    ]
    assert read_cells(app)[0] == ["▲", "EN UGT", "980", "6,820", "800", "> 10,804"]
    assert read_cells(app)[2][1:4] == ["without pretraining", "not reached (best 87.5)", "> 11,784"]


def test_the_first_crossing_names_the_largest_size_below_full_data_that_misses_the_goal(open_page):
    app = open_page("budget", entity="Drug", source="none")
    assert read_cards(app)[1][2] == (
        "F1 is 85.7, the goal is 84.0. The curve is noisy: with 1,950 it is below the goal again."
    )


def test_without_pretraining_the_card_names_the_saving_of_the_best_source(open_page):
    app = open_page("budget", entity="Drug", source="none")
    assert read_cards(app)[2] == [
        "Pretraining saves",
        "520 sentences",
        "if pretrained on EN EHR; ≈ 1.2–2.5 h at published rates.",
    ]


def test_the_default_source_follows_the_target(open_page):
    app = open_page("budget", entity="Drug")
    app.selectbox(key="target").set_value("RU UGT").run()
    assert app.selectbox(key="source").value == "none"
    assert read_cells(app)[0][1] == "without pretraining"
    assert "source" not in app.query_params


@pytest.mark.parametrize(
    ("reach", "words"),
    [(90.0, "90 % of full F1 (76.4 of 84.9)"), (99.9, "99.9 % of full F1")],
)
def test_the_slider_sets_the_share(open_page, reach, words):
    app = open_page("budget", entity="Drug")
    app.slider(key="reach").set_value(reach).run()
    assert words in read_lead(app)
    assert app.query_params["reach"] == str(reach)


def test_an_absolute_f1_goal_replaces_the_share(open_page):
    app = open_page("budget", entity="Drug")
    app.number_input(key="f1").set_value(80.0).run()
    assert "to reach an F1 of 80.0 for Drug in EN UGT" in read_lead(app)
    assert app.slider(key="reach").disabled
    assert app.query_params["f1"] == "80.0"


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
    assert read_lead(app).startswith("<b>Plan on 1,830 sentences</b>")
    assert app.query_params == {}


def test_the_link_to_copy_contains_the_whole_view(open_page):
    app = open_page("budget", entity="Drug")
    assert [code.value for code in app.code] == [
        "/?run=ecir2020&target=EN+UGT&source=EN+EHR&entity=Drug&reach=99.0&axis=linear"
        "&unit=sentences&fan=False"
    ]


def test_few_test_mentions_and_unsaturated_curves_are_noted(open_page, read_page):
    text = read_page(open_page("budget", target="RU EHR", entity="Drug"))
    assert "About 40 test mentions: one mention is worth 1 to 2 points of F1." in text
    text = read_page(open_page("budget", target="EN UGT", entity="Drug"))
    assert (
        "The model is still improving, so full F1 would rise with more data: without pretraining, smoothed "
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
    assert list(table[""]).count("differs") == 6


def test_the_csv_holds_the_points_of_the_view():
    points = RunStore().open("ecir2020").points()
    query = BudgetQuery(
        target="EN UGT", model="Multi-BERT", method="finetune", entity="every", fraction=0.99, goal_f1=None
    )
    selected = [point for point in points if query.selects(point)]
    assert {(p.target, p.model) for p in selected} == {("EN UGT", "Multi-BERT")}
    assert {p.entity for p in selected} == {"Disease", "Drug"}
    assert len(selected) == 2 * (4 * 39 + 3 + 1)  # 4 sources × 39 sizes, 3 zero-shot points, full
