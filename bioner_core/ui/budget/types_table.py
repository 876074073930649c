"""The table under the answer for every type: what each entity type needs, the most demanding first."""

from functools import partial

import pandas as pd
import streamlit as st

from bioner_core.answers.sort_order import sort_types
from bioner_core.answers.wording.break_even import format_better_from
from bioner_core.answers.wording.budgets import format_plan_or_best
from bioner_core.answers.wording.caveats import describe_mention_weight
from bioner_core.answers.wording.certainty import format_upper_end
from bioner_core.answers.wording.numbers import format_percent, shorten_bound
from bioner_core.curves.budget import EVERY, Budget
from bioner_core.curves.budget_table import find_row_exclusion
from bioner_core.curves.curve import Curve
from bioner_core.curves.exclusion import UNANSWERABLE
from bioner_core.study.run import Run
from bioner_core.ui.budget.answer import BudgetAnswer
from bioner_core.ui.budget.help_texts import TYPE_COLUMNS
from bioner_core.ui.budget.system import compare_type
from bioner_core.ui.shared.tables import select_row, show_table

MIN_TYPES = 3  # of fewer the card of the plan tells all, unless there is a free system
_SYSTEM = "Free system"
MAX_HEIGHT = 460  # pixels; of more types the table scrolls


def show_types(answer: BudgetAnswer, chosen: Budget, run: Run) -> None:
    """Show a row for each type, where the answer is for every type and there are several.

    With a free system also for two types: no card says from where each is better than the system.
    """
    types = answer.types(chosen)
    if chosen.entity != EVERY or len(types) < 2:
        return
    ranked = sort_types(types)
    curves = {curve.entity: curve for curve in answer.curves if curve.source == chosen.source}
    rows = [
        {**_build_row(row, curves[row.entity]), **_build_system_cells(answer, curves[row.entity], run)}
        for row in ranked
    ]
    if len(types) < MIN_TYPES and not any(_SYSTEM in row for row in rows):
        return
    st.header("By type", anchor=False)
    show_table(
        pd.DataFrame(rows).fillna("–"),
        key="by type",
        height=min(MAX_HEIGHT, 38 * (len(ranked) + 1)),
        on_select=partial(select_row, "by type", [row.entity for row in ranked], "entity"),
        selection_mode="single-row",
        column_config={name: st.column_config.Column(help=text) for name, text in TYPE_COLUMNS.items()},
        alt="Entity types, how many mentions they have, and the sentences to plan on for each",
    )


def _build_row(budget: Budget, curve: Curve) -> dict[str, object]:
    full = curve.full_reference
    is_answerable = budget.status not in UNANSWERABLE
    upper_end = format_upper_end(budget)
    return {
        "Type": budget.entity,
        "Test mentions": budget.support,
        "Training mentions": None if full is None or full.n_mentions is None else round(full.n_mentions),
        "Full F1": format_percent(budget.full_f1) if is_answerable else "–",
        "Plan": format_plan_or_best(budget),
        **({"95 % sure": shorten_bound(upper_end)} if upper_end else {}),
        "Caution": "left out of “every entity type”"
        if find_row_exclusion(budget)
        else describe_mention_weight(curve),
    }


def _build_system_cells(answer: BudgetAnswer, curve: Curve, run: Run) -> dict[str, str]:
    """Return the cells of the best system for a type; none where it has none."""
    break_even = compare_type(answer, curve, run)
    if break_even is None:
        return {}
    point = break_even.score.point
    return {
        _SYSTEM: f"{point.model} {format_percent(point.f1)}",
        "Better from": format_better_from(break_even),
    }
