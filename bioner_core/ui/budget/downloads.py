"""Downloads of the Budget page: points, chart, report, and the address of the view."""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from bioner_core.analysis.estimate_basis import load_references
from bioner_core.answers.goal_plans import map_goal_plans
from bioner_core.answers.wording.basis import describe_basis
from bioner_core.charts.curve_chart import render_chart
from bioner_core.charts.palette import Spec
from bioner_core.costs.hours_and_money import compute_budget_cost
from bioner_core.costs.rates import Rates, load_rates
from bioner_core.curves.budget import Budget
from bioner_core.curves.points import CurvePoint, write_points_csv
from bioner_core.errors import BionerError
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore
from bioner_core.ui.budget.answer import BudgetAnswer
from bioner_core.ui.budget.chart import choose_pool
from bioner_core.ui.shared.address import build_link
from bioner_core.ui.shared.copy_link import offer_link
from bioner_core.ui.shared.curve_forecast import forecast_cached
from bioner_core.ui.shared.tables import REPORT, offer_file

if TYPE_CHECKING:
    from bioner_core.answers.report.context import ReportContext

ADDRESS = ("run", "target", "source", "model", "entity", "reach", "f1", "stop", "axis", "unit", "fan")


def offer_downloads(
    find_points: Callable[[], Sequence[CurvePoint]],
    chart: Spec,
    answer: BudgetAnswer,
    chosen: Budget,
    run: Run,
) -> None:
    """Offer the points of the view, its chart, the report of the chosen answer, and the view's address."""
    name = re.sub(r"[^\w.+-]+", "_", f"{run.name} {chosen.target} {chosen.entity}")
    with st.container(horizontal=True, vertical_alignment="center"):
        offer_file("Plan (CSV)", partial(render_plans, answer, chosen, run), f"{name} plan.csv", "text/csv")
        offer_file("Points (CSV)", lambda: write_points_csv(find_points()), f"{name}.csv", "text/csv")
        offer_file("PNG", partial(render_chart, chart, "png"), f"{name}.png", "image/png")
        offer_file("SVG", partial(render_chart, chart, "svg"), f"{name}.svg", "image/svg+xml")
        page = partial(
            render_report_page, answer, chosen, run, has_forecast=bool(st.session_state.get("fan"))
        )
        offer_file("Report", page, f"{name}.html", "text/html", icon="description", help=REPORT)
        offer_link(build_link(*ADDRESS))


def render_report_page(answer: BudgetAnswer, chosen: Budget, run: Run, *, has_forecast: bool = False) -> str:
    """Return the report of the chosen answer, with hours at the user's rates.

    :param has_forecast: include the forecast of its curve.
    """
    from bioner_core.answers.report.report import render_report  # at use: no page should wait for it

    return render_report(_build_context(answer, chosen, run, has_forecast=has_forecast))


def render_plans(answer: BudgetAnswer, chosen: Budget, run: Run) -> str:
    """Return the plans of all sources as CSV, as ``bioner budget`` prints them."""
    from bioner_core.answers.report.report import render_plan_csv

    return render_plan_csv(_build_context(answer, chosen, run, has_forecast=False))


def _build_context(answer: BudgetAnswer, chosen: Budget, run: Run, *, has_forecast: bool) -> "ReportContext":
    from bioner_core.answers.report.context import ReportContext

    rates = Rates()
    with suppress(BionerError):  # the page has said that the saved rates are damaged
        rates = load_rates()
    curve, types = answer.curve(chosen), tuple(answer.types(chosen))
    return ReportContext(
        run=run,
        row=chosen,
        rows=answer.rows,
        plans=map_goal_plans([*answer.rows, *types], answer.curves, answer.noise),
        noise=answer.noise,
        types=types,
        curves=tuple(answer.source_curves(chosen)),
        cost=compute_budget_cost(chosen, rates),
        rates=rates,
        forecast=forecast_cached(curve, run, pool=choose_pool(curve)) if has_forecast else None,
        basis=describe_basis(load_references(run, RunStore())) if has_forecast else "",
    )
