"""What an answer rests on, below its cards: chart, table of sources, notes, types, points."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from bioner_core.curves.budget import Budget
from bioner_core.curves.curve import Curve
from bioner_core.curves.points import RANDOM, CurvePoint
from bioner_core.study.external_results import list_external_points
from bioner_core.study.run import Run
from bioner_core.ui.budget.answer import BudgetAnswer, BudgetQuery
from bioner_core.ui.budget.certainty import show_certainty
from bioner_core.ui.budget.chart import show_chart, show_sources
from bioner_core.ui.budget.downloads import offer_downloads
from bioner_core.ui.budget.notes import show_details, show_notes
from bioner_core.ui.budget.search_offer import offer_search
from bioner_core.ui.budget.strategies import show_strategies
from bioner_core.ui.budget.systems import show_systems
from bioner_core.ui.budget.types_table import show_types


def show_evidence(
    answer: BudgetAnswer, chosen: Budget, *, query: BudgetQuery, curves: Sequence[Curve], run: Run
) -> None:
    """Show what the chosen row rests on.

    :param curves: all of the run, whose sources keep their colors in every view.
    """
    sources = sorted({curve.source for curve in curves})
    find_points = partial(_select_points, run, query)  # at a click
    left, right = st.columns([4, 3], gap="medium")
    with left:
        chart = show_chart(answer, chosen, sources, run)
    with right:
        show_sources(answer, chosen, sources)
        offer_downloads(find_points, chart, answer, chosen, run)
        show_notes(answer, chosen, run)
    show_types(answer, chosen, run)
    show_systems(answer, chosen, run)
    show_strategies(chosen, run)
    offer_search(chosen, run)
    show_certainty(chosen, answer.curve(chosen), run)
    show_details(find_points, run)


def _select_points(run: Run, query: BudgetQuery) -> list[CurvePoint]:
    points = [p for p in run.points_with_macro() if query.selects(p) and p.strategy == RANDOM]
    return [*points, *(point for point in list_external_points(run) if query.selects_system(point))]
