"""One cell of the heat map: its curve, and the test sentences that the model got wrong."""

from collections.abc import Sequence
from contextlib import suppress

import streamlit as st

from bioner_core.curves.budget import Budget, curve_budgets
from bioner_core.curves.charts import curve_chart, name_of
from bioner_core.curves.curve import Curve
from bioner_core.curves.points import NONE
from bioner_core.errors import BionerError
from bioner_core.study.examples import hardest
from bioner_core.study.run import Run
from pages import _plain as plain
from pages._parts import choose, is_dark
from pages._sentences import show_sentences
from pages._shell import md


def pair(found: Sequence[Curve], run: Run) -> None:
    """Show a source for the target in view: its curve among the others, and sentences.

    :param found: curves of one target, entity, model and method.
    """
    titles = {curve.source: name_of(curve.source) for curve in found}
    source = choose("Source", list(titles), titles=titles)
    left, right = st.columns([4, 3], gap="medium")
    with left:
        _curve([curve for curve in found if curve.is_curve], source)
    with right:
        _sentences(run, next(curve for curve in found if curve.source == source))


def _curve(found: Sequence[Curve], source: str) -> None:
    rows: list[Budget] = []
    with suppress(BionerError):  # a full F1 of 0 sets no goal; the curve is there all the same
        rows = curve_budgets(found)
    if not found:
        st.caption("No curve: that takes two sizes or more.")
        return
    chart = curve_chart(found, rows, chosen=source, sources=sorted(c.source for c in found), dark=is_dark())
    st.vega_lite_chart(chart, key="pair curve")


def _sentences(run: Run, curve: Curve) -> None:
    """Show the test sentences with most errors; say why where they can't be had."""
    trained = (
        f"trained on {curve.target} itself" if curve.source == NONE else f"trained on {curve.source} alone"
    )
    if run.study.is_published:
        st.caption("A published run has no sentences: its corpora are not part of the program.")
        return
    try:
        examples = hardest(run, target=curve.target, source=curve.source, entity=curve.entity)
    except BionerError as error:
        st.caption(md(str(error)))
        return
    if not examples:
        st.caption(f"A model {md(trained)} got every test sentence right.")
        return
    missed, false = (sum(getattr(one, name) for one in examples) for name in ("n_missed", "n_false"))
    st.caption(
        f"Test sentences of {md(curve.target)} that a model {md(trained)} got most wrong, with the right "
        f"entities marked. In these {len(examples)} it missed {plain.count(missed)} of type "
        f"{md(curve.entity)} and found {plain.count(false)} that are none."
    )
    labels = sorted({span.label for one in examples for span in one.sentence.spans})
    show_sentences([one.sentence for one in examples], types=labels)
