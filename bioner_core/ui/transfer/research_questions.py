"""The paper's research questions and the gain of each source, answered from one run with numbers."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from bioner_core.analysis.additions import Addition, Gain, measure_additions
from bioner_core.analysis.resampling import estimate_sampling_noise
from bioner_core.answers.research_questions import (
    SPREAD_LABELS,
    Answer,
    FewShot,
    StabilityAnswer,
    ZeroShot,
    answer_questions,
    build_answer_record,
)
from bioner_core.answers.wording.additions import (
    VERDICT_LABELS,
    describe_addition,
    format_gain_interval,
    format_saved,
    summarize_additions,
)
from bioner_core.answers.wording.budgets import format_saving
from bioner_core.answers.wording.certainty import format_interval
from bioner_core.answers.wording.numbers import format_count, format_difference, format_percent
from bioner_core.curves.budget import Budget
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore
from bioner_core.ui.shared.shell import escape_markdown
from bioner_core.ui.shared.tables import offer_csv, show_table

QUESTIONS: Mapping[type[Answer], str] = {
    ZeroShot: "What does a model find in a corpus of which it has seen no sentence?",
    FewShot: "How many sentences reach 98 and 99 % of full F1, with and without pretraining?",
    StabilityAnswer: "Is F1 steadier with pretraining?",
}
NO_ANSWERS = {
    ZeroShot: "No corpus has both a zero-shot score and a model on full data.",
    FewShot: "No curve without pretraining includes full data.",
    StabilityAnswer: "There are not enough sizes or seeds with and without pretraining.",
}


def show_questions(run: Run, entity: str) -> None:
    """Show the answers for one entity type; they are computed once their frame is opened."""
    with st.expander(
        "The paper's questions, answered by this run", key="questions", on_change="rerun"
    ) as opened:
        if not opened.open:
            return
        answers, source_additions = _answer_run(run)
        for kind, question in QUESTIONS.items():
            st.markdown(f"**{escape_markdown(question)}**")
            _show_answers(
                [item for item in answers if isinstance(item, kind) and _is_about(item, entity)],
                NO_ANSWERS[kind],
            )
        st.markdown("**Does adding a source help?**")
        _show_additions([item for item in source_additions if item.entity == entity])
        with st.container(horizontal=True):
            offer_csv(
                "Answers as CSV",
                [build_answer_record(item) for item in answers],
                name=f"{run.name} answers",
                key="answers",
            )
            rows = [item.record(gain) for item in source_additions for gain in item.gains]
            offer_csv("What sources add as CSV", rows, name=f"{run.name} sources", key="additions")


def _answer_run(run: Run) -> tuple[list[Answer], list[Addition]]:
    """Return the answers of a run and the gains of its sources, for all entity types."""
    with st.spinner("Resampling seeds and test documents"):
        noise = estimate_sampling_noise(run, RunStore())
        return answer_questions(run.curves(), chance=noise), measure_additions(run.curves(), noise=noise)


def _is_about(answer: Answer, entity: str) -> bool:
    """Say whether an answer is about an entity type; stability is pooled over all types."""
    return isinstance(answer, StabilityAnswer) or answer.entity == entity


def _show_answers(answers: Sequence[Answer], fallback: str) -> None:
    """Show the answers as sentences and, below, as a table."""
    if not answers:
        st.caption(fallback)
        return
    st.markdown("\n".join(f"- {escape_markdown(answer.sentence)}" for answer in answers))
    show_table(pd.DataFrame([_build_answer_row(answer) for answer in answers]).fillna("–"))


def _build_answer_row(answer: Answer) -> dict[str, str]:
    """Return the table row of an answer."""
    if isinstance(answer, ZeroShot):
        return {
            "Target": answer.target,
            "Best source": answer.source,
            "Sources tried": str(answer.n_sources),
            "Zero-shot F1": format_percent(answer.f1),
            "Seeds": str(answer.n_seeds),
            "Full F1": format_percent(answer.full_f1),
            "Share, %": format_percent(answer.share),
        }
    if isinstance(answer, FewShot):
        return {
            "Target": answer.target,
            "Reach, %": f"{100 * answer.fraction:g}",
            "Best source": answer.best.source if answer.best else "–",
            **_build_plan_cells(answer.best, "Plan"),
            **_build_plan_cells(answer.none, "Without"),
            "Saves": format_saving(answer.best) if answer.best else "–",
            "First reached": _format_n(answer.best.n_first if answer.best else None),
            "First without": _format_n(answer.none.n_first),
        }
    stability = answer.stability
    return {
        "Spread": SPREAD_LABELS[stability.over],
        "With, points": format_percent(stability.spread),
        "Without, points": format_percent(stability.spread_without),
        "Pairs": str(stability.n_pairs),
        "Smaller with": str(stability.n_less),
        "p": f"{stability.p:.2g}",
    }


def _build_plan_cells(budget: Budget | None, name: str) -> dict[str, str]:
    """Return the cells of a plan: sentences, interval, share of the training part, seeds."""
    return {
        name: _format_n(budget.n_plan if budget else None),
        f"{name}, 90 %": (format_interval(budget) if budget else "") or "–",
        f"{name}, % of training": _format_share(budget.share_of_train if budget else None),
        f"{name}, seeds": _format_n(budget.n_seeds if budget else None),
    }


def _format_n(n: int | None) -> str:
    return "–" if n is None else format_count(n).replace("-", "−")


def _format_share(share: float | None) -> str:
    return "–" if share is None else format_percent(share)


def _show_additions(source_additions: Sequence[Addition]) -> None:
    """Show the gain of adding a corpus to a source, averaged over the sizes above 0."""
    rows = [_build_addition_row(addition, addition.mean) for addition in source_additions if addition.mean]
    if not rows:
        st.caption("No size was trained both with a source and without it.")
        return
    st.markdown(escape_markdown(summarize_additions(source_additions)))
    show_table(pd.DataFrame(rows))


def _build_addition_row(addition: Addition, gain: Gain) -> dict[str, str]:
    return {
        "Target": addition.target,
        "Added": describe_addition(addition),
        "F1, mean over sizes": format_difference(gain.f1, is_signed=False),
        "Without": format_difference(gain.f1_without, is_signed=False),
        "Gain, points": format_difference(gain.difference),
        "90 % interval": format_gain_interval(gain),
        "": VERDICT_LABELS[gain.verdict],
        "Seeds": str(gain.n_seeds),
        **{f"Saves at {100 * need.fraction:g} %": format_saved(need) for need in addition.needs},
    }
