"""The Transfer page: the paper's tables and users' runs, with missing data and invalid addresses."""

import re

import pytest
from budget_text import format_number, run_budget
from stored_runs import build_corpus, build_outcome, plan_run, record_outcomes
from streamlit.dataframe_util import convert_arrow_bytes_to_pandas_df

from bioner_core.analysis.resampling import estimate_sampling_noise
from bioner_core.answers.research_questions import answer_questions
from bioner_core.answers.wording.budgets import format_plan_or_best
from bioner_core.answers.wording.numbers import format_percent
from bioner_core.charts.curve_chart import name_source
from bioner_core.curves.budget_table import compute_curve_budgets
from bioner_core.curves.points import CurvePoint, write_points_csv
from bioner_core.study.run_import import import_run
from bioner_core.study.store import SHIPPED, RunStore
from bioner_core.ui.transfer import matrix as _matrix


def read_tables(app):
    return [frame.value.astype(str).to_numpy().tolist() for frame in app.dataframe]


def build_outcome_with_misses(run, job, f1, *, missed):
    """Return a result with missed mentions of Drug; ``missed`` counts them by test sentence."""
    outcome = build_outcome(run, job, f1)
    for at, n in missed.items():
        outcome.counts.counts[at, outcome.counts.entities.index("Drug"), 2] = n
    return outcome


def read_heat_map(app):
    """Return the cells of the heat map: value by training and test corpus."""
    chart = app.get("vega_lite_chart")[0]
    cells = convert_arrow_bytes_to_pandas_df(chart.proto.data.data).to_dict("records")
    return {(cell["train"], cell["test"]): round(cell["value"], 2) for cell in cells}


def test_the_published_run_shows_tables_2_3_and_4_and_a_ranking(open_page, read_page):
    app = open_page("transfer", entity="Drug")
    text = read_page(app)
    assert (
        "<b>Without its own sentences, EN UGT is recognised best</b> from EN EHR: trained on EN EHR alone, "
        "F1 for Drug is 77.1, compared with 84.9 when trained on it."
    ) in text
    rows = {row["source"]: row for row in run_budget("ecir2020", "--target", "EN UGT", "--entity", "Drug")}
    best = rows["EN EHR"]
    assert (
        "Of 3 sources and no pretraining, this is most likely to need fewest sentences "
        f"({100 * best['chance_best']:.0f} %). At 400 sentences pretraining on EN EHR adds "
    ) in text
    assert f"; to reach 99 % of full F1 it saves {best['saved_plan']} (" in text
    cells = read_heat_map(app)
    assert len(cells) == 16
    assert (cells["EN EHR", "EN UGT"], cells["RU EHR", "EN UGT"]) == (77.08, 28.57)
    ranking, overlap = read_tables(app)
    assert [(source, zero_shot) for source, zero_shot, *_ in ranking] == [
        ("EN EHR", "77.1"),
        ("RU EHR", "28.6"),
        ("without pretraining", "–"),
        ("RU UGT", "36.3"),
    ]
    assert ranking[0][2:] == [
        format_number(best["n_plan"]),
        format_number(best["saved_plan"]),
    ]  # the same as the headline
    assert ranking[3][2:] == [
        format_number(rows["RU UGT"]["n_plan"]),
        format_number(rows["RU UGT"]["saved_plan"]),
    ]
    assert overlap[0] == ["EN UGT and EN EHR", "Drug", "410", "78 % of 528", "17 % of 2,401", "–", "–"]
    disease, drug = ["67.14", "69.88", "<b>68.48</b>", ""], ["87.27", "91.73", "<b>89.44</b>", ""]
    assert read_in_corpus(text)["BioBERT", "EN UGT"] == disease + drug
    assert read_in_corpus(text)["Multi-BERT", "RU UGT"][2] == "<b>49.35</b>"
    assert len(read_in_corpus(text)) == 10
    assert "Without p: one run each: not testable. The paper found no significant difference" in text
    assert (
        "ECIR 2020, published: shared pieces do not predict zero-shot F1. Spearman's ρ = 0.12, p = 0.79, "
        "n = 8 (in 95 of 100 random orders ρ lies between −0.71 and 0.71)."
    ) in text.replace("\\", "")


