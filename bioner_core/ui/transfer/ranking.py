"""The sources of one target on the Transfer page, ranked."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from bioner_core.analysis.resampling import estimate_sampling_noise
from bioner_core.analysis.transfer import build_transfer
from bioner_core.answers.wording.budgets import format_plan_or_best, format_saving
from bioner_core.answers.wording.numbers import format_percent
from bioner_core.charts.curve_chart import name_source
from bioner_core.curves.budget import Budget
from bioner_core.curves.budget_table import compute_curve_budgets
from bioner_core.curves.curve import Curve
from bioner_core.curves.points import NONE
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore
from bioner_core.ui.shared.shell import escape_markdown
from bioner_core.ui.shared.widgets import choose_option, fit_name_width


def show_ranking(curves: Sequence[Curve], run: Run, entity: str, *, first: str) -> list[Curve]:
    """Show the sources of one target, the best first.

    :param curves: curves of one entity, model and method.
    :param first: the default target.
    :returns: the curves of the target, the best first.
    """
    target = choose_option("Target", sorted({curve.target for curve in curves}), default=first)
    target_curves = [curve for curve in curves if curve.target == target]
    noise = estimate_sampling_noise(run, RunStore())  # as on Budget: it decides whether there is a plan
    plans = {row.source: row for row in compute_curve_budgets(target_curves, noise=noise)}
    ranked = sorted(target_curves, key=lambda curve: _rank_source(curve, plans.get(curve.source)))
    rows = [_build_row(curve, plans.get(curve.source)) for curve in ranked]
    width = fit_name_width([curve.source for curve in target_curves])
    columns = {"Source": st.column_config.TextColumn(width=width)}
    st.dataframe(pd.DataFrame(rows), hide_index=True, key="ranking", column_config=columns)
    if plans:
        view = {"run": run.name, "target": target, "entity": entity}
        label = f"Curves of {escape_markdown(target)}"
        st.page_link("pages/budget.py", label=label, icon=":material/flag:", query_params=view)
    return ranked


def _rank_source(curve: Curve, plan: Budget | None) -> tuple[float, float]:
    """Return the sort key of a source: its plan at 99 %, then its zero-shot F1."""
    n_plan = plan.n_plan if plan else None
    return float("inf") if n_plan is None else n_plan, -(_find_zero_shot_f1(curve) or 0.0)


def _find_zero_shot_f1(curve: Curve) -> float | None:
    cell = build_transfer(curve) if curve.source != NONE else None
    return cell.score("f1") if cell else None


def _build_row(curve: Curve, plan: Budget | None) -> dict[str, str]:
    return {
        "Source": name_source(curve.source),
        "Zero-shot F1": format_percent(_find_zero_shot_f1(curve)),
        "Plan at 99 %": format_plan_or_best(plan) if plan else "no curve",
        "Saves": format_saving(plan) if plan else "–",
    }
