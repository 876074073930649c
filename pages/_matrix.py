"""The parts of the Transfer page: what is asked, the heat map, the ranking of sources, the printed tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import pandas as pd
import streamlit as st

from bioner_core.curves.budget import Budget, curve_budgets
from bioner_core.curves.charts import PICK, name_of
from bioner_core.curves.curve import Curve, SizePoint
from bioner_core.curves.heatmap import MEASURES, Measure, transfer_heatmap
from bioner_core.curves.points import NONE
from bioner_core.study.about import table
from bioner_core.study.run import Run
from pages import _cells as cells
from pages import _plain as plain
from pages._parts import choose, choose_entity, is_dark, name_width, switch
from pages._shell import md


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the controls ask for."""

    model: str
    method: str
    entity: str
    measure: Measure


def cell(curve: Curve) -> SizePoint | None:
    """Return what a curve gives to the heat map: full data without a source, no data with one."""
    if curve.source == NONE:
        return curve.full
    return next((size for size in curve.sizes if size.n == 0), None)


def ask(found: Sequence[Curve]) -> Asked:
    """Draw the controls; the model that was tried on most pairs of corpora comes first."""
    models = {plain.model(c): (c.model, c.method) for c in found}
    tried = {name: sum((c.model, c.method) == models[name] for c in found) for name in models}
    ranked = sorted(models, key=lambda name: (-tried[name], name))
    model, method = models[choose("Model", ranked) if len(ranked) > 1 else ranked[0]]
    own = {c.entity for c in found if (c.model, c.method) == (model, method)}
    entity = choose_entity([*own])
    measure = switch("Measure", ("f1", "precision", "recall"), titles=MEASURES)
    return Asked(model=model, method=method, entity=entity, measure=measure)  # type: ignore[arg-type]


def shown(found: Sequence[Curve], asked: Asked) -> list[Curve]:
    """Return the curves of the view."""
    key = (asked.model, asked.method, asked.entity)
    return [curve for curve in found if (curve.model, curve.method, curve.entity) == key]


def best_help(found: Sequence[Curve]) -> Curve | None:
    """Return the pair with the highest zero-shot F1; None where no corpus was tried on another one."""
    pairs = [(size.f1, curve) for curve in found if curve.source != NONE and (size := cell(curve))]
    return max(pairs, key=lambda pair: pair[0])[1] if pairs else None


def told(best: Curve | None) -> str:
    """Return the pair in a sentence (HTML)."""
    size = cell(best) if best else None
    if best is None or size is None:
        return "No corpus of this view was tried on another one yet; what each gives by itself is below."
    own = "" if best.full_f1 is None else f", against {plain.percent(best.full_f1)} when trained on it"
    return (
        f"<b>{plain.named(best.source)} helps {plain.named(best.target)} most</b> for "
        f"{plain.entity(best.entity)}: trained on {plain.named(best.source)} alone, F1 on "
        f"{plain.named(best.target)} is {plain.percent(size.f1)}{own}."
    )


def heat_map(found: Sequence[Curve], asked: Asked) -> None:
    """Draw trained on × tested on; a click makes the corpus tested on the target."""
    chart = transfer_heatmap(found, measure=asked.measure, dark=is_dark())
    st.vega_lite_chart(chart, key="heat", on_select=partial(_take_cell, "heat"))
    st.caption(
        "Framed: trained on the corpus itself. Elsewhere: zero-shot, no sentence of the corpus tested on."
    )


def _take_cell(key: str) -> None:
    """Make the corpora of the clicked cell target and source, and open what is known of the two."""
    picked = st.session_state[key]["selection"].get(PICK) or [{}]
    if "test" in picked[0]:
        target, train = picked[0]["test"], picked[0]["train"]
        st.session_state["target"] = target
        st.session_state["source"] = NONE if train == target else train
        st.session_state["pair"] = True


def ranking(found: Sequence[Curve], run: Run, asked: Asked, *, first: str) -> list[Curve]:
    """Show what each source brings to one target, the best first.

    :param first: target to begin with.
    :returns: the curves of the target, the best first.
    """
    target = choose("Target", sorted({curve.target for curve in found}), default=first)
    own = [curve for curve in found if curve.target == target]
    has_goal = any(curve.full_f1 for curve in own)
    plans = {row.source: row for row in curve_budgets(own)} if has_goal else {}
    ranked = sorted(own, key=lambda curve: _need(curve, plans.get(curve.source)))
    rows = [_ranked(curve, plans.get(curve.source)) for curve in ranked]
    width = name_width([curve.source for curve in own])
    columns = {"Source": st.column_config.TextColumn(width=width)}
    st.dataframe(pd.DataFrame(rows), hide_index=True, key="ranking", column_config=columns)
    if plans:
        view = {"run": run.name, "target": target, "entity": asked.entity}
        label = f"Curves of {md(target)}"
        st.page_link("pages/budget.py", label=label, icon=":material/flag:", query_params=view)
    return ranked


def _need(curve: Curve, plan: Budget | None) -> tuple[float, float]:
    """Order sources by the plan at 99 %, then by what they give without any sentence."""
    size = cell(curve) if curve.source != NONE else None
    n_plan = plan.n_plan if plan else None
    return float("inf") if n_plan is None else n_plan, -(size.f1 if size else 0.0)


def _ranked(curve: Curve, plan: Budget | None) -> dict[str, str]:
    size = cell(curve) if curve.source != NONE else None
    return {
        "Source": name_of(curve.source),
        "Zero-shot F1": plain.percent(size.f1 if size else None),
        "Plan at 99 %": cells.short_plan(plan) if plan else "no curve",
        "Saves": cells.short_saving(plan) if plan else "–",
    }


def in_corpus(found: Sequence[Curve]) -> None:
    """Show what each model reaches on full data of each corpus."""
    full = [(curve, curve.full) for curve in found if curve.source == NONE and curve.full]
    if not full:
        return
    st.subheader("In-corpus performance, full data", anchor=False)
    rows = [
        {
            "Corpus": curve.target,
            "Entity": curve.entity,
            "Model": plain.model(curve),
            **{title: _score(getattr(size, name)) for name, title in MEASURES.items()},
            "Seeds": size.n_seeds,
        }
        for curve, size in sorted(full, key=lambda pair: (pair[0].target, pair[0].entity, -pair[1].f1))
    ]
    seeds = {} if any(size.n_seeds > 1 for _, size in full) else {"Seeds": None}
    columns = {title: st.column_config.NumberColumn(format="%.1f %%") for title in MEASURES.values()}
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        height="content",
        key="in-corpus",
        column_config=columns | seeds,
        placeholder="–",
    )


def overlap(run: Run) -> None:
    """Show the word pieces that entities of two corpora share, where a published run tells them."""
    printed = table(run, "table4")
    if not printed:
        return
    st.subheader("Word pieces that entities share", anchor=False)
    rows = [
        {
            "Corpora": f"{row['corpus_1']} and {row['corpus_2']}",
            "Entity": row["entity"],
            "Shared pieces": int(row["shared"]),
            "of the first's": f"{row['share_of_1_percent']} % of {int(row['unique_bpe_1']):,}",
            "of the second's": f"{row['share_of_2_percent']} % of {int(row['unique_bpe_2']):,}",
        }
        for row in printed
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, key="overlap")


def _score(value: float | None) -> float | None:
    return None if value is None else round(100 * value, 2)
