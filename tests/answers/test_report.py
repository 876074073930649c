"""The report: numbers of `bioner budget`, no external resources, escaped names, no corpus text."""

import csv
import io
import json
import re
import tempfile
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from bioner_core import __version__
from bioner_core.answers.report import limits, paragraphs, sections
from bioner_core.answers.report.context import choose_answer
from bioner_core.answers.report.report import build_boxes, render_report, render_report_csv
from bioner_core.answers.wording import caveats
from bioner_core.answers.wording.budgets import describe_answer
from bioner_core.answers.wording.certainty import format_interval
from bioner_core.cli import main
from bioner_core.costs.hours_and_money import compute_budget_cost
from bioner_core.costs.rates import USER_SOURCE, Rates
from bioner_core.curves.budget_table import compute_curve_budgets
from bioner_core.curves.curve import build_curves
from bioner_core.curves.points import CurvePoint, write_points_csv
from bioner_core.errors import BionerError
from bioner_core.forecast.forecast import forecast_curve
from bioner_core.study.encoder_choice import ModelChoice
from bioner_core.study.jobs import LSTM_CRF, Settings
from bioner_core.study.plan import plan_study
from bioner_core.study.run_import import import_run
from bioner_core.study.store import RunStore
from bioner_core.study.word_vectors import TRAINED_REVISION
from tests.ui.stored_runs import build_corpus, plan_run, record_outcomes

POSTS = {"target": "EN UGT", "entity": "Drug"}
RATES = Rates(seconds_low=36, seconds_high=72, source=USER_SOURCE, hourly_rate=40, double=0.2, setup_hours=10)


def build_context(name="ecir2020", *, rates=None, n_test=0, **command):
    run = RunStore().open(name)
    fields = build_curves(run.points(), run.planned_seeds())
    chosen = choose_answer(fields, compute_curve_budgets(fields), run=run, **command)
    cost = compute_budget_cost(chosen.row, rates, n_test=n_test) if rates else None
    return replace(chosen, rates=rates, cost=cost, at="2026-11-23T10:00:00+00:00")


def replace_row(context, **changes):
    row = replace(context.row, **changes)
    return replace(context, row=row, rows=tuple(row if r == context.row else r for r in context.rows))


