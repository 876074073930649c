"""Transfer: the paper's tables and own runs; nothing yet and bad input in words."""

from kept import _done, corpus, planned, train
from streamlit.dataframe_util import convert_arrow_bytes_to_pandas_df


def tables(app):
    return [frame.value.astype(str).to_numpy().tolist() for frame in app.dataframe]


def done(run, job, f1, *, missed):
    """Return an outcome that missed some mentions of Drug: how many, by test sentence."""
    outcome = _done(run, job, f1)
    for at, n in missed.items():
        outcome.counts.counts[at, outcome.counts.entities.index("Drug"), 2] = n
    return outcome


def heat(app):
    """Return the cells of the heat map: value by corpora trained and tested on."""
    [chart] = app.get("vega_lite_chart")
    cells = convert_arrow_bytes_to_pandas_df(chart.proto.data.data).to_dict("records")
    return {(cell["train"], cell["test"]): round(cell["value"], 2) for cell in cells}


def test_the_papers_tables_2_3_and_4_and_the_ranking_for_a_target(open_page, said):
    app = open_page("transfer", entity="Drug")
    text = said(app)
    assert (
        "<b>EN EHR helps EN UGT most</b> for Drug: trained on EN EHR alone, F1 on EN UGT is 77.1, "
        "against 84.9 when trained on it."
    ) in text
    cells = heat(app)
    assert len(cells) == 16
    assert (cells["EN EHR", "EN UGT"], cells["RU EHR", "EN UGT"]) == (77.08, 28.57)
    ranking, in_corpus, overlap = tables(app)
    assert ranking == [
        ["EN EHR", "77.1", "890", "> 1,060"],
        ["RU UGT", "36.3", "not reached (best 83.7)", "–"],
        ["RU EHR", "28.6", "> 1,950", "–"],
        ["without pretraining", "–", "> 1,950", "–"],
    ]
    assert len(in_corpus) == 20
    assert ["EN UGT", "Drug", "BioBERT", "87.27", "91.73", "89.44", "1"] in in_corpus
    assert overlap[0] == ["EN UGT and EN EHR", "Drug", "410", "78 % of 528", "17 % of 2,401"]


def test_the_measure_is_switched(open_page):
    app = open_page("transfer", entity="Drug")
    app.segmented_control(key="measure").set_value("recall").run()
    assert heat(app)["RU EHR", "EN UGT"] == 23.73
    assert app.query_params["measure"] == "recall"


def test_an_own_run_shows_its_zero_shot_and_full_points(open_page, said):
    source = corpus("other")
    train(planned(sources=[source]))
    app = open_page("transfer", run="first", entity="Drug")
    said(app)
    assert heat(app) == {("reviews", "reviews"): 86.9, ("other", "reviews"): 0.0}


def test_a_run_without_a_full_or_zero_shot_model_says_so(open_page, said):
    train(planned(sizes="20,40"))
    app = open_page("transfer", run="first")
    said(app)
    assert [i.value for i in app.info] == [
        "This run has no model that was trained on one corpus and tested on all of it, or on another one."
    ]


def test_an_address_with_nonsense_is_answered_with_words(open_page, said):
    app = open_page("transfer", run="9", entity="9", measure="9", model="9", target="9")
    said(app)
    assert len(app.warning) == 5


def test_the_sentences_of_a_pair_are_shown_worst_first(open_page, said):
    source = corpus("other")
    run = planned(sources=[source])
    with run.lock():
        for job in run.study.jobs:
            run.append(done(run, job, 0.5, missed={7: 2, 9: 1}))
    app = open_page("transfer", run="first", entity="Drug", source="other")
    app.session_state["pair"] = True
    app.run()
    text = said(app)
    assert (
        "Test sentences of reviews that a model trained on other alone got most wrong, with the right "
        "entities marked. In these 2 it missed 3 of type Drug and found 0 that are none."
    ) in text
    assert text.count("<li") == 2


def test_a_published_pair_has_a_curve_and_no_sentences(open_page, said):
    app = open_page("transfer", entity="Drug")
    app.session_state["pair"] = True
    app.run()
    assert "A published run has no sentences" in said(app)
    assert len(app.get("vega_lite_chart")) == 2
