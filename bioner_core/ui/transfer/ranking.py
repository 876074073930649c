"""The sources of one target on the Transfer page, ranked."""

import html
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from bioner_core.analysis.resampling import estimate_sampling_noise
from bioner_core.analysis.transfer import build_transfer
from bioner_core.answers.pretraining_gain import find_gain
from bioner_core.answers.sort_order import sort_sources
from bioner_core.answers.wording.budgets import format_plan_or_best, format_saving
from bioner_core.answers.wording.numbers import format_percent
from bioner_core.answers.wording.sources import describe_gain, describe_subject
from bioner_core.charts.curve_chart import name_source
from bioner_core.curves.best_source import add_chances
from bioner_core.curves.budget import Budget
from bioner_core.curves.budget_table import compute_curve_budgets
from bioner_core.curves.curve import Curve
from bioner_core.curves.draws import SamplingNoise
from bioner_core.curves.points import NONE
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore
from bioner_core.ui.shared.shell import escape_markdown, find_head
from bioner_core.ui.shared.tables import show_table
from bioner_core.ui.shared.widgets import choose_option, fit_name_width


def show_ranking(curves: Sequence[Curve], run: Run, entity: str, *, first: str) -> list[Curve]:
    """Show the sources of one target, the best first.

    :param curves: curves of one entity, model and method.
    :param first: the default target.
    :returns: the curves of the target, the best first.
    """
    target = choose_option("Target", sorted({curve.target for curve in curves}), default=first)
    in_matrix = {curve.source for curve in curves if curve.target == target}
    target_curves = _select_curves(curves, run, target)
    noise = estimate_sampling_noise(run, RunStore())  # as on Budget: it decides whether there is a plan
    plans = sort_sources(add_chances(compute_curve_budgets(target_curves, noise=noise)))
    _show_best_source(plans, target_curves, noise)
    by_source = {row.source: row for row in plans}
    order = {source: i for i, source in enumerate(by_source)}
    ranked = sorted(
        target_curves,
        key=lambda curve: (order.get(curve.source, len(order)), -(_find_zero_shot_f1(curve) or 0)),
    )
    rows = [_build_row(curve, by_source.get(curve.source)) for curve in ranked]
    width = fit_name_width([curve.source for curve in target_curves])
    columns = {"Source": st.column_config.TextColumn(width=width)}
    show_table(pd.DataFrame(rows), key="ranking", column_config=columns)
    if plans:
        view = {"run": run.name, "target": target, "entity": entity}
        label = f"Curves of {escape_markdown(target)}"
        st.page_link("pages/budget.py", label=label, icon=":material/flag:", query_params=view)
    return [curve for curve in ranked if curve.source in in_matrix]


def _select_curves(curves: Sequence[Curve], run: Run, target: str) -> list[Curve]:
    """Return the curves of one target that are in the matrix or have a budget: the sources that Budget ranks.

    :param curves: of the matrix, of one entity, model and method.
    """
    model = {(curve.entity, curve.model, curve.method) for curve in curves}
    sources = {curve.source for curve in curves if curve.target == target}
    return [
        curve
        for curve in run.curves()
        if curve.target == target
        and (curve.entity, curve.model, curve.method) in model
        and (curve.source in sources or curve.has_enough_sizes)
    ]


def _show_best_source(plans: Sequence[Budget], curves: Sequence[Curve], noise: SamplingNoise) -> None:
    """Say below the page's answer which source needs fewest sentences of the target, and what it brings."""
    if len(plans) < 2:
        return
    best = plans[0]
    gain = find_gain(best, plans, curves, noise)
    texts = [describe_subject(best, plans), describe_gain(gain.gain, gain.budget) if gain else ""]
    find_head().html(f'<p class="note">{html.escape(" ".join(filter(None, texts)))}</p>')


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