def read_in_corpus(text):
    """Return the cells of the in-corpus table by model and corpus, without the text on hover."""
    rows, corpus = {}, ""
    for row in re.findall(r"<tr>(.*?)</tr>", text)[2:]:
        [*corpora] = re.findall(r'scope="rowgroup"[^>]*>(.*?)</th>', row)
        corpus = corpora[0] if corpora else corpus
        [model] = re.findall(r'scope="row">(.*?)</th>', row)
        cells = re.findall(r"<td>(.*?)</td>", row)
        rows[model, corpus] = [re.sub(r"</?span[^>]*>", "", cell) for cell in cells]
    return rows


def test_a_synthetic_corpus_of_the_runs_in_view_is_named_above_the_matrices(open_page, read_page):
    record_outcomes(plan_run("mine", sources=[build_corpus("made up", is_synthetic=True)]))
    record_outcomes(plan_run("other", target=build_corpus("invented", is_synthetic=True)))
    assert "made up is synthetic: its numbers are no evidence." in read_page(
        open_page("transfer", run="mine")
    )
    text = read_page(open_page("transfer", run="mine", beside="other"))
    assert "invented is synthetic: its numbers are no evidence." in text
    assert "no evidence" not in read_page(open_page("transfer"))


def test_a_type_without_test_mentions_has_a_sentence_instead_of_a_heat_map(open_page, read_page):
    record_outcomes(plan_run("own", sources=[build_corpus("posts")]), support=0)
    text = read_page(open_page("transfer", run="own", entity="Drug"))
    assert "No test part of this view has a mention of this type, so we cannot tell which corpus" in text
    assert "Framed: trained on the corpus itself." not in text


def test_the_measure_of_the_matrices_can_be_switched(open_page):
    app = open_page("transfer", entity="Drug")
    app.segmented_control(key="measure").set_value("recall").run()
    assert read_heat_map(app)["RU EHR", "EN UGT"] == 23.73
    assert app.query_params["measure"] == "recall"


def test_a_user_s_run_shows_its_zero_shot_and_full_points(open_page, read_page):
    source = build_corpus("other")
    record_outcomes(plan_run(sources=[source]))
    app = open_page("transfer", run="first", entity="Drug")
    read_page(app)
    assert read_heat_map(app) == {("reviews", "reviews"): 86.9, ("other", "reviews"): 0.0}


def test_a_run_without_a_full_or_zero_shot_model_is_explained(open_page, read_page):
    record_outcomes(plan_run(sizes="20,40"))
    app = open_page("transfer", run="first")
    read_page(app)
    assert [i.value for i in app.info] == [
        "This run has no model that was trained on all of one corpus and tested on this corpus or another. "
        "`bioner transfer A B …` trains on each of several corpora and tests on all of them."
    ]


def test_an_invalid_address_gives_a_warning(open_page, read_page):
    app = open_page(
        "transfer", run="9", entity="9", measure="9", model="9", target="9", source="9", beside="9,<b>"
    )
    text = read_page(app)
    assert len(app.warning) == 7
    assert "other runs beside that are not available here: “9”, “\\<b\\>”." in text


def plan_user_run(*outcomes):
    """Return a stored run with a source ``other`` and results of all its models."""
    run = plan_run(sources=[build_corpus("other")])
    with run.lock() as writer:
        for job in run.study.jobs:
            writer.append_result(build_outcome_with_misses(run, job, 0.5, missed=dict(outcomes)))
    return run


def test_the_sentences_of_a_pair_are_listed_with_most_missed_first(open_page, read_page):
    plan_user_run((7, 2), (9, 1))
    app = open_page("transfer", run="first", entity="Drug", source="other")
    text = read_page(app)
    assert (
        "Test sentences of reviews, the correct entities are marked. In these 2, a model trained on other "
        "alone missed 3 mentions of Drug. A run stores counts per sentence, not positions, so the errors "
        "themselves are not marked."
    ) in text
    assert re.findall(r"<i>– (.*?)</i>", text) == [
        "found 0, missed 2, invented 0",
        "found 0, missed 1, invented 0",
    ]


