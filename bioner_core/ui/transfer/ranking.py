"""What each source brings to one target of the Transfer page, the best first."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from bioner_core.analysis.transfer import transfer_of
from bioner_core.charts.curve_chart import name_of
from bioner_core.curves.budget import Budget, curve_budgets
from bioner_core.curves.curve import Curve
from bioner_core.curves.points import NONE
from bioner_core.study.run import Run
from bioner_core.ui.budget import source_table as cells
from bioner_core.ui.shared import markup as plain
from bioner_core.ui.shared.shell import md
from bioner_core.ui.shared.widgets import choose, name_width


def ranking(found: Sequence[Curve], run: Run, entity: str, *, first: str) -> list[Curve]:
    """Show what each source brings to one target, the best first.

    :param found: curves of one entity, model and method.
    :param first: target to begin with.
    :returns: the curves of the target, the best first.
    """
    target = choose("Target", sorted({curve.target for curve in found}), default=first)
    own = [curve for curve in found if curve.target == target]
    plans = {row.source: row for row in curve_budgets(own)}
    ranked = sorted(own, key=lambda curve: _need(curve, plans.get(curve.source)))
    rows = [_ranked(curve, plans.get(curve.source)) for curve in ranked]
    width = name_width([curve.source for curve in own])
    columns = {"Source": st.column_config.TextColumn(width=width)}
    st.dataframe(pd.DataFrame(rows), hide_index=True, key="ranking", column_config=columns)
    if plans:
        view = {"run": run.name, "target": target, "entity": entity}
        label = f"Curves of {md(target)}"
        st.page_link("pages/budget.py", label=label, icon=":material/flag:", query_params=view)
    return ranked


def _need(curve: Curve, plan: Budget | None) -> tuple[float, float]:
    """Order sources by the plan at 99 %, then by what they give without any sentence."""
    n_plan = plan.n_plan if plan else None
    return float("inf") if n_plan is None else n_plan, -(_zero_shot(curve) or 0.0)


def _zero_shot(curve: Curve) -> float | None:
    cell = transfer_of(curve) if curve.source != NONE else None
    return cell.score("f1") if cell else None


def _ranked(curve: Curve, plan: Budget | None) -> dict[str, str]:
    return {
        "Source": name_of(curve.source),
        "Zero-shot F1": plain.percent(_zero_shot(curve)),
        "Plan at 99 %": cells.short_plan(plan) if plan else "no curve",
        "Saves": cells.saving(plan) if plan else "–",
    }
