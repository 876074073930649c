"""How sure the number is: in sentences, and each size tested against full data."""

import pandas as pd
import streamlit as st

from bioner_core.analysis.comparison import ModelSpec, compare_models
from bioner_core.answers.wording.caveats import describe_sampling
from bioner_core.answers.wording.certainty import describe_certainty, format_tests
from bioner_core.answers.wording.numbers import format_count, format_percent
from bioner_core.curves.budget import EVERY, Budget
from bioner_core.curves.curve import Curve
from bioner_core.curves.points import NONE
from bioner_core.errors import BionerError
from bioner_core.study.run import Run
from bioner_core.ui.budget.help_texts import TESTS
from bioner_core.ui.shared.shell import escape_markdown
from bioner_core.ui.shared.tables import show_table


def show_certainty(budget: Budget, curve: Curve, run: Run) -> None:
    """Offer what the number rests on, and the tests of each size against full data; closed, none is made."""
    jobs = run.study.jobs
    if not jobs or curve.full_reference is None:
        return
    with st.expander("How sure is it?", key="sure", on_change="rerun") as expander:
        if not expander.open:
            return
        sentences = [*describe_certainty(budget), describe_sampling(jobs[0].sample)]
        st.markdown("\n".join(f"- {escape_markdown(sentence)}" for sentence in sentences))
        rows = [_compare_with_full(run, curve, size.n) for size in reversed(curve.settled_sizes)]
        show_table(pd.DataFrame(rows), key="tests", height="content")
        entity = f"{escape_markdown(curve.entity)}. " if budget.entity == EVERY else ""
        st.caption(entity + TESTS)


def _compare_with_full(run: Run, curve: Curve, n: int) -> dict[str, str]:
    """Return the row of one size of a curve, tested against full data without pretraining."""
    row = {"Sentences": format_count(n)}
    try:
        trained, full = ModelSpec(curve.source, n), ModelSpec(NONE, None)
        comparison = compare_models(run, curve.target, curve.entity, trained, full)
    except BionerError as error:
        return {**row, "F1": str(error)}
    share = "–"
    if comparison.f1 is not None and comparison.other_f1:
        share = f"{100 * comparison.f1 / comparison.other_f1:.1f} %"
    return {**row, "F1": format_percent(comparison.f1), "Of full F1": share, **format_tests(comparison)}
