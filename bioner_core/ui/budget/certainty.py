"""How sure the number is: in words, and size by size against full data."""

import pandas as pd
import streamlit as st

from bioner_core.analysis.comparison import Side, Versus, versus
from bioner_core.answers.sampling import sampled
from bioner_core.curves.budget import EVERY, Budget
from bioner_core.curves.curve import Curve
from bioner_core.curves.points import NONE
from bioner_core.errors import BionerError
from bioner_core.scoring.significance import LEVEL
from bioner_core.study.run import Run
from bioner_core.ui.budget import help_texts as rules
from bioner_core.ui.shared.markup import count, percent
from bioner_core.ui.shared.shell import md


def spread(row: Budget, *, is_published: bool, n_pending: int = 0) -> str:
    """Return what is known about chance, and how many models are still to come."""
    if is_published:
        return "published, one run per size, no interval"
    if n_pending:
        return f"{count(n_pending)} model{'s' * (n_pending > 1)} of this run still to be trained"
    seeds = f"{row.n_seeds} seeds a size" if (row.n_seeds or 0) > 1 else "one model a size"
    if row.interval_of is None:
        return seeds if (row.n_seeds or 0) > 1 else f"{seeds}, so chance is not seen"
    return seeds if row.interval_of == "seeds and documents" else f"{seeds}; {covered(row.interval_of)}"


def covered(interval_of: str) -> str:
    """Return what a 90 % interval covers, and what it does not.

    >>> covered("documents")
    'the interval covers other test documents, not other seeds'
    """
    parts = interval_of.split(" and ")
    unit = "" if parts[-1].endswith("seeds") else parts[-1]
    tested = f"other test {unit}" + (" (documents are not known)" if unit == "sentences" else "")
    lent = "other seeds as far as they vary in other curves of the same model"
    if not unit:
        seeds = lent if parts[0] == "borrowed seeds" else "other seeds"
        return f"the interval covers {seeds}, not other test documents, for which counts are missing"
    if parts[0] == "seeds":
        return f"the interval covers other seeds and {tested}"
    if parts[0] == "borrowed seeds":
        return f"the interval covers {tested}, and {lent}"
    return f"the interval covers {tested}, not other seeds"


def sure(row: Budget) -> str:
    """Return how sure the plan is, such as "an even chance; 1,300 to be 95 % sure"; "" where unknown."""
    if row.n_high_beyond is None:
        return ""
    high = f"more than {count(row.n_max or 0)}" if row.n_high is None else count(row.n_high)
    if row.n_plan is not None:
        low = f" (90 % interval from {count(row.n_low)})" if row.n_low is not None else ""
        return f"an even chance; {high} to be 95 % sure{low}"
    return f"one chance in twenty at {count(row.n_low)}" if row.n_low is not None else ""


def explain(row: Budget, curve: Curve, run: Run) -> None:
    """Offer what the number rests on, and the tests of each size against full data; closed, none is made."""
    jobs = run.study.jobs
    if not jobs or curve.yardstick is None:
        return
    with st.expander("How sure is it?", key="sure", on_change="rerun") as opened:
        if not opened.open:
            return
        st.markdown("\n".join(f"- {md(text)}" for text in (*told(row), sampled(jobs[0].sample))))
        rows = [against_full(run, curve, size.n) for size in reversed(curve.candidates)]
        st.dataframe(pd.DataFrame(rows), hide_index=True, key="tests", height="content")
        which = f"{md(curve.entity)}. " if row.entity == EVERY else ""
        st.caption(which + rules.TESTS)


def told(row: Budget) -> list[str]:
    """Return what is known of how sure the number is, in sentences."""
    found = []
    if row.n_plan is not None and sure(row):
        found.append(f"{count(row.n_plan)}: {sure(row)}.")
    if row.interval_of is not None:
        which = "The largest of the types: " if row.entity == EVERY else ""
        found.append(f"{which}{covered(row.interval_of)}.".capitalize())
        if row.n_sure is None:
            found.append(
                "Not even the largest size is shown to be as good as the goal asks (one-sided, 95 %)."
            )
        else:
            found.append(
                f"{count(row.n_sure)} and all larger sizes are shown to be as good as the goal asks, tested "
                "from the largest down (one-sided, 95 %)."
            )
    return found


def against_full(run: Run, curve: Curve, n: int) -> dict[str, str]:
    """Return a row of the table of tests: a size of the curve against full data without pretraining."""
    row = {"Sentences": count(n)}
    try:
        found = versus(run, curve.target, curve.entity, Side(curve.source, n), Side(NONE, None))
    except BionerError as error:
        return {**row, "F1": str(error)}
    return {**row, "F1": percent(found.one), "Of full F1": _share(found), **outcomes(found)}


def outcomes(found: Versus) -> dict[str, str]:
    """Return what the tests of two models say, in columns."""
    between = "–"
    if found.low is not None and found.high is not None:
        between = f"{100 * found.low:+.1f} to {100 * found.high:+.1f}".replace("-", "−")
    return {
        "Difference, 95 %": between,
        "Over seeds": p_value(found.p_runs),
        "Over the test part": p_value(found.p_test),
    }


def p_value(p: float | None) -> str:
    """Return the p of a test, marked where it is 0.05 or less, as in the paper.

    >>> p_value(0.0312), p_value(0.4), p_value(0.0001), p_value(None)
    ('differs (p 0.031)', 'p 0.400', 'differs (p < 0.001)', '–')
    """
    if p is None:
        return "–"
    shown = "p < 0.001" if p < 0.001 else f"p {p:.3f}"
    return f"differs ({shown})" if p <= LEVEL else shown


def _share(found: Versus) -> str:
    return f"{100 * found.one / found.other:.1f} %" if found.other else "–"
