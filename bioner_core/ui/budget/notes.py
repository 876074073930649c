"""What stands beside the numbers of the Budget page: caveats, progress, data, the printed table."""

import html
from collections.abc import Callable, Mapping, Sequence

import pandas as pd
import streamlit as st

from bioner_core.answers.wording.caveats import (
    METHOD_CAVEATS,
    describe_agreement,
    describe_few_mentions,
    describe_growing_goal,
    select_notes,
)
from bioner_core.answers.wording.numbers import format_count
from bioner_core.answers.wording.progress import describe_time_left
from bioner_core.answers.wording.sources import describe_gain, describe_subject
from bioner_core.curves.budget import Budget
from bioner_core.curves.budget_table import compute_curve_budgets
from bioner_core.curves.points import COLUMNS, NONE, CurvePoint
from bioner_core.errors import BionerError
from bioner_core.reproduce.table5 import PrintedCell, compute_table5
from bioner_core.study.run import Run
from bioner_core.study.run_corpora import describe_run_corpora, load_published_table
from bioner_core.ui.budget.answer import BudgetAnswer
from bioner_core.ui.budget.help_texts import HOW
from bioner_core.ui.budget.system import describe_correction, describe_system
from bioner_core.ui.shared.shell import escape_markdown, find_head, repeat_every
from bioner_core.ui.shared.tables import show_table

TABLE5_FRACTION = 0.99  # of full F1, the goal of the paper's Table 5


def show_subject(answer: BudgetAnswer, chosen: Budget, run: Run) -> None:
    """Show below the answer what it is about, what pretraining brings, and what annotators reach."""
    best = answer.find_gain(chosen)
    sentences = [
        describe_subject(chosen, answer.rows),
        describe_printed(answer.rows, chosen, load_published_table(run, "table5")),
        describe_gain(best.gain, best.budget) if best and chosen.has_answer else "",
        describe_system(answer, chosen, run),
        describe_agreement(describe_run_corpora(run).get(chosen.target)),
    ]
    text = " ".join(filter(None, sentences))
    find_head().html(f'<p class="note">{html.escape(text)}</p>')


def describe_printed(rows: Sequence[Budget], chosen: Budget, printed: Sequence[Mapping[str, str]]) -> str:
    """Say what the paper prints for a row; "" where it prints nothing for it.

    :param printed: the rows of its Table 5, at 99 % of full F1.
    """
    cells = [cell for cell in printed if (cell["target"], cell["entity"]) == (chosen.target, chosen.entity)]
    if chosen.fraction != TABLE5_FRACTION:
        return ""
    computed = [cell for cell in compute_table5(rows, cells) if chosen.source in cell.sources]
    if not computed:
        return ""
    return f"The paper prints {format_count(computed[0].printed)}, the first size to reach it."


def show_notes(answer: BudgetAnswer, chosen: Budget, run: Run) -> None:
    """Show what makes the number weak; for every type, what makes that of the deciding type weak."""
    goal_curves = [curve for curve in answer.source_curves(chosen) if curve.source == NONE]
    notes = [
        describe_few_mentions(answer.curve(chosen)),
        *map(describe_growing_goal, goal_curves),
        *select_notes(run, chosen, with_general=False),
        describe_correction(chosen, run),
        METHOD_CAVEATS.get(chosen.method, ""),
    ]
    if any(notes):
        st.html("".join(f'<p class="note">{html.escape(note)}</p>' for note in notes if note))


def show_nothing_yet(run: Run) -> None:
    """Say why there is no curve, and where to go.

    :raises BionerError: the run's files cannot be read.
    """
    state = run.state()
    if state.problem:
        raise BionerError(state.problem)
    view = {"run": run.name}
    if state.is_live:
        st.info("No size is trained yet. The curve appears here, point by point.")
    elif state.n_pending:
        st.info(f"{state.n_pending} of {state.n_jobs} models of this run are not trained yet.")
        st.page_link("pages/runs.py", label="Resume it in Runs", icon=":material/history:", query_params=view)
    else:
        st.info("This run has no curve. A curve needs two sizes or more, besides full data.")
        label = "See its results in Transfer"
        st.page_link("pages/transfer.py", label=label, icon=":material/grid_on:", query_params=view)


@repeat_every(2)
def follow_growth(run: Run, n_done: int) -> None:
    """Show how far a running study is, and redraw the page when there are new points."""
    state = run.state()
    if state.n_done != n_done or not state.is_live:
        st.rerun()
    done = f"{state.n_done} of {state.n_jobs} models trained{describe_time_left(state)}"
    st.progress(state.n_done / max(1, state.n_jobs), done)


def show_details(find_points: Callable[[], Sequence[CurvePoint]], run: Run) -> None:
    """Offer the printed table, the points and the method; what is closed is not computed."""
    printed = load_published_table(run, "table5")
    if printed:
        with st.expander(
            "Table 5 as printed and as recomputed", key="printed", on_change="rerun"
        ) as expander:
            if expander.open:
                _show_printed(compute_table5(compute_curve_budgets(run.curves()), printed))
    with st.expander("The data", key="data", on_change="rerun") as expander:
        if expander.open:
            rows = [[getattr(point, name) for name in COLUMNS] for point in find_points()]
            show_table(pd.DataFrame(rows, columns=COLUMNS), key="points", placeholder="–")
    with st.expander("How this is computed", key="how"):
        st.markdown(HOW)
        st.page_link("pages/method.py", label="Method", icon=":material/functions:")


def _show_printed(cells: Sequence[PrintedCell]) -> None:
    """Show the paper's table beside ours, and why cells differ."""
    rows = [
        {
            "Target": cell.target,
            "Entity": cell.entity,
            "Pretraining": cell.pretrain,
            "Printed": format_count(cell.printed),
            "Ours": "–" if cell.n_first is None else format_count(cell.n_first),
            "Source": "" if cell.pretrain == NONE else ", ".join(cell.sources),
            "Agreement": "" if cell.is_equal else "differs",
        }
        for cell in cells
    ]
    show_table(pd.DataFrame(rows), height="content", key="table5")
    differing = [cell for cell in cells if not cell.is_equal]
    st.markdown(f"{len(cells) - len(differing)} of {len(cells)} cells are as printed. The others:")
    st.markdown(
        "\n".join(
            f"- **{escape_markdown(f'{c.target} {c.entity}, {c.pretrain}')}: printed "
            f"{format_count(c.printed)}, ours {format_count(c.n_first or 0)}.** {escape_markdown(c.why)}"
            for c in differing
        )
    )
