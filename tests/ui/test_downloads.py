"""The report button of the Budget page gives the page that `bioner report` writes."""

import re

from bioner_core.cli import main
from bioner_core.costs.rates import Rates, locate_rates, save_rates
from bioner_core.curves.curve import build_curves
from bioner_core.study.store import RunStore
from bioner_core.ui.budget.answer import BudgetQuery, find_answer
from bioner_core.ui.budget.downloads import render_report_page


def find_published_answer():
    run = RunStore().open("ecir2020")
    curves = [curve for curve in build_curves(run.points(), run.planned_seeds()) if curve.has_enough_sizes]
    query = BudgetQuery(
        target="EN UGT", model="Multi-BERT", method="finetune", entity="every", fraction=0.99, goal_f1=None
    )
    answer = find_answer(curves, query)
    return answer, answer.rows[0], run


def test_the_report_button_is_among_the_downloads(open_page, read_page):
    app = open_page("budget", entity="Drug")
    read_page(app)
    assert app.download_button(key="download report").label == "Report"


def test_page_and_command_give_the_same_report(tmp_path):
    page = render_report_page(*find_published_answer())
    assert main(["report", "ecir2020", "--target", "EN UGT", "--out", str(tmp_path / "x.html")]) == 0
    without_time = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC|clip\d+")  # Vega counts clips of all charts
    assert without_time.sub("", page) == without_time.sub("", (tmp_path / "x.html").read_text())


def test_a_visible_forecast_is_in_the_report():
    page = render_report_page(*find_published_answer(), has_forecast=True)
    assert "<h2>The forecast</h2>" in page
    assert "<h2>The forecast</h2>" not in render_report_page(*find_published_answer())


def test_damaged_rates_do_not_prevent_a_report():
    save_rates(Rates())
    locate_rates().write_text("{")
    assert "<h1>How many sentences must be annotated?</h1>" in render_report_page(*find_published_answer())
