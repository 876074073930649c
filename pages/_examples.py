"""One cell of the heat map: its curve, and test sentences with mentions found, missed and invented."""

from collections.abc import Sequence
from contextlib import suppress

import streamlit as st

from bioner_core.curves.budget import Budget, curve_budgets
from bioner_core.curves.charts import curve_chart, name_of
from bioner_core.curves.curve import Curve
from bioner_core.curves.points import NONE
from bioner_core.errors import BionerError
from bioner_core.study.examples import Example, Kind, examples
from bioner_core.study.run import Run
from pages import _plain as plain
from pages._parts import choose, is_dark, switch
from pages._sentences import show_sentences
from pages._shell import md

KINDS: dict[Kind, str] = {"missed": "Missed", "invented": "Invented", "found": "Found"}


def pair(found: Sequence[Curve], run: Run) -> None:
    """Show a source for the target in view: its curve among the others, and sentences.

    :param found: curves of one target, entity, model and method.
    """
    titles = {curve.source: name_of(curve.source) for curve in found}
    source = choose("Source", list(titles), titles=titles)
    chosen = next(curve for curve in found if curve.source == source)
    left, right = st.columns([4, 3], gap="medium")
    with left:
        _curve([curve for curve in found if curve.is_curve], chosen, run)
    with right:
        _sentences(run, chosen)


def _curve(found: Sequence[Curve], chosen: Curve, run: Run) -> None:
    rows: list[Budget] = []
    with suppress(BionerError):  # a full F1 of 0 sets no goal; the curve is there all the same
        rows = curve_budgets(found)
    if not found:
        st.caption("No curve: that takes two sizes or more.")
        return
    names = sorted(curve.source for curve in found)
    chart = curve_chart(found, rows, chosen=chosen.source, sources=names, dark=is_dark())
    st.vega_lite_chart(chart, key="pair curve")
    if chosen.is_curve:
        view = {"run": run.name, "target": chosen.target, "entity": chosen.entity, "source": chosen.source}
        label = f"Its budget: {md(name_of(chosen.source))} for {md(chosen.target)}"
        st.page_link("pages/budget.py", label=label, icon=":material/flag:", query_params=view)


def _sentences(run: Run, curve: Curve) -> None:
    """Show test sentences with what the model made of them; say why where they can't be had."""
    if run.study.is_published:
        st.caption("A published run has no sentences: its corpora are not part of the program.")
        return
    kind = next(kind for kind in KINDS if kind == switch("Mentions", list(KINDS), titles=KINDS))
    try:
        shown = examples(run, target=curve.target, source=curve.source, entity=curve.entity, kind=kind)
    except BionerError as error:
        st.caption(md(str(error)))
        return
    st.caption(md(_told(shown, curve, kind)))
    labels = sorted({span.label for one in shown for span in one.sentence.spans})
    show_sentences(
        [one.sentence for one in shown], types=labels, notes=[_note(one) for one in shown if kind != "found"]
    )


def _told(shown: Sequence[Example], curve: Curve, kind: Kind) -> str:
    trained = "itself" if curve.source == NONE else f"{curve.source} alone"
    which = f"a model trained on {trained}"
    entity = plain.entity(curve.entity)
    if not shown:
        return f"Of {entity}, {which} has {kind} nothing in the test part of {curve.target}."
    what = {
        "found": "found as they are, without an error",
        "missed": "missed",
        "invented": "invented: what it marked is no mention, or ends elsewhere",
    }[kind]
    total = sum(getattr(one, f"n_{kind}") for one in shown)
    return (
        f"Test sentences of {curve.target}, the right entities marked. In these {len(shown)}, {which} has "
        f"{what}: {plain.count(total)} of {entity}. The run keeps counts by sentence, not places."
    )


def _note(one: Example) -> str:
    """Return what became of the mentions of a sentence.

    >>> from bioner_core.corpus.sentences import Sentence
    >>> _note(Example(sentence=Sentence(("a",)), n_found=2, n_missed=1, n_invented=0))
    'found 2, missed 1, invented 0'
    """
    return f"found {one.n_found}, missed {one.n_missed}, invented {one.n_invented}"
