"""One cell of the heat map: its curve, and test sentences with found, missed and invented mentions."""

from collections.abc import Sequence

import streamlit as st

from bioner_core.analysis.break_even import select_run_scores
from bioner_core.analysis.examples import Example, Kind, select_examples
from bioner_core.analysis.resampling import estimate_sampling_noise
from bioner_core.answers.wording.names import describe_entity
from bioner_core.answers.wording.numbers import format_count
from bioner_core.charts.axes import AxisView, choose_scale
from bioner_core.charts.curve_chart import build_curve_chart, name_source
from bioner_core.charts.smooth_curves import build_smooth_curves
from bioner_core.curves.budget_table import compute_curve_budgets
from bioner_core.curves.curve import Curve
from bioner_core.curves.points import NONE
from bioner_core.errors import BionerError
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore
from bioner_core.ui.shared.sentence_view import show_sentences
from bioner_core.ui.shared.shell import escape_markdown
from bioner_core.ui.shared.widgets import choose_button, choose_option, is_dark

NO_TEXT = (
    "The text of corpora does not travel with the program, so this run has no example sentences. Runs that "
    "you train here have them."
)
KINDS: dict[Kind, str] = {"missed": "Missed", "invented": "Invented", "found": "Found"}


def show_pair(curves: Sequence[Curve], run: Run) -> None:
    """Show one source of a target: its curve among the others, and example sentences.

    :param curves: curves of one target, entity, model and method.
    """
    titles = {curve.source: name_source(curve.source) for curve in curves}
    source = choose_option("Source", list(titles), titles=titles)
    chosen = next(curve for curve in curves if curve.source == source)
    trained = [curve for curve in curves if curve.has_enough_sizes]
    if not trained:
        st.caption("No curve here. A curve needs two sizes or more; `bioner curve` trains them.")
        _show_examples(run, chosen)
        return
    left, right = st.columns([4, 3], gap="medium")
    with left:
        _show_curve(trained, chosen, run)
    with right:
        _show_examples(run, chosen)


def _show_curve(curves: Sequence[Curve], chosen: Curve, run: Run) -> None:
    noise = estimate_sampling_noise(run, RunStore())
    chart = build_curve_chart(
        curves,
        compute_curve_budgets(curves, noise=noise),
        chosen=chosen.source,
        sources=sorted(curve.source for curve in curves),
        view=AxisView(scale=choose_scale(chosen)),
        smooth=build_smooth_curves(curves, noise, chosen=chosen.source),
        systems=select_run_scores(run, chosen),
        dark=is_dark(),
    )
    st.vega_lite_chart(chart, key="pair curve")
    if chosen.has_enough_sizes:
        view = {"run": run.name, "target": chosen.target, "entity": chosen.entity, "source": chosen.source}
        label = f"Budget: {escape_markdown(name_source(chosen.source))} for {escape_markdown(chosen.target)}"
        st.page_link("pages/budget.py", label=label, icon=":material/flag:", query_params=view)


def _show_examples(run: Run, curve: Curve) -> None:
    """Show test sentences with the model's errors, or why there are none to show."""
    if run.study.is_published or run.is_shipped:
        st.caption(NO_TEXT)
        return
    kind: Kind = choose_button("Mentions", list(KINDS), titles=KINDS)
    try:
        selection = select_examples(
            run, target=curve.target, source=curve.source, entity=curve.entity, kind=kind
        )
    except BionerError as error:
        st.caption(escape_markdown(str(error)))
        return
    st.caption(escape_markdown(_describe_examples(selection, curve, kind)))
    labels = sorted({span.label for example in selection for span in example.sentence.spans})
    show_sentences(
        [example.sentence for example in selection],
        types=labels,
        notes=[_describe_errors(example) for example in selection if kind != "found"],
    )


def _describe_examples(selection: Sequence[Example], curve: Curve, kind: Kind) -> str:
    model = f"a model trained on {'it' if curve.source == NONE else curve.source} alone"
    entity = f"mentions of {describe_entity(curve.entity)}"
    if not selection:
        restriction = " without any other error in the sentence" * (kind == "found")
        return f"In the test part of {curve.target}, {model} {kind} no {entity}{restriction}."
    total = format_count(sum(example.counts[kind] for example in selection))
    definition = {
        "found": ", and made no error",
        "missed": "",
        "invented": " (no such mention, or other boundaries)",
    }
    return (
        f"Test sentences of {curve.target}, the correct entities are marked. In these {len(selection)}, "
        f"{model} {kind} {total} {entity}{definition[kind]}. A run stores counts per sentence, not "
        "positions, so the errors themselves are not marked."
    )


def _describe_errors(example: Example) -> str:
    """Return the numbers of found, missed and invented mentions of a sentence.

    >>> from bioner_core.corpus.sentences import Sentence
    >>> _describe_errors(Example(sentence=Sentence(("a",)), counts={"found": 2, "missed": 1, "invented": 0}))
    'found 2, missed 1, invented 0'
    """
    counts = example.counts
    return f"found {counts['found']}, missed {counts['missed']}, invented {counts['invented']}"
