"""One cell of the heat map: its curve, and test sentences with mentions found, missed and invented."""

from collections.abc import Sequence

import streamlit as st

from bioner_core.analysis.examples import Example, Kind, examples
from bioner_core.answers.wording import entity as entity_in_words
from bioner_core.charts.curve_chart import curve_chart, name_of
from bioner_core.curves.budget import curve_budgets
from bioner_core.curves.curve import Curve
from bioner_core.curves.points import NONE
from bioner_core.errors import BionerError
from bioner_core.study.run import Run
from bioner_core.ui.corpora.sentences import show_sentences
from bioner_core.ui.shared import markup as plain
from bioner_core.ui.shared.shell import md
from bioner_core.ui.shared.widgets import choose, is_dark, switch

KINDS: dict[Kind, str] = {"missed": "Missed", "invented": "Invented", "found": "Found"}


def pair(found: Sequence[Curve], run: Run) -> None:
    """Show a source for the target in view: its curve among the others, and sentences.

    :param found: curves of one target, entity, model and method.
    """
    titles = {curve.source: name_of(curve.source) for curve in found}
    source = choose("Source", list(titles), titles=titles)
    chosen = next(curve for curve in found if curve.source == source)
    drawn = [curve for curve in found if curve.is_curve]
    if not drawn:
        st.caption("No curve here: that takes two sizes or more, as `bioner curve` trains them.")
        _sentences(run, chosen)
        return
    left, right = st.columns([4, 3], gap="medium")
    with left:
        _curve(drawn, chosen, run)
    with right:
        _sentences(run, chosen)


def _curve(found: Sequence[Curve], chosen: Curve, run: Run) -> None:
    rows = curve_budgets(found)
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
    kind: Kind = switch("Mentions", list(KINDS), titles=KINDS)  # type: ignore[assignment]
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
    which = f"a model trained on {'it' if curve.source == NONE else curve.source} alone"
    entity = f"mentions of {entity_in_words(curve.entity)}"
    if not shown:
        free = " without any other error in the sentence" * (kind == "found")
        return f"In the test part of {curve.target}, {which} {kind} no {entity}{free}."
    total = plain.count(sum(getattr(one, f"n_{kind}") for one in shown))
    how = {"found": ", and made no error", "missed": "", "invented": " (none there, or with other ends)"}
    return (
        f"Test sentences of {curve.target}, the right entities marked. In these {len(shown)}, {which} {kind} "
        f"{total} {entity}{how[kind]}. A run keeps numbers by sentence, not places."
    )


def _note(one: Example) -> str:
    """Return what became of the mentions of a sentence.

    >>> from bioner_core.corpus.sentences import Sentence
    >>> _note(Example(sentence=Sentence(("a",)), n_found=2, n_missed=1, n_invented=0))
    'found 2, missed 1, invented 0'
    """
    return f"found {one.n_found}, missed {one.n_missed}, invented {one.n_invented}"