def test_the_kind_of_sentences_can_be_switched_and_is_written_into_the_address(open_page, read_page):
    plan_user_run((7, 2))
    app = open_page("transfer", run="first", entity="Drug", source="other", mentions="invented")
    assert (
        "In the test part of reviews, a model trained on other alone invented no mentions of Drug."
    ) in read_page(app)
    app.segmented_control(key="mentions").set_value("found").run()
    assert app.query_params["mentions"] == "found"
    assert "found no mentions of Drug without any other error in the sentence." in read_page(app)


def test_missing_corpora_of_a_pair_are_explained(open_page, read_page):
    for path in (plan_user_run().folder / "corpora").iterdir():
        path.unlink()
    text = read_page(open_page("transfer", run="first", entity="Drug", source="other")).replace("\\", "")
    assert "its copy of corpus" in text
    assert "Word pieces that the corpora share are not known: the run came without its corpora." in text


@pytest.mark.parametrize("run", SHIPPED)
def test_shipped_runs_say_that_text_does_not_travel_instead_of_a_command(open_page, read_page, run):
    curve = next(curve for curve in RunStore().open(run).curves() if curve.entity == "Disease")
    app = open_page("transfer", run=run, target=curve.target, entity="Disease", source="none")
    text = read_page(app)
    assert "The text of corpora does not travel with the program" in text
    assert "--with-text" not in text


def test_a_published_pair_has_a_curve_and_no_sentences(open_page, read_page):
    app = open_page("transfer", entity="Drug", source="RU EHR")
    assert "The text of corpora does not travel with the program" in read_page(app)
    assert len(app.get("vega_lite_chart")) == 4
    [budget] = [link for link in app.get("page_link") if "source=" in link.proto.query_string]
    assert budget.proto.query_string == "run=ecir2020&target=EN+UGT&entity=Drug&source=RU+EHR"


def test_the_published_matrix_is_displayed_beside_a_user_s_run_by_default(open_page, read_page):
    plan_user_run()
    app = open_page("transfer", run="first", entity="Drug")
    assert "**ECIR 2020, published**, Multi-BERT" in read_page(app)
    app = open_page("transfer", run="first", entity="Drug", beside="four-corpora-probe")
    text = read_page(app)
    assert "**Four public corpora, probe**" in text
    assert "**ECIR 2020, published**" not in text
    assert (
        "multilingual-e5-small-q4, probe<small>four-corpora-probe, 5 seeds</small>",
        "phee",
    ) in read_in_corpus(text)


def test_a_type_that_looks_like_markup_is_escaped(open_page, read_page, tmp_path):
    corpora = {"target": "reviews", "model": "m", "method": "finetune", "entity": "Q&A", "train_size": 100}
    trained = CurvePoint(**corpora, source="none", n_sentences=100, is_full=True, seed=0, f1=0.8)
    zero = CurvePoint(**corpora, source="notes", n_sentences=0, is_full=False, seed=0, f1=0.5)
    (tmp_path / "odd.csv").write_text(write_points_csv([trained, zero]))
    import_run(RunStore(), tmp_path / "odd.csv")
    text = read_page(open_page("transfer", run="odd", entity="Q&A")).replace("\\", "")
    assert "ECIR 2020, published has no scores of Q&A." in text


def test_in_corpus_scores_are_tested_against_the_best_of_another_run(open_page, read_page):
    full = plan_run("better", sizes="full"), plan_run("worse", sizes="full", seeds=(0,))
    for run, missed in zip(full, ({}, dict.fromkeys(range(40), 3)), strict=True):
        with run.lock() as writer:
            for job in run.study.jobs:
                outcome = build_outcome_with_misses(
                    run, job, 0.9 if run.name == "better" else 0.4, missed=missed
                )
                outcome.counts.counts[:, 1, 0] = 1
                writer.append_result(outcome)
    text = read_page(open_page("transfer", run="worse", beside="better"))
    cells = read_in_corpus(text)
    assert cells["tiny, probe<small>better</small>", "reviews"][6:8] == ["<b>90.00</b>", ""]
    assert cells["tiny, probe<small>worse</small>", "reviews"][6:8] == ["40.00", "0.008 differs"]
    assert "by approximate randomisation over" in text


