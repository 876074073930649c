"""The paper's questions, and what each source adds, answered from one run; numbers beside each sentence."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from bioner_core.analysis.additions import Addition, Gain, additions
from bioner_core.analysis.resampling import chance
from bioner_core.answers import additions_wording as told
from bioner_core.answers.research_questions import (
    OVER,
    Answer,
    FewShot,
    Steadiness,
    ZeroShot,
    answers,
    record,
)
from bioner_core.answers.wording import count, interval, percent, saving
from bioner_core.curves.budget import Budget
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore
from bioner_core.ui.shared.shell import md
from bioner_core.ui.shared.tables import csv_button

ASKED: Mapping[type[Answer], str] = {
    ZeroShot: "What does a model find in a corpus of which it has seen no sentence?",
    FewShot: "How many sentences reach 98 and 99 % of full F1, with and without pretraining?",
    Steadiness: "Is F1 steadier with pretraining?",
}
NOTHING = {
    ZeroShot: "No source was tested on another corpus without any of its sentences, beside full data.",
    FewShot: "There is no curve without pretraining that has full data, too.",
    Steadiness: "There are not enough sizes or seeds with and without pretraining.",
}


def show_questions(run: Run, entity: str) -> None:
    """Show the answers for one entity type; what is closed is not computed."""
    with st.expander(
        "The paper's questions, answered by this run", key="questions", on_change="rerun"
    ) as opened:
        if not opened.open:
            return
        found, adding = _found(run)
        for kind, question in ASKED.items():
            st.markdown(f"**{md(question)}**")
            _answered([one for one in found if isinstance(one, kind) and _is_of(one, entity)], NOTHING[kind])
        st.markdown("**Does adding a source help?**")
        _added([one for one in adding if one.entity == entity])
        with st.container(horizontal=True):
            csv_button(
                "Answers as CSV", [record(one) for one in found], name=f"{run.name} answers", key="answers"
            )
            rows = [one.record(gain) for one in adding for gain in one.gains]
            csv_button("What sources add as CSV", rows, name=f"{run.name} sources", key="additions")


def _found(run: Run) -> tuple[list[Answer], list[Addition]]:
    """Return the answers of a run and what each of its sources adds, of all entity types."""
    with st.spinner("Drawing seeds and test documents anew"):
        by_chance = chance(run, RunStore())
        return answers(run.curves(), chance=by_chance), additions(run.curves(), chance=by_chance)


def _is_of(one: Answer, entity: str) -> bool:
    """Say whether an answer is of an entity type; how steady F1 is needs all of them to be told."""
    return isinstance(one, Steadiness) or one.entity == entity


def _answered(found: Sequence[Answer], nothing: str) -> None:
    """Show the sentences and, beneath, their numbers."""
    if not found:
        st.caption(nothing)
        return
    st.markdown("\n".join(f"- {md(one.sentence)}" for one in found))
    st.dataframe(pd.DataFrame([_numbers(one) for one in found]).fillna("–"), hide_index=True)


def _numbers(one: Answer) -> dict[str, str]:
    """Return the row of an answer."""
    if isinstance(one, ZeroShot):
        return {
            "Target": one.target,
            "Best source": one.source,
            "Sources tried": str(one.n_sources),
            "Zero-shot F1": percent(one.f1),
            "Seeds": str(one.n_seeds),
            "Full F1": percent(one.full_f1),
            "Share, %": percent(one.share),
        }
    if isinstance(one, FewShot):
        return {
            "Target": one.target,
            "Reach, %": f"{100 * one.fraction:g}",
            "Best source": one.best.source if one.best else "–",
            **_planned(one.best, "Plan"),
            **_planned(one.none, "Without"),
            "Saves": saving(one.best) if one.best else "–",
            "First reached": _n(one.best and one.best.n_first),
            "First without": _n(one.none.n_first),
        }
    steady = one.found
    return {
        "Spread": OVER[steady.over],
        "With, points": percent(steady.spread),
        "Without, points": percent(steady.spread_without),
        "Pairs": str(steady.n_pairs),
        "Smaller with": str(steady.n_less),
        "p": f"{steady.p:.2g}",
    }


def _planned(row: Budget | None, name: str) -> dict[str, str]:
    """Return the number to plan on with its interval, its share of the training part and its seeds."""
    return {
        name: _n(row and row.n_plan),
        f"{name}, 90 %": (interval(row) if row else "") or "–",
        f"{name}, % of training": _share(row and row.share_of_train),
        f"{name}, seeds": _n(row and row.n_seeds),
    }


def _n(n: int | None) -> str:
    return "–" if n is None else count(n).replace("-", "−")


def _share(share: float | None) -> str:
    return "–" if share is None else percent(share)


def _added(found: Sequence[Addition]) -> None:
    """Show what each corpus brings beside each source it was added to, over the sizes above 0."""
    rows = [_gained(one, one.mean) for one in found if one.mean]
    if not rows:
        st.caption("No size was trained both with a source and without it.")
        return
    st.markdown(md(told.headline(found)))
    st.dataframe(pd.DataFrame(rows), hide_index=True)


def _gained(one: Addition, gain: Gain) -> dict[str, str]:
    return {
        "Target": one.target,
        "Added": told.name(one),
        "F1, mean over sizes": told.points(gain.f1, is_signed=False),
        "Without": told.points(gain.f1_without, is_signed=False),
        "Gain, points": told.points(gain.difference),
        "90 % interval": told.interval(gain),
        "": told.VERDICTS[gain.verdict],
        "Seeds": str(gain.n_seeds),
        **{f"Saves at {100 * need.fraction:g} %": told.saves(need) for need in one.needs},
    }
