"""What can be taken away from the Budget page: points, chart, report, address."""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

import streamlit as st

from bioner_core.charts.curve_chart import chart_image
from bioner_core.charts.palette import Spec
from bioner_core.costs.cost import budget_cost
from bioner_core.costs.rates import Rates, load_rates
from bioner_core.curves.budget import Budget
from bioner_core.curves.points import CurvePoint, points_csv
from bioner_core.errors import BionerError
from bioner_core.study.run import Run
from bioner_core.ui.budget import forecast as beyond
from bioner_core.ui.budget.answer import Answer
from bioner_core.ui.shared.address import link

ADDRESS = ("run", "target", "source", "model", "entity", "reach", "f1", "axis", "unit", "fan")


def downloads(points: Sequence[CurvePoint], chart: Spec, result: Answer, chosen: Budget, run: Run) -> None:
    """Offer the points of the view, its chart, the report of the chosen answer, and the view's address."""
    name = re.sub(r"[^\w.+-]+", "_", f"{run.name} {chosen.target} {chosen.entity}")
    with st.container(horizontal=True, vertical_alignment="center"):
        _button("CSV", partial(points_csv, points), f"{name}.csv", "text/csv")
        _button("PNG", partial(chart_image, chart, "png"), f"{name}.png", "image/png")
        _button("SVG", partial(chart_image, chart, "svg"), f"{name}.svg", "image/svg+xml")
        page = partial(report_page, result, chosen, run, has_forecast=bool(st.session_state.get("fan")))
        _button("Report", page, f"{name}.html", "text/html", icon="description", help=REPORT)
        with st.popover("Copy link", icon=":material/link:"):
            st.code(link(*ADDRESS), language=None)


def _button(
    label: str,
    data: Callable[[], str | bytes],
    name: str,
    mime: str,
    *,
    icon: str = "download",
    help: str | None = None,
) -> None:
    """Offer a file, which is made when it is asked for."""
    key, icon = f"download {label.lower()}", f":material/{icon}:"
    st.download_button(label, data, name, mime, key=key, on_click="ignore", icon=icon, help=help)


def report_page(result: Answer, chosen: Budget, run: Run, *, has_forecast: bool = False) -> str:
    """Return the report of the chosen answer, with hours at the user's rates.

    :param has_forecast: with the forecast of its curve, too, as the chart shows it.
    """
    from bioner_core.answers.report.context import Subject
    from bioner_core.answers.report.report import report  # at use: no page should wait for it

    rates = Rates()
    with suppress(BionerError):  # the page has told that the kept ones are damaged
        rates = load_rates()
    return report(
        Subject(
            run=run,
            row=chosen,
            rows=result.rows,
            types=tuple(row for row in result.by_type if row.source == chosen.source),
            curves=tuple(result.beside(chosen)),
            cost=budget_cost(chosen, rates),
            rates=rates,
            forecast=beyond.told(result.curve(chosen), run) if has_forecast else None,
        )
    )


REPORT = "One page for a proposal or a paper; it prints well."
