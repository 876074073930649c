"""Two runs beside each other: where they differ, and their curves in one chart."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from bioner_core.analysis.comparison import Side, versus
from bioner_core.charts.curve_chart import curve_chart, name_of
from bioner_core.curves.budget import curve_budgets
from bioner_core.curves.curve import Curve
from bioner_core.errors import BionerError
from bioner_core.study.plan import SHARED, Study
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore
from bioner_core.ui.budget import source_table as cells
from bioner_core.ui.budget.certainty import p_value
from bioner_core.ui.shared import markup as plain
from bioner_core.ui.shared.shell import md
from bioner_core.ui.shared.widgets import choose, is_dark

Key = tuple[str, str, str]  # target, entity, source


def compare(run: Run, store: RunStore) -> None:
    """Draw a curve of this run and the same of another one; what both lack is not offered."""
    others = [name for name in store.names() if name != run.name]
    if not others:
        st.caption("There is no other run to compare with.")
        return
    with st.container(horizontal=True, gap="medium"):
        other = store.open(choose("Other", others))
        mine, theirs = _curves(run), _curves(other)
        both = sorted(mine.keys() & theirs.keys())
        if not both:
            st.info("These two have no curve of the same target, entity type and source.")
            return
        titles = {_label(key): key for key in both}
        key = titles[choose("Curve", list(titles), width=420)]
    for difference in differences(run.study, other.study):
        st.markdown(f"- {md(difference)}")
    found = {run.name: mine[key], other.name: theirs[key]}
    _drawn(found)
    st.markdown(md(_tested(run, other, mine[key])))


def _tested(run: Run, other: Run, curve: Curve) -> str:
    """Return whether the two differ at full data by more than chance."""
    full = Side(curve.source, None)
    try:
        found = versus(run, curve.target, curve.entity, full, full, other_run=other)
    except BionerError:
        return "One of the two has no model on full data to be compared."
    if found.p_runs is None and found.p_test is None:
        return "Too little is known of chance to say whether the two differ at full data."
    told = {"over seeds": found.p_runs, "over the test part": found.p_test}
    tests = ", ".join(f"{name}: {p_value(p)}" for name, p in told.items() if p is not None)
    scores = f"{plain.percent(found.one)} here, {plain.percent(found.other)} there"
    return f"Do they differ at full data ({scores})? Tested {tests}."


def _curves(run: Run) -> dict[Key, Curve]:
    """Return the run's curves; of several models the one with most sizes."""
    found = sorted(run.curves(), key=lambda curve: len(curve.sizes))
    return {(c.target, c.entity, c.source): c for c in found if c.is_curve}


def _label(key: Key) -> str:
    return f"{key[0]}, {key[1]}, {name_of(key[2])}"


def differences(one: Study, other: Study) -> list[str]:
    """Return in what two studies differ, so that their scores can't be compared point by point."""
    told = []
    for name in SHARED:
        mine, theirs = (getattr(study.jobs[0], name) if study.jobs else None for study in (one, other))
        if mine != theirs and name != "settings":
            told.append(
                f"{name.replace('_', ' ')}: {mine if mine is not None else 'not known'} here, "
                f"{theirs if theirs is not None else 'not known'} there"
            )
    for corpus in sorted(one.corpora.keys() & other.corpora.keys()):
        if one.corpora[corpus] != other.corpora[corpus]:
            told.append(f"corpus {corpus}: has changed between the two")
    return told


def _drawn(found: dict[str, Curve]) -> None:
    """Draw the curves, each under its run's name, and what they come to."""
    shown = [replace(curve, source=name) for name, curve in found.items()]
    rows = {name: curve_budgets([curve])[0] for name, curve in found.items()}
    named = [replace(row, source=name) for name, row in rows.items()]
    chart = curve_chart(shown, named, chosen=shown[0].source, sources=list(found), dark=is_dark())
    st.vega_lite_chart(chart, key="pair")
    table = [
        {
            "Run": name,
            "Plan at 99 %": cells.short_plan(row),
            "First": plain.count(row.n_first) if row.n_first is not None else "–",
            "Full F1": plain.percent(row.full_f1),
        }
        for name, row in rows.items()
    ]
    st.dataframe(pd.DataFrame(table), hide_index=True, key="pair table")
