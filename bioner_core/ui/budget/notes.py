"""What stands beside the numbers of the Budget page: doubts, progress, rules, data, the printed table."""

import html
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from bioner_core.curves.budget import Budget, curve_budgets
from bioner_core.curves.points import COLUMNS, NONE, CurvePoint
from bioner_core.curves.saturation import saturation
from bioner_core.errors import BionerError
from bioner_core.reproduce.table5 import PrintedCell, table5
from bioner_core.study.duration import duration
from bioner_core.study.run import Run
from bioner_core.study.run_corpora import table
from bioner_core.ui.budget import help_texts as rules
from bioner_core.ui.budget.answer import Answer
from bioner_core.ui.shared import caveats as weak
from bioner_core.ui.shared import markup as plain
from bioner_core.ui.shared.shell import live, md


def notes(result: Answer, chosen: Budget, run: Run) -> None:
    """Say what the numbers rest on, where that is weak; of every type, for the type that decides."""
    shown = result.beside(chosen)
    unpretrained = [curve for curve in shown if curve.source == NONE]
    told = [weak.few_mentions(result.curve(chosen), names_type=chosen.decided_by is not None)]
    told += [weak.growing(curve.entity, saturation(curve)) for curve in unpretrained]
    told += [html.escape(text) for text in _remarks(run, chosen)]
    told += [rules.PROBE] if chosen.method == "probe" else []
    if any(told):
        st.html("".join(f'<p class="note">{text}</p>' for text in told if text))


def _remarks(run: Run, chosen: Budget) -> list[str]:
    """Return what a published run says of the curve in view."""
    about = {
        "target": chosen.target,
        "source": chosen.source,
        "entity": chosen.decided_by or chosen.entity,
    }
    return [
        note["text"]
        for note in run.record.get("notes", ())
        if isinstance(note, dict) and len(note) > 1 and all(note[k] == about[k] for k in about if k in note)
    ]


def nothing_yet(run: Run) -> None:
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
        st.info(f"{state.n_pending} of {state.n_jobs} models of this run are still to be trained.")
        st.page_link("pages/runs.py", label="Resume it in Runs", icon=":material/history:", query_params=view)
    else:
        st.info("This run has no curve: that takes two sizes or more, beside full data.")
        label = "What it has is under Transfer"
        st.page_link("pages/transfer.py", label=label, icon=":material/grid_on:", query_params=view)


@live(2)
def growth(run: Run, n_done: int) -> None:
    """Show how far a living run has come, and draw the page anew when there are new points."""
    state = run.state()
    if state.n_done != n_done or not state.is_live:
        st.rerun()
    left = "" if state.seconds_left is None else f", about {duration(state.seconds_left)} left"
    st.progress(state.n_done / max(1, state.n_jobs), f"{state.n_done} of {state.n_jobs} models trained{left}")


def explain(points: Sequence[CurvePoint], run: Run) -> None:
    """Offer the printed table, the points and the rules; what is closed is not computed."""
    printed = table(run, "table5")
    if printed:
        with st.expander("Printed Table 5 beside ours", key="printed", on_change="rerun") as opened:
            if opened.open:
                _printed(table5(curve_budgets(run.curves()), printed))
    with st.expander("The data", key="data", on_change="rerun") as opened:
        if opened.open:
            rows = [[getattr(point, name) for name in COLUMNS] for point in points]
            st.dataframe(pd.DataFrame(rows, columns=COLUMNS), hide_index=True, key="points", placeholder="–")
    with st.expander("How this is computed", key="how"):
        st.markdown(rules.HOW)


def _printed(cells: Sequence[PrintedCell]) -> None:
    """Show the paper's table beside ours, and why cells differ."""
    rows = [
        {
            "Target": cell.target,
            "Entity": cell.entity,
            "Pretraining": cell.pretrain,
            "Printed": plain.count(cell.printed),
            "Ours": "–" if cell.n_first is None else plain.count(cell.n_first),
            "Source": "" if cell.pretrain == NONE else ", ".join(cell.sources),
            "": "" if cell.is_equal else "differs",
        }
        for cell in cells
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content", key="table5")
    differing = [cell for cell in cells if not cell.is_equal]
    st.markdown(f"{len(cells) - len(differing)} of {len(cells)} cells are as printed. The others:")
    st.markdown(
        "\n".join(
            f"- **{md(f'{c.target} {c.entity}, {c.pretrain}')}: printed {plain.count(c.printed)}, "
            f"ours {plain.count(c.n_first or 0)}.** {md(c.why)}"
            for c in differing
        )
    )