class PageParser(HTMLParser):
    """Collect tags, attributes and text; a page that browsers must mend has unequal ends."""

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.text = [], [], ""

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in ("meta", "br", "link", "img"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def parse_page(page):
    tags = PageParser()
    tags.feed(page)
    assert tags.open == []
    return tags


def read_csv(text):
    return list(csv.DictReader(io.StringIO(text)))


def import_points(points):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "own.csv"
        path.write_text(write_points_csv(points))
        return import_run(RunStore(), path)


def test_the_report_has_no_scripts_and_no_external_resources():
    page = render_report(build_context(**POSTS, rates=Rates()))
    tags = parse_page(page)
    names = {tag for tag, _ in tags.seen}
    assert not names & {"script", "link", "img", "iframe", "image", "object", "use", "foreignobject"}
    attributes = {name for _, attrs in tags.seen for name in attrs}
    assert not {name for name in attributes if name.startswith("on")} | (
        attributes & {"src", "href", "xlink:href"}
    )
    assert "@import" not in page
    assert not re.search(r"url\((?!#)", page)
    assert page.count("<svg") == page.count("</svg>") == 1
    assert "@page { size: A4;" in page


def test_report_numbers_equal_those_of_bioner_budget(capsys):
    options = [
        "--target",
        "EN UGT",
        "--entity",
        "Drug",
        "--seconds-per-sentence",
        "60",
        "--hourly-rate",
        "40",
    ]
    assert main(["budget", "ecir2020", *options, "--test-sentences", "300", "--format", "json"]) == 0
    text = json.loads(capsys.readouterr().out)
    rates = Rates(seconds_low=60, seconds_high=60, source=USER_SOURCE, hourly_rate=40)
    context = build_context(**POSTS, rates=rates, n_test=300)
    rows = [line for line in read_csv(render_report_csv(context)) if line["section"] == "source"]
    for row in text:
        fields = {line["field"]: line["value"] for line in rows if line["item"] == row["source"]}
        assert fields == {name: "" if value is None else str(value) for name, value in row.items()}
    tags = parse_page(render_report(context))
    ehr = next(row for row in text if row["source"] == "EN EHR")
    assert f"Plan on {ehr['n_plan']:,} sentences (likely {ehr['n_low']:,} to {ehr['n_high']:,})" in tags.text
    assert f"{ehr['hours_low']:,.0f}–{ehr['hours_high']:,.0f} h" in tags.text


def test_names_that_look_like_markup_are_escaped():
    evil = "<script>alert(1)</script>"
    names = {"target": f"a&b {evil}", "entity": f'<img src="x" onerror="y"> {evil}', "source": "none"}
    more = {"model": f"m/{evil}", "method": "finetune", "train_size": 2000, "seed": 0}
    import_points(
        [CurvePoint(**names, **more, n_sentences=n, f1=f) for n, f in ((50, 0.5), (100, 0.7), (200, 0.8))]
        + [CurvePoint(**names, **more, n_sentences=2000, is_full=True, f1=0.8)]
    )
    context = build_context("own", rates=RATES)
    tags = parse_page(render_report(context))
    assert not {tag for tag, _ in tags.seen} & {"script", "img"}
    assert names["target"] in tags.text
    assert names["entity"] in tags.text
    assert {line["value"] for line in read_csv(render_report_csv(context)) if line["field"] == "target"} == {
        names["target"]
    }


def test_the_report_describes_training_and_corpora_without_text_host_or_command():
    run = plan_run("mine", seeds=(0, 1), target=build_corpus("notes", domain="EHR"))
    record_outcomes(run)
    context = build_context("mine", entity="Drug", rates=RATES)
    page, table = render_report(context), render_report_csv(context)
    for text in (page, table):
        assert "ache1" not in text
        assert str(run.study.sessions[0]["host"]) not in text
        assert "bioner curve" not in text
        assert run.study.corpora["notes"] in text
    done = sections.build_training(context)
    assert done["Preset"] == "probe"
    assert done["Encoder"] == "tiny, revision 1"
    assert done["Seeds"] == "0, 1"
    assert done["Sizes"] == "20, 40 and 80"
    assert done["Sample"] == "random sentences, split by seed 0"
    assert (done["Models trained"], done["Time of training"]) == ("8", "16 s")
    assert f"BioNER Budget {__version__}" in done["Program"]
    assert sections.build_corpora(context) == [
        {
            "Corpus": "notes (en, EHR)",
            "Role": "target",
            "Documents": "40",
            "Sentences": "200",
            "Training part": "140",
            "Digest": run.study.corpora["notes"],
        }
    ]


def test_the_proposal_paragraph_states_plan_interval_saving_and_cost():
    rates = replace(RATES, double=0.0, setup_hours=0.0)
    context = replace_row(build_context(**POSTS), n_plan=850, saved_plan=1100, saved_plan_is_bound=True)
    with_interval = replace_row(context, n_low=700, n_high=1300, n_high_beyond=False)
    with_interval = replace(
        with_interval, rates=rates, cost=compute_budget_cost(with_interval.row, rates, n_test=150)
    )
    n95, n90 = (row.n_plan for row in with_interval.others)
    assert paragraphs.write_proposal(with_interval) == (
        "We plan to annotate 850 sentences of EN UGT (CADEC, en, UGT) to train the recognition of Drug "
        "mentions. The number was read from published learning curves: with this many training sentences, a "
        "fine-tuned model (Multi-BERT, pretrained on EN EHR) is expected to reach 99 % of full F1 "
        "(82.9 of 83.8, smoothed). The chance to reach the goal is then 50 %; to be 95 % sure, we need 1,300 "
        f"sentences. For other shares of full F1: {n95:,} reach 95 % and {n90:,} reach 90 %. Pretraining on "
        "EN EHR saves more than 1,100 sentences of annotation compared with no pretraining. At 36 to 72 "
        "seconds per sentence (our own rate), the annotation, 150 sentences for testing included, takes "
        "10–29 h of work and costs 400–1,160 EUR: 1–2 weeks for 2 annotators at 10 hours a week."
    )


def test_the_methods_paragraph_states_curves_metric_and_estimator():
    context = replace_row(build_context(**POSTS), n_plan=850, n_first=500, plan_method="isotonic", n_low=310)
    assert paragraphs.write_methods(context) == (
        f"The number of training sentences was determined with BioNER Budget {__version__}. It comes from "
        "the published curves of Multi-BERT, pretrained on EN EHR: 39 sizes from 50 to 1,950 sentences and "
        "on the whole training part (5,369 sentences) without pretraining. F1 is entity-level with exact "
        "span and type, micro-averaged over the test part, as the CoNLL script counts. The curve was "
        "smoothed up to full data (5,369 sentences) by isotonic regression (pool adjacent violators), "
        "weighted by seeds. It has no model on full data, so it ends at the full F1 without pretraining. "
        "The number, 850, is where it reaches 99 % of full F1 (82.9 of 83.8, smoothed), a share of the full "
        "F1 on the smoothed curve without pretraining; the first single size to reach the goal was 500. The "
        f"90 % interval, 310 to {context.row.n_high:,} sentences, comes from 500 draws of curve and goal by "
        "the scatter of single models about the smoothed curve; its upper end is the number to be 95 % sure."
    )
    references = limits.list_references(context)
    assert limits.ISOTONIC in references
    assert limits.INTERVALS not in references  # nothing was resampled


def test_the_methods_paragraph_of_a_curve_with_full_data_goes_up_to_it():
    context = build_context(target="RU UGT", entity="Drug", source="none")
    methods = paragraphs.write_methods(context)
    assert (
        "The curve was smoothed up to full data (2,961 sentences) by the average of four families of "
        f"learning curves, each weighted by its fit. The number, {context.row.n_plan:,}, is where it reaches "
        "99 % of full F1 (61.6 of 62.2, smoothed), a share of the full F1 on that curve; "
    ) in methods
    assert ", each with one of the families; its upper end" in methods


def test_a_number_that_rests_on_a_borrowed_end_is_a_limitation():
    context = build_context(**POSTS, source="RU UGT")
    assert 1950 < context.row.n_plan < 5369
    numbers = sections.build_numbers(context)
    assert numbers["The number lies"] == "between the largest size and full data without pretraining"
    assert (numbers["Largest size below full data"], numbers["Full data"]) == ("1,950", "5,369")
    text = "it assumes that pretraining neither helps nor harms on full data."
    assert any(text in limit for limit in limits.list_limits(context))
    assert not any(text in limit for limit in limits.list_limits(build_context(**POSTS)))


def test_the_methods_of_a_trained_run_name_encoder_seeds_settings_and_interval():
    record_outcomes(plan_run("mine", seeds=(0, 1), target=build_corpus("notes")))
    context = build_context("mine", entity="Drug")
    context = replace_row(
        context,
        n_plan=40,
        n_low=30,
        n_high=140,
        n_high_beyond=True,
        chance_reached=0.8,
        interval_of="seeds and documents",
    )
    text = paragraphs.write_methods(context)
    assert (
        "We trained a small head on the frozen encoder tiny (revision 1), without pretraining, on 3 sizes"
        in text
    )
    assert "with 2 seeds, each a random order of sentences, an initialisation and an order of batches" in text
    assert (
        "The 90 % interval, 30 to all 140 sentences, comes from 500 draws of curve and goal by a "
        "bootstrap of seeds and documents, each with one of the families; its upper end is the number to "
        "be 95 % sure."
    ) in text
    assert limits.INTERVALS in limits.list_references(context)
    assert build_boxes(context)[1] == (
        "Even all 140 do not suffice",
        "with a chance of 20 %",
        "90 % interval: 30 to all 140",
    )
    assert caveats.METHOD_CAVEATS["probe"] in limits.list_limits(context)


def test_the_methods_of_an_lstm_crf_name_its_word_vectors():
    notes = build_corpus("notes")
    choice = ModelChoice(name=LSTM_CRF, revision=TRAINED_REVISION)
    study = plan_study(name="mine", targets=[notes], model=choice, sizes="20,40,full", seeds=(0,))
    record_outcomes(RunStore().create(study, {"notes": notes}))
    context = build_context("mine", entity="Drug")
    text = paragraphs.write_methods(context)
    assert "We trained lstm-crf (revision own-text-1), without pretraining, on 2 sizes" in text
    assert "steps, word vectors trained on the text of the training parts)." in text
    assert sections.build_question(context)["Model"] == "lstm-crf, trained from scratch, without pretraining"


def test_the_report_omits_the_path_of_word_vectors():
    notes = build_corpus("notes")
    choice = ModelChoice(name=LSTM_CRF, revision="1a2b")
    settings = Settings(vectors="/home/anna/patients/vectors.bin", patience=7)
    study = plan_study(
        name="mine", targets=[notes], model=choice, sizes="20,40,full", seeds=(0,), settings=settings
    )
    record_outcomes(RunStore().create(study, {"notes": notes}))
    context = build_context("mine", entity="Drug")
    for text in (render_report(context), render_report_csv(context)):
        assert "patience 7" in text
        assert "anna" not in text


def test_a_goal_that_is_not_reached_is_stated():
    context = build_context(target="RU UGT", entity="Disease", source="EN EHR", rates=RATES)
    assert context.row.chance_reached < 0.5
    assert context.cost is None
    assert sections.build_costs(context.cost, context.rates) == {}
    assert build_boxes(context) == [
        (
            "Plan on",
            "not reached",
            "all 2,961 sentences are not expected to reach 99 % of full F1 (48.6 of 49.1, smoothed)",
        )
    ]
    assert paragraphs.write_proposal(context) == (
        f"{describe_answer(context.row, context.others)} We will try another source or a lower goal."
    )
    assert (
        "Up to 2,961 sentences it is not expected to reach 99 % of full F1 (48.6 of 49.1, smoothed), a share "
        f"of the full F1 on the smoothed curve without pretraining: {100 * context.row.chance_reached:.0f} % "
        f"of 500 draws did. The 90 % interval, {format_interval(context.row)} sentences, "
    ) in paragraphs.write_methods(context)
    parse_page(render_report(context))


def test_without_a_full_data_model_the_report_has_no_answer_yet():
    run = plan_run("mine", target=build_corpus("notes"))
    record_outcomes(run, [job for job in run.study.jobs if not job.is_full])
    context = build_context("mine", entity="Drug")
    assert "There is no answer yet for Drug in notes, without pretraining: the model on full data" in (
        parse_page(render_report(context)).text
    )


def test_a_type_that_no_model_recognizes_is_explained():
    run = plan_run("mine", target=build_corpus("notes"))
    record_outcomes(run, f1=lambda job: 0.0)
    context = build_context("mine", entity="Drug")
    why = "no model finds any of its 60 test mentions"
    assert paragraphs.write_proposal(context).startswith(f"There is no answer for Drug in notes: {why}")
    assert build_boxes(context)[0][:2] == ("Plan on", "not known")
    text = parse_page(render_report(context)).text
    assert "of 0.0" not in text
    assert "up to 0" not in text


def test_the_report_on_all_types_names_the_deciding_type_and_lists_all():
    context = build_context(target="RU UGT", rates=RATES)
    assert context.row.entity == "every"
    assert (
        sections.build_question(context)["Entity"] == f"every entity type ({context.row.decided_by} decides)"
    )
    assert [row["Entity"] for row in sections.build_types(context)] == ["Disease", "Drug"]
    assert "By entity type" in parse_page(render_report(context)).text
    assert {line["item"] for line in read_csv(render_report_csv(context)) if line["section"] == "type"} == {
        "Disease",
        "Drug",
    }


def test_limitations_include_few_test_mentions_and_gaps_between_sizes():
    curve = {"target": "t", "source": "none", "model": "m", "method": "finetune", "entity": "Drug", "seed": 0}
    sizes = ((50, 0.5), (100, 0.7), (400, 0.85), (2000, 0.85))
    import_points(
        [
            CurvePoint(**curve, n_sentences=n, f1=f, support=12, train_size=2000, is_full=n == 2000)
            for n, f in sizes
        ]
    )
    text = limits.list_limits(build_context("own"))
    assert "12 test mentions of Drug: each is worth about 4.8 points of F1." in text
    assert any(text.startswith("No size between 100 and 400 was trained; ") for text in text)
    assert "No interval is known. If you repeat the experiment, the number will differ." in text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            (),
            "bioner: run ecir2020: a report is about one answer; choose one with --target. "
            "Available: EN EHR; EN UGT; RU EHR; RU UGT.",
        ),
        (
            ("--target", "EN UGT", "--entity", "Gene"),
            "bioner: run ecir2020: no entity 'Gene'; choose one with --entity. Available: Disease; Drug; "
            "every.",
        ),
        (
            ("--target", "EN UGT", "--source", "x"),
            "bioner: run ecir2020: no source 'x'; choose one with --source. "
            "Available: EN EHR; RU EHR; RU UGT; none.",
        ),
        (
            ("--target", "EN UGT", "--model", "BioBERT"),
            "bioner: run ecir2020: no model 'BioBERT'; choose one with --model. Available: Multi-BERT, "
            "finetune.",
        ),
    ],
)
def test_an_ambiguous_selection_is_refused_with_the_available_values(capsys, tmp_path, options, message):
    assert main(["report", "ecir2020", *options, "--out", str(tmp_path / "x.html")]) == 1
    assert capsys.readouterr().err == message + "\n"
    assert not list(tmp_path.iterdir())


