"""Compare two runs: differences in their plans, a test, and their curves in one chart."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from bioner_core.analysis.comparison import ModelSpec, compare_models
from bioner_core.analysis.resampling import estimate_sampling_noise
from bioner_core.answers.wording.budgets import format_plan_or_best
from bioner_core.answers.wording.numbers import format_count, format_p_value, format_percent
from bioner_core.charts.curve_chart import build_curve_chart, name_source
from bioner_core.curves.budget import Budget
from bioner_core.curves.budget_table import compute_curve_budgets
from bioner_core.curves.curve import Curve
from bioner_core.curves.points import NONE
from bioner_core.errors import BionerError
from bioner_core.study.plan import SHARED_FIELDS, Study
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore
from bioner_core.ui.shared.shell import escape_markdown
from bioner_core.ui.shared.widgets import choose_option, is_dark

Key = tuple[str, str, str]  # target, entity, source


def compare_runs(run: Run, store: RunStore) -> None:
    """Draw the choice of another run and of a curve that both have, and compare them."""
    others = [name for name in store.names() if name != run.name]
    if not others:
        st.caption("There is no other run to compare with.")
        return
    with st.container(horizontal=True, gap="medium"):
        other = store.open(choose_option("Other", others))
        run_curves, other_curves = _select_curves(run), _select_curves(other)
        keys = sorted(run_curves.keys() & other_curves.keys())
        if not keys:
            st.info("These two runs have no curve of the same target, entity type and source.")
            return
        titles = {_format_key(key): key for key in keys}
        key = titles[choose_option("Curve", list(titles), width=420)]
    for difference in list_differences(run.study, other.study):
        st.markdown(f"- {escape_markdown(difference)}")
    curves = {run.name: run_curves[key], other.name: other_curves[key]}
    budgets = {
        selected.name: _find_budget(selected, curves[selected.name], store) for selected in (run, other)
    }
    _show_curves(curves, budgets)
    st.markdown(escape_markdown(_describe_test(run, other, run_curves[key])))


def _find_budget(run: Run, curve: Curve, store: RunStore) -> Budget:
    """Return the budget of a curve, as the Budget page shows it."""
    unpretrained = (curve.target, NONE, *curve.key[2:])
    curves = [c for c in run.curves() if c.key in (unpretrained, curve.key)]  # the goal, and the curve
    rows = compute_curve_budgets(curves, noise=estimate_sampling_noise(run, store))
    return next(row for row in rows if row.source == curve.source)


def _describe_test(run: Run, other: Run, curve: Curve) -> str:
    """Return whether the two differ significantly at full data."""
    full = ModelSpec(curve.source, None)
    try:
        comparison = compare_models(run, curve.target, curve.entity, full, full, other_run=other)
    except BionerError:
        return "One of the two runs has no model on full data to compare."
    if comparison.p_runs is None and comparison.p_test is None:
        return "There are too few seeds and no counts to test whether the two differ at full data."
    p_values = {"over seeds": comparison.p_runs, "over the test part": comparison.p_test}
    tests = ", ".join(f"{name}: {format_p_value(p)}" for name, p in p_values.items() if p is not None)
    scores = f"{format_percent(comparison.f1)} here, {format_percent(comparison.other_f1)} in the other run"
    return f"Difference at full data ({scores}), tested {tests}."


def _select_curves(run: Run) -> dict[Key, Curve]:
    """Return the curves of a run by key; of several models, the one with most sizes."""
    by_size = sorted(run.curves(), key=lambda curve: len(curve.sizes))
    return {(c.target, c.entity, c.source): c for c in by_size if c.has_enough_sizes}


def _format_key(key: Key) -> str:
    return f"{key[0]}, {key[1]}, {name_source(key[2])}"


def list_differences(planned: Study, other: Study) -> list[str]:
    """List the differences between two plans that make single points incomparable."""
    differences = []
    for name in SHARED_FIELDS:
        value, other_value = (
            getattr(planned.jobs[0], name) if planned.jobs else None for planned in (planned, other)
        )
        if value != other_value and name != "settings":
            differences.append(
                f"{name.replace('_', ' ')}: {value if value is not None else 'not known'} here, "
                f"{other_value if other_value is not None else 'not known'} there"
            )
    for corpus in sorted(planned.corpora.keys() & other.corpora.keys()):
        if planned.corpora[corpus] != other.corpora[corpus]:
            differences.append(f"corpus {corpus}: has changed between the two")
    return differences


def _show_curves(curves: dict[str, Curve], rows: dict[str, Budget]) -> None:
    """Show the curves, each under its run's name, and a table of their budgets."""
    named_curves = [replace(curve, source=name) for name, curve in curves.items()]
    named_rows = [replace(row, source=name) for name, row in rows.items()]
    chart = build_curve_chart(
        named_curves, named_rows, chosen=named_curves[0].source, sources=list(curves), dark=is_dark()
    )
    st.vega_lite_chart(chart, key="pair")
    table = [
        {
            "Run": name,
            "Plan at 99 %": format_plan_or_best(row),
            "First": format_count(row.n_first) if row.n_first is not None else "–",
            "Full F1": format_percent(row.full_f1),
        }
        for name, row in rows.items()
    ]
    st.dataframe(pd.DataFrame(table), hide_index=True, key="pair table")