def test_a_clicked_cell_sets_target_and_source_and_opens_the_pair(monkeypatch):
    picked = {"selection": {"pick": [{"train": "RU EHR", "test": "EN UGT"}]}}
    state, address = {"heat": picked}, {}
    monkeypatch.setattr(_matrix.st, "session_state", state)
    monkeypatch.setattr(_matrix.st, "query_params", address)
    _matrix._open_cell("heat")
    assert (state["target"], state["pair"], address) == ("EN UGT", True, {"source": "RU EHR"})
    state["heat"] = {"selection": {"pick": [{"train": "EN UGT", "test": "EN UGT"}]}}
    _matrix._open_cell("heat")
    assert address == {"source": "none"}


def _list_plan(row):
    """Return plan, interval, share of the training part and seeds as the table has them."""
    interval = f"{format_number(row['n_low'])} to {format_number(row['n_high'])}"
    return format_number(row["n_plan"]), interval, f"{100 * row['share_of_train']:.1f}", "1"


def test_the_research_questions_are_answered_with_their_numbers(open_page, read_page):
    app = open_page("transfer", entity="Drug")
    assert not any(button.key == "answers" for button in app.get("download_button"))  # not computed yet
    app.session_state["questions"] = True
    app.run()
    text = read_page(app).replace("\\", "")
    run = RunStore().open("ecir2020")
    rows = [row for row in answer_questions(run.curves()) if getattr(row, "entity", "Drug") == "Drug"]
    assert len(rows) == 4 + 2 * 4 + 2
    assert all(row.sentence in text for row in rows)
    zero, few, steady, added = read_tables(app)[-4:]
    assert ["EN UGT", "EN EHR", "3", "77.1", "1", "84.9", "90.8"] in zero
    budgets = {row["source"]: row for row in run_budget("ecir2020", "--target", "EN UGT", "--entity", "Drug")}
    best, without = ([*_list_plan(budgets[source])] for source in ("EN EHR", "none"))
    saved = format_number(budgets["none"]["n_plan"] - budgets["EN EHR"]["n_plan"])
    assert ["EN UGT", "99", "EN EHR", *best, *without, saved, "500", "1,000"] in few
    stability = rows[-2].stability
    spreads = [format_percent(stability.spread), format_percent(stability.spread_without)]
    assert ["around the smoothed curve", *spreads, "8", str(stability.n_less), f"{stability.p:.2g}"] in steady
    assert all(row[6] == "no interval" for row in added)
    assert "They may be due to chance" in text


def test_the_corpora_of_all_visible_runs_are_listed(open_page, read_page):
    app = open_page("transfer", run="four-corpora-probe")
    app.session_state["table 1"] = True
    app.run()
    read_page(app)
    rows = {row[0]: row for row in read_tables(app)[-1]}
    assert rows["EN UGT"][1:8] == [
        "CADEC",
        "English",
        "forum posts and reviews",
        "1,249",
        "7,670",
        "1,798",
        "6,590",
    ]
    assert rows["bc5cdr"][1:8] == ["–", "English", "scientific abstracts", "1,500", "13,877", "–", "–"]


def test_a_question_without_an_answer_is_explained(open_page, read_page):
    run = plan_run("alone")
    record_outcomes(run)
    app = open_page("transfer", run="alone")
    app.session_state["questions"] = True
    app.run()
    text = read_page(app)
    assert "no source was tried." in text
    assert "No corpus has both a zero-shot score and a model on full data" in text
    assert "No size was trained both with a source and without it." in text


def test_plans_of_the_ranking_are_those_of_the_budget_page(open_page):
    app = open_page("transfer", run="four-corpora-probe", entity="Drug", target="phee")
    store = RunStore()
    run = store.open("four-corpora-probe")
    rows = compute_curve_budgets(run.curves(), noise=estimate_sampling_noise(run, store))
    plans = {
        name_source(row.source): format_plan_or_best(row)
        for row in rows
        if (row.target, row.entity) == ("phee", "Drug")
    }
    ranking = next(frame.value for frame in app.dataframe if "Plan at 99 %" in frame.value.columns)
    ranked = dict(zip(ranking["Source"], ranking["Plan at 99 %"], strict=True))
    assert len(ranked) == 7  # also psytar_en, which annotates no drugs, so it has no zero-shot F1
    assert ranked == plans