def test_the_report_command_writes_a_page_or_a_table_and_nothing_else(capsys, tmp_path):
    command = [
        "report",
        "ecir2020",
        "--target",
        "EN UGT",
        "--entity",
        "Drug",
        "--model",
        "Multi-BERT",
        "--out",
    ]
    for name in ("plan.html", "plan.csv"):
        assert main([*command, str(tmp_path / name)]) == 0
        assert capsys.readouterr().err == f"report written to {tmp_path / name}\n"
    assert (tmp_path / "plan.html").read_text().startswith("<!DOCTYPE html>")
    assert (tmp_path / "plan.csv").read_text().startswith("section,item,field,value\n")
    assert main([*command, str(tmp_path / "plan.pdf")]) == 1
    assert capsys.readouterr().err == (
        f"bioner: {tmp_path / 'plan.pdf'}: a report is a page or a table. "
        "Name a file that ends in .html or .csv.\n"
    )
    assert main([*command, str(tmp_path / "no" / "plan.html")]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_a_run_without_a_curve_is_refused_for_a_report():
    run = plan_run("mine", target=build_corpus("notes"))
    with pytest.raises(BionerError, match="no curve of two or more sizes yet, so there is nothing to report"):
        choose_answer([], [], run=run)


def test_the_report_of_a_trained_run_has_the_intervals_of_bioner_budget(capsys, tmp_path):
    sizes = "10,20,40,80,120,full"
    record_outcomes(
        plan_run("mine", sizes=sizes, seeds=(0, 1, 2), target=build_corpus("notes")), f1=compute_rising_f1
    )
    assert main(["budget", "mine", "--entity", "Drug", "--cost", "--format", "json"]) == 0
    (text,) = json.loads(capsys.readouterr().out)
    assert text["n_low"] is not None
    assert main(["report", "mine", "--entity", "Drug", "--out", str(tmp_path / "x.csv")]) == 0
    fields = {
        line["field"]: line["value"]
        for line in read_csv((tmp_path / "x.csv").read_text())
        if line["section"] == "source"
    }
    assert fields == {name: "" if value is None else str(value) for name, value in text.items()}
    assert main(["report", "mine", "--entity", "Drug", "--out", str(tmp_path / "x.html")]) == 0
    assert "To be 95 % sure" in parse_page((tmp_path / "x.html").read_text()).text


def compute_rising_f1(job):
    return 0.8 * job.n_sentences / (job.n_sentences + 8) + 0.01 * job.seed


def test_a_pool_adds_a_forecast_to_the_report(capsys, tmp_path):
    def forecast(*options):
        path = tmp_path / f"{len(options)}.csv"
        command = ["report", "ecir2020", "--target", "EN UGT", "--entity", "Drug", "--out", str(path)]
        assert main([*command, *options]) == 0
        fields = [line for line in read_csv(path.read_text()) if line["section"] == "forecast"]
        return {line["field"]: line["value"] for line in fields}

    assert not forecast()
    fields = forecast("--pool", "7000")
    assert fields["Rests on"].startswith("Learned from 4 runs of ")
    assert list(fields)[2:] == [
        "F1 with all 7,000 sentences",
        "Sentences for 90 % of it",
        "Sentences for 95 % of it",
        "Sentences for 99 % of it",
    ]
    capsys.readouterr()
    options = ["--target", "EN UGT", "--entity", "Drug", "--source", "EN EHR", "--pool", "7000"]
    assert main(["forecast", "ecir2020", *options, "--format", "json"]) == 0
    (text,) = json.loads(capsys.readouterr().out)
    assert fields["Sentences for 95 % of it"].startswith(f"{text['n95']:,} ({text['n95_low']:,} to ")


def test_a_cost_without_an_upper_end_is_formatted_as_more_than():
    context = replace_row(build_context(**POSTS), n_plan=850, n_low=700, n_high=5369, n_high_beyond=True)
    context = replace(context, rates=RATES, cost=compute_budget_cost(context.row, RATES))
    assert sections.build_costs(context.cost, context.rates)["Sentences"] == "850 to more than 5,369"
    assert sections.build_costs(context.cost, context.rates)["Hours of work"] == "21 to more than 150 h"
    assert build_boxes(context)[-1] == ("Work", "21 to more than 150 h", "842 to more than 5,984 EUR")


def test_a_forecast_is_in_the_paragraphs_and_in_the_chart():
    context = build_context(**POSTS)
    plain = render_report(context)
    context = replace(context, forecast=forecast_curve(context.curve, pool=7000, others=[]))
    full, need = context.forecast.full, context.forecast.compute_need(fraction=0.99)
    text = paragraphs.write_proposal(context)
    assert f"If all 7,000 sentences were annotated, the forecast is an F1 of {100 * full.f1:.1f} (" in text
    assert (
        f"To reach 99 % of what a pool of 7,000 would give: {need.n:,} ({need.low:,} to {need.high:,})."
        in text
    )
    assert "To reach 99 % of what the 5,369 annotated sentences give: " in text
    assert f"the curve is a forecast ({context.forecast.method_used})." in paragraphs.write_methods(context)
    page = render_report(context)
    assert "dashed: forecast with 90 % interval" in page
    assert "forecast, 90 %" in page
    assert "forecast, 90 %" not in plain
