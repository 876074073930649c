"""Systems that need no training, on the Budget page: their scores, and what adds and removes them."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import streamlit as st

from bioner_core.analysis.break_even import BreakEven, ExternalScore
from bioner_core.analysis.external_scoring import Part, select_part, split_target
from bioner_core.answers.wording.break_even import CANNOT_CHANGE, LEAVES_MACHINE, build_system_row
from bioner_core.answers.wording.break_even import format_better_from as format_from
from bioner_core.corpus.unannotated import serialize_unannotated
from bioner_core.curves.budget import Budget
from bioner_core.errors import BionerError
from bioner_core.study.external_results import (
    ExternalResult,
    delete_external_result,
    load_external_results,
)
from bioner_core.study.run import Run
from bioner_core.ui.budget.answer import BudgetAnswer
from bioner_core.ui.budget.help_texts import SYSTEM_COLUMNS, SYSTEMS
from bioner_core.ui.budget.system import compare_systems
from bioner_core.ui.budget.system_upload import add_predictions, add_terms, show_outcome
from bioner_core.ui.budget.timed_batches import compare_batches
from bioner_core.ui.shared.findings import replace_options
from bioner_core.ui.shared.shell import escape_markdown, show_faults
from bioner_core.ui.shared.tables import offer_file, show_table

PARTS: dict[Part, str] = {"test": "Test part", "training": "Training part"}
TABS = ("Predictions of a system", "A list of terms", "Correct instead of annotate")


def show_systems(answer: BudgetAnswer, chosen: Budget, run: Run) -> None:
    """Offer to score systems on the test part of the target; nothing where the run has no plan for it."""
    if chosen.target not in run.study.targets:
        return
    with st.expander("Must we annotate at all?", key="systems", on_change="rerun") as expander:
        if not expander.open:
            return
        st.markdown(SYSTEMS)
        show_outcome()
        with show_faults():
            _show_scores(answer, chosen, run)
            if run.is_read_only:
                belongs = f"This run belongs to {run.owner}. You can read it, not change it."
                st.caption(escape_markdown(belongs if run.owner else CANNOT_CHANGE))
                return
            predictions, terms, correction = st.tabs(TABS)
            with predictions, _show_page_faults():
                part = _choose_part(run, chosen.target)
                add_predictions(run, chosen.target, part)
            with terms, _show_page_faults():
                add_terms(run, chosen.target)
            with correction, _show_page_faults():
                compare_batches(run, chosen)


def _show_scores(answer: BudgetAnswer, chosen: Budget, run: Run) -> None:
    """Show a row for each system and type of the answer, and the buttons that remove systems."""
    results = [result for result in load_external_results(run) if result.target == chosen.target]
    if not results:
        return
    if rows := [_build_row(score, better) for score, better in compare_systems(answer, chosen, run)]:
        show_table(
            rows,
            key="scores of systems",
            height="content",
            column_config={name: st.column_config.Column(help=text) for name, text in SYSTEM_COLUMNS.items()},
            alt="Systems that need no training, their F1, and from where your own model is better",
        )
    if run.is_read_only:
        return
    with st.container(horizontal=True, gap="small"):
        for result in results:
            part = " (training texts)" * result.is_pre_annotation
            label = f"Remove {escape_markdown(result.name)}{part}"
            if st.button(label, key=f"remove {result.id}", icon=":material/delete:"):
                _confirm_removal(run, result)


def _build_row(score: ExternalScore, better: BreakEven | None) -> dict[str, object]:
    row = build_system_row(score)
    return {
        "System": row["system"],
        "Type": row["entity"],
        "F1 (90 %)": row["F1 (90 % interval)"],
        "Better from": format_from(better),
        "Precision": row["P"],
        "Recall": row["R"],
        "Test mentions": row["mentions"],
        "Annotated": row["annotated"],
        "Cost": row["cost"] or "–",
    }


@st.dialog("Remove this system?")
def _confirm_removal(run: Run, result: ExternalResult) -> None:
    """Say what is removed, and remove it on confirmation."""
    texts = "training texts" if result.is_pre_annotation else "test part"
    name, target = escape_markdown(result.name), escape_markdown(result.target)
    st.markdown(
        f"The scores of **{name}** on the {texts} of {target} are removed from this run. Its file is not "
        "kept here, so you need it to score the system again."
    )
    with st.container(horizontal=True), show_faults():
        if st.button("Remove", key="remove for good", type="primary", icon=":material/delete:"):
            delete_external_result(run, result)
            st.rerun()
        if st.button("Keep", key="keep system"):
            st.rerun()


@contextmanager
def _show_page_faults() -> Iterator[None]:
    """Show a user's error in the words of the pages."""
    with show_faults():
        try:
            yield
        except BionerError as error:
            raise BionerError(replace_options(str(error))) from error


def _choose_part(run: Run, target: str) -> Part:
    """Draw the choice of the part, and the download of its texts."""
    part: Part = st.segmented_control(
        "Texts that the system annotates",
        list(PARTS),
        default="test",
        format_func=PARTS.__getitem__,
        required=True,
        key="system part",
        help="The test part shows what the system reaches. The training part shows what it takes to correct "
        "its annotations there.",
    )
    st.warning(f"The download takes texts out of this program: {LEAVES_MACHINE}", icon=":material/warning:")
    offer_file(
        f"Texts of the {PARTS[part].lower()}",
        partial(_write_texts, run, target, part),
        f"{target} {part}.jsonl",
        "application/jsonl",
    )
    return part


def _write_texts(run: Run, target: str, part: Part) -> str:
    corpus, split = split_target(run, target)
    return serialize_unannotated(select_part(split, part), language=corpus.language)
